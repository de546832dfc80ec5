"""The comparison of two builds' outputs: equal recordings, and each kind of difference."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import compare_outputs

ANNOTATIONS = '"[{""task"":""T0"",""value"":""yes""}]"'
EXPORT = (
    "classification_id,created_at,annotations,subject_ids\n"
    f"1,2024-01-01 00:00:00 UTC,{ANNOTATIONS},7\n"
    f"2,2024-01-02 00:00:00 UTC,{ANNOTATIONS},8\n"
    f"x,2024-01-03 00:00:00 UTC,{ANNOTATIONS},9\n"
)
RUN = "in/classifications.csv: convert {} --threads 1"
Change = Callable[[dict[str, Any], Path], None]


def record(folder: Path, name: str) -> Path:
    inputs = folder / "in"
    inputs.mkdir(exist_ok=True)
    (inputs / "classifications.csv").write_text(EXPORT)
    (inputs / "unknown.csv").write_text("a,b\n1,2\n")
    arguments = ["record", str(folder / name), str(inputs), "--threads", "1", "--workers", "1"]
    assert compare_outputs.main(arguments) == 0
    return folder / name


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("recordings")
    return record(folder, "old"), record(folder, "new")


def test_recordings_of_one_build_are_equal(recordings: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert compare_outputs.main(["compare", *map(str, recordings)]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert [line.strip() for line in lines if line] == [
        "6 arrow files", "6 csv files", "1 exit status 0", "4 exit status 1", "3 exit status 3", "3 files of rejects",
        "6 parquet files", "8 runs", "0 differences, 0 changed messages",
    ]  # fmt: skip


def change_csv(run: dict[str, Any], files: Path) -> None:
    text = (files / run["tables"]["answers.csv"]).read_bytes()
    (files / "changed.csv").write_bytes(text.replace(b"yes", b"no", 1))
    run["tables"]["answers.csv"] = "changed.csv"


def change_parquet(run: dict[str, Any], files: Path) -> None:
    table = pq.read_table(files / run["tables"]["answers.parquet"])
    index = table.schema.get_field_index("answer")
    field = table.schema.field(index)
    changed = table.set_column(index, field, pa.array(["yes", "no"], field.type))
    pq.write_table(changed, files / "changed.parquet")
    run["tables"]["answers.parquet"] = "changed.parquet"


def change_rejects(run: dict[str, Any], files: Path) -> None:
    rows = json.loads((files / run["rejects"]).read_bytes())
    rows[0]["line"] = "99"
    (files / "changed.json").write_text(json.dumps(rows))
    run["rejects"] = "changed.json"


def change_report(run: dict[str, Any], _files: Path) -> None:
    run["report"]["rows"] += 1


def changed(recordings: tuple[Path, Path], folder: Path, form: str, change: Change) -> list[str]:
    """The arguments that compare the old recording with a changed copy."""
    old, _ = recordings
    new = folder / "new"
    new.mkdir()
    (new / "files").symlink_to(old / "files")
    runs = json.loads((old / "recording.json").read_text())
    change(runs[RUN.format(form)], old / "files")
    (new / "recording.json").write_text(json.dumps(runs))
    return ["compare", str(old), str(new), "--ignore-messages", "--show"]


@pytest.mark.parametrize(
    ("form", "change", "message"),
    [
        ("csv", change_csv, "tables answers.csv: line 2, byte"),
        ("parquet", change_parquet, "tables answers.parquet: column answer, row 1: 'yes' -> 'no'"),
        ("arrow", change_rejects, "rejects 0 line: 4 -> 99"),
        ("arrow", change_report, "report rows: 2 -> 3"),
    ],
)
def test_difference_is_reported(
    recordings: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str,
    change: Change, message: str,
) -> None:  # fmt: skip
    assert compare_outputs.main(changed(recordings, tmp_path, form, change)) == 1
    assert f"DIFFERENT {RUN.format(form)} {message}" in capsys.readouterr().out


def test_wording_can_be_ignored(
    recordings: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def reword(run: dict[str, Any], files: Path) -> None:
        rows = json.loads((files / run["rejects"]).read_bytes())
        rows[0]["message"] = "reworded"
        (files / "reworded.json").write_text(json.dumps(rows))
        run["rejects"] = "reworded.json"

    arguments = changed(recordings, tmp_path, "csv", reword)
    assert compare_outputs.main(arguments) == 0
    assert "-> reworded" in capsys.readouterr().out
    arguments.remove("--ignore-messages")
    assert compare_outputs.main(arguments) == 1
