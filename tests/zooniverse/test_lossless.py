"""No information is lost (docs/contract.md, section 1.1): the records of the real exports are rebuilt from the tables.

The sources are read by Python's `csv` and `json`. Messages contain positions but no rows.
"""

import csv
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from crowdarrow import schema
from oracle.metadata import reconstruct, same_json

if TYPE_CHECKING:
    from conftest import Collect, Collected

NULLS = {"", "NA", "None", "null", "NaN"}
# JSON that the contract keeps byte for byte (docs/contract.md, section 1.10).
VERBATIM = {
    "annotations",
    "subject_data",
    "classifications_by_workflow",
    *("tasks", "retirement", "aggregation", "strings"),
}
# Derived from other columns (docs/contract.md, section 2.1).
DERIVED = {"workflow_major", "workflow_minor"}
# Files whose records are all rejected: one has short rows, one is in Mac Roman.
REJECTED = {"panoptes_classifications_pair.csv": "fields", "camcat_sa.csv": "utf8"}

Records = list[list[str]]


def source_records(path: Path, encoding: str = "utf-8-sig") -> tuple[list[str], Records]:
    """The header and the records, by Python's `csv`."""
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding=encoding, newline="") as file:
        header, *records = filter(None, csv.reader(file))
    return header, records


def is_text(value: str | None, text: str) -> bool:
    """A text column; `csv` cannot tell a quoted empty field from an empty one."""
    return value == text or (value is None and text == "")


def is_code(value: str | None, text: str) -> bool:
    """`expert` or `retirement_reason`, in which NA (as R writes it) is null."""
    return value is None if text in {"", "NA"} else value == text


def is_verbatim(value: str | None, text: str) -> bool:
    """JSON text byte for byte."""
    return value is None if text in NULLS else value == text


def is_integer(value: int | None, text: str) -> bool:
    """An integer, which pandas may have written with a fraction."""
    return value is None if text in NULLS else f"{value}" == text.removesuffix(".0")


def is_bool(value: bool | None, text: str) -> bool:
    """A boolean in upper or lower case."""
    return value is None if text in NULLS else f"{value}".lower() == text.lower()


def is_time(value: datetime | None, text: str) -> bool:
    """A time in the form of the exporter."""
    if value is None or text in NULLS:
        return value is None and text in NULLS
    return value == datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)


def is_metadata(value: dict[str, Any] | None, text: str) -> bool:
    """The object can be rebuilt from the struct (docs/contract.md, section 1.8)."""
    return value is None if text in NULLS else same_json(reconstruct(value), json.loads(text))


def is_list(value: list[Any] | None, text: str) -> bool:
    """Ids with `;` or `, ` between them, an array of integers, or the values of an object by frame number."""
    if text in NULLS:
        return value is None
    if text.startswith("{"):
        frames = json.loads(text)
        return value == [frames[key] for key in sorted(frames, key=int)]
    if text.startswith("["):
        return bool(value == json.loads(text))
    return value == [int(item) for item in text.replace(",", ";").split(";")]


def check_of(field: pa.Field, *, known: bool) -> Callable[[Any, str], bool]:
    """The comparison of a column with the source text."""
    if field.name in {"expert", "retirement_reason"} and known:
        return is_code
    if known and (field.name in VERBATIM or (field.name == "metadata" and field.type == pa.string())):
        return is_verbatim
    if pa.types.is_struct(field.type):
        return is_metadata
    if pa.types.is_list(field.type):
        return is_list
    by_type: dict[pa.DataType, Callable[[Any, str], bool]] = {
        pa.string(): is_text,
        pa.int64(): is_integer,
        pa.bool_(): is_bool,
    }
    return by_type.get(field.type, is_time)


def check_rows(result: "Collected", header: list[str], records: Records, row_records: list[int]) -> None:
    """Each column of the record table equals the source, and each cell of the source is compared."""
    table = result.table
    positions = {name: header.index(name) for name in table.schema.names if name in header}
    declared = schema(result.kind).names
    renamed = [name for name in table.schema.names if name not in header and name not in declared]
    left = [position for position in range(len(header)) if position not in positions.values()]
    positions |= zip(renamed, left, strict=True)
    for field in table.schema:
        position = positions.get(field.name)
        values = table[field.name].to_pylist()
        if position is None:
            check_absent(field.name, values, table, header)
            continue
        same = check_of(field, known=field.name in header)
        for record, value in zip(row_records, values, strict=True):
            assert same(value, records[record - 1][position]), f"{field.name}, record {record}"


