"""The reference reader of Zooniverse exports in plain Python, written from the contract.

`read` is the oracle of the tests: exact (its own CSV splitter, strict JSON, source tokens), with
the whole input in memory. `convert` is what a researcher would write for a big file,
with `csv.reader` and any `loads`. The benchmarks measure it.

`convert` differs from the contract: `csv` does not distinguish `""` from an empty field, so both are
null; a record with bad quotes damages those after it; duplicate keys are not counted; `extra` and
`feedback` do not keep the source tokens; bytes that are not UTF-8 are an error.
"""

import bz2
import codecs
import csv
import gzip
import io
import json
import lzma
import sys
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from . import schemas
from .exact_csv import COMMA, Field, Splitter, Unit
from .filters import Choice, Filters
from .json_text import ExactJson, Json, LooseJson
from .names import DUPLICATES, FIELDS, QUOTE_IN_FIELD, SEPARATOR, SURPLUS_FIELDS, UTF8
from .records import RowReader, finish, united

Source = str | PathLike[str] | bytes

ROWS_PER_BATCH = 20_000
# In the order in which they are tried (docs/contract.md, section 5 on 1.11).
SEPARATORS = (COMMA, b";", b"\t")
GZIP = b"\x1f\x8b"
BZIP2 = b"BZh"
XZ = b"\xfd7zXZ\0"
TAR_MAGIC, TAR_MAGIC_AT = b"ustar", 257


class Reject(NamedTuple):
    """A rejected record.

    `record` (rejects included) and `line` count from 1, `byte_offset` from 0 in the
    decompressed input, including a BOM. `raw` does not include the final line end. `column` and `kind`
    are those of the first fault. `faults` are all faults of the first stage that has any: bytes and quotes,
    UTF-8, and columns in the order of the table.
    """

    record: int
    line: int
    byte_offset: int
    column: str | None
    kind: str
    raw: bytes
    faults: tuple[tuple[str | None, str], ...]


@dataclass
class Result:
    """The result of `read`: `tables` by name (the record table first), and the values of the report.

    `row_records` is the record number of each row of the record table, and `rows` are these rows as they were read.
    `numbered`: the tables have the column `record`.
    """

    kind: str
    tables: dict[str, pa.Table]
    rejects: list[Reject]
    leniencies: dict[str, int]
    records: int
    row_records: list[int]
    filtered: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    numbered: bool = False

    @property
    def table(self) -> pa.Table:
        """The record table."""
        return next(iter(self.tables.values()))


def load(source: Source) -> tuple[bytes, bool]:
    """The bytes of a plain file, gzip (several members), bzip2, xz or a tar of one file, and whether they are cut."""
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
    data, truncated = _decompressed(data)
    if data[TAR_MAGIC_AT : TAR_MAGIC_AT + len(TAR_MAGIC)] == TAR_MAGIC:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            (file,) = [member for member in archive if member.isfile()]
            unpacked = archive.extractfile(file)
            return (b"" if unpacked is None else unpacked.read()), truncated
    return data, truncated


def _decompressed(data: bytes) -> tuple[bytes, bool]:
    if data.startswith(BZIP2):
        return bz2.decompress(data), False
    if data.startswith(XZ):
        return lzma.decompress(data), False
    if not data.startswith(GZIP):
        return data, False
    parts: list[bytes] = []
    while data:
        member = zlib.decompressobj(wbits=31)
        parts.append(member.decompress(data))
        if not member.eof:
            return b"".join(parts), True
        data = member.unused_data
    return b"".join(parts), False


