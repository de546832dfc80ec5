"""CSV downloads: reading a record into columns, `info` and annotations."""

import re
from typing import Any, NamedTuple

from oracle.names import JSON
from oracle.node import Node
from oracle.records import unknown_name
from oracle.scalars import Notes, UnreadableError

from . import kinds
from .annotations import Row
from .cells import COLUMNS, TEXT, from_text, gathered
from .flat import Cells, listed_annotations
from .names import RESULTS
from .nodes import STRING, object_node, parse, string_node
from .python_literal import read_literal
from .records import Faults, listed

FLATTENED = "flattened"
Found = tuple[Row, Faults, "Node | None", str | None, list[tuple[int, Node]]]


class Cell(NamedTuple):
    """The text of a field, and whether it was quoted."""

    text: str
    quoted: bool


def info_of_cell(text: str, notes: Notes, max_depth: int) -> Node:
    """The value of a cell with the whole `info`: JSON, or else a Python literal, or else a text.

    Raises:
        UnreadableError: of kind `depth`.
    """
    try:
        return parse(text, notes, max_depth)
    except UnreadableError as fault:
        if fault.kind != JSON:
            raise
    return read_literal(text, max_depth) or string_node(text)


class RecordReader:
    """Reads the records of one header of layout P1, P2 or P3.

    Attributes:
        unknown: Output name and index in the header of each unknown column.
        ignored: Names of the columns that repeat a part of a whole `info`.
    """

    def __init__(self, kind: str, header: list[str], written: list[str], max_depth: int) -> None:
        """Match the header with the columns of the record table, `written`."""
        self.kind = kind
        self.header = header
        self.max_depth = max_depth
        self.prefix = kinds.p1_prefix(header)
        self.lists = [name for name, type_ in COLUMNS[kind].items() if type_ == "ints"]
        self.known: dict[str, int] = {}
        self.unknown: list[tuple[str, int]] = []
        self.ignored = {name for name in header if self.prefix and self._is_part(name)}
        taken = set(written)
        for position, name in enumerate(header):
            column = self._column(name)
            if column is not None and column not in self.known:
                self.known[column] = position
            elif column is not None or not self._is_part(name):
                output = unknown_name(name, position + 1, taken)
                taken.add(output)
                self.unknown.append((output, position))

    def _column(self, name: str) -> str | None:
        """The column of the record table, or `info`, for a name of the header."""
        start = f"{self.prefix}__" if self.prefix else ""
        if not name.startswith(start):
            return None
        column = name.removeprefix(start)
        if column == "app_id" and f"{start}project_id" not in self.header:
            column = "project_id"
        return column if column in COLUMNS[self.kind] or column == "info" else None

    def _is_part(self, name: str) -> bool:
        """Whether a column is a part of another column or repeats one."""
        if self.prefix:
            return name.startswith(f"{self.prefix}info__") and f"{self.prefix}__info" in self.header
        return name.startswith("info_") or any(re.fullmatch(f"{one}_[0-9]{{1,9}}", name) for one in self.lists)

    def read(self, cells: list[Cell], notes: Notes) -> Found:
        """The row, its faults, `info`, `info_kind`, and the items of the list with annotations."""
        row: Row = {}
        faults: Faults = []
        for column, type_ in COLUMNS[self.kind].items():
            try:
                row[column] = self._value(column, type_, cells, notes)
            except UnreadableError as fault:
                faults.append((column, fault.kind))
        for output, position in self.unknown:
            row[output] = self._read(TEXT, cells[position], notes)
        try:
            return row, faults, *self._info(cells, notes)
        except UnreadableError as fault:
            return row, [*faults, ("info", fault.kind)], None, None, []

    def _read(self, type_: str, cell: Cell, notes: Notes) -> Any:
        python = bool(self.prefix)
        return from_text(type_, cell.text, quoted=cell.quoted, notes=notes, max_depth=self.max_depth, python=python)

    def _value(self, column: str, type_: str, cells: list[Cell], notes: Notes) -> Any:
        value = None
        if column in self.known:
            value = self._read(type_, cells[self.known[column]], notes)
        if value is None and column in self.lists and not self.prefix:
            parts = {
                int(name.removeprefix(f"{column}_")): cells[position].text
                for position, name in enumerate(self.header)
                if re.fullmatch(f"{column}_[0-9]{{1,9}}", name)
            }
            value = gathered([parts[number] for number in sorted(parts)], notes)
        return value

    def _info(self, cells: list[Cell], notes: Notes) -> tuple[Node | None, str | None, list[tuple[int, Node]]]:
        whole = cells[self.known["info"]].text if "info" in self.known else ""
        parts: Cells = {}
        if not self.prefix:
            named = zip(self.header, cells, strict=False)
            parts = {name[5:]: cell.text for name, cell in named if name.startswith("info_") and cell.text}
        if whole and (self.prefix or parts):
            info = parse("null", notes, 1) if whole == "None" else info_of_cell(whole, notes, self.max_depth)
            return info, info.kind, listed(self.kind, info)
        if whole:
            return string_node(whole), STRING, []
        if not parts:
            return None, None, []
        info = object_node({key: string_node(text) for key, text in parts.items()})
        return info, FLATTENED, listed_annotations(parts, "annotations_" if self.kind == RESULTS else "")
