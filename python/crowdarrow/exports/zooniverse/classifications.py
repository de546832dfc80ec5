"""`zooniverse.classifications`: one record per classification (docs/contract.md, section 2.1)."""

from crowdarrow.declare import (
    Column,
    Export,
    Table,
    bool_,
    cell,
    first_present,
    float64,
    int32,
    int32_text,
    int64,
    integer_keys,
    json_object,
    json_text,
    lazy,
    list_,
    raw_json,
    split_integers,
    string,
    struct,
    timestamp,
    version_part,
)
from crowdarrow.exports.zooniverse.beside import BESIDE
from crowdarrow.exports.zooniverse.labels import LABELS
from crowdarrow.exports.zooniverse.tables.annotations import ANNOTATIONS
from crowdarrow.exports.zooniverse.tables.answers import ANSWERS
from crowdarrow.exports.zooniverse.tables.identifications import IDENTIFICATIONS
from crowdarrow.exports.zooniverse.tables.items import COUNTERS, RECORD_NUMBER
from crowdarrow.exports.zooniverse.tables.marks import MARKS
from crowdarrow.exports.zooniverse.tables.subjects import SUBJECTS

SIZE = struct({"width": float64, "height": float64})
DIMENSIONS = struct(dict.fromkeys(("clientWidth", "clientHeight", "naturalWidth", "naturalHeight"), float64))
SELECTION_STATE = struct(
    {
        "retired": bool_,
        "selected_at": timestamp,
        "already_seen": bool_,
        "selection_state": string,
        **dict.fromkeys(("finished_workflow", "user_has_finished_workflow"), bool_),
    }
)
METADATA = struct(
    {
        **dict.fromkeys(("started_at", "finished_at"), timestamp),
        **dict.fromkeys(("session", "user_agent", "user_language"), string),
        "utc_offset": int32_text,
        "viewport": SIZE,
        "source": string,
        **dict.fromkeys(("live_project", "seen_before", "subject_flagged"), bool_),
        "user_group_ids": list_(int64),
        "subject_dimensions": list_(DIMENSIONS),
        "subject_selection_state": SELECTION_STATE,
        "interventions": struct({"opt_in": bool_, "messageShown": bool_, "uuid": string}),
        **dict.fromkeys(("classifier_version", "revision", "workflow_translation_id"), string),
        "feedback": json_text,
    },
    extra=True,
)

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
)

EXPORT = Export(
    kind="zooniverse.classifications",
    tables=(CLASSIFICATIONS, ANNOTATIONS, ANSWERS, MARKS, IDENTIFICATIONS, SUBJECTS),
    requires=frozenset({"annotations"}),
    requires_any=frozenset({"classification_id", "subject_data", "subject_ids"}),
    counters=COUNTERS,
    filters={"workflow_id": "workflow_id", "workflow_version": "workflow_version"}
    | dict.fromkeys(("since", "until"), "created_at"),
    labels=LABELS,
    beside=BESIDE,
    record_id=cell("classification_id"),
    inspect=lazy("crowdarrow.exports.zooniverse.inspect.inspector", "ClassificationInspector"),
)
