"""The columns of the record tables, and how a record becomes a row.

The reader of a column takes the text of a field and whether it is quoted. It returns the value or raises
`UnreadableError`. `is_null` is checked first, so a reader gets only text that must be a value.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from . import scalars, schemas
from .json_text import Json, note_lone_surrogate, text_column
from .metadata import read_int, read_metadata
from .names import JSON_TYPE, NULL_URL
from .scalars import Notes, UnreadableError

CellReader = Callable[[str, Notes, Json], Any]

_FRAME = re.compile(r"-?[0-9]+")


def _text(text: str, _notes: Notes, _json: Json) -> str:
    return text


def _int(text: str, notes: Notes, _json: Json) -> int:
    return scalars.read_int(text, notes)


def _bool(text: str, notes: Notes, _json: Json) -> bool:
    return scalars.read_bool(text, notes)


def _time(text: str, notes: Notes, _json: Json) -> int:
    return scalars.read_time(text, notes)


def _id_list(text: str, notes: Notes, _json: Json) -> list[int]:
    return scalars.read_id_list(text, notes)


def _json_of(outer: type) -> CellReader:
    """JSON text kept byte for byte; it must be valid JSON of the outer type."""

    def read(text: str, notes: Notes, json_reader: Json) -> str:
        if not isinstance(json_reader.decode(text, notes), outer):
            raise UnreadableError(JSON_TYPE)
        return text

    return read


def _ints(text: str, notes: Notes, json_reader: Json) -> list[int | None]:
    """A JSON array of integers and nulls; other items are faults."""
    items = json_reader.decode(text, notes)
    if not isinstance(items, list):
        raise UnreadableError(JSON_TYPE)
    numbers = [(None, True) if item is None else read_int(item) for item in items]
    if not all(exact for _, exact in numbers):
        raise UnreadableError
    return [number for number, _ in numbers]


def read_locations(text: str, notes: Notes, json_reader: Json) -> list[tuple[int, str | None]]:
    """Frame number and URL of each member, ordered by number; a URL that is not a string is null and counted."""
    source = json_reader.decode(text, notes)
    if not isinstance(source, dict):
        raise UnreadableError(JSON_TYPE)
    if not all(map(_FRAME.fullmatch, source)):
        raise UnreadableError
    frames = [
        (scalars.read_int(key, Notes(), bits=32), text_column(url) if isinstance(url, str) else None)
        for key, url in source.items()
    ]
    frames.sort(key=lambda frame: frame[0])
    if nulls := sum(url is None for _, url in frames):
        notes[NULL_URL] += nulls
    note_lone_surrogate(frames, notes)
    return frames


def subject_ids_of(subject_data: Any) -> list[int]:
    """The integer keys of a `subject_data` object, in order."""
    keys = (key for key in subject_data if _FRAME.fullmatch(key))
    ids = []
    for key in keys:
        try:
            ids.append(scalars.read_int(key, Notes()))
        except UnreadableError:
            continue
    return ids


class Column(NamedTuple):
    """How a known CSV column is read; `text` columns keep `""` and the null texts except `nulls`."""

    read: CellReader
    text: bool = False
    nulls: frozenset[str] = frozenset()


TEXT = Column(_text, text=True)
# R and pandas write NA for empty cells of these two columns (docs/contract.md, section 1.3).
CODE = Column(_text, text=True, nulls=frozenset({"NA", ""}))
INT, BOOL, TIME = Column(_int), Column(_bool), Column(_time)
OBJECT, ARRAY, INTS = Column(_json_of(dict)), Column(_json_of(list)), Column(_ints)

CLASSIFICATIONS = {
    "classification_id": INT,
    "user_name": TEXT,
    "user_id": Column(_int, nulls=frozenset({"not logged in"})),
    "user_ip": TEXT,
    "workflow_id": INT,
    "workflow_name": TEXT,
    "workflow_version": TEXT,
    "created_at": TIME,
    "gold_standard": BOOL,
    "expert": CODE,
    "metadata": Column(read_metadata),
    "annotations": ARRAY,
    "subject_data": OBJECT,
    "subject_ids": Column(_id_list),
}
SUBJECTS = {
    **dict.fromkeys(("subject_id", "project_id", "workflow_id", "subject_set_id"), INT),
    "metadata": OBJECT,
    "locations": Column(read_locations),
    "classifications_count": INT,
    "retired_at": TIME,
    "retirement_reason": CODE,
    **dict.fromkeys(("created_at", "updated_at"), TIME),
    **dict.fromkeys(("workflow_ids", "subject_set_ids", "retired_in_workflow"), INTS),
    "classifications_by_workflow": OBJECT,
}
WORKFLOWS = {
    **dict.fromkeys(("workflow_id", "version", "minor_version", "classifications_count"), INT),
    **dict.fromkeys(("tutorial_subject_id", "retired_set_member_subjects_count"), INT),
    **dict.fromkeys(("display_name", "primary_language", "first_task"), TEXT),
    **dict.fromkeys(("active", "pairwise", "grouped", "prioritized"), BOOL),
    **dict.fromkeys(("tasks", "retirement", "aggregation", "strings"), OBJECT),
}
KINDS: dict[str, tuple[dict[str, Column], pa.Schema]] = {
    "zooniverse.classifications": (CLASSIFICATIONS, schemas.CLASSIFICATIONS),
    "zooniverse.subjects": (SUBJECTS, schemas.SUBJECTS),
    "zooniverse.workflows": (WORKFLOWS, schemas.WORKFLOWS),
}


def is_null(column: Column, text: str, quoted: bool) -> bool:
    """Whether a field is null (docs/contract.md, section 1.3)."""
    if text in column.nulls or (text == "" and not quoted):
        return True
    return not column.text and text in scalars.NULL_TEXTS


def unknown_name(name: str, position: int, written: set[str]) -> str:
    """The name of the unknown column at `position` in the header, from 1 (docs/contract.md, section 1.7)."""
    name = name or f"column_{position}"
    while name in written:
        name = f"{name}_{position}"
    return name


Faults = list[tuple[str | None, str]]
"""The faults of a record: the column, or none, and the kind of the reject."""


class RowReader:
    """Reads records of one header into rows.

    Attributes:
        schema: Of the record table, unknown columns last.
        record: The number of the record that is read, over all inputs.
        positions: Output name, column and index in the header of each CSV column, in the order
            of the table.
    """

    def __init__(self, kind: str, header: Sequence[str], json_reader: Json, numbered: bool | None = None) -> None:
        """Match the columns of the header with those of the table; `numbered` tables begin with `record`."""
        columns, self.schema = KINDS[kind]
        self._json = json_reader
        self.record = 0
        if numbered is None:
            numbered = kind.endswith("classifications") and "classification_id" not in header
        self._numbered = numbered
        if numbered:
            self.schema = self.schema.insert(0, schemas.RECORD)
        self._lacks_subject_ids = kind.endswith("classifications") and "subject_ids" not in header
        for field in schemas.SUBJECTS_OLD if kind == "zooniverse.subjects" else ():
            if field.name in header:
                self.schema = self.schema.append(field)
        first = {name: header.index(name) for name in self.schema.names if name in columns and name in header}
        self.positions = [(name, columns[name], position) for name, position in first.items()]
        for position, name in enumerate(header):
            if first.get(name) != position:
                output = unknown_name(name, position + 1, set(self.schema.names))
                self.positions.append((output, TEXT, position))
                self.schema = self.schema.append(pa.field(output, pa.string()))

    def row(self, texts: Sequence[str], quoted: Sequence[bool] | None, notes: Notes) -> tuple[dict[str, Any], Faults]:
        """The row, without null columns, and the faults as (column, kind), in the order of the table.

        `locations` is a list of (frame, url) pairs; see `finish`.
        """
        row: dict[str, Any] = {"record": self.record} if self._numbered else {}
        faults: Faults = []
        for name, column, position in self.positions:
            text = texts[position]
            if is_null(column, text, quoted is not None and quoted[position]):
                continue
            try:
                row[name] = column.read(text, notes, self._json)
            except UnreadableError as fault:
                faults.append((name, fault.kind))
        if "workflow_version" in row:
            row["workflow_major"], row["workflow_minor"] = scalars.read_version(row["workflow_version"])
        if self._lacks_subject_ids and "subject_data" in row:
            row["subject_ids"] = subject_ids_of(self._json.decode(row["subject_data"], Notes()))
        return row, faults


def reading_only(*names: str) -> Callable[[str, list[str], Json, bool], RowReader]:
    """A reader of these columns alone: nothing in another cell rejects a record that only looks things up."""

    def make(kind: str, header: list[str], json_reader: Json, numbered: bool) -> RowReader:
        reader = RowReader(kind, header, json_reader, numbered)
        reader.positions = [position for position in reader.positions if position[0] in names]
        return reader

    return make


def united(parts: list[pa.Schema], kind: str, *, numbered: bool) -> pa.Schema:
    """The columns of several inputs: the known ones in their order, then the others as they first appear."""
    own = ["record"] * numbered + KINDS[kind][1].names
    own += schemas.SUBJECTS_OLD.names if kind == "zooniverse.subjects" else []
    fields = {field.name: field for part in parts for field in part}
    known = [fields[name] for name in own if name in fields]
    return pa.schema([*known, *(field for name, field in fields.items() if name not in own)])


def finish(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """Rows as a record batch."""
    columns = []
    for field in schema:
        values = [row.get(field.name) for row in rows]
        if field.name == "locations" and pa.types.is_list(field.type):
            values = [None if frames is None else [url for _, url in frames] for frames in values]
        columns.append(pa.array(values, field.type))
    return pa.record_batch(columns, schema=schema)
