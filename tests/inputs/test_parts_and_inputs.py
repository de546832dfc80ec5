"""What spans the parts of a run: several inputs, the parts of an oversized record, truncated inputs."""

import csv
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca

if TYPE_CHECKING:
    from crowdarrow.read.arguments import Input
    from crowdarrow.read.options import ReadKeywords
    from crowdarrow.read.output import Reject

HEADER = b"classification_id,user_name,annotations\n"


def test_truncated_gzip_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(HEADER + b"".join(b"%d,caf\xe9,[]\n" % number for number in range(5000)))
    path = tmp_path / "classifications.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ca.DamagedInputError, match="ends early"):
        ca.convert(path, tmp_path / "out.csv", encoding="cp1252")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["a\rb.csv", "a\nb.csv", 'a"b.csv', "a,b.csv"])
def test_name_of_the_source_is_one_cell_of_the_rejects(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(HEADER + b"1,a,[]\nbroken\n")
    ca.convert(path, tmp_path / "out.csv", rejects=tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert [dict(zip(header, row, strict=True))["source"] for row in rows] == [str(path)]


def test_oversized_record_counts_once_and_strict_stops_at_its_first_part() -> None:
    data = HEADER + b"1," + b"x" * (5 << 20) + b",[]\n2,b,[]\n"
    with ca.open(io.BytesIO(data), max_record_bytes=1000, block_bytes=1 << 16) as reader:
        assert reader.to_table().num_rows == 1
        assert [(reject.record, reject.kind, reject.raw) for reject in reader.rejects] == [(1, "length", b"")]
    inspection = ca.inspect(io.BytesIO(data), max_record_bytes=1000)
    assert {kind: (found["count"], len(found["examples"])) for kind, found in inspection.rejects.items()} == {
        "length": (1, 1)
    }
    parts: list[Reject] = []
    options: ReadKeywords = {"max_record_bytes": 1000, "block_bytes": 1 << 16, "strict": True}
    with ca.open_tables(io.BytesIO(data), **options) as tables, pytest.raises(ca.RejectedError):
        parts.extend(reject for block in tables for reject in block.rejects)
    assert parts == []


def test_unknown_column_of_one_input_is_null_in_the_others(tmp_path: Path) -> None:
    for name, text in (("a.csv", HEADER + b"1,a,[]\n"), ("b.csv", b"mine,annotations,classification_id\nx,[],2\n")):
        (tmp_path / name).write_bytes(text)
    for names, expected in (("ab", [None, "x"]), ("ba", ["x", None])):
        with ca.open([tmp_path / f"{name}.csv" for name in names]) as reader:
            assert reader.to_table()["mine"].to_pylist() == expected


def test_progress_covers_all_inputs(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.csv" for number in range(3)]
    for path in paths:
        path.write_bytes(HEADER + b"1,a,[]\n" * 1000)
    seen: list[tuple[int, int | None]] = []
    ca.convert(
        paths, tmp_path / "out.csv", progress=lambda progress: seen.append((progress.bytes_read, progress.bytes_total))
    )
    total = sum(path.stat().st_size for path in paths)
    assert seen[-1] == (total, total)
    assert [read for read, _ in seen] == sorted(read for read, _ in seen)


def test_total_of_progress_is_unknown_if_the_size_of_one_input_is(tmp_path: Path) -> None:
    path = tmp_path / "classifications.csv"
    path.write_bytes(HEADER + b"1,a,[]\n")
    inputs: list[Input] = [path, io.BytesIO(path.read_bytes())]
    with ca.open_tables(inputs) as tables:
        assert tables.progress().bytes_total is None
    with ca.open_tables([path, path]) as tables:
        assert tables.progress().bytes_total == 2 * path.stat().st_size
