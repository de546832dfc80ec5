"""Comparison of the engine and the oracle on a PYBOSSA or LibCrowds download."""

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from oracle.pybossa import Result, read_pybossa
from oracle.pybossa.containers import content_of
from support.pybossa_examples import JSON_COLUMNS

if TYPE_CHECKING:
    from conftest import Collect, Collected

# A note of the engine that the oracle counts as a leniency.
NO_VALUES = {"no_values": "record without values"}


class Named(io.BytesIO):
    """Bytes with the name of a file."""

    def __init__(self, data: bytes, name: str) -> None:
        """Set the data and the name."""
        super().__init__(data)
        self.name = name


def counted(collected: "Collected") -> dict[str, int]:
    """Leniencies and notes, by the names of the oracle."""
    notes = {name: collected.report.notes.get(note, 0) for name, note in NO_VALUES.items()}
    return collected.report.leniencies | {name: count for name, count in notes.items() if count}


def _read(value: str | None) -> Any:
    return None if value is None else json.loads(value)


def assert_same_column(ours: pa.ChunkedArray, theirs: pa.ChunkedArray, name: str, *, from_csv: bool) -> None:
    """The values are equal; JSON built from CSV and `extra` are compared as JSON. Messages contain row numbers only."""
    if ours.equals(theirs):
        return
    read = _read if name == "extra" or (from_csv and name in JSON_COLUMNS) else (lambda value: value)
    pairs = zip(ours.to_pylist(), theirs.to_pylist(), strict=True)
    differ = [row for row, (one, other) in enumerate(pairs) if one != other and read(one) != read(other)]
    if differ:
        msg = f"{name} differs in {len(differ)} rows, first in row {differ[0]}"
        raise AssertionError(msg)


def _column(name: str | None) -> str | None:
    """The column of a name in the header."""
    return None if name is None else re.sub("^(task_run|task|result)__", "", name).replace("app_id", "project_id")


def assert_same_tables(ours: "Collected", theirs: Result, *, from_csv: bool) -> None:
    """Kind and tables are equal."""
    assert ours.kind == theirs.kind
    assert list(ours.tables) == list(theirs.tables)
    for name, table in ours.tables.items():
        other = theirs.tables[name]
        assert table.schema == other.schema, name
        assert table.num_rows == other.num_rows, name
        for column in table.schema.names:
            assert_same_column(table[column], other[column], column, from_csv=from_csv)


def assert_same(ours: "Collected", theirs: Result, *, from_csv: bool) -> None:
    """Kind, tables, rejects and counts are equal; a record with several faults may be rejected for any of them."""
    assert_same_tables(ours, theirs, from_csv=from_csv)
    # The bytes of a record of columns do not stand together.
    scattered = "column_oriented" in theirs.leniencies
    positions = [
        [(r.record, 0 if scattered else r.line, 0 if scattered else r.byte_offset, r.raw) for r in rejects]
        for rejects in (ours.rejects, theirs.rejects)
    ]
    assert [one[:3] for one in positions[0]] == [one[:3] for one in positions[1]]
    assert positions[0] == positions[1]
    for reject, expected in zip(ours.rejects, theirs.rejects, strict=True):
        # The oracle names a column by its header for faults of bytes, and by its table for faults of values.
        faults = {(_column(column), kind) for column, kind in expected.faults}
        assert (_column(reject.column), reject.kind) in faults, f"record {reject.record}: {reject.message}"
    assert counted(ours) == theirs.leniencies
    assert ours.report.records == theirs.records
    assert ours.report.rows == len(theirs.table)


def assert_alike(one: "Collected", other: "Collected") -> None:
    """The results are identical: of one input, read in other blocks or by another number of threads."""
    assert one.kind == other.kind
    assert one.tables == other.tables
    assert one.rejects == other.rejects
    reports = [result.report.to_dict() | {"seconds": 0, "sources": []} for result in (one, other)]
    assert reports[0] == reports[1]


_BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["{}\[\]]', re.DOTALL)


def of_one_value(line: bytes) -> bool:
    """Whether a line is one value: its first bracket closes at its end, or it has an unterminated string."""
    depth, first = 0, line[:1]
    for match in _BRACKET.finditer(line):
        depth += (match[0] == first) - (match[0] == {b"{": b"}", b"[": b"]"}.get(first))
        if match[0] == b'"' or depth == 0:
            return match[0] == b'"' or not line[match.end() :].strip()
    return False


def is_csv(data: bytes) -> bool:
    """Whether these bytes are read as CSV."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] not in {b"[", b"{"}


def compare(collect: "Collect", source: bytes | Path, name: str = "download", **options: Any) -> "Collected":
    """Read a download by both readers and compare the results; JSON text is compared as values if the download is CSV.

    Raises:
        AssertionError: the results differ.
        ValueError: the oracle cannot read it.
    """
    known = name if isinstance(source, bytes) else None
    expected = read_pybossa(source, known, kind=options.get("kind"))
    named = Named(source, name) if isinstance(source, bytes) else source
    ours = collect(named, **options)
    assert_same(ours, expected, from_csv=is_csv(content_of(source, known).data))
    return ours
