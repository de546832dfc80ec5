"""Inputs of several kinds, folders and archives in one call (docs/contract.md, section 2.6)."""

import json
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.cli import run

CLASSIFICATIONS = (
    "classification_id,workflow_id,workflow_version,annotations,subject_ids\n"
    '1,7,2.3,"[{""task"":""T0"",""value"":""yes""}]",5\n'
    '2,7,2.4,"[{""task"":""T0"",""value"":""no""}]",6\n'
)
SUBJECTS = (
    "subject_id,project_id,workflow_id,subject_set_id,metadata,locations,created_at\n"
    '5,1,7,3,"{""sheet"":""a""}","{""0"":""https://example.org/5.jpg""}",2024-01-01 00:00:00 UTC\n'
)
WORKFLOWS = (
    "workflow_id,display_name,version,minor_version,tasks,strings\n"
    '7,Sheets,2,3,"{""T0"":{""type"":""single"",""question"":""T0.question""}}","{""T0.question"":""Blank?""}"\n'
)
RUNS = [{"id": 1, "task_id": 4, "project_id": 1, "user_id": 2, "finish_time": None, "info": {"text": "abc"}}]
NAMES = {
    "classifications.csv": "zooniverse.classifications",
    "subjects.csv": "zooniverse.subjects",
    "workflows.csv": "zooniverse.workflows",
    "task_run.json": "pybossa.task_runs",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an export of each of four kinds, and other files."""
    path = tmp_path / "exports"
    (path / "older").mkdir(parents=True)
    (path / "classifications.csv").write_text(CLASSIFICATIONS)
    (path / "subjects.csv").write_text(SUBJECTS)
    (path / "workflows.csv").write_text(WORKFLOWS)
    (path / "task_run.json").write_text(json.dumps(RUNS))
    (path / "task_run_info_only.csv").write_text("text\nabc\n")
    (path / "notes.txt").write_text("call the museum")
    (path / ".hidden.csv").write_text(CLASSIFICATIONS)
    (path / "older" / "classifications.csv").write_text(CLASSIFICATIONS)
    return path


def tables(root: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of each Parquet file below a folder."""
    return {str(path.relative_to(root)): pq.read_table(path).to_pylist() for path in sorted(root.rglob("*.parquet"))}


def test_a_folder_is_converted_to_a_folder_for_each_kind(folder: Path, tmp_path: Path) -> None:
    report = ca.convert(folder, f"{tmp_path}/out/")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([*NAMES.values(), "crowdarrow.json"])
    found = tables(tmp_path / "out")
    assert [row["answer"] for row in found["zooniverse.classifications/answers.parquet"]] == ["yes", "no"]
    assert [row["url"] for row in found["zooniverse.subjects/media.parquet"]] == ["https://example.org/5.jpg"]
    assert found["pybossa.task_runs/answers.parquet"][0]["answer"] == "abc"
    skipped = {Path(name).name for name in report.skipped}
    assert skipped == {"notes.txt", "task_run_info_only.csv"}


def test_labels_come_from_the_workflow_export_in_the_folder(folder: Path, tmp_path: Path) -> None:
    ca.convert(folder, f"{tmp_path}/out/")
    rows = tables(tmp_path / "out")["zooniverse.classifications/annotations.parquet"]
    assert [(row["task_label"], row["label_exact"]) for row in rows] == [("Blank?", True), ("Blank?", False)]
    options = pq.read_metadata(tmp_path / "out/zooniverse.classifications/annotations.parquet").metadata
    assert json.loads(options[b"crowdarrow.options"])["workflows"]["name"] == "workflows.csv"


def test_a_named_workflow_export_replaces_the_one_in_the_folder(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text(WORKFLOWS.replace("Blank?", "Empty?"))
    ca.convert(folder, f"{tmp_path}/out/", workflows=other)
    found = tables(tmp_path / "out")
    assert found["zooniverse.classifications/annotations.parquet"][0]["task_label"] == "Empty?"
    assert found["zooniverse.workflows/tasks.parquet"][0]["label"] == "Blank?"


def test_any_order_of_the_inputs_gives_the_same_tables(folder: Path, tmp_path: Path) -> None:
    expected = None
    given = list(NAMES)
    for number, names in enumerate((given, given[::-1], [*given[2:], *given[:2]])):
        ca.convert([folder / name for name in names], f"{tmp_path}/{number}/")
        found = tables(tmp_path / str(number))
        assert expected is None or found == expected
        expected = found


def test_the_report_has_one_report_for_each_kind_and_sums(folder: Path, tmp_path: Path) -> None:
    ca.convert(folder, f"{tmp_path}/out/", report=tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert {kind: one["records"] for kind, one in report["kinds"].items()} == {
        "zooniverse.classifications": 2, "zooniverse.subjects": 1, "zooniverse.workflows": 1, "pybossa.task_runs": 1,
    }  # fmt: skip
    assert (report["records"], report["rows"], report["rejected"]) == (5, 5, 0)
    assert report["bytes"] == sum(one["bytes"] for one in report["kinds"].values())
    assert report["tables"]["zooniverse.classifications/answers"] == 2
    assert len(report["sources"]) == 4


def test_the_summary_says_which_file_was_what(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(folder), f"{tmp_path}/out/", "--no-progress"]) == 0
    lines = capsys.readouterr().err.splitlines()
    for name, kind in NAMES.items():
        start = next(number for number, line in enumerate(lines) if line.startswith(f"{kind}: "))
        assert next(line for line in lines[start:] if line.startswith("  from ")) == f"  from {folder / name}"
    assert lines[-1] == f"skipped: {folder / 'task_run_info_only.csv'}, {folder / 'notes.txt'}"


def test_tables_apply_to_each_kind_that_has_them(folder: Path, tmp_path: Path) -> None:
    ca.convert(folder, f"{tmp_path}/out/", tables=["answers", "tasks"])
    assert list(tables(tmp_path / "out")) == [
        "pybossa.task_runs/answers.parquet",
        "zooniverse.classifications/answers.parquet",
        "zooniverse.workflows/tasks.parquet",
    ]
    with pytest.raises(ca.UsageError, match="none of the kinds has a table 'votess'"):
        ca.convert(folder, f"{tmp_path}/none/", tables=["votess"])
    assert run(["convert", str(folder), f"{tmp_path}/none/", "--tables", "votess"]) == 2
    assert not (tmp_path / "none").exists()


def test_several_kinds_need_a_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(folder), str(tmp_path / "all.parquet")]) == 2
    message = capsys.readouterr().err
    assert "add a trailing / to OUTPUT" in message
    assert f"{folder / 'subjects.csv'} is zooniverse.subjects" in message
    assert ca.open(folder, kind="zooniverse.subjects").to_table().num_rows == 1


