"""Where outputs go, and the refusals before anything is read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import crowdarrow as ca

TASKS = b'[{"id":1,"state":"ongoing","n_answers":1,"info":null},{"id":2,"state":"completed","n_answers":1,"info":null}]'
CLASSIFICATIONS = b"classification_id,annotations,subject_ids\n1,[],5\n"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.json"
    path.write_bytes(TASKS)
    return path


def partitions(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder).parent) for path in folder.rglob("*.parquet"))


def test_partitions_of_all_tables_have_a_folder_for_each_table(tmp_path: Path) -> None:
    """Also where the kind has one table only."""
    values = tmp_path / "describing.csv"
    values.write_text("target,genre_0,title_0\nhttps://example.org/1,play,Hamlet\n")
    ca.convert(values, f"{tmp_path}/out/", tables="all", partition_by="tag")
    assert partitions(tmp_path / "out") == ["values/tag=genre", "values/tag=title"]


def test_partitions_of_one_named_table_are_in_the_output_itself(tasks: Path, tmp_path: Path) -> None:
    ca.convert(tasks, f"{tmp_path}/out/", table="tasks", partition_by="state")
    assert partitions(tmp_path / "out") == ["state=completed", "state=ongoing"]


def test_partitions_are_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.sinks.partition.MAX_PARTITIONS", 5)
    for count in (5, 6):
        path = tmp_path / f"{count}.json"
        path.write_text(json.dumps([{"id": number, "n_answers": 1, "info": None} for number in range(count)]))
    ca.convert(tmp_path / "5.json", f"{tmp_path}/five/", table="tasks", partition_by="id")
    assert len(partitions(tmp_path / "five")) == 5
    with pytest.raises(ca.OutputError, match="`partition_by` id makes more than 5 partitions"):
        ca.convert(tmp_path / "6.json", f"{tmp_path}/six/", table="tasks", partition_by="id")
    assert not (tmp_path / "six").exists()


def test_two_outputs_that_are_one_file_through_a_link_are_refused(tasks: Path, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ca.UsageError, match="same file"):
        ca.convert(tasks, tmp_path / "real" / "out.csv", rejects=tmp_path / "link" / "out.csv")
    assert list((tmp_path / "real").iterdir()) == []


def test_output_that_is_the_file_on_stdin_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "classifications.csv"
    path.write_bytes(CLASSIFICATIONS)
    command = [sys.executable, "-m", "crowdarrow", "convert", "-", str(path), "--force"]
    with path.open("rb") as stdin:
        done = subprocess.run(command, stdin=stdin, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "stdin" in done.stderr
    assert path.read_bytes() == CLASSIFICATIONS
