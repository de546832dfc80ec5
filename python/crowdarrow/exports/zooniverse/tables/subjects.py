"""`subjects` of a classification export: what it says of each subject, once for each workflow."""

from crowdarrow.declare import (
    RECORD,
    Column,
    Once,
    Rows,
    Table,
    cell,
    given,
    int64,
    is_kind,
    json_of,
    json_text,
    record,
    string,
    struct,
    timestamp,
    value,
    when,
)

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

SUBJECT = RECORD.integers(
    record["subject_data"],
    others="subject key that is no integer",
    once=Once("subjects", cell("workflow_id"), "subject with other data than before"),
)

SUBJECTS = Table(
    "subjects",
    (
        given("subject_id", int64),
        Column("workflow_id", int64),
        given("retired", RETIRED),
        given("metadata", json_text),
    ),
    rows=(
        Rows(
            SUBJECT,
            {
                "subject_id": SUBJECT.number,
                "retired": value(SUBJECT["retired"]),
                "metadata": when(
                    is_kind(SUBJECT.part, "object"),
                    SUBJECT.rest(always=True),
                    when(~is_kind(SUBJECT.part, "null"), json_of(SUBJECT.part)),
                ),
            },
        ),
    ),
)
