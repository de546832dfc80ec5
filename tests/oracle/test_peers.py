"""The peers of the benchmarks write the values that the oracle reads, except as their docstrings say."""

import csv
import gzip
import json
import zlib
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from bench.inputs import cut
from crowdarrow.synthetic import generate_task_runs
from oracle import pure_python, schemas
from oracle.exact_csv import Splitter
from peers import ANSWERS_READERS, CSV_READERS, INFLATE, JSON_READERS

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = [name for name in schemas.CLASSIFICATIONS.names if name not in {"workflow_major", "workflow_minor"}]
RECORDS = 60
SELECTION = {"retired": False, "selected_at": "2025-01-21T16:06:58.517Z", "selection_state": "normal"}


def fem_metadata(number: int) -> dict[str, Any]:
    """Metadata of the current front end, with the expected type for each member."""
    return {
        "source": "api",
        "session": f"{number:064x}",
        "feedback": {"T0": [{"id": "1", "success": True}]} if number % 3 else {},
        "viewport": {"width": 1715, "height": 1064.5},
        "started_at": f"2025-01-21T16:06:{number % 60:02d}.517Z",
        "finished_at": "2025-01-21T16:08:41.259Z",
        "user_agent": 'Mozilla/5.0 (X11; "Linux"), ä',
        "utc_offset": str(60 * number - 600),
        "live_project": number % 2 == 0,
        "user_group_ids": list(range(number % 3)),
        "classifier_version": "2.0",
        "subject_dimensions": [{"clientWidth": 1090.25, "naturalWidth": 1024}, None],
        "subject_selection_state": SELECTION | {"retired": number % 2 == 1},
    }


def record(number: int) -> list[str]:
    """A record without faults and leniencies."""
    anonymous = number % 4 == 0
    annotations = [{"task": "T0", "task_label": 'a "quoted", label', "value": number}]
    subjects = {str(number): {"retired": None, "name": "é\n"}}
    return [
        str(613_000_000 + number),
        f"not-logged-in-{number}" if anonymous else "volunteer",
        "" if anonymous else str(number),
        "f" * 20,
        "10",
        "A workflow,\nof two lines",
        f"28.{number}",
        f"2025-01-21 16:08:{number % 60:02d} UTC",
        "true" if number % 9 == 0 else "",
        "expert" if number % 9 == 0 else "",
        json.dumps(fem_metadata(number), separators=(",", ":"), ensure_ascii=False),
        json.dumps(annotations, separators=(",", ":")),
        json.dumps(subjects, separators=(",", ":")),
        f"{number};{number + 1}" if number % 5 == 0 else str(number),
    ]


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of the current form, written as Ruby's `CSV` writes it."""
    path = tmp_path / "classifications.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(record(number) for number in range(RECORDS))
    return path


def plain(value: Any, name: str = "") -> Any:
    """A value for comparison: JSON text is parsed, and null children are removed."""
    if isinstance(value, dict):
        return {key: plain(child, key) for key, child in value.items() if child is not None}
    if name == "feedback":
        return json.loads(value) if isinstance(value, str) else value
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def by_name(reader: str) -> "Callable[[Path, Path], None]":
    """The function of a peer."""
    (peer,) = [peer for peer in (*CSV_READERS, *JSON_READERS, *ANSWERS_READERS, INFLATE) if peer.name == reader]
    convert: Callable[[Path, Path], None] = getattr(import_module(f"peers.{peer.module}"), peer.function)
    return convert


@pytest.mark.parametrize("reader", [reader.name for reader in CSV_READERS])
def test_records_of_peers_equal_those_of_the_oracle(export: Path, tmp_path: Path, reader: str) -> None:
    pytest.importorskip({"arrow": "orjson", "csv_orjson": "orjson", "csv_json": "json"}.get(reader, reader))
    output = tmp_path / "out.parquet"
    by_name(reader)(export, output)
    theirs, ours = pq.read_table(output), pure_python.read(export)
    assert ours.table.num_rows == RECORDS
    assert not ours.rejects
    assert theirs.schema.names == ours.table.schema.names
    for name in ours.table.schema.names:
        expected = plain(ours.table[name].to_pylist())
        if name == "metadata" and reader == "polars":
            expected = [{key: value for key, value in row.items() if key != "feedback"} for row in expected]
        assert plain(theirs[name].to_pylist()) == expected, name


def test_convert_counts_rejects(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("classification_id,annotations,user_name\n1,[],a\n2\n3,[],b,,\nx,[],c\n4,[,d\n\n5,,\n")
    assert pure_python.convert(path, tmp_path / "out.parquet") == 3
    assert pq.read_table(tmp_path / "out.parquet")["classification_id"].to_pylist() == [1, 3, 5]


def test_slice_ends_with_a_complete_record(export: Path, tmp_path: Path) -> None:
    data = export.read_bytes()
    for size in range(400, 3000, 37):
        end = cut(export, size, tmp_path / "slice.csv")
        part = (tmp_path / "slice.csv").read_bytes()
        assert data.startswith(part)
        assert len(part) == end <= size
        if part:
            assert not any(unit.faults for unit in Splitter(part).units())
            assert part.endswith(b"\n")


def test_task_runs_of_peers_are_equal(tmp_path: Path) -> None:
    source = tmp_path / "task_runs.json"
    generate_task_runs(source, records=500)
    tables = {}
    for reader in ("json_arrow", "duckdb_json", "polars_json"):
        pytest.importorskip({"duckdb_json": "duckdb", "polars_json": "polars"}.get(reader, "pyarrow"))
        by_name(reader)(source, tmp_path / f"{reader}.parquet")
        tables[reader] = pq.read_table(tmp_path / f"{reader}.parquet")
    expected = tables["json_arrow"]
    assert expected.num_rows == 500
    records = json.loads(source.read_text(encoding="utf-8"))
    assert [json.loads(info) if info else None for info in expected["info"].to_pylist()] == [
        record["info"] for record in records
    ]
    assert expected["finish_time"][0].as_py() == datetime.fromisoformat(records[0]["finish_time"]).replace(tzinfo=UTC)
    assert tables["duckdb_json"].to_pylist() == expected.to_pylist()
    # Polars does not read a column with objects, lists and texts.
    assert tables["polars_json"].to_pylist() == expected.drop_columns("info").to_pylist()


@pytest.mark.parametrize("reader", [reader.name for reader in ANSWERS_READERS])
def test_answers_of_peers_equal_ours(tmp_path: Path, reader: str) -> None:
    pytest.importorskip("duckdb")
    source = tmp_path / "task_runs.json"
    generate_task_runs(source, records=200, page="form")
    by_name(reader)(source, tmp_path / "theirs.parquet")
    theirs = pq.read_table(tmp_path / "theirs.parquet")
    with ca.open(source, "answers") as opened:
        ours = opened.to_table()
    assert ours.num_rows == 200 * 25
    assert theirs.schema.names == ours.schema.names
    assert theirs.sort_by([("id", "ascending"), ("answer_index", "ascending")]).to_pylist() == ours.to_pylist()


def test_inflate_reads_every_gzip_member(tmp_path: Path) -> None:
    packed = tmp_path / "two.gz"
    packed.write_bytes(gzip.compress(b"a" * 100) + gzip.compress(b"b" * 100))
    by_name("inflate")(packed, tmp_path / "nothing")
    assert (tmp_path / "nothing").exists()
    packed.write_bytes(gzip.compress(b"a" * 100) + b"no gzip")
    with pytest.raises(zlib.error):
        by_name("inflate")(packed, tmp_path / "nothing")
