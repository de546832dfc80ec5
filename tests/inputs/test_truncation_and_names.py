"""Truncated inputs in another encoding, and names of inputs that need quotes."""

import csv
import gzip
from pathlib import Path

import pytest

import crowdarrow as ca

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
