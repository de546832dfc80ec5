"""The schemas of the tidy tables (docs/contract.md, sections 2.1 and 2.3)."""

import pyarrow as pa

TIME = pa.timestamp("us", tz="UTC")


def _fields(*parts: tuple[str, pa.DataType]) -> list[pa.Field]:
    """Fields from pairs `("a b c", type)`."""
    return [pa.field(name, type_) for names, type_ in parts for name in names.split()]


INT32, INT64, FLOAT, BOOL, TEXT = pa.int32(), pa.int64(), pa.float64(), pa.bool_(), pa.string()

IDENTITY = _fields(
    ("classification_id subject_id user_id", INT64),
    ("user_name", TEXT),
    ("workflow_id", INT64),
    ("workflow_version", TEXT),
    ("workflow_major workflow_minor", INT32),
    ("created_at", TIME),
    ("annotation_key", TEXT),
)
LABEL_EXACT = _fields(("label_exact", BOOL))

ANNOTATIONS = pa.schema(
    IDENTITY
    + _fields(
        ("annotation_index combo_index", INT32),
        ("task task_label task_type", TEXT),
        ("mark_index", INT32),
        ("value value_kind extra", TEXT),
    )
    + LABEL_EXACT
)
ANSWERS = pa.schema(
    IDENTITY
    + _fields(
        ("annotation_index combo_index mark_index identification_index", INT32),
        ("task task_label subtask question question_label", TEXT),
        ("answer_index", INT32),
        ("kind answer", TEXT),
        ("number", FLOAT),
        ("label", TEXT),
        ("is_option", BOOL),
        ("choice_index", INT32),
    )
    + LABEL_EXACT
)
POINT = pa.struct(_fields(("x y", FLOAT)))
MARKS = pa.schema(
    IDENTITY
    + _fields(
        ("annotation_index combo_index", INT32),
        ("task task_label", TEXT),
        ("mark_index frame tool_index", INT32),
        ("tool_type tool_label dialect", TEXT),
        ("x y x1 y1 x2 y2 width height r rx ry angle x_center y_center", FLOAT),
        ("radius spread rotation displayTime", FLOAT),
        ("points", pa.list_(POINT)),
        ("closed", BOOL),
        ("text details", TEXT),
        ("start end", INT64),
        ("geometry", TEXT),
        ("lon lat", FLOAT),
        ("cx cy xmin ymin xmax ymax", FLOAT),
        ("extra", TEXT),
    )
    + LABEL_EXACT
)
IDENTIFICATIONS = pa.schema(
    IDENTITY
    + _fields(
        ("annotation_index combo_index", INT32),
        ("task task_label", TEXT),
        ("identification_index", INT32),
        ("choice choice_label answers filters extra", TEXT),
    )
    + LABEL_EXACT
)
RETIRED = pa.struct(
    _fields(
        ("id workflow_id classifications_count", INT64),
        ("created_at updated_at retired_at", TIME),
        ("subject_id", INT64),
        ("retirement_reason extra", TEXT),
    )
)
SUBJECTS = pa.schema(_fields(("subject_id workflow_id", INT64), ("retired", RETIRED), ("metadata", TEXT)))
TASKS = pa.schema(
    _fields(
        ("workflow_id version minor_version", INT64),
        ("task task_type label help", TEXT),
        ("required", BOOL),
        ("next definition", TEXT),
    )
)
CHOICES = pa.schema(
    _fields(
        ("workflow_id version minor_version", INT64),
        ("task role", TEXT),
        ("choice_index", INT32),
        ("choice_id parent tool_type label", TEXT),
    )
)
TABLES: dict[str, dict[str, pa.Schema]] = {
    "zooniverse.classifications": {
        "annotations": ANNOTATIONS,
        "answers": ANSWERS,
        "marks": MARKS,
        "identifications": IDENTIFICATIONS,
        "subjects": SUBJECTS,
    },
    "zooniverse.workflows": {"tasks": TASKS, "choices": CHOICES},
}
