"""File names that are not UTF-8: inputs and outputs like any other, shown with escapes such as `\\xe9`."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca

if TYPE_CHECKING:
    from crowdarrow.read.arguments import Input

HEADER = "classification_id,workflow_id,workflow_version,annotations\n"
RECORDS = HEADER + '1,7,1.1,"[{""task"":""T0"",""value"":""a""}]"\nbroken\n'
WORKFLOWS = "workflow_id,display_name,version,minor_version,tasks,strings\n7,w,1,1,{},{}\n"
RAW = b"caf\xe9 \xc3\xa9.csv"
SHOWN = "caf\\xe9 é.csv"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/in/" + RAW))
    path.parent.mkdir()
    try:
        path.write_text(RECORDS)
    except OSError:
        pytest.skip("this file system has no such names")
    return path


def sources(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(pq.read_metadata(path).metadata[b"crowdarrow.sources"])
    return found


@pytest.mark.parametrize("given", ["str", "bytes", "path", "folder", "glob"])
def test_every_record_of_what_is_read_names_the_file(given: str, file: Path, tmp_path: Path) -> None:
    folder = file.parent
    forms: dict[str, Input] = {
        "str": str(file),
        "bytes": os.fsencode(file),
        "path": file,
        "folder": folder,
        "glob": f"{folder}/caf*",
    }
    out, report, rejects = tmp_path / "out.parquet", tmp_path / "report.json", tmp_path / "rejects.csv"
    found = ca.convert(forms[given], out, report=report, rejects=rejects)
    assert (found.rows, found.rejected) == (1, 1)
    assert [one["name"] for one in sources(out)] == [SHOWN]
    written = json.loads(report.read_text("utf-8"))
    assert [Path(one["name"]).name for one in written["sources"]] == [SHOWN]
    with rejects.open(encoding="utf-8", newline="") as lines:
        assert [Path(row["source"]).name for row in csv.DictReader(lines)] == [SHOWN]
    assert SHOWN in str(ca.inspect(forms[given]))
    assert ca.open(forms[given]).to_table().num_rows == 1
    assert ca.Export(forms[given]).to_table().num_rows == 1
    with ca.open_tables(forms[given], tables="all") as tables:
        assert [Path(reject.source).name for block in tables for reject in block.rejects] == [SHOWN]


def test_many_such_files_are_opened_again(file: Path, tmp_path: Path) -> None:
    for number in range(12):
        Path(os.fsdecode(os.fsencode(file.parent) + b"/\xff%d.csv" % number)).write_text(RECORDS)
    report = ca.convert(file.parent, tmp_path / "out.parquet", force=True)
    assert (report.rows, len(sources(tmp_path / "out.parquet"))) == (13, 13)
    assert sources(tmp_path / "out.parquet")[-1]["name"] == "\\xff9.csv"


def test_other_exports_and_outputs_may_have_such_names(file: Path, tmp_path: Path) -> None:
    workflows = Path(os.fsdecode(os.fsencode(tmp_path) + b"/w\xf8.csv"))
    workflows.write_text(WORKFLOWS)
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/out\xfe/")
    report = ca.convert(file, folder, tables="all", workflows=workflows, report=tmp_path / "report.json")
    assert report.rows == 1
    with Path(f"{folder}classifications.parquet").open("rb") as written:
        footer = pq.read_metadata(written).metadata
    assert json.loads(footer[b"crowdarrow.options"])["workflows"]["name"] == "w\\xf8.csv"
    for one in (*Path(folder).iterdir(), tmp_path / "report.json"):
        if one.suffix == ".json":
            assert "\\ud" not in one.read_text("utf-8")
    single = os.fsdecode(os.fsencode(tmp_path) + b"/\xfd.csv.gz")
    assert ca.convert(file, single, workflow_id=7).rejected == 1
    parts = os.fsdecode(os.fsencode(tmp_path) + b"/parts\xfc/")
    assert ca.convert(file, parts, table="classifications", partition_by="workflow_id").rows == 1
    names = {os.fsencode(one.name) for one in tmp_path.iterdir()}
    assert any(name.startswith(b"\xfd") and name.endswith(b".rejects.csv") for name in names)


def test_errors_and_the_command_line_show_escapes(file: Path, tmp_path: Path) -> None:
    missing = os.fsdecode(os.fsencode(tmp_path) + b"/no\xe9.csv")
    with pytest.raises(ca.InputNotFoundError) as caught:
        ca.open(missing)
    assert "no\\xe9.csv" in str(caught.value)
    str(caught.value).encode()
    for arguments, expected in (
        (["inspect", os.fsencode(file)], 0),
        (["inspect", "--json", os.fsencode(file)], 0),
        (["convert", os.fsencode(file), os.fsencode(tmp_path / "out.csv")], 3),
        (["convert", os.fsencode(missing), os.fsencode(tmp_path / "none.csv")], 1),
        (["inspect", "--member", "a.csv", os.fsencode(file)], 1),
    ):
        command: list[Any] = [sys.executable, "-m", "crowdarrow", *arguments]
        done = subprocess.run(command, capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode("utf-8")
        assert done.returncode == expected, said
        assert "\\xe9" in said or expected == 3
        assert "Traceback" not in said
        assert "UnicodeEncodeError" not in said
