"""Subjects beside the rows (docs/contract.md, section 2.7)."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.cli import run

TABLES = ("annotations", "answers", "marks", "identifications")


def csv(*cells: str) -> str:
    """A CSV record of quoted cells."""
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n"


def classification(number: int, subject_ids: str, **subject_data: Any) -> str:
    """A record with an answer, a mark and an identification."""
    annotations = [
        {"task": "T0", "value": "yes"},
        {"task": "T1", "value": [{"tool": 0, "x": 1, "y": 2}]},
        {"task": "T2", "value": [{"choice": "GNU", "answers": {}, "filters": {}}]},
    ]
    return csv(str(number), "7", "2.3", json.dumps(annotations), json.dumps(subject_data), subject_ids)


@pytest.fixture
def classifications(tmp_path: Path) -> Path:
    path = tmp_path / "classifications.csv"
    path.write_text(
        "classification_id,workflow_id,workflow_version,annotations,subject_data,subject_ids\n"
        + classification(1, "5", **{"5": {"retired": None, "sheet": "five", "#n": 2.50}})
        + classification(2, "6;5", **{"5": {"sheet": "five"}, "6": {"sheet": ["six", None], "#n": None}})
        + classification(3, "8", **{"8": {}})
        + classification(4, "8", **{"9": {"sheet": "nine"}})
        + classification(5, "", **{"5": {"sheet": "five"}})
        + csv("6", "7", "2.3", "[]", "{}", "10")
    )
    return path


@pytest.fixture
def subjects(tmp_path: Path) -> Path:
    path = tmp_path / "subjects.csv"
    path.write_text(
        "subject_id,project_id,workflow_id,subject_set_id,metadata,locations\n"
        + csv(
            "6",
            "1",
            "7",
            "3",
            '{"sheet": {"a": [1, 2.0]}, "#n": "n6"}',
            '{"1": "https://e.org/b", "0": "https://e.org/a"}',
        )
        + csv("5", "1", "7", "3", '{"sheet": "first", "#n": null}', '{"0": "https://e.org/5"}')
        + csv("5", "1", "9", "3", '{"sheet": "second"}', '{"0": "https://e.org/other"}')
        + csv("-1", "1", "7", "3", "{}", "{}")
    )
    return path


def test_media_and_keys_of_the_first_row_of_each_subject(classifications: Path, subjects: Path) -> None:
    for table in TABLES:
        with ca.open(classifications, table, subjects=subjects, subject_keys="sheet,#n") as reader:
            assert reader.schema.names[-4:] == ["media", "subject.sheet", "subject.#n", "label_exact"]
            rows = reader.to_table().select(["classification_id", *reader.schema.names[-4:-1]]).to_pylist()
        by_id = {row["classification_id"]: tuple(row.values())[1:] for row in rows}
        assert by_id == {
            1: (["https://e.org/5"], "first", None),
            2: (["https://e.org/a", "https://e.org/b"], '{"a":[1,2.0]}', "n6"),
            3: (None, None, None),
            4: (None, None, None),
            5: (None, None, None),
        }
        assert reader.report.leniencies["subjects_missing"] == 1


def test_missing_subjects_are_counted_once_for_all_tables(
    classifications: Path, subjects: Path, tmp_path: Path
) -> None:
    report = ca.convert(classifications, f"{tmp_path}/out/", subjects=subjects)
    assert report.leniencies["subjects_missing"] == 1
    assert pq.read_schema(tmp_path / "out/marks.parquet").names[-2:] == ["media", "label_exact"]
    assert "media" not in pq.read_schema(tmp_path / "out/classifications.parquet").names
    options = json.loads(pq.read_metadata(tmp_path / "out/marks.parquet").metadata[b"crowdarrow.options"])
    assert options["subjects"]["name"] == "subjects.csv"


def test_keys_without_a_subject_export_come_from_the_record(classifications: Path) -> None:
    with ca.open(classifications, "answers", subject_keys=["sheet", "#n", "none"]) as reader:
        assert reader.schema.names[-4:] == ["subject.sheet", "subject.#n", "subject.none", "label_exact"]
        rows = reader.to_table()
    assert rows["subject.sheet"].to_pylist() == ["five", '["six",null]', None, None, None]
    assert rows["subject.#n"].to_pylist() == ["2.5", None, None, None, None]
    assert rows["subject.none"].null_count == 5
    assert "subjects_missing" not in reader.report.leniencies


def test_a_subject_export_among_the_inputs_is_found(classifications: Path, subjects: Path, tmp_path: Path) -> None:
    ca.convert([subjects, classifications], f"{tmp_path}/out/", subject_keys="sheet", tables=["answers", "media"])
    rows = pq.read_table(tmp_path / "out/zooniverse.classifications/answers.parquet")
    assert rows["subject.sheet"].to_pylist() == ["first", '{"a":[1,2.0]}', None, None, None]
    other = tmp_path / "other.csv"
    other.write_text(subjects.read_text().replace("first", "FIRST"))
    ca.convert([subjects, classifications], f"{tmp_path}/named/", subject_keys="sheet", subjects=other)
    rows = pq.read_table(tmp_path / "named/zooniverse.classifications/answers.parquet")
    assert rows["subject.sheet"][0].as_py() == "FIRST"


def test_kind_chooses_files_of_a_folder_and_takes_subjects_from_it(classifications: Path, subjects: Path) -> None:
    with ca.open(subjects.parent, "answers", kind="zooniverse.classifications", columns=["media"]) as reader:
        assert reader.to_table()["media"].to_pylist()[0] == ["https://e.org/5"]
    assert classifications.parent == subjects.parent


def test_many_subjects_are_looked_up_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.exports.zooniverse.beside.lookup._SORTED_AT_LEAST", 50)
    ids = [(number * 7919) % 1009 for number in range(1009)]
    header = "subject_id,project_id,workflow_id,subject_set_id,metadata,locations\n"
    rows = (
        csv(str(one), "1", "7", "3", json.dumps({"n": f"{again}-{one}"}), "{}") for again in range(2) for one in ids
    )
    (tmp_path / "subjects.csv").write_text(header + "".join(rows))
    header = "classification_id,annotations,subject_data,subject_ids\n"
    records = (csv(str(one), '[{"task": "T0", "value": "a"}]', "{}", str(one)) for one in range(-5, 1200))
    (tmp_path / "classifications.csv").write_text(header + "".join(records))
    options = {"subjects": tmp_path / "subjects.csv", "subject_keys": "n", "block_bytes": 5000}
    with ca.open(tmp_path / "classifications.csv", "answers", **options) as reader:  # type: ignore[arg-type]
        found = reader.to_table()["subject.n"].to_pylist()
    assert found == [f"0-{one}" if 0 <= one < 1009 else None for one in range(-5, 1200)]
    assert reader.report.leniencies["subjects_missing"] == 1200 + 5 - 1009


def test_options_that_apply_to_no_kind_are_errors(subjects: Path, tmp_path: Path) -> None:
    (tmp_path / "task_run.json").write_text('[{"id": 1, "task_id": 2, "timeout": 3, "info": null}]')
    for options in ({"subjects": str(subjects)}, {"subject_keys": "sheet"}):
        with pytest.raises(ca.UsageError, match=r"does not apply: pybossa\.task_runs has no table with subjects"):
            ca.open(tmp_path / "task_run.json", **options)  # type: ignore[arg-type]


def test_another_kind_as_subjects_is_an_error(
    classifications: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["convert", str(classifications), f"{tmp_path}/out/", "--subjects", str(classifications)]
    assert run(arguments) == 1
    assert "but subjects are taken from an export of kind zooniverse.subjects" in capsys.readouterr().err


def test_an_empty_subject_export_has_no_subject(classifications: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("subject_id,project_id,workflow_id,subject_set_id,metadata,locations\n")
    with ca.open(classifications, "marks", subjects=tmp_path / "empty.csv", subject_keys="sheet") as reader:
        rows = reader.to_table()
    assert rows["media"].null_count == rows["subject.sheet"].null_count == 5
    assert reader.report.leniencies["subjects_missing"] == 3
