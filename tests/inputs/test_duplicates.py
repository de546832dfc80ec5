"""Records whose id an earlier input has (docs/contract.md, section 5, "Duplicates")."""

import json
from pathlib import Path

import pytest

import crowdarrow as ca
from crowdarrow.cli import run

HEADER = "classification_id,user_name,workflow_id,workflow_version,created_at,annotations,subject_data,subject_ids\n"


def classification(number: int | str, answer: str) -> str:
    """A CSV record with one answer and two marks."""
    marks = [{"tool": 0, "x": 1, "y": 2}, {"tool": 0, "x": 3, "y": 4}]
    items = json.dumps([{"task": "T0", "value": answer}, {"task": "T1", "value": marks}]).replace('"', '""')
    return f'{number},ada,1,2.3,2024-01-0{len(answer)} 00:00:00 UTC,"{items}","{{""7"":{{}}}}",7\n'


@pytest.fixture
def downloads(tmp_path: Path) -> list[Path]:
    texts = [
        classification(1, "a") + classification(2, "b") + classification(2, "bb"),
        classification(2, "c") + classification(3, "dd") + classification("", "e"),
        classification(3, "f") + classification("", "g") + classification(4, "h"),
    ]
    paths = [tmp_path / f"download{number}.csv" for number in range(3)]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(HEADER + text)
    return paths


def answers(downloads: list[Path], **options: str) -> tuple[list[str], ca.Report]:
    with ca.open(downloads, "answers", **options) as reader:  # type: ignore[arg-type]
        return reader.to_table().column("answer").to_pylist(), reader.report


def test_repeated_records_are_kept_and_counted(downloads: list[Path]) -> None:
    found, report = answers(downloads)
    assert found == ["a", "b", "bb", "c", "dd", "e", "f", "g", "h"]
    assert (report.records, report.rows, report.filtered, report.leniencies["duplicates"]) == (9, 9, 0, 2)
    assert report.suggestion is not None
    assert report.suggestion.startswith("2 records have the id of a record of an earlier input")


def test_first_keeps_the_first_record_of_each_id_in_every_table(downloads: list[Path], tmp_path: Path) -> None:
    found, report = answers(downloads, duplicates="first")
    assert found == ["a", "b", "bb", "dd", "e", "g", "h"]
    assert (report.records, report.rows, report.filtered, report.leniencies["duplicates"]) == (9, 7, 2, 2)
    report = ca.convert(downloads, f"{tmp_path}/out/", duplicates="first")
    assert report.tables == {
        "classifications": 7, "annotations": 14, "answers": 7, "marks": 14, "identifications": 0, "subjects": 1,
    }  # fmt: skip


def test_an_id_that_comes_twice_within_one_input_is_no_duplicate(downloads: list[Path]) -> None:
    found, report = answers(downloads[:1], duplicates="first")
    assert found == ["a", "b", "bb"]
    assert "duplicates" not in report.leniencies


def test_filters_come_before_duplicates(downloads: list[Path]) -> None:
    found, report = answers(downloads, duplicates="first", since="2024-01-02")
    assert found == ["bb", "dd"]
    assert (report.filtered, report.leniencies.get("duplicates")) == (7, None)


@pytest.mark.parametrize("form", ["json", "flattened", "prefixed"])
def test_runs_of_a_task_in_two_downloads(form: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}_task_run.{'json' if form == 'json' else 'csv'}" for number in range(2)]
    for path, ids in zip(paths, ([5, 6], [-6, 6, 7]), strict=True):
        if form == "json":
            path.write_text(json.dumps([{"id": number, "task_id": 1, "timeout": 1, "info": "x"} for number in ids]))
        else:
            prefix = "task_run__" if form == "prefixed" else ""
            header = ",".join(prefix + name for name in ("id", "task_id", "user_id", "finish_time", "info"))
            path.write_text(header + "\n" + "".join(f"{number},1,1,2016-01-01T00:00:00,x\n" for number in ids))
    assert ca.open(paths).to_table().column("id").to_pylist() == [5, 6, -6, 6, 7]
    assert ca.open(paths, duplicates="first").to_table().column("id").to_pylist() == [5, 6, -6, 7]


def test_the_command_line_names_the_flag(
    downloads: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    inputs = [str(path) for path in downloads]
    assert run(["convert", *inputs, str(tmp_path / "all.parquet"), "--no-progress"]) == 0
    assert "--duplicates first keeps only the first of them" in capsys.readouterr().err
    assert run(["convert", *inputs, str(tmp_path / "first.parquet"), "--duplicates", "first", "--no-progress"]) == 0
    summary = capsys.readouterr().err
    assert "2 filtered out" in summary
    assert "--duplicates" not in summary
    assert run(["convert", *inputs, str(tmp_path / "none.parquet"), "--duplicates", "last"]) == 2
