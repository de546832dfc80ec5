"""The tables from which votes are counted: those of the export, with as few columns as are needed."""

from collections.abc import Sequence

from crowdarrow.declare import (
    RECORD,
    Column,
    Rows,
    Table,
    bool_,
    checked_json,
    from_rows,
    int64,
    json_object,
    record,
    record_number,
    string,
    timestamp,
    value,
)
from crowdarrow.exports.zooniverse.tables import annotations, answers, identifications, marks
from crowdarrow.exports.zooniverse.tables.items import SUBJECT_ID
from crowdarrow.exports.zooniverse.tables.metadata import METADATA
from crowdarrow.exports.zooniverse.tables.subjects import RETIRED

COMBO = annotations.COMBO
METADATA_CHILDREN = ("session", "live_project")
TIMES = ("started_at", "finished_at")
"""More children of metadata, for `volunteers`."""
RETIRED_CHILDREN = ("retired_at", "retirement_reason")

RECORD_NUMBER = "record"
NUMBER = Column(RECORD_NUMBER, int64, record_number)

RECORDS, ANNOTATIONS, ANSWERS, IDENTIFICATIONS, MARKS, SUBJECTS = (
    f"votes:{name}" for name in ("records", "annotations", "answers", "identifications", "marks", "subjects")
)

_RECORD_COLUMNS = (
    NUMBER,
    Column("classification_id", int64),
    Column("workflow_id", int64),
    Column("subject_id", int64, SUBJECT_ID),
    Column("user_id", int64, nulls=("not logged in",)),
    Column("user_name", string),
    Column("created_at", timestamp),
    Column("gold_standard", bool_),
    Column("metadata", METADATA.only([*METADATA_CHILDREN, *TIMES]), json_object("metadata")),
    # Only read so that the same records are rejected as without votes.
    Column("annotations", bool_, checked_json("annotations", "array")),
    Column("subject_data", bool_, checked_json("subject_data", "object")),
)

_SUBJECT = RECORD.integer_members(record["subject_data"])
SUBJECTS_OF_RECORDS = Table(
    SUBJECTS,
    (
        Column("workflow_id", int64),
        from_rows("subject_id", int64),
        from_rows("retired", RETIRED.only([*RETIRED_CHILDREN])),
    ),
    rows=(Rows(_SUBJECT, {"subject_id": _SUBJECT.index, "retired": value(_SUBJECT["retired"])}),),
)
"""The subjects of each record, other than in `subjects`, which has each once and compares all that they contain."""


def _like(table: Table, name: str) -> Table:
    """A table with the rows and labels of another, and the number of each row's record."""
    columns = tuple(column for column in table.columns if column.name != NUMBER.name)
    return table.replaced(name=name, columns=columns, hidden=(*table.hidden, NUMBER), labels_of=table.name)


_ANNOTATIONS = _like(annotations.ANNOTATIONS, ANNOTATIONS)
_ANSWERS = _like(answers.ANSWERS, ANSWERS)
_IDENTIFICATIONS = _like(identifications.IDENTIFICATIONS, IDENTIFICATIONS)
_MARKS = _like(marks.MARKS, MARKS)


def tables_for(tables: Sequence[str], beside: Sequence[Column]) -> list[tuple[Table, Sequence[str]]]:
    """The tables that fill `tables`, with the columns that are read; the record has the columns `beside`."""
    columns = (*_RECORD_COLUMNS, *beside)
    if "volunteers" not in tables:
        fewer = METADATA.only([*METADATA_CHILDREN])
        columns = tuple(column.replaced(type=fewer) if column.name == "metadata" else column for column in columns)
    votes = ("question", "question_label", "_choice", "answer", "choice_index", "label")
    found: list[tuple[Table, Sequence[str]]] = [
        (Table(RECORDS, columns), [column.name for column in columns]),
        (_ANNOTATIONS, (RECORD_NUMBER, "task", "task_label", "mark_index", "_state")),
        (_ANSWERS, (RECORD_NUMBER, "task", "task_label", *votes, "subtask", "mark_index", "identification_index")),
        (_IDENTIFICATIONS, (RECORD_NUMBER, "task", "task_label", "choice", "choice_label")),
    ]
    if "consensus" in tables:
        found += [(_MARKS, (RECORD_NUMBER, "task")), (SUBJECTS_OF_RECORDS, ("workflow_id", "subject_id", "retired"))]
    return found
