"""Project downloads in CSV: reading a record into columns and `info`."""

import re
from typing import Any, NamedTuple

from oracle.names import JSON
from oracle.node import Node
from oracle.records import unknown_name
from oracle.scalars import Notes, UnreadableError

from . import kinds
from .annotations import Row
from .cells import COLUMNS, INTS, TEXT, from_text, gathered
from .names import INFO_TWICE, LITERALS
from .nodes import ARRAY, NULL, OBJECT, object_node, parse, string_node
from .python_literal import read_literal
from .records import FLATTENED, Faults, Info


class Cell(NamedTuple):
    """The text of a field, whether it was quoted, and whether it is an absent cell of a re-save by R."""

    text: str
    quoted: bool
    absent: bool = False

    @property
    def filled(self) -> str:
        """The text; empty if the cell is absent."""
        return "" if self.absent else self.text


def value_of_cell(text: str, notes: Notes, max_depth: int) -> Node:
    """The value of a cell with the whole `info`: JSON, or else a Python literal, or else a text.

    JSON that is nested too deeply is text.
    """
    try:
        return parse(text, notes, max_depth)
    except UnreadableError as fault:
        if fault.kind != JSON:
            return string_node(text)
    try:
        return read_literal(text, max_depth) or string_node(text)
    except UnreadableError:
        return string_node(text)


def literal_of_cell(text: str, notes: Notes, max_depth: int) -> Node | None:
    """The object or list that is the whole text of a cell (counted); None if the text is something else."""
    node = value_of_cell(text, found := Notes(), max_depth)
    if node.kind not in {ARRAY, OBJECT}:
        return None
    notes.update(found)
    notes[LITERALS] += 1
    return node


class RecordReader:
    """Reads the records of one header of layout P1, P2 or P3.

    Attributes:
        unknown: Output name and index in the header of each unknown column.
        ignored: Names of the columns that repeat a part of a whole `info`.
        own: The number of columns before the exploded ones; None if a record of another width is a reject.
    """

    def __init__(self, kind: str, layout: str, header: list[str], written: list[str], max_depth: int) -> None:
        """Match the header with the columns of the record table, `written`."""
        self.kind = kind
        self.header = header
        self.max_depth = max_depth
        self.prefix = kinds.PREFIXES[kind] if layout == kinds.P1 else ""
        self.known: dict[str, int] = {}
        self.parts: dict[str, int] = {}
        self.numbered: dict[str, list[tuple[int, int]]] = {
            name: [] for name, type_ in COLUMNS[kind].items() if type_ == INTS and not self.prefix
        }
        self.unknown: list[tuple[str, int]] = []
        exploded = [self._is_exploded(name) for name in header]
        self.ignored = {name for name, is_part in zip(header, exploded, strict=True) if is_part}
        first = exploded.index(True) if self.ignored else len(header)
        self.own = first if self.prefix and f"{self.prefix}info" in header and all(exploded[first:]) else None
        taken = set(written)
        seen: set[str] = set()
        for position, name in enumerate(header):
            if not exploded[position] and (name in seen or not self._place(name, position)):
                output = unknown_name(name, position + 1, taken)
                taken.add(output)
                self.unknown.append((output, position))
            seen.add(name)

    def _is_exploded(self, name: str) -> bool:
        """Whether a column of layout P1 repeats a part of the whole `info`."""
        start = f"{self.prefix.removesuffix('__')}info__"
        return bool(self.prefix) and name.startswith(start) and f"{self.prefix}info" in self.header

    def _place(self, name: str, position: int) -> bool:
        """Take a column as a known one or as a part of one. Return whether it is any."""
        if not name.startswith(self.prefix):
            return False
        column = name.removeprefix(self.prefix)
        if column == "app_id" and f"{self.prefix}project_id" not in self.header:
            column = "project_id"
        if column in COLUMNS[self.kind] or column == "info":
            return self.known.setdefault(column, position) == position
        if column.startswith("info_") and not self.prefix:
            self.parts[column[5:]] = position
            return True
        for list_, places in self.numbered.items():
            if match := re.fullmatch(f"{list_}_([0-9]{{1,9}})", column):
                places.append((int(match[1]), position))
                return True
        return False

    def read(self, cells: list[Cell], notes: Notes) -> tuple[Row, Faults, Info]:
        """The row, its faults, and `info`."""
        row: Row = {}
        faults: Faults = []
        for column, type_ in COLUMNS[self.kind].items():
            try:
                row[column] = self._value(column, type_, cells, notes)
            except UnreadableError as fault:
                faults.append((column, fault.kind))
        for output, position in self.unknown:
            row[output] = self._read(TEXT, cells[position], notes)
        return row, faults, self._info(cells, notes)

    def _read(self, type_: str, cell: Cell, notes: Notes) -> Any:
        python = bool(self.prefix)
        return from_text(type_, cell.text, quoted=cell.quoted, notes=notes, max_depth=self.max_depth, python=python)

    def _value(self, column: str, type_: str, cells: list[Cell], notes: Notes) -> Any:
        value = None
        if column in self.known:
            value = self._read(type_, cells[self.known[column]], notes)
        if value is None and self.numbered.get(column):
            value = gathered([cells[position].filled for _, position in sorted(self.numbered[column])], notes)
        return value

    def _info(self, cells: list[Cell], notes: Notes) -> Info:
        whole = cells[self.known["info"]].filled if "info" in self.known else ""
        if self.prefix:
            if not whole:
                return Info()
            return Info.of(value_of_cell("null" if whole == "None" else whole, notes, self.max_depth))
        parts = {key: cells[position].filled for key, position in self.parts.items() if cells[position].filled}
        if not whole:
            flat = object_node({key: string_node(text) for key, text in parts.items()})
            return Info(flat, FLATTENED, parts) if parts else Info()
        literal = literal_of_cell(whole, notes, self.max_depth)
        if literal is not None:
            node = literal
        elif parts and value_of_cell(whole, notes, self.max_depth).kind != NULL:
            node = value_of_cell(whole, notes, self.max_depth)
        else:
            node = string_node(whole)
        notes.update({INFO_TWICE: len(parts)} if parts else {})
        return Info.of(node)
