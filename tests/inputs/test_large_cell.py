"""A cell of 200 MB: rejected whole by default, in bounded memory, and read where the limit allows it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

import crowdarrow as ca

CELL_BYTES = 200_000_000
HEADER = "classification_id,metadata,annotations,subject_data,subject_ids\n"
UNIT = '{""task"":""T0"",""value"":""' + "x" * 950 + '""},'


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three records, of which the second has the cell."""
    path = tmp_path_factory.mktemp("large") / "classifications.csv"
    units = CELL_BYTES // len(UNIT)
    with path.open("w", newline="") as file:
        file.write(HEADER + "1,{},[],{},7\n" + '2,{},"[')
        for _ in range(units):
            file.write(UNIT)
        file.write('0]",{},7\n3,{},[],{},7\n')
    return path


# Between this process and the one that is measured: what a child's parent held at the fork counts as the child's own.
MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stderr=subprocess.PIPE, text=True)
print(json.dumps([done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.stderr]))
"""


def raw_record(export: Path) -> bytes:
    """The second record, without its line end."""
    return export.read_bytes().split(b"\n")[2]


@pytest.mark.parametrize("threads", ["1", "4"])
def test_it_is_rejected_whole_and_in_bounded_memory(export: Path, tmp_path: Path, threads: str) -> None:
    output = tmp_path / "out.parquet"
    command = [sys.executable, "-m", "crowdarrow", "convert", str(export), str(output), "--quiet", "--threads", threads]
    status, peak, errors = json.loads(
        subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, check=True).stdout
    )
    assert (status, errors) == (3, "")
    assert peak < 260_000, "kilobytes on Linux: the limit of 64 MiB once, and what any conversion takes"
    with ca.open(export) as reader:
        assert reader.to_table()["classification_id"].to_pylist() == [1, 3]
        assert (reader.report.records, reader.report.rows, reader.report.rejected) == (3, 2, 1)
    csv.field_size_limit(2 * CELL_BYTES)
    with (tmp_path / "out.parquet.rejects.csv").open(newline="") as file:
        (reject,) = csv.DictReader(file)
    assert (reject["record"], reject["line"]) == ("2", "3")
    assert reject["raw"].encode() == raw_record(export)


def test_it_is_read_where_the_limit_allows_it(export: Path) -> None:
    with ca.open(export, max_record_bytes=1 << 28, columns=["classification_id", "annotations"]) as reader:
        table = reader.to_table()
    assert table["classification_id"].to_pylist() == [1, 2, 3]
    cell = raw_record(export).split(b'"', 1)[1].rsplit(b'"', 1)[0].replace(b'""', b'"')
    assert table["annotations"][1].as_buffer().to_pybytes() == cell
