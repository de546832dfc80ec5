"""`read_pybossa`, which reads a PYBOSSA or LibCrowds download into the tables of its kind.

The engine is compared with it. It is slow and simple, and has the whole input in memory.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from os import PathLike

import pyarrow as pa

from oracle import exact_csv
from oracle.names import FIELDS, JSON_TYPE, QUOTE_IN_FIELD, SURPLUS_FIELDS, UTF8
from oracle.node import Node
from oracle.pure_python import Reject, Result
from oracle.records import unknown_name
from oracle.scalars import Notes, UnreadableError

from . import elements, kinds
from .annotations import Row, collection_row, value_rows
from .cells import COLUMNS
from .containers import Content, content_of
from .csv_records import FLATTENED, Cell, RecordReader
from .flat import annotation_of
from .names import KIND_OF_MOTIVATION, NO_VALUES, TASKS
from .nodes import OBJECT, parse
from .records import Faults, info_columns, listed, nested, record_row, tables_of
from .schemas import TABLES, VALUES
from .targets import rectangle

__all__ = ["Reject", "Result", "read_pybossa"]

Rows = dict[str, list[Row]]


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

    @classmethod
    def of(cls, kind: str, schemas: dict[str, pa.Schema] | None = None) -> "_Output":
        schemas = TABLES[kind] if schemas is None else schemas
        return cls(kind, dict(schemas), {name: [] for name in schemas})

    def add(self, tables: Rows, notes: Notes) -> None:
        """Add the rows of the current record."""
        for name, rows in tables.items():
            self.rows[name] += rows
        self.leniencies.update(notes)
        self.row_records.append(self.records)

    def reject(self, line: int, start: int, raw: bytes, faults: Faults) -> None:
        """Reject the current record."""
        self.rejects.append(Reject(self.records, line, start, *faults[0], raw, tuple(faults)))

    def result(self) -> Result:
        """The tables."""
        if "annotations" in self.rows and "values" in self.rows:
            self.rows["values"] = value_rows(self.rows["annotations"], self.kind)
        tables = {name: _table(self.rows[name], schema) for name, schema in self.schemas.items()}
        leniencies = dict(sorted(self.leniencies.items()))
        return Result(self.kind, tables, self.rejects, leniencies, self.records, self.row_records)


def _table(rows: list[Row], schema: pa.Schema) -> pa.Table:
    columns = [pa.array([row.get(column.name) for row in rows], column.type) for column in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _record(kind: str, node: Node, position: int, notes: Notes) -> tuple[Rows, Faults]:
    """The rows of one JSON record, or its faults."""
    record_table = next(iter(TABLES[kind]))
    if kind not in COLUMNS:
        return {record_table: [collection_row(node, position)]}, []
    row, faults = record_row(kind, node, notes)
    info = node.member("info")
    row |= info_columns(info)
    try:
        more = tables_of(kind, row, info, listed(kind, info))
    except UnreadableError as unreadable:
        return {}, [*faults, (None, unreadable.kind)]
    return {record_table: [row], **more}, faults


def _nodes(
    splitter: elements.Splitter, max_depth: int
) -> Iterator[tuple[elements.Element, Node | None, Notes, str | None]]:
    """Each element with its JSON value and leniencies, or with the fault of its bytes or its JSON."""
    for element in splitter.elements():
        node, notes, fault = None, Notes(), element.fault
        if fault is None:
            try:
                node = parse(splitter.data[element.start : element.end].decode("utf-8"), notes, max_depth)
            except UnicodeDecodeError:
                fault = UTF8
            except UnreadableError as unreadable:
                fault = unreadable.kind
        yield element, node, notes, fault


def _read_json(content: Content, kind: str | None, limit: int, max_depth: int) -> Result:
    splitter = elements.Splitter(content.data, limit, content.truncated)
    found = list(_nodes(splitter, max_depth))
    nodes = [node for _, node, _, _ in found if node is not None]
    kind = kind or kinds.kind_of_nodes(nodes) or (None if nodes else kinds.kind_of_names(content.names))
    if kind is None:
        members = sorted({key for node in nodes[: kinds.FIRST] for key in node.members})
        msg = f"no known download has records with these members: {', '.join(members[:20])}"
        raise ValueError(msg)
    output = _Output.of(kind)
    for element, node, notes, fault in found:
        output.records += 1
        faults: Faults = [] if fault is None else [(None, fault)]
        tables: Rows = {}
        if node is not None and node.kind != OBJECT:
            faults = [(None, JSON_TYPE)]
        elif node is not None:
            try:
                tables, faults = _record(kind, node, output.records - 1, notes)
            except UnreadableError as unreadable:
                faults = [(None, unreadable.kind)]
        if faults:
            raw = content.data[element.start : element.end]
            output.reject(splitter.line_of(element.start), element.start, raw, faults)
        else:
            output.add(tables, notes)
    output.leniencies.update(splitter.leniencies)
    return output.result()


def _cells(unit: exact_csv.Unit, header: list[str], ignored: set[str], notes: Notes) -> tuple[list[Cell], Faults]:
    """The fields of a valid record as text without surplus ones, or the faults.

    A reject does not name a column that is `ignored`.
    """
    if unit.faults:
        return [], [(None, kind) for kind in unit.faults]
    cells: list[Cell] = []
    faults: Faults = []
    for one, name in zip(unit.fields, header, strict=False):
        try:
            cells.append(Cell(one.text.decode("utf-8"), one.quoted))
        except UnicodeDecodeError:
            faults.append((None if name in ignored else name, UTF8))
    if len(unit.fields) > len(header):
        notes[SURPLUS_FIELDS] += 1
    return cells, faults


class _CsvRows:
    """Reads CSV records into rows, by the layout of their header."""

    def __init__(self, kind: str, header: list[str], max_depth: int) -> None:
        self.kind = kind
        self.header = header
        self.layout = kinds.layout_of(header)
        self.names = [name or f"column_{position}" for position, name in enumerate(header, 1)]
        self.output = _Output.of(kind, {"values": VALUES} if self.layout == kinds.A else None)
        self.unknown: dict[str, int] = {}
        self.ignored: set[str] = set()
        table, schema = next(iter(self.output.schemas.items()))
        if kind in COLUMNS:
            self.reader = RecordReader(kind, header, schema.names, max_depth)
            self.unknown = dict(self.reader.unknown)
            self.ignored = self.reader.ignored
        elif self.layout == kinds.A:
            for position, name in enumerate(header):
                if name != "target" and not kinds.value_column(name):
                    self.unknown[unknown_name(name, position + 1, {*schema.names, *self.unknown})] = position
        self.output.schemas[table] = pa.schema([*schema, *(pa.field(name, pa.string()) for name in self.unknown)])

    def of(self, cells: list[Cell], notes: Notes) -> tuple[Rows, Faults]:
        """The rows of one record, or its faults."""
        if self.kind in COLUMNS:
            return self._of_record(cells, notes)
        filled = {name: cell.text for name, cell in zip(self.names, cells, strict=True) if cell.text}
        if self.layout == kinds.A:
            more = {
                name: cells[position].text for name, position in self.unknown.items() if cells[position] != ("", False)
            }
            values = [value | more for value in self._values(filled)]
            notes.update([] if values else [NO_VALUES])
            return {"values": values}, []
        return {"annotations": [collection_row(annotation_of(filled), self.output.records - 1)]}, []

    def _of_record(self, cells: list[Cell], notes: Notes) -> tuple[Rows, Faults]:
        row, faults, info, info_kind, items = self.reader.read(cells, notes)
        row |= info_columns(info) | {"info_kind": info_kind}
        flat = self.kind == TASKS and info_kind == FLATTENED
        try:
            more = tables_of(self.kind, row, nested(info) if flat else info, items)
        except UnreadableError as unreadable:
            return {}, [*faults, (None, unreadable.kind)]
        return {next(iter(TABLES[self.kind])): [row], **more}, faults

    def _values(self, filled: dict[str, str]) -> list[Row]:
        """The values of a record of layout A: tags in the order of the header, numbers ascending."""
        numbered: dict[str, list[tuple[int, str]]] = {}
        for name in self.names:
            if (found := kinds.value_column(name)) and name != "target":
                numbered.setdefault(found[0], []).extend([(found[1], filled[name])] if name in filled else [])
        tagging = self.kind == KIND_OF_MOTIVATION["tagging"]
        return [
            {"target": filled.get("target"), "tag": tag, "value_index": number, "value": text}
            | (rectangle(text) if tagging else {})
            for tag, values in numbered.items()
            for number, text in sorted(values)
        ]


def _read_csv(content: Content, kind: str | None, limit: int, max_depth: int) -> Result:
    splitter = exact_csv.Splitter(content.data, limit, truncated=content.truncated)
    header = splitter.header
    units = list(splitter.units())
    whole = [_cells(unit, header, set(), Notes()) for unit in units[: kinds.FIRST]]
    first = [dict(zip(header, (cell.text for cell in cells), strict=True)) for cells, faults in whole if not faults]
    kind = kind or kinds.kind_of_header(header, first)
    if kind is None:
        msg = f"no known download has this header: {', '.join(header[:20])}"
        raise ValueError(msg)
    rows = _CsvRows(kind, header, max_depth)
    output = rows.output
    for unit in units:
        output.records += 1
        notes = Notes()
        if unit.faults in ((), (FIELDS,)):
            bare = sum(one.bare_quote for one in unit.fields)
            output.leniencies.update({QUOTE_IN_FIELD: bare} if bare else {})
        cells, faults = _cells(unit, header, rows.ignored, notes)
        tables: Rows = {}
        if not faults:
            tables, faults = rows.of(cells, notes)
        if faults:
            output.reject(unit.line, unit.start, content.data[unit.start : unit.end], faults)
        else:
            output.add(tables, notes)
    output.leniencies.update(splitter.leniencies)
    return output.result()


def read_pybossa(
    source: str | PathLike[str] | bytes,
    name: str | None = None,
    *,
    kind: str | None = None,
    max_record_bytes: int = 64 << 20,
    max_depth: int = 128,
) -> Result:
    """Read a download.

    Args:
        source: A path or the bytes; plain, gzip or zip.
        name: The name of the file if `source` is bytes; the kind of an empty download is inferred from it.
        kind: A kind of the contract; inferred from the content if None.
        max_record_bytes: Maximum length of a record.
        max_depth: Maximum nesting depth of the JSON of a record or a cell.

    Returns:
        The tables by name (the record table first; for CSV layout A only `values`), the rejects, the counts of
        leniencies, the number of records, and the record number of each row of the record table.

    Raises:
        ValueError: the kind is unknown, the download is empty and its name has no kind, a zip has
            other members, or a CSV header has invalid quotes or UTF-8.
    """
    content = content_of(source, name)
    start = content.data.removeprefix(exact_csv.BOM).lstrip(b" \t\r\n")[:1]
    if start in {b"[", b"{"}:
        return _read_json(content, kind, max_record_bytes, max_depth)
    if start:
        return _read_csv(content, kind, max_record_bytes, max_depth)
    kind = kind or kinds.kind_of_names(content.names)
    if kind is None:
        msg = "the download is empty, and its name doesn't tell what it would hold"
        raise ValueError(msg)
    output = _Output.of(kind)
    if content.truncated:
        output.records = 1
        output.reject(1, len(content.data), b"", [(None, "truncated")])
    return output.result()
