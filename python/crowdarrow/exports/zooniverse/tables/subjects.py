"""`subjects` of a classification export: the subject data, once per subject and workflow."""

from crowdarrow.declare import (
    RECORD,
    Column,
    Once,
    Rows,
    Table,
    cell,
    from_rows,
    int64,
    is_type,
    json_text,
    record,
    string,
    struct,
    timestamp,
    to_json,
    value,
    when,
)
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.tables.items import RECORD_NUMBER

RETIRED = struct(
    {
        "id": int64,
        "workflow_id": int64,
        "classifications_count": int64,
        "created_at": timestamp,
        "updated_at": timestamp,
        "retired_at": timestamp,
        "subject_id": int64,
        "retirement_reason": string,
    },
    extra=True,
    all_members=True,
)

SUBJECT = RECORD.integer_members(
    record["subject_data"],
    others="subject key that is no integer",
    once=Once("subjects", cell("workflow_id"), "subject with other data than before"),
)

SUBJECTS = Table(
    "subjects",
    (
        RECORD_NUMBER,
        from_rows("subject_id", int64),
        Column("workflow_id", int64),
        from_rows("retired", RETIRED),
        from_rows("metadata", json_text),
    ),
    rows=(
        Rows(
            SUBJECT,
            {
                "subject_id": SUBJECT.index,
                "retired": value(SUBJECT["retired"]),
                "metadata": when(
                    is_type(SUBJECT.element, "object"),
                    SUBJECT.residual(always=True),
                    when(~is_type(SUBJECT.element, "null"), to_json(SUBJECT.element)),
                ),
            },
        ),
    ),
    about=about.SUBJECTS_SEEN,
)
