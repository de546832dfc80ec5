"""The schemas of the three tables (docs/contract.md, sections 2.8 and 5)."""

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")


def _fields(*parts: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, type_) for names, type_ in parts for name in names.split()])


TABLES: dict[str, pa.Schema] = {
    "votes": _fields(
        ("workflow_id subject_id", pa.int64()),
        ("task task_label question question_label choice answer label", pa.string()),
        ("votes asked skipped empty", pa.int64()),
        ("fraction", pa.float64()),
    ),
    "consensus": _fields(
        ("workflow_id subject_id", pa.int64()),
        ("task task_label question question_label choice most_likely label", pa.string()),
        ("votes total_votes asked skipped", pa.int64()),
        ("agreement entropy", pa.float64()),
        ("tied", pa.bool_()),
        ("runner_up", pa.string()),
        ("retired_at", TIME),
        ("retirement_reason", pa.string()),
    ),
    "volunteers": _fields(
        ("user_id", pa.int64()),
        ("user_name", pa.string()),
        ("workflow_id classifications subjects repeats sessions", pa.int64()),
        ("first_at last_at", TIME),
        ("seconds_median agreement", pa.float64()),
    ),
}
