"""One cell larger than the record limit: it is rejected whole, in bounded memory, and read if the limit allows it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import crowdarrow as ca

LIMIT = 1_000_000
HEADER = "classification_id,metadata,annotations,subject_data,subject_ids\n"
UNIT = '{""task"":""T0"",""value"":""' + "x" * 950 + '""},'

# `ru_maxrss` of a child includes what its parent held at the fork. A small process between them keeps that low.
MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stderr=subprocess.PIPE, text=True)
print(json.dumps([done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.stderr]))
"""


def write_export(folder: Path, cell_bytes: int) -> tuple[Path, bytes]:
    """Write three records of which the second holds a cell of this size; return the path and that cell as written."""
    path = folder / "classifications.csv"
    cell = f"[{UNIT * (cell_bytes // len(UNIT))}0]".encode()
    path.write_bytes(b'%b1,{},[],{},7\n2,{},"%b",{},7\n3,{},[],{},7\n' % (HEADER.encode(), cell))
    return path, cell


@pytest.mark.parametrize("threads", ["1", "4"])
def test_oversized_record_is_rejected_whole_in_bounded_memory(tmp_path: Path, threads: str) -> None:
    export, cell = write_export(tmp_path, 100 * LIMIT)
    output = tmp_path / "out.parquet"
    command = [sys.executable, "-m", "crowdarrow", "convert", str(export), str(output), "--quiet"]
    command += ["--threads", threads, "--max-record-bytes", str(LIMIT)]
    measured = subprocess.run([sys.executable, "-c", MEASURE, *command], capture_output=True, check=True)
    status, peak, errors = json.loads(measured.stdout)
    assert (status, errors) == (3, "")
    assert peak < 190_000, "kilobytes on Linux: 146 MB with one thread, 174 MB with four, plus any copy of the record"
    # The reject's `raw` is a CSV field, in which each quote of the record is doubled again.
    rejects = (tmp_path / "out.parquet.rejects.csv").read_bytes()
    header, _, row = rejects.partition(b"\n")
    assert header.startswith(b"source,record,line,")
    assert row.split(b",", 3)[1:3] == [b"2", b"3"]
    assert row.rstrip(b"\r\n").endswith(b',"2,{},""%b"",{},7"' % cell.replace(b'"', b'""'))


def test_records_beside_an_oversized_one_are_read(tmp_path: Path) -> None:
    export, _ = write_export(tmp_path, 25 * LIMIT)
    with ca.open(export, max_record_bytes=LIMIT) as reader:
        assert reader.to_table()["classification_id"].to_pylist() == [1, 3]
        assert (reader.report.records, reader.report.rows, reader.report.rejected) == (3, 2, 1)


def test_large_record_within_the_limit_is_read(tmp_path: Path) -> None:
    export, cell = write_export(tmp_path, 25 * LIMIT)
    with ca.open(export, max_record_bytes=1 << 28, columns=["classification_id", "annotations"]) as reader:
        table = reader.to_table()
    assert table["classification_id"].to_pylist() == [1, 2, 3]
    assert table["annotations"][1].as_buffer().to_pybytes() == cell.replace(b'""', b'"')
