"""`zooniverse.subjects`: one record for each subject, subject set and workflow (contract 2.2)."""

from crowdarrow.declare import (
    RECORD,
    Column,
    Export,
    Rows,
    Table,
    int32,
    int64,
    json_text,
    list_,
    numbered_values,
    record,
    strict,
    string,
    timestamp,
    value,
    verbatim,
)

SUBJECTS = Table(
    "subjects",
    (
        Column("subject_id", int64),
        Column("project_id", int64),
        Column("workflow_id", int64),
        Column("subject_set_id", int64),
        Column("metadata", json_text, verbatim("metadata", "object")),
        Column("locations", list_(string), numbered_values("locations")),
        Column("classifications_count", int64),
        Column("retired_at", timestamp),
        Column("retirement_reason", string, nulls=("NA", "")),
        Column("created_at", timestamp),
        Column("updated_at", timestamp),
        # Headers of 2015 and 2016 (formats/zooniverse.md 1.4).
        Column("workflow_ids", list_(int64), strict("workflow_ids", "array"), optional=True),
        Column("subject_set_ids", list_(int64), strict("subject_set_ids", "array"), optional=True),
        Column("retired_in_workflow", list_(int64), strict("retired_in_workflow", "array"), optional=True),
        Column(
            "classifications_by_workflow", json_text, verbatim("classifications_by_workflow", "object"), optional=True
        ),
    ),
)

LOCATION = RECORD.numbered(record["locations"])
MEDIA = Table(
    "media",
    (
        Column("subject_id", int64),
        Column("frame", int32, LOCATION.number),
        Column("url", string, value(LOCATION.part, "required")),
    ),
    rows=(Rows(LOCATION),),
    once_per="subject_id",
)

EXPORT = Export(
    kind="zooniverse.subjects",
    tables=(SUBJECTS, MEDIA),
    requires=frozenset({"subject_id", "metadata"}),
    one_of=frozenset({"subject_set_id", "subject_set_ids"}),
)
