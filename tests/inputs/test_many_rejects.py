"""Rejects beyond counting: memory, the file of rejects and time are bounded by bytes, not by their number."""

import csv
import io
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import crowdarrow as ca

HEADER = "classification_id,user_name,annotations\n"
LISTED = 10_000
"""Rejects of a file that have a row each."""
SHARED = re.compile(r"^(.*) \(the first of (\d+) such records: ([\d -]+)\)$", re.DOTALL)
KINDS = [
    pytest.param("x\n", "fields", id="lines of one character"),
    pytest.param('"\n', "fields", id="quotes around line ends"),
    pytest.param('"a"b\n', "quote", id="text after quotes"),
]


def numbers_of(row: dict[str, str]) -> list[int]:
    """The numbers of the records of a row."""
    found = SHARED.match(row["message"])
    if found is None:
        return [int(row["record"])]
    pairs = [part.partition("-") for part in found[3].split()]
    numbers = [number for low, _, high in pairs for number in range(int(low), int(high or low) + 1)]
    assert (len(numbers), numbers[0]) == (int(found[2]), int(row["record"]))
    return numbers


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """The rows of a file of rejects."""
    csv.field_size_limit(1 << 30)
    return list(csv.DictReader(io.StringIO(Path(path).read_text("latin-1"), newline="")))


@pytest.mark.parametrize(("line", "kind"), KINDS)
def test_the_file_of_rejects_grows_with_its_input(line: str, kind: str, tmp_path: Path) -> None:
    count = 60_000
    (tmp_path / "in.csv").write_text(HEADER + line * count)
    report = ca.convert(tmp_path / "in.csv", tmp_path / "out.csv")
    path = tmp_path / "out.csv.rejects.csv"
    rows = rows_of(path)
    assert report.rejects == {kind: report.records}
    assert {row["kind"] for row in rows} == {kind}
    assert [number for row in rows for number in numbers_of(row)] == list(range(1, report.records + 1))
    raw = "".join(row["raw"] + "\n" for row in rows)
    assert len(raw) == len(line) * count
    assert raw == line * count
    assert path.stat().st_size < 150 * LISTED + 4 * len(line) * count


def test_records_of_several_kinds_are_found_by_their_numbers(tmp_path: Path) -> None:
    cycle = ["x", "1,a,{", "1,a,[]", "z,a,[]", "1,a,5", "l" * 70]
    kinds = ["fields", "json", None, "type", "json_type", "fields"]
    records = cycle * 4000
    (tmp_path / "in.csv").write_text(HEADER + "\n".join(records))
    report = ca.convert(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (report.rows, report.rejected) == (4000, 20_000)
    found: dict[int, tuple[str, str]] = {}
    for row in rows_of(tmp_path / "out.csv.rejects.csv"):
        numbers = numbers_of(row)
        raws = row["raw"].split("\n") if len(numbers) > 1 else [row["raw"]]
        assert not found.keys() & set(numbers)
        found |= {number: (row["kind"], raw) for number, raw in zip(numbers, raws, strict=True)}
    expected = {n: (kinds[(n - 1) % 6], raw) for n, raw in enumerate(records, 1) if kinds[(n - 1) % 6]}
    assert found == expected


@pytest.mark.parametrize("block_bytes", [1 << 12, 1 << 16, 1 << 20])
def test_blocks_and_threads_do_not_change_the_file(block_bytes: int, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + ("x\n" * 3 + '"a"b\n1,a,[]\n') * 4000)
    ca.convert(tmp_path / "in.csv", tmp_path / "whole.csv", threads=1)
    ca.convert(tmp_path / "in.csv", tmp_path / "parts.csv", threads=3, block_bytes=block_bytes)
    whole, parts = ((tmp_path / f"{name}.csv.rejects.csv").read_bytes() for name in ("whole", "parts"))
    assert whole == parts


def test_elements_of_json(tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text('[{"id":1},' + "1,,{}," * 20_000 + "{}]")
    report = ca.convert(tmp_path / "in.json", tmp_path / "out.csv", kind="pybossa.tasks")
    rows = rows_of(tmp_path / "out.csv.rejects.csv")
    counted = Counter({row["kind"]: 0 for row in rows})
    for row in rows:
        counted[row["kind"]] += len(numbers_of(row))
    assert counted == report.rejects
    assert sum(len(row["raw"]) for row in rows) < 10 * 20_000


_PEAK = """
import resource, sys
import crowdarrow as ca
if sys.argv[2] == "convert":
    ca.convert(sys.argv[1], sys.argv[1] + ".parquet")
elif sys.argv[2] == "inspect":
    print(ca.inspect(sys.argv[1]), file=sys.stderr)
else:
    with ca.open(sys.argv[1]) as reader:
        assert reader.to_table().num_rows == 0
        assert len(reader.rejects) == 1000
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
"""


@pytest.mark.parametrize("action", ["convert", "open", "inspect"])
def test_memory_does_not_grow_with_the_number_of_rejects(action: str, tmp_path: Path) -> None:
    peaks = []
    for count in (1000, 1_000_000):
        path = tmp_path / f"{count}.csv"
        path.write_text(HEADER + "x\n" * count)
        command = [sys.executable, "-c", _PEAK, str(path), action]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    # 640 MB when each was an object.
    assert peaks[1] < peaks[0] + 160


def test_the_record_that_is_one_too_many_is_named(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(HEADER + "1,a,[]\n" + "x\n" * 50)
    with pytest.raises(ca.RejectedError, match=r"record 32 \(line 33, byte 107\).*more than 30 records"):
        ca.convert(tmp_path / "in.csv", tmp_path / "out.csv", max_rejects=30)
    assert not (tmp_path / "out.csv").exists()
    report = ca.convert(tmp_path / "in.csv", tmp_path / "out.csv", max_rejects=50)
    assert report.rejected == 50
