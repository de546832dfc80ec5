"""Inputs that are not exports: each is named for what it is, with the next step.

The first bytes, the header of a CSV and the members of JSON decide, whatever `kind` says.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from crowdarrow import exports
from crowdarrow.declare.types import ListType, StructType, Type
from crowdarrow.errors import NotAnExportError

_AS_DOWNLOADED = "give the CSV or JSON file as it was downloaded"
_UNPACK = "unpack it, and give the file in it"
_OWN = "give the export that it was made from"

_MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old office document, such as an Excel workbook (.xls)", _AS_DOWNLOADED),
    (b"%PDF-", "a PDF document", _AS_DOWNLOADED),
    (b"PAR1", "a Parquet file", "crowdarrow writes Parquet from exports; " + _AS_DOWNLOADED),
    (b"ARROW1", "an Arrow file", "crowdarrow writes Arrow files from exports; " + _AS_DOWNLOADED),
    (b"\xff\xff\xff\xff", "an Arrow stream", "crowdarrow writes Arrow data from exports; " + _AS_DOWNLOADED),
    (b"SQLite format 3\0", "an SQLite database", _AS_DOWNLOADED),
    (b"\x89HDF\r\n", "an HDF5 file", _AS_DOWNLOADED),
    (b"\x89PNG", "a PNG image", _AS_DOWNLOADED),
    (b"\xff\xd8\xff", "a JPEG image", _AS_DOWNLOADED),
    (b"GIF8", "a GIF image", _AS_DOWNLOADED),
    (b"RDX2\n", "an R data file", _AS_DOWNLOADED),
    (b"RDX3\n", "an R data file", _AS_DOWNLOADED),
    (b"\x7fELF", "a program", _AS_DOWNLOADED),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"PK\x03\x04", "a zip inside another archive", _UNPACK),
    (b"\x04\x22\x4d\x18", "LZ4 data", "decompress it first"),
    (b"\x1f\x9d", "data of the program `compress`", "decompress it first"),
)
"""First bytes, what begins with them, and the next step."""
_TAR_MAGIC = 257
"""Where a tar has its magic bytes."""
_UTF16 = (
    (re.compile(rb"\xff\xfe|\xfe\xff"), "utf-16"),
    (re.compile(rb"(?:[ -~]\0){2}"), "utf-16-le"),
    (re.compile(rb"(?:\0[ -~]){2}"), "utf-16-be"),
)
"""How UTF-16 begins, with a byte order mark or without one, and its name."""

_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|script|meta|title)\b", re.IGNORECASE)
_XML_ERROR = re.compile(rb"<Error\b.{0,200}?<Code>\s*(\w{1,60})\s*</Code>", re.DOTALL)

_REJECTS = ["source", "record", "line", "byte_offset", "column", "kind", "message", "raw"]
_REPORTS = (
    ({"records", "rejected", "leniencies", "tables", "outputs"}, "a report of crowdarrow"),
    ({"run_id", "version", "inputs", "tables", "files"}, "a manifest of crowdarrow"),
    ({"records", "rejected", "leniencies", "tables"}, "an inspection of crowdarrow"),
    ({"crowdarrow_index"}, "an index of crowdarrow"),
    ({"type", "features"}, "GeoJSON"),
    ({"cells", "nbformat"}, "a Jupyter notebook"),
)
"""Members of JSON objects that are not exports."""


def check_bytes(name: str, head: bytes) -> None:
    """Check the first decompressed bytes of an input.

    Raises:
        NotAnExportError: they are not those of CSV or JSON.
    """
    for magic, what, step in _MAGIC:
        if head.startswith(magic):
            raise _error(name, what, step)
    if head.startswith(b"ustar", _TAR_MAGIC):
        raise _error(name, "a tar inside another archive", _UNPACK)
    for start, encoding in _UTF16:
        if start.match(head):
            raise _error(name, "UTF-16 text", f"specify `encoding`: {encoding}")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text.startswith(b"<"):
        return
    if found := _XML_ERROR.search(text):
        what = f"an XML error message of a server ({found[1].decode('ascii', 'replace')})"
        raise _error(name, what, "the download link may have expired: get a new one and download the export again")
    if _HTML.match(text) or b"<html" in text.lower():
        raise _error(name, "an HTML page, such as a login page", "log in and download the export again")
    raise _error(name, "an XML file", _AS_DOWNLOADED)


def check_header(name: str, header: Sequence[str]) -> None:
    """Check the column names of a CSV.

    Raises:
        NotAnExportError: they are those of a file that crowdarrow writes.
    """
    if list(header) == _REJECTS:
        step = "write the export's header and the repaired `raw` values to a file, and convert that"
        raise _error(name, "a file of rejects of crowdarrow", step)
    names = set(header)
    for table, columns, _ in _own_tables()[0]:
        known = set(columns)
        if known <= names and [column for column in header if column in known] == columns:
            raise _error(name, f"the table {table}, which crowdarrow wrote", _OWN)


def check_records(name: str, header: Sequence[str], records: Sequence[Mapping[str, str]]) -> None:
    """Check the first records of a CSV whose header may be that of an export and that of a table.

    Raises:
        NotAnExportError: they have lists as crowdarrow writes them.
    """
    for table, columns, lists in _own_tables()[1]:
        if list(header) != columns:
            continue
        found = [_written_list(record[column]) for record in records for column in lists if record.get(column)]
        # Other programs write empty lists in the same way.
        if None not in found and any(item is not None for items in found if items for item in items):
            raise _error(name, f"the table {table}, which crowdarrow wrote", _OWN)


def _written_list(cell: str) -> list[Any] | None:
    """The list of numbers or texts in a cell, as the CSV of a table has it; None if it holds something else."""
    try:
        items = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    is_plain = isinstance(items, list) and not any(isinstance(item, list | dict) for item in items)
    return items if is_plain else None


def check_members(name: str, members: Sequence[str]) -> None:
    """Check the members of the first JSON objects.

    Raises:
        NotAnExportError: they are those of another well-known kind of JSON.
    """
    known = set(members)
    for needed, what in _REPORTS:
        if needed <= known:
            raise _error(name, what, _OWN if "crowdarrow" in what else _AS_DOWNLOADED)


def _error(name: str, what: str, step: str) -> NotAnExportError:
    return NotAnExportError(f"{name} is {what}, not an export; {step}")


_OwnTable = tuple[str, list[str], list[str]]
"""A table's kind and name, the columns that each of its CSV files has, and those of them that are lists."""


@cache
def _own_tables() -> tuple[list[_OwnTable], list[_OwnTable]]:
    """The tables whose columns are not all those of an export, and those whose columns are."""
    distinct: list[_OwnTable] = []
    alike: list[_OwnTable] = []
    for export in exports.EXPORTS:
        read = {name for column in export.record_table.columns for name in column.expr.columns}
        for table in export.tables:
            columns = [
                name
                for column in table.columns
                if not column.optional and column.unless is None
                for name in _csv_columns(column.name, column.type)
            ]
            lists = [column.name for column in table.columns if isinstance(column.type, ListType)]
            found = alike if read.issuperset(columns) else distinct
            found.append((f"{export.kind} {table.name}", columns, lists))
    return distinct, alike


def _csv_columns(name: str, type_: Type) -> Iterator[str]:
    """The columns of CSV that a column becomes: one for each child of a struct."""
    if not isinstance(type_, StructType):
        yield name
        return
    for child, child_type in type_.children:
        yield from _csv_columns(f"{name}.{child}", child_type)
    if type_.extra:
        yield f"{name}.extra"
