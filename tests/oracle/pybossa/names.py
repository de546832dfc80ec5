"""The kinds of PYBOSSA and LibCrowds, and the leniencies that only their downloads have."""

TASKS = "pybossa.tasks"
TASK_RUNS = "pybossa.task_runs"
RESULTS = "pybossa.results"
ANNOTATIONS = "libcrowds.annotations"

MOTIVATIONS = ("describing", "tagging", "commenting")
KIND_OF_MOTIVATION = {motivation: f"libcrowds.{motivation}" for motivation in MOTIVATIONS}
KINDS = (TASKS, TASK_RUNS, RESULTS, *KIND_OF_MOTIVATION.values(), ANNOTATIONS)

# `}{`: the server counted the rows before it wrote them, and rows were added.
MISSING_COMMA = "missing_comma"
# `, ]`: rows were removed.
TRAILING_COMMA = "trailing_comma"
# `created` as PostgreSQL's text form of bytea.
HEX_TIME = "hex_time"
# A record of CSV layout A without values.
NO_VALUES = "no_values"