def check_absent(name: str, values: list[Any], table: pa.Table, header: list[str]) -> None:
    """A column that the header lacks is null unless it is derived."""
    if name in DERIVED:
        versions = [text.split(".") if text else [] for text in table["workflow_version"].to_pylist()]
        part = 0 if name == "workflow_major" else 1
        assert values == [int(parts[part]) if len(parts) > part else None for parts in versions]
    elif name == "subject_ids" and "subject_data" in header:
        cells = table["subject_data"].to_pylist()
        assert values == [[int(key) for key in json.loads(cell)] for cell in cells]
    else:
        assert set(values) <= {None}, name


def check_media(result: "Collected") -> None:
    """The media table has the frames of the first row of each subject."""
    rows = result.rows
    first = {row["subject_id"]: row["locations"] or [] for row in reversed(rows)}
    media: dict[int, list[str]] = {subject: [] for subject in first}
    for row in result.tables["media"].to_pylist():
        media[row["subject_id"]].append(row["url"])
    assert media == first
    assert list(dict.fromkeys(result.tables["media"]["subject_id"].to_pylist())) == [
        subject for subject in dict.fromkeys(row["subject_id"] for row in rows) if first[subject]
    ]


def check_numbers(result: "Collected", records: Records) -> list[int]:
    """Each record is a row or a reject (docs/contract.md, section 1.1). Returns the numbers of the rows."""
    report = result.report
    rejected = [reject.record for reject in result.rejects]
    assert report.records == len(records) == report.rows + report.rejected
    assert report.rows == result.table.num_rows == report.tables[next(iter(result.tables))]
    assert report.rejected == len(rejected) == len(set(rejected))
    return [record for record in range(1, len(records) + 1) if record not in set(rejected)]


def test_each_record_is_rebuilt(zooniverse_file: Path, run_collect: "Collect") -> None:
    result = run_collect(zooniverse_file)
    encoding = "mac-roman" if REJECTED.get(zooniverse_file.name) == "utf8" else "utf-8-sig"
    header, records = source_records(zooniverse_file, encoding)
    row_records = check_numbers(result, records)
    expected = REJECTED.get(zooniverse_file.name)
    assert set(result.kinds) == ({expected} if expected else set())
    assert not (expected and row_records), "every record of this file is to be rejected"
    if not expected:
        check_rows(result, header, records, row_records)
    if "media" in result.tables:
        check_media(result)


def test_rejected_records_are_complete(shared_data: Path, run_collect: "Collect") -> None:
    for name in REJECTED:
        path = next(shared_data.glob(f"zooniverse/*/{name}"))
        data = path.read_bytes()
        result = run_collect(path)
        at = data.index(b"\n") + 1
        for number, reject in enumerate(result.rejects, start=1):
            assert (reject.record, reject.byte_offset, reject.source) == (number, at, str(path))
            assert data.startswith(reject.raw, at), f"record {number}"
            assert reject.line == data.count(b"\n", 0, at) + 1
            at += len(reject.raw) + (2 if data.startswith(b"\r\n", at + len(reject.raw)) else 1)
        assert at >= len(data)


@pytest.mark.parametrize("encoding", ["mac-roman", "mac_roman", "macintosh"])
def test_export_in_mac_roman(encoding: str, shared_data: Path, run_collect: "Collect") -> None:
    path = next(shared_data.glob("zooniverse/*/camcat_sa.csv"))
    header, records = source_records(path, "mac-roman")
    result = run_collect(path, encoding=encoding)
    assert result.report.rows == len(records) == 1000
    assert not any(text.isascii() for text in result.table["workflow_name"].to_pylist())
    check_rows(result, header, records, check_numbers(result, records))


def test_undecodable_records_suggest_the_encoding(shared_data: Path, run_collect: "Collect") -> None:
    path = next(shared_data.glob("zooniverse/*/camcat_sa.csv"))
    suggestion = run_collect(path).report.suggestion
    assert suggestion is not None
    assert "specify `encoding`" in suggestion
