"""`zooniverse.subjects`: one record per subject, subject set and workflow (docs/contract.md, section 2.2)."""

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
    raw_json,
    record,
    string,
    timestamp,
    typed_json,
    value,
)
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.people import PEOPLE

SUBJECTS = Table(
    "subjects",
    (
        Column("subject_id", int64),
        Column("project_id", int64),
        Column("workflow_id", int64),
        Column("subject_set_id", int64),
        Column("metadata", json_text, raw_json("metadata", "object")),
        Column("locations", list_(string), numbered_values("locations")),
        Column("classifications_count", int64),
        Column("retired_at", timestamp),
        Column("retirement_reason", string, nulls=("NA", "")),
        Column("created_at", timestamp),
        Column("updated_at", timestamp),
        # Headers of 2015 and 2016 (docs/formats/zooniverse.md, section 1.4).
        Column("workflow_ids", list_(int64), typed_json("workflow_ids", "array"), optional=True),
        Column("subject_set_ids", list_(int64), typed_json("subject_set_ids", "array"), optional=True),
        Column("retired_in_workflow", list_(int64), typed_json("retired_in_workflow", "array"), optional=True),
        Column(
            "classifications_by_workflow", json_text, raw_json("classifications_by_workflow", "object"), optional=True
        ),
    ),
    about=about.SUBJECTS,
)

LOCATION = RECORD.numbered_members(record["locations"])
MEDIA = Table(
    "media",
    (
        Column("subject_id", int64),
        Column("frame", int32, LOCATION.index),
        Column("url", string, value(LOCATION.element, "counted")),
    ),
    rows=(Rows(LOCATION),),
    once_per="subject_id",
    about=about.MEDIA,
)

EXPORT = Export(
    kind="zooniverse.subjects",
    people=PEOPLE,
    tables=(SUBJECTS, MEDIA),
    requires=frozenset({"subject_id", "metadata"}),
    requires_any=frozenset({"subject_set_id", "subject_set_ids"}),
    leniencies={"null_item": "null_url"},
    sampled_by="locations",  # the CSV file of the table has the same header, but lists
    filters={"workflow_id": "workflow_id", "since": "created_at", "until": "created_at"},
    time="created_at",
)
