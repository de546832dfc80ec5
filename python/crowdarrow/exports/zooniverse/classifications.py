"""`zooniverse.classifications`: one record per classification (docs/contract.md, section 2.1)."""

from crowdarrow.declare import (
    Column,
    Export,
    Table,
    bool_,
    cell,
    first_present,
    int32,
    int64,
    integer_keys,
    json_object,
    json_text,
    lazy,
    list_,
    raw_json,
    split_integers,
    string,
    timestamp,
    version_part,
)
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.beside import BESIDE
from crowdarrow.exports.zooniverse.labels import LABELS
from crowdarrow.exports.zooniverse.people import PEOPLE
from crowdarrow.exports.zooniverse.tables.annotations import ANNOTATIONS
from crowdarrow.exports.zooniverse.tables.answers import ANSWERS
from crowdarrow.exports.zooniverse.tables.identifications import IDENTIFICATIONS
from crowdarrow.exports.zooniverse.tables.items import COUNTERS, RECORD_NUMBER
from crowdarrow.exports.zooniverse.tables.marks import MARKS
from crowdarrow.exports.zooniverse.tables.metadata import METADATA
from crowdarrow.exports.zooniverse.tables.subjects import SUBJECTS
from crowdarrow.exports.zooniverse.votes import VOTES

CLASSIFICATIONS = Table(
    "classifications",
    (
        RECORD_NUMBER,
        Column("classification_id", int64),
        Column("user_name", string),
        Column("user_id", int64, nulls=("not logged in",)),
        Column("user_ip", string),
        Column("workflow_id", int64),
        Column("workflow_name", string),
        Column("workflow_version", string),
        Column("workflow_major", int32, version_part("workflow_version", 0)),
        Column("workflow_minor", int32, version_part("workflow_version", 1)),
        Column("created_at", timestamp),
        Column("gold_standard", bool_),
        Column("expert", string, nulls=("NA", "")),
        Column("metadata", METADATA, json_object("metadata")),
        Column("annotations", json_text, raw_json("annotations", "array")),
        Column("subject_data", json_text, raw_json("subject_data", "object")),
        Column("subject_ids", list_(int64), first_present(split_integers("subject_ids"), integer_keys("subject_data"))),
    ),
    about=about.CLASSIFICATIONS,
)

EXPORT = Export(
    kind="zooniverse.classifications",
    people=PEOPLE,
    tables=(CLASSIFICATIONS, ANNOTATIONS, ANSWERS, MARKS, IDENTIFICATIONS, SUBJECTS),
    requires=frozenset({"annotations"}),
    requires_any=frozenset({"classification_id", "subject_data", "subject_ids"}),
    counters=COUNTERS,
    filters={"workflow_id": "workflow_id", "workflow_version": "workflow_version"}
    | dict.fromkeys(("since", "until"), "created_at"),
    time="created_at",
    labels=LABELS,
    beside=BESIDE,
    computed=VOTES,
    record_id=cell("classification_id"),
    inspect=lazy("crowdarrow.exports.zooniverse.inspect.inspector", "ClassificationInspector"),
    charts=lazy("crowdarrow.exports.zooniverse.inspect.charts", "ClassificationCharts"),
)
