"""The reference reader of Zooniverse exports in plain Python, written from the contract.

`read` is the oracle of the tests: exact (its own CSV splitter, strict JSON, source tokens), with
the whole input in memory. `convert` is what a researcher would write for a big file,
with `csv.reader` and any `loads`. The benchmarks measure it.

`convert` differs from the contract: `csv` does not distinguish `""` from an empty field, so both are
null; a record with bad quotes damages those after it; duplicate keys are not counted; `extra` and
`feedback` do not keep the source tokens; bytes that are not UTF-8 are an error.
"""

import csv
import gzip
import json
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from . import schemas
from .exact_csv import Field, Splitter, Unit
from .json_text import ExactJson, Json, LooseJson
from .names import FIELDS, QUOTE_IN_FIELD, SURPLUS_FIELDS, UTF8
from .records import RowReader, finish

ROWS_PER_BATCH = 20_000
GZIP = b"\x1f\x8b"


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


def load(source: str | PathLike[str] | bytes) -> tuple[bytes, bool]:
    """The decompressed bytes (plain, or gzip with any number of members), and whether they are truncated."""
    data = source if isinstance(source, bytes) else Path(source).read_bytes()
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
    for field, name in zip(fields, header, strict=False):
        try:
            texts.append(field.text.decode("utf-8"))
        except UnicodeDecodeError:
            texts.append("")
            faults.append((name, UTF8))
    return texts, faults


def _row_of(
    unit: Unit, reader: RowReader, header: list[str], leniencies: Counter[str]
) -> tuple[dict[str, Any], list[tuple[str | None, str]]]:
    """The row of a record, or its faults; leniencies of cells are counted only for rows."""
    if unit.faults in ((), (FIELDS,)):
        bare = sum(field.bare_quote for field in unit.fields)
        leniencies.update({QUOTE_IN_FIELD: bare} if bare else {})
    if unit.faults:
        return {}, [(None, kind) for kind in unit.faults]
    texts, faults = _texts(unit.fields, header)
    if faults:
        return {}, faults
    notes: Counter[str] = Counter()
    row, column_faults = reader.row(texts, [field.quoted for field in unit.fields], notes)
    if column_faults:
        return {}, [*column_faults]
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


def read(
    source: str | PathLike[str] | bytes,
    *,
    kind: str | None = None,
    max_record_bytes: int = 64 << 20,
    max_depth: int = 128,
    truncated: bool = False,
    row_reader: Callable[[str, list[str], Json], RowReader] = RowReader,
) -> Result:
    """Read an export.

    Args:
        source: A path or the bytes; plain CSV or gzip.
        kind: A kind of the contract; inferred from the header if None.
        max_record_bytes: Maximum length of a record without its line end.
        max_depth: Maximum nesting depth of a JSON cell.
        truncated: The bytes come from a truncated stream (detected for gzip).
        row_reader: Creates the reader of the records from kind, header and JSON reader.

    Raises:
        ValueError: the header is missing, of no known kind, or has invalid quotes or UTF-8.
    """
    data, cut = load(source)
    splitter = Splitter(data, max_record_bytes, truncated=cut or truncated)
    kind = kind or schemas.find_kind(splitter.header)
    reader = row_reader(kind, splitter.header, ExactJson(max_depth))
    rows: list[dict[str, Any]] = []
    row_records: list[int] = []
    rejects: list[Reject] = []
    leniencies: Counter[str] = Counter()
    records = 0
    for unit in splitter.units():
        records += 1
        row, faults = _row_of(unit, reader, splitter.header, leniencies)
        if faults:
            raw = data[unit.start : unit.end]
            rejects.append(Reject(records, unit.line, unit.start, *faults[0], raw, tuple(faults)))
        else:
            rows.append(row)
            row_records.append(records)
    tables = {kind.partition(".")[2]: pa.Table.from_batches([finish(rows, reader.schema)])}
    if kind == "zooniverse.subjects":
        tables["media"] = _media(rows)
    leniencies.update(splitter.leniencies)
    return Result(kind, tables, rejects, dict(sorted(leniencies.items())), records, row_records)


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