def _texts(fields: list[Field], header: list[str]) -> tuple[list[str], list[tuple[str | None, str]]]:
    """The fields as text without surplus ones, and the columns that are not UTF-8."""
    texts: list[str] = []
    faults: list[tuple[str | None, str]] = []
    for cell, name in zip(fields, header, strict=False):
        try:
            texts.append(cell.text.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append("")
            faults.append((name, UTF8))
    return texts, faults


def _row_of(
    unit: Unit, reader: RowReader, header: list[str], leniencies: Counter[str], choice: Choice
) -> tuple[dict[str, Any] | None, list[tuple[str | None, str]]]:
    """The row of a record, or its faults; None without faults if it is left out.

    Leniencies of cells are counted only for rows.
    """
    if unit.faults in ((), (FIELDS,)):
        bare = sum(cell.bare_quote for cell in unit.fields)
        leniencies.update({QUOTE_IN_FIELD: bare} if bare else {})
    if unit.faults:
        return {}, [(None, kind) for kind in unit.faults]
    texts, faults = _texts(unit.fields, header)
    if faults:
        return {}, faults
    if not choice.keeps(header, texts):
        return None, []
    notes: Counter[str] = Counter()
    row, column_faults = reader.row(texts, [cell.quoted for cell in unit.fields], notes)
    if column_faults:
        return {}, [*column_faults]
    choice.add(row)
    if len(unit.fields) > len(header):
        notes[SURPLUS_FIELDS] += 1
    leniencies.update(notes)
    return row, []


def _media(rows: list[dict[str, Any]]) -> pa.Table:
    """One row for each subject id and frame, from the first row of the subject; rows without an id are all kept."""
    seen: set[int] = set()
    media: list[dict[str, Any]] = []
    for row in rows:
        subject = row.get("subject_id")
        if subject in seen:
            continue
        if subject is not None:
            seen.add(subject)
        media += [{"subject_id": subject, "frame": n, "url": url} for n, url in row.get("locations", [])]
    return pa.Table.from_pylist(media, schema=schemas.MEDIA)


class Input(NamedTuple):
    """An opened input: its records, and its kind."""

    splitter: Splitter
    kind: str


def open_input(
    source: Source,
    *,
    kind: str | None = None,
    max_record_bytes: int = 64 << 20,
    truncated: bool = False,
    separator: bytes | None = None,
    encoding: str = "utf-8",
) -> Input:
    """The records of a source, split at the first separator with which the header has the columns of a kind."""
    data, cut = load(source)
    # A BOM of UTF-8 is counted, whatever the name of the codec.
    if codecs.lookup(encoding).name not in {"utf-8", "utf-8-sig"}:
        data = data.decode(encoding).encode()
    errors: list[ValueError] = []
    for found in SEPARATORS if separator is None else (separator,):
        try:
            splitter = Splitter(data, max_record_bytes, truncated=cut or truncated, separator=found)
            own = schemas.find_kind(splitter.header, kind)
        except ValueError as error:
            errors.append(error)
            continue
        if found != COMMA and separator is None:
            splitter.leniencies[SEPARATOR] = 1
        return Input(splitter, own)
    raise errors[0]


@dataclass
class _Reading:
    """What the records of the inputs give, in their order."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    row_records: list[int] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    leniencies: Counter[str] = field(default_factory=Counter)
    records: int = 0
    filtered: int = 0

    def read(self, splitter: Splitter, reader: RowReader, choice: Choice) -> None:
        """Read an input."""
        for number, unit in enumerate(splitter.units(), start=1):
            self.records += 1
            reader.record = self.records
            row, faults = _row_of(unit, reader, splitter.header, self.leniencies, choice)
            if faults:
                raw = splitter.data[unit.start : unit.end]
                self.rejects.append(Reject(number, unit.line, unit.start, *faults[0], raw, tuple(faults)))
            elif row is None:
                self.filtered += 1
            else:
                self.rows.append(row)
                self.row_records.append(self.records)
        self.leniencies.update(splitter.leniencies)
        choice.end_of_input()


def read(
    source: Source | list[Source],
    *,
    kind: str | None = None,
    max_record_bytes: int = 64 << 20,
    max_depth: int = 128,
    truncated: bool = False,
    separator: bytes | None = None,
    encoding: str = "utf-8",
    filters: Filters | None = None,
    duplicates: str = "keep",
    row_reader: Callable[[str, list[str], Json, bool], RowReader] = RowReader,
) -> Result:
    """Read an export, or several of one kind.

    Args:
        source: A path or the bytes; plain CSV or gzip. A list is of several inputs.
        kind: A kind of the contract; inferred from the header if None.
        max_record_bytes: Maximum length of a record without its line end.
        max_depth: Maximum nesting depth of a JSON cell.
        truncated: The bytes come from a truncated stream (detected for gzip).
        separator: The byte between fields; found by the header if None.
        encoding: The name of a codec.
        filters: The records to keep.
        duplicates: `keep`, or `first` for records whose id an earlier input has.
        row_reader: Creates the reader of the records from kind, header, JSON reader and whether to number records.

    Raises:
        ValueError: the header is missing, of no known kind, lacks a column of a filter, or has invalid quotes or UTF-8.
    """
    inputs = [
        open_input(
            one,
            kind=kind,
            max_record_bytes=max_record_bytes,
            truncated=truncated,
            separator=separator,
            encoding=encoding,
        )
        for one in (source if isinstance(source, list) else [source])
    ]
    kind = inputs[0].kind
    headers = [one.splitter.header for one in inputs]
    numbered = kind == "zooniverse.classifications" and not all("classification_id" in header for header in headers)
    readers = [row_reader(kind, header, ExactJson(max_depth), numbered) for header in headers]
    choice = Choice(kind, filters or Filters(), headers, duplicates)
    reading = _Reading()
    for one, reader in zip(inputs, readers, strict=True):
        reading.read(one.splitter, reader, choice)
    if choice.duplicates:
        reading.leniencies[DUPLICATES] = choice.duplicates
    schema = united([reader.schema for reader in readers], kind, numbered=numbered)
    tables = {kind.partition(".")[2]: pa.Table.from_batches([finish(reading.rows, schema)])}
    if kind == "zooniverse.subjects":
        tables["media"] = _media(reading.rows)
    return Result(
        kind,
        tables,
        reading.rejects,
        dict(sorted(reading.leniencies.items())),
        reading.records,
        reading.row_records,
        reading.filtered,
        reading.rows,
        numbered,
    )


def open_text(path: str | PathLike[str]) -> TextIO:
    """Open a plain or gzip export for `csv`, without a BOM and with its own line ends."""
    with Path(path).open("rb") as file:
        packed = file.read(2) == GZIP
    if packed:
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return Path(path).open(encoding="utf-8-sig", newline="")


def batches(lines: Iterator[list[str]], reader: RowReader, width: int, rejected: list[int]) -> Iterator[pa.RecordBatch]:
    """Batches of `ROWS_PER_BATCH` rows from `csv.reader`, and the record numbers of rejects."""
    rows: list[dict[str, Any]] = []
    notes: Counter[str] = Counter()
    for number, texts in enumerate(filter(None, lines), start=1):
        faults: object = True
        if len(texts) >= width and not any(texts[width:]):
            row, faults = reader.row(texts, None, notes)
        if faults:
            rejected.append(number)
            continue
        rows.append(row)
        if len(rows) == ROWS_PER_BATCH:
            yield finish(rows, reader.schema)
            rows = []
    yield finish(rows, reader.schema)


def convert(path: str | PathLike[str], output: str | PathLike[str], loads: Callable[[str], Any] = json.loads) -> int:
    """Write the record table of an export to Parquet (zstd, level 1), in bounded memory.

    Args:
        path: A plain or gzip export.
        output: The Parquet file; an existing file is replaced.
        loads: The JSON parser of a cell.

    Returns:
        The number of records that were rejected.

    Raises:
        ValueError: as `read`, and for bytes that are not UTF-8.
    """
    csv.field_size_limit(sys.maxsize)
    json_reader: Json = LooseJson(loads)
    rejected: list[int] = []
    with closing(open_text(path)) as file:
        lines = csv.reader(file)
        header = next(lines, [])
        reader = RowReader(schemas.find_kind(header), header, json_reader)
        with pq.ParquetWriter(output, reader.schema, compression="zstd", compression_level=1) as writer:
            for batch in batches(lines, reader, len(header), rejected):
                writer.write_batch(batch)
    return len(rejected)