@pytest.mark.parametrize(
    "command", [["convert", "-"], ["convert", "all.csv"], ["inspect"], ["head"], ["index"]], ids=" ".join
)
def test_several_kinds_are_wrong_usage_for_each_command_that_reads_one(
    command: list[str], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = [str(tmp_path / one) if one == "all.csv" else one for one in command[1:]]
    assert run([command[0], str(folder), *output]) == 2
    message = capsys.readouterr().err
    assert message.startswith("crowdarrow: the inputs are of several kinds (")
    assert "or choose one with --kind" in message


@pytest.mark.parametrize("read", [ca.open, ca.inspect, lambda path: ca.Export(path).schema, ca.open_tables])
def test_several_kinds_are_a_usage_error_of_each_function_that_reads_one(
    read: Callable[[Path], object], folder: Path
) -> None:
    with pytest.raises(ca.UsageError, match=r"the inputs are of several kinds .* choose one with `kind`"):
        read(folder)


def test_inputs_of_one_kind_are_written_to_the_output_itself(folder: Path, tmp_path: Path) -> None:
    ca.convert([folder / "subjects.csv", folder / "subjects.csv"], f"{tmp_path}/out/")
    assert list(tables(tmp_path / "out")) == ["media.parquet", "subjects.parquet"]


def test_an_archive_is_read_like_a_folder(folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "project.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.iterdir()):
            if path.is_file():
                file.write(path, path.name)
        file.writestr("__MACOSX/._subjects.csv", SUBJECTS)
    report = ca.convert(archive, f"{tmp_path}/archive/")
    ca.convert(folder, f"{tmp_path}/folder/")
    assert tables(tmp_path / "archive") == tables(tmp_path / "folder")
    assert set(report.skipped) == {f"{archive}/notes.txt", f"{archive}/task_run_info_only.csv"}
    ca.convert(archive, f"{tmp_path}/member/", member="subjects.csv")
    assert list(tables(tmp_path / "member")) == ["media.parquet", "subjects.parquet"]


def test_rejects_are_beside_each_kind_or_in_one_named_file(folder: Path, tmp_path: Path) -> None:
    for name, record in (("classifications.csv", "x,7,2.3,[],5\n"), ("subjects.csv", "y,1,7,3,{},{},\n")):
        with (folder / name).open("a") as file:
            file.write(record)
    assert run(["convert", str(folder), f"{tmp_path}/out/", "--quiet"]) == 3
    rejects = sorted(path.name for path in (tmp_path / "out").glob("*.csv"))
    assert rejects == ["zooniverse.classifications.rejects.csv", "zooniverse.subjects.rejects.csv"]
    report = ca.convert(folder, f"{tmp_path}/named/", rejects=tmp_path / "all.csv")
    assert (report.rejected, report.rejects_path) == (2, str(tmp_path / "all.csv"))
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 3
    with pytest.raises(ca.RejectedError):
        ca.convert(folder, f"{tmp_path}/limited/", max_rejects=1)
    assert not (tmp_path / "limited").exists()


def test_a_failure_of_one_kind_leaves_no_output_of_any(folder: Path, tmp_path: Path) -> None:
    with (folder / "task_run.json").open("a") as file:
        file.write("{")
    with pytest.raises(ca.RejectedError):
        ca.convert(folder, f"{tmp_path}/out/", strict=True)
    assert not (tmp_path / "out").exists()
    ca.convert(folder, f"{tmp_path}/out/")
    before = tables(tmp_path / "out")
    with pytest.raises(ca.OutputExistsError):
        ca.convert(folder, f"{tmp_path}/out/")
    with pytest.raises(ca.RejectedError):
        ca.convert(folder, f"{tmp_path}/out/", strict=True, force=True)
    assert tables(tmp_path / "out") == before


def test_a_filter_applies_to_the_kinds_that_have_its_column(folder: Path, tmp_path: Path) -> None:
    report = ca.convert(folder, f"{tmp_path}/out/", workflow_version="2.4")
    assert report.kinds["zooniverse.classifications"].filtered == 1
    assert report.kinds["pybossa.task_runs"].filtered == 0
    with pytest.raises(ca.UsageError, match="`workflow_version` does not apply"):
        ca.convert([folder / "subjects.csv", folder / "task_run.json"], f"{tmp_path}/none/", workflow_version="2.4")


def test_a_folder_without_exports_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ca.UnknownKindError, match="no file of `input` is an export"):
        ca.convert(tmp_path / "empty", f"{tmp_path}/out/")


class TestLayouts:
    """Inputs of one kind in several layouts."""

    def test_tables_and_columns_are_united(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(
            json.dumps([{"id": 1, "task_id": 4, "timeout": 2, "info": {"k": "x"}, "z": 1}])
        )
        (tmp_path / "b.csv").write_text("id,task_id,user_id,finish_time,info_k,more\n2,5,3,,y,m\n")
        (tmp_path / "c.csv").write_text("task_run__id,task_run__task_id,task_run__timeout,other\n3,6,4,o\n")
        inputs = [tmp_path / name for name in ("a.json", "b.csv", "c.csv")]
        rows = ca.open(inputs).to_table()
        assert rows.column_names[-3:] == ["extra", "more", "other"]
        assert rows.select(["id", "task_id", "extra", "more", "other"]).to_pylist() == [
            {"id": 1, "task_id": 4, "extra": '{"z":1}', "more": None, "other": None},
            {"id": 2, "task_id": 5, "extra": None, "more": "m", "other": None},
            {"id": 3, "task_id": 6, "extra": None, "more": None, "other": "o"},
        ]
        assert ca.open(inputs, "answers").to_table().column("answer").to_pylist() == ["x", "y"]
        assert ca.open(inputs, columns=["other", "id"]).to_table().to_pydict() == {
            "other": [None, None, "o"], "id": [1, 2, 3],
        }  # fmt: skip
        with pytest.raises(ca.UsageError, match="no column 'nothing'"):
            ca.open(inputs, columns=["nothing"])
        report = ca.convert(inputs, f"{tmp_path}/out/", tables="all")
        assert (report.records, report.rows) == (3, 3)

    def test_ids_of_one_layout_come_again_in_another(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(json.dumps([{"id": 1, "task_id": 4, "timeout": 2, "info": "x"}]))
        (tmp_path / "b.csv").write_text("id,task_id,user_id,finish_time,info\n1,4,2,,x\n2,4,2,,y\n")
        inputs = [tmp_path / "a.json", tmp_path / "b.csv"]
        assert ca.open(inputs, duplicates="first").to_table().column("id").to_pylist() == [1, 2]

    def test_values_are_counted_over_all_layouts_of_a_collection(self, tmp_path: Path) -> None:
        item = {
            "type": "Annotation", "motivation": "describing", "target": "https://example.org/1",
            "body": [{"purpose": "tagging", "value": "title"}, {"purpose": "describing", "value": "Hamlet"}],
        }  # fmt: skip
        (tmp_path / "describing.json").write_text(json.dumps([item]))
        (tmp_path / "b.csv").write_text(
            "id,motivation,target,body_0_purpose,body_0_value,body_1_purpose,body_1_value\n"
            "9,describing,https://example.org/1,tagging,title,describing,Macbeth\n"
        )
        (tmp_path / "a.csv").write_text("target,title_0\nhttps://example.org/2,Lear\n")
        inputs = [tmp_path / name for name in ("a.csv", "describing.json", "b.csv")]
        rows = ca.open(inputs, "values").to_table()
        assert rows.select(["value", "value_index"]).to_pydict() == {
            "value": ["Lear", "Hamlet", "Macbeth"], "value_index": [0, 0, 1],
        }  # fmt: skip
        assert ca.open(inputs, "annotations").to_table().num_rows == 2


def test_an_output_that_is_a_file_of_the_input_folder_is_refused(folder: Path) -> None:
    with pytest.raises(ca.UsageError, match=r"subjects\.csv is also the input"):
        ca.convert(folder, folder / "subjects.csv", kind="zooniverse.subjects", force=True)
    assert (folder / "subjects.csv").read_text() == SUBJECTS


def test_outputs_in_the_input_folder_are_not_read_again(folder: Path) -> None:
    ca.convert(folder, folder)
    before = tables(folder)
    report = ca.convert(folder, folder, force=True)
    assert tables(folder) == before
    assert report.records == 5


def test_a_file_that_cannot_be_read_is_an_error_and_is_not_skipped(folder: Path, tmp_path: Path) -> None:
    (folder / "damaged.csv.gz").write_bytes(b"\x1f\x8b\x08\x00" + b"\xff" * 50)
    with pytest.raises(ca.DamagedInputError, match=r"damaged\.csv\.gz"):
        ca.convert(folder, f"{tmp_path}/out/")


def test_an_export_of_a_folder_is_read_again(folder: Path) -> None:
    export = ca.Export(folder, kind="zooniverse.classifications")
    for _ in range(2):
        rows = export.table("annotations").to_table()
        assert rows["task_label"].to_pylist() == ["Blank?", "Blank?"]
    assert export.tables[0] == "classifications"


def test_an_archive_of_too_many_files_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.read.folders._MOST_MEMBERS", 2)
    with zipfile.ZipFile(tmp_path / "many.zip", "w") as file:
        for number in range(3):
            file.writestr(f"{number}.csv", CLASSIFICATIONS)
    with pytest.raises(ca.InputError, match="has 3 files, more than 2; unpack it"):
        ca.open(tmp_path / "many.zip")
    assert ca.open(tmp_path / "many.zip", member="1.csv").to_table().num_rows == 2


@pytest.mark.skipif(sys.platform != "linux", reason="file names of other systems are text")
def test_names_that_are_no_text_are_shown_without_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    (folder / os.fsdecode(b"a\xff.csv")).write_text(CLASSIFICATIONS)
    (folder / "b\x1b[31m.csv").write_text(SUBJECTS)
    (folder / "c\n.txt").write_text("x")
    assert (
        run(["convert", str(folder), f"{tmp_path}/out/", "--no-progress", "--report", f"{tmp_path}/report.json"]) == 0
    )
    text = capsys.readouterr().err
    assert not any(character.isprintable() is False for character in text.replace("\n", ""))
    assert f"  from {folder}/a\\xff.csv" in text.splitlines()
    assert f"skipped: {folder}/c\\n.txt" in text.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="file names of other systems are text")
def test_a_name_that_is_no_text_is_in_the_footer(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\xff.csv")
    path.write_text(CLASSIFICATIONS)
    ca.convert(path, tmp_path / "out.parquet", report=tmp_path / "report.json")
    sources = json.loads(pq.read_metadata(tmp_path / "out.parquet").metadata[b"crowdarrow.sources"])
    assert [source["name"] for source in sources] == ["a\\xff.csv"]


def test_several_workflow_and_subject_exports_count_as_one(folder: Path, tmp_path: Path) -> None:
    second = WORKFLOWS.replace("7,Sheets,2,3", "7,Sheets,2,4").replace("Blank?", "Empty?")
    (folder / "workflows2.csv").write_text(second)
    (folder / "subjects2.csv").write_text(SUBJECTS.replace("\n5,", "\n6,").replace("5.jpg", "6.jpg"))
    ca.convert(folder, f"{tmp_path}/out/", subject_keys="sheet")
    rows = tables(tmp_path / "out")["zooniverse.classifications/annotations.parquet"]
    assert [(row["task_label"], row["label_exact"]) for row in rows] == [("Blank?", True), ("Empty?", True)]
    assert [row["media"] for row in rows] == [["https://example.org/5.jpg"], ["https://example.org/6.jpg"]]
    assert [row["subject.sheet"] for row in rows] == ["a", "a"]
    footer = pq.read_metadata(tmp_path / "out/zooniverse.classifications/annotations.parquet").metadata
    options = json.loads(footer[b"crowdarrow.options"])
    assert [one["name"] for one in options["workflows"]] == ["workflows.csv", "workflows2.csv"]


def test_stdin_is_one_of_several_kinds_unless_it_is_read_twice(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, name in enumerate(("classifications.csv", "workflows.csv")):
        others = [str(folder / other) for other in ("classifications.csv", "workflows.csv") if other != name]
        with (folder / name).open("rb") as stdin:
            monkeypatch.setattr("sys.stdin", stdin)
            if name == "classifications.csv":
                report = ca.convert(["-", *others], f"{tmp_path}/{number}/")
                assert report.tables["zooniverse.classifications/answers"] == 2
            else:
                with pytest.raises(ca.UsageError, match=r"<stdin> is read twice.*`workflows`"):
                    ca.convert(["-", *others], f"{tmp_path}/{number}/")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege")
def test_a_link_to_a_missing_file_in_a_folder_is_an_error(folder: Path, tmp_path: Path) -> None:
    (folder / "late.csv").symlink_to("missing.csv")
    with pytest.raises(ca.InputNotFoundError, match=r"late\.csv"):
        ca.convert(folder, f"{tmp_path}/out/")
    (folder / "late.csv").rename(folder / ".late.csv")
    assert ca.convert(folder, f"{tmp_path}/out/").rejected == 0


def test_labels_from_stdin_are_named_in_the_footer(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, output = str(folder / "classifications.csv"), str(tmp_path / "out.parquet")
    with (folder / "workflows.csv").open("rb") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run(["convert", path, output, "--table", "answers", "--workflows", "-"]) == 0
    assert pq.read_table(output)["task_label"].to_pylist() == ["Blank?", "Blank?"]
    options = json.loads(pq.read_metadata(output).metadata[b"crowdarrow.options"])
    assert options["workflows"] == {"name": "<stdin>"}
    with (folder / "classifications.csv").open("rb") as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        assert run(["convert", "-", f"{tmp_path}/two.parquet", "--workflows", "-"]) == 2
    assert "stdin (-) is given more than once among INPUT, --workflows and --subjects" in capsys.readouterr().err


def test_tables_and_rejects_of_earlier_runs_are_skipped(folder: Path, tmp_path: Path) -> None:
    with (folder / "classifications.csv").open("a") as file:
        file.write("x,7,2.3,[],5\n")
    for table in ("classifications", "answers"):
        rejects = folder / f"{table}.rejects.csv"
        ca.convert(folder / "classifications.csv", folder / f"{table}.csv.gz", table=table, rejects=rejects)
    report = ca.convert(folder, f"{tmp_path}/out/")
    assert report.kinds["zooniverse.classifications"].records == 3
    own = {"classifications.csv.gz", "classifications.rejects.csv", "answers.csv.gz", "answers.rejects.csv"}
    assert own <= {Path(name).name for name in report.skipped}
