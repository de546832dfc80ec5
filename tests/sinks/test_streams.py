"""Tables on stdout as Arrow, and CSV for Excel."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import crowdarrow as ca

COMMAND = [sys.executable, "-m", "crowdarrow", "convert", "in.csv"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = "classification_id,user_name,annotations,subject_ids\n1,Zoë,[],2\n2,=1+1,[],3\n"
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("compression", [[], ["--compression", "zstd"]])
def test_arrow_stream_on_stdout(folder: Path, compression: list[str]) -> None:
    command = [*COMMAND, "-", "--format", "arrow", *compression]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=True)
    assert pa.ipc.open_stream(done.stdout).read_all().equals(ca.open(folder / "in.csv").to_table())


def test_arrow_is_not_written_to_a_terminal(folder: Path) -> None:
    master, slave = os.openpty()
    command = [*COMMAND, "-", "--format", "arrow"]
    done = subprocess.run(command, cwd=folder, stdout=slave, stderr=subprocess.PIPE, check=False)
    os.close(slave)
    os.close(master)
    assert done.returncode == 2
    assert b"stdout is a terminal, which cannot show Arrow data" in done.stderr


def test_stdout_gets_no_other_format(folder: Path) -> None:
    for name in ("parquet", "csv.gz"):
        with pytest.raises(ca.UsageError, match=f"`format` {name}: stdout gets csv or arrow"):
            ca.convert(folder / "in.csv", "-", format=name)
    done = subprocess.run([*COMMAND, "-", "--format", "csv"], cwd=folder, capture_output=True, check=True)
    assert done.stdout.startswith(b"classification_id,")


def test_csv_for_excel_has_a_mark_and_safe_cells(folder: Path) -> None:
    ca.convert(folder / "in.csv", folder / "safe.csv", csv_safe=True)
    ca.convert(folder / "in.csv", folder / "excel.csv", excel=True)
    safe, excel = ((folder / name).read_bytes() for name in ("safe.csv", "excel.csv"))
    assert excel == b"\xef\xbb\xbf" + safe
    assert b"'=1+1" in excel
    with pytest.raises(ca.UsageError, match="`excel` is for CSV output"):
        ca.convert(folder / "in.csv", folder / "out.parquet", excel=True)
