"""`read_pybossa`, which reads a PYBOSSA or LibCrowds download into the tables of its kind.

The engine is compared with it. It is slow and simple, and has the whole input in memory.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from os import PathLike
from typing import NamedTuple

import pyarrow as pa

from oracle import exact_csv
from oracle.json_text import note_lone_surrogate
from oracle.names import (
    AMPLIFICATION,
    BOM,
    DUPLICATE_KEYS,
    FIELDS,
    JSON,
    JSON_TYPE,
    MAX_RECORD_ROWS,
    QUOTE_IN_FIELD,
    SEPARATOR,
    SURPLUS_FIELDS,
    TRUNCATED,
    UTF8,
)
from oracle.node import Node
from oracle.pure_python import Reject
from oracle.records import unknown_name
from oracle.scalars import Notes, UnreadableError

from . import columns, elements, kinds
from .annotations import Row, collection_row, value_rows
from .cells import COLUMNS
from .containers import Content, content_of
from .csv_records import Cell, RecordReader, literal_of_cell
from .flat import annotation_of
from .names import COLUMN_ORIENTED, NO_VALUES, RAGGED_INFO
from .nodes import OBJECT, parse, string_node
from .records import Faults, Info, record_row, tables_of
from .schemas import TABLES, VALUES
from .targets import rectangle

__all__ = ["Reject", "Result", "read_pybossa"]

# Members of layout B whose whole cell may be an object or a list.
_MAYBE_LITERAL = {"body", "target", "generator", "creator", "partOf"}

Rows = dict[str, list[Row]]


@dataclass
class Result:
    """The tables by name (the record table first), and the values of the report.

    `row_records` is the record number of each row of the record table.
    """

    kind: str
    tables: dict[str, pa.Table]
    rejects: list[Reject]
    leniencies: dict[str, int]
    records: int
    row_records: list[int]

    @property
    def table(self) -> pa.Table:
        """The record table."""
        return next(iter(self.tables.values()))


@dataclass
class _Output:
    """The rows and rejects that have been read."""

    kind: str
    schemas: dict[str, pa.Schema]
    rows: Rows
    rejects: list[Reject] = field(default_factory=list)
    leniencies: Counter[str] = field(default_factory=Counter)
    row_records: list[int] = field(default_factory=list)
    records: int = 0
    max_rows: int = MAX_RECORD_ROWS

    @classmethod
    def of(cls, kind: str, schemas: dict[str, pa.Schema] | None = None) -> "_Output":
        schemas = TABLES[kind] if schemas is None else schemas
        return cls(kind, dict(schemas), {name: [] for name in schemas})

    def is_beyond(self, tables: Rows) -> bool:
        """Whether a record gives more rows than one may."""
        values = value_rows(tables["annotations"]) if "annotations" in tables and "values" in self.rows else []
        return len(values) + sum(map(len, tables.values())) > self.max_rows

    def add(self, tables: Rows, notes: Notes) -> None:
        """Add the rows of the current record."""
        note_lone_surrogate(tables, notes)
        for name, rows in tables.items():
            self.rows[name] += rows
        self.leniencies.update(notes)
        self.row_records.append(self.records)

    def end(self, tables: Rows, notes: Notes, faults: Faults, place: tuple[int, int, bytes]) -> None:
        """Add the rows of the current record, or reject it; `place` is its line, its first byte and its bytes."""
        if not faults and self.is_beyond(tables):
            faults = [(None, AMPLIFICATION)]
        if faults:
            self.reject(*place, faults)
        else:
            self.add(tables, notes)

    def reject(self, line: int, start: int, raw: bytes, faults: Faults) -> None:
        """Reject the current record."""
        self.rejects.append(Reject(self.records, line, start, *faults[0], raw, tuple(faults)))

    def result(self) -> Result:
        """The tables."""
        if "annotations" in self.rows and "values" in self.rows:
            self.rows["values"] = value_rows(self.rows["annotations"])
        tables = {name: _table(self.rows[name], schema) for name, schema in self.schemas.items()}
        leniencies = dict(sorted(self.leniencies.items()))
        return Result(self.kind, tables, self.rejects, leniencies, self.records, self.row_records)


def _table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row.get(column.name) for row in rows], column.type) for column in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _record(kind: str, node: Node, position: int, notes: Notes, max_depth: int) -> tuple[Rows, Faults]:
    """The rows of one JSON record, or its faults."""
    record_table = next(iter(TABLES[kind]))
    if kind not in COLUMNS:
        return {record_table: [collection_row(node, position, notes)]}, []
    row, faults = record_row(kind, node, notes)
    info = Info.of(node.member("info"))
    row |= info.columns
    return {record_table: [row], **tables_of(kind, row, info, notes, max_depth)}, faults


class _Found(NamedTuple):
    """A record of a JSON download: its bytes, its value and leniencies, or the fault of its bytes or its JSON."""

    start: int
    end: int
    raw: bytes
    node: Node | None
    notes: Notes
    fault: str | None


def _of_columns(data: bytes, limit: int, max_depth: int, leniencies: Notes) -> list[_Found] | None:
    """The records of column-oriented JSON; None if the input is something else."""
    found = columns.records_of(data, limit)
    if found is None:
        return None
    leniencies.update({COLUMN_ORIENTED: 1} | ({BOM: 1} if data.startswith(exact_csv.BOM) else {}))
    leniencies.update({DUPLICATE_KEYS: found[1]} if found[1] else {})
    return [_parsed(0, len(data), raw, max_depth) for raw in found[0]]


def _parsed(start: int, end: int, raw: bytes, max_depth: int) -> _Found:
    """A record with its value or its fault."""
    notes = Notes()
    try:
        return _Found(start, end, raw, parse(raw.decode("utf-8"), notes, max_depth), notes, None)
    except UnicodeDecodeError:
        return _Found(start, end, raw, None, notes, UTF8)
    except UnreadableError as unreadable:
        return _Found(start, end, raw, None, notes, unreadable.kind)


def _faults_of(text: str, max_depth: int) -> list[str]:
    """The fault of the JSON of a record, if there is one."""
    try:
        parse(text, Notes(), max_depth)
    except UnreadableError as unreadable:
        return [unreadable.kind]
    return []


def _of_elements(splitter: elements.Splitter, max_depth: int) -> Iterator[_Found]:
    """The records of arrays, pages or lines."""
    for start, end, fault in splitter.elements():
        raw = splitter.data[start:end]
        yield _Found(start, end, raw, None, Notes(), fault) if fault else _parsed(start, end, raw, max_depth)


def _first(found: list[_Found]) -> list[Node]:
    """The records that the kind is inferred from."""
    valid = [one for one in found if one.node is not None and one.node.kind == OBJECT]
    return [one.node for one in valid[: kinds.FIRST] if one.node and (one is valid[0] or one.end <= kinds.FIRST_BYTES)]


def _read_json(content: Content, kind: str | None, limit: int, max_rows: int, max_depth: int) -> Result:
    splitter = elements.Splitter(content.data, limit, content.truncated)
    leniencies = Notes()
    found = None if content.truncated else _of_columns(content.data, limit, max_depth, leniencies)
    if found is None:
        found = list(_of_elements(splitter, max_depth))
        leniencies = splitter.leniencies
    first = _first(found)
    if kind is not None and kinds.nodes_lack(kind, first):
        msg = f"no record has the members of {kind}"
        raise ValueError(msg)
    kind = kind or kinds.kind_of_nodes(first) or (None if first else kinds.kind_of_names(content.names))
    if kind is None:
        members = sorted({key for node in first for key in node.members})
        msg = f"no known download has records with these members: {', '.join(members[:20])}"
        raise ValueError(msg)
    output = _Output.of(kind)
    output.max_rows = max_rows
    for one in found:
        output.records += 1
        faults: Faults = [] if one.fault is None else [(None, one.fault)]
        if one.fault == JSON and one.end == len(content.data):
            # A last line that is no JSON may have been cut.
            faults.append((None, TRUNCATED))
        if one.fault == UTF8:
            faults += [(None, name) for name in _faults_of(one.raw.decode("utf-8", "replace"), max_depth)]
        tables: Rows = {}
        if one.node is not None and one.node.kind != OBJECT:
            faults = [(None, JSON_TYPE)]
        elif one.node is not None:
            tables, faults = _record(kind, one.node, output.records - 1, one.notes, max_depth)
        output.end(tables, one.notes, faults, (splitter.line_of(one.start), one.start, one.raw))
    output.leniencies.update(leniencies)
    return output.result()


def _cells(unit: exact_csv.Unit, header: list[str], ignored: set[str], *, from_r: bool) -> tuple[list[Cell], Faults]:
    """The fields of a record as text without surplus ones, or the faults of their bytes.

    A reject does not name a column that is `ignored`.
    """
    cells: list[Cell] = []
    faults: Faults = []
    names = [name or f"column_{position}" for position, name in enumerate(header, 1)]
    for one, name in zip_longest(unit.fields, names):
        try:
            text = one.text.decode("utf-8") if one is not None else ""
            if one is not None and name is not None:
                cells.append(Cell(text, one.quoted, from_r and not one.quoted and text == "NA"))
        except UnicodeDecodeError:
            faults.append((None if name in ignored else name, UTF8))
    return cells, faults


class _CsvRows:
    """Reads CSV records into rows, by the layout of their header."""

    def __init__(self, kind: str, layout: str, header: list[str], max_depth: int) -> None:
        self.kind = kind
        self.layout = layout
        self.max_depth = max_depth
        self.output = _Output.of(kind, {"values": VALUES} if layout == kinds.A else None)
        self.unknown: dict[str, int] = {}
        self.ignored: set[str] = set()
        self.own: int | None = None
        table, schema = next(iter(self.output.schemas.items()))
        if kind in COLUMNS:
            self.reader = RecordReader(kind, layout, header, schema.names, max_depth)
            self.unknown = dict(self.reader.unknown)
            self.ignored, self.own = self.reader.ignored, self.reader.own
        elif layout == kinds.A:
            self.columns: list[tuple[tuple[str, int], int]] = []
            self.target = header.index("target") if "target" in header else None
            for position, name in enumerate(header):
                found = kinds.value_column(name)
                if found and name not in header[:position]:
                    self.columns.append((found, position))
                elif position != self.target:
                    self.unknown[unknown_name(name, position + 1, {*schema.names, *self.unknown})] = position
        else:
            # The members; those that are not taken apart have a name of their own.
            self.members: list[tuple[str, bool]] = []
            for position, name in enumerate(header):
                own = unknown_name(name, position + 1, {name for name, _ in self.members})
                self.members.append((own, own == name))
        self.output.schemas[table] = pa.schema([*schema, *(pa.field(name, pa.string()) for name in self.unknown)])

    def of(self, cells: list[Cell], notes: Notes) -> tuple[Rows, Faults]:
        """The rows of one record, or its faults."""
        if self.kind in COLUMNS:
            row, faults, info = self.reader.read(cells, notes)
            row |= info.columns
            more = tables_of(self.kind, row, info, notes, self.max_depth)
            return {next(iter(TABLES[self.kind])): [row], **more}, faults
        if self.layout == kinds.A:
            more_cells = {
                name: cell.text
                for name, position in self.unknown.items()
                if not (cell := cells[position]).absent and (cell.text or cell.quoted)
            }
            values = [value | more_cells for value in self._values(cells)]
            notes.update([] if values else [NO_VALUES])
            return {"values": values}, []
        return {"annotations": [self._annotation(cells, notes)]}, []

    def _annotation(self, cells: list[Cell], notes: Notes) -> Row:
        """The annotation of a record of layout B."""
        filled = {name: cell.filled for (name, _), cell in zip(self.members, cells, strict=True) if cell.filled}
        whole: dict[str, Node] = {
            name: string_node(filled[name]) for name, own in self.members if name in filled and not own
        }
        for name in _MAYBE_LITERAL & (filled.keys() - whole.keys()):
            if literal := literal_of_cell(filled[name], notes, self.max_depth):
                whole[name] = literal
        return collection_row(annotation_of(filled, whole), self.output.records - 1, notes)

    def _values(self, cells: list[Cell]) -> list[Row]:
        """The values of a record of layout A: tags in the order of the header, numbers ascending."""
        numbered: dict[str, list[tuple[int, str]]] = {}
        for (tag, number), position in self.columns:
            filled = cells[position].filled
            numbered.setdefault(tag, []).extend([(number, filled)] if filled else [])
        cell = Cell("", quoted=False) if self.target is None else cells[self.target]
        target = None if cell.absent or not (cell.text or cell.quoted) else cell.text
        return [
            {"target": target, "tag": tag, "value_index": number, "value": text} | rectangle(text)
            for tag, values in numbered.items()
            for number, text in sorted(values, key=lambda value: value[0])
        ]


class _Opened(NamedTuple):
    """A CSV whose header has the columns of a kind."""

    splitter: exact_csv.Splitter
    layout: str
    kind: str | None


def _opened(content: Content, kind: str | None, limit: int) -> _Opened:
    """The input with the first separator with which the header has the columns of a kind."""
    fault: ValueError | None = None
    for separator in (exact_csv.COMMA, b";", b"\t"):
        try:
            splitter = exact_csv.Splitter(content.data, limit, truncated=content.truncated, separator=separator)
        except ValueError as unreadable:
            fault = fault or unreadable
            continue
        if content.truncated and not splitter.header_ended:
            msg = "the input ends within its header"
            raise ValueError(msg)
        if found := kinds.layout_of(splitter.header, kind):
            splitter.leniencies.update({SEPARATOR: 1} if separator != exact_csv.COMMA else {})
            return _Opened(splitter, *found)
        fault = fault or ValueError(f"no known download has this header: {', '.join(splitter.header[:20])}")
    raise fault or ValueError


def _read_csv(content: Content, kind: str | None, limit: int, max_rows: int, max_depth: int) -> Result:
    splitter, layout, of_header = _opened(content, kind, limit)
    header, from_r = splitter.header, splitter.header_quoted
    units = list(splitter.units())
    if (kind := kind or of_header) is None:
        found = [
            _cells(unit, header, set(), from_r=from_r)
            for unit in units
            if not unit.faults and unit.end <= kinds.FIRST_BYTES
        ]
        first = [cells for cells, faults in found if not faults][: kinds.FIRST]
        kind = kinds.kind_of_rows(layout, header, [_by_name(header, cells) for cells in first])
    rows = _CsvRows(kind, layout, header, max_depth)
    output = rows.output
    output.max_rows = max_rows
    for unit in units:
        output.records += 1
        notes = Notes()
        if unit.faults in ((), (FIELDS,)):
            bare = sum(one.bare_quote for one in unit.fields)
            output.leniencies.update({QUOTE_IN_FIELD: bare} if bare else {})
        tables: Rows = {}
        faults: Faults = [(None, kind) for kind in unit.faults]
        ragged = unit.faults == (FIELDS,) and rows.own is not None and len(unit.fields) >= rows.own
        if not faults or ragged:
            cells, bytes_faults = _cells(unit, header, rows.ignored, from_r=from_r)
            if bytes_faults:
                faults += bytes_faults
            else:
                notes.update(
                    {RAGGED_INFO: 1} if ragged else {SURPLUS_FIELDS: 1} if len(unit.fields) > len(header) else {}
                )
                tables, more = rows.of(cells, notes)
                faults = more + faults if more else []
        output.end(tables, notes, faults, (unit.line, unit.start, content.data[unit.start : unit.end]))
    output.leniencies.update(splitter.leniencies)
    return output.result()


def _by_name(header: list[str], cells: list[Cell]) -> dict[str, str]:
    """The filled texts of the first column of each name."""
    return {name: cell.filled for name, cell in reversed(list(zip(header, cells, strict=True)))}


def read_pybossa(
    source: str | PathLike[str] | bytes,
    name: str | None = None,
    *,
    kind: str | None = None,
    max_record_bytes: int = 64 << 20,
    max_record_rows: int = MAX_RECORD_ROWS,
    max_depth: int = 128,
) -> Result:
    """Read a download.

    Args:
        source: A path or the bytes; plain, gzip or zip.
        name: The name of the file if `source` is bytes; the kind of an empty download is inferred from it.
        kind: A kind of the contract; inferred from the content if None.
        max_record_bytes: Maximum length of a record.
        max_record_rows: Maximum number of rows that a record gives in all tables.
        max_depth: Maximum nesting depth of the JSON of a record or a cell.

    Returns:
        The tables by name (the record table first; for CSV layout A only `values`), the rejects, the counts of
        leniencies, the number of records, and the record number of each row of the record table.

    Raises:
        ValueError: the kind is unknown, the input lacks its columns, the download is empty and its name has no kind,
            a zip has other members, or a CSV header has invalid quotes or UTF-8.
    """
    content = content_of(source, name)
    start = content.data.removeprefix(exact_csv.BOM).lstrip(b" \t\r\n")[:1]
    if start in {b"[", b"{"}:
        return _read_json(content, kind, max_record_bytes, max_record_rows, max_depth)
    if start:
        return _read_csv(content, kind, max_record_bytes, max_record_rows, max_depth)
    kind = kind or kinds.kind_of_names(content.names)
    if kind is None:
        msg = "the download is empty, and its name doesn't tell what it would hold"
        raise ValueError(msg)
    output = _Output.of(kind)
    if content.truncated:
        output.records = 1
        output.reject(1, len(content.data), b"", [(None, "truncated")])
    return output.result()
