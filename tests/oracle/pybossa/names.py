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

# JSON as pandas writes a table: an object of columns.
COLUMN_ORIENTED = "column_oriented"
# A comma between top-level arrays.
SEPARATORS = "separators"
# A record of layout P1 with more or fewer fields than the header, in the exploded columns only.
RAGGED_INFO = "ragged_info"
# A cell `info_…` of layouts P2 and P3 beside a filled cell `info`.
INFO_TWICE = "info_twice"
# A time as milliseconds since 1970.
EPOCH_TIME = "epoch_time"
# A cell that is a JSON or Python object or list.
LITERALS = "literals"
