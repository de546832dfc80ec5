"""Mistyped names: the error has the name that was meant. Short names of kinds, and short flags."""

import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.cli import run

MEMBERS = 150
EXPORT = "classification_id,annotations,subject_ids,metadata\n1,[],2,{}\n"
TASKS = '[{"id": 1, "project_id": 2, "n_answers": 3, "info": {}}]'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("classifications.csv").write_text(EXPORT, encoding="utf-8")
    Path("tasks.json").write_text(TASKS, encoding="utf-8")
    with zipfile.ZipFile("many.zip", "w") as archive:
        for number in range(MEMBERS):
            archive.writestr(f"may/marks-{number}.csv", EXPORT)
    with tarfile.open("many.tar.gz", "w:gz") as packed:
        for number in range(MEMBERS):
            member = tarfile.TarInfo(f"may/marks-{number}.csv")
            member.size = len(EXPORT)
            packed.addfile(member, io.BytesIO(EXPORT.encode()))


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ("convert clasifications.csv out/", "classifications.csv"),
        ("inspect ./Classification.csv", "./classifications.csv"),
        ("convert classifications.csv out.parquet --workflows task.json", "tasks.json"),
        ("convert classifications.csv out.parqet", "out.parquet"),
        ("convert classifications.csv out/ --format paruqet", "'parquet'"),
        ("convert classifications.csv out/ --compression zst", "'zstd'"),
        ("convert classifications.csv out/ --compresion zstd", "'--compression'"),
        ("convert classifications.csv out/ --table Mark", "'marks'"),
        ("convert classifications.csv out/ --tables answers,vote", "'votes'"),
        ("convert . out/ --tables answers,task_inof", "'task_info'"),
        ("convert classifications.csv out.csv --columns clasification_id", "'classification_id'"),
        ("convert classifications.csv out.csv --columns metadata.sesion", "'session'"),
        ("convert classifications.csv out/ --partition-by workflowid", "'workflow_id'"),
        ("convert classifications.csv out.csv --kind zooniverse.classification", "'zooniverse.classifications'"),
        ("inspect many.zip --member may/marks-41.cvs", "'may/marks-41.csv'"),
        ("inspect many.zip --member marks41.csv", "'marks-41.csv'"),
        ("inspect many.tar.gz --member may/marks-141.cvs", "'may/marks-141.csv'"),
        ("inspect many.tar.gz --member marks141.csv", "'marks-141.csv'"),
        ("inspect classifications.csv --encoding cp1253x", "'cp1253'"),
        ("schema task_run", "'task_runs'"),
        ("schema classifications identification", "'identifications'"),
        ("conver classifications.csv out/", "'convert'"),
        ("inspect classifications.csv --jsn", "'--json'"),
    ],
)
def test_mistyped_name_is_answered_with_the_name_that_was_meant(
    arguments: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments.split()) in {1, 2}
    printed = capsys.readouterr()
    assert f"(did you mean {meant}?)" in printed.err
    assert printed.err.count("\n") == 1
    assert not Path("out").exists()


def test_name_that_resembles_none_has_no_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ("schema qqq", "qqq", "inspect qqq", "convert classifications.csv out/ --table qqq"):
        assert run(arguments.split()) in {1, 2}
        assert "did you mean" not in capsys.readouterr().err
    assert run(["schema", "x" * 100_000]) == 2


def test_library_suggests_options_and_choices() -> None:
    with pytest.raises(ca.UsageError, match="did you mean `columns`"):
        ca.convert("classifications.csv", "out.csv", colums="a")  # type: ignore[call-arg]
    with pytest.raises(ca.UsageError, match="did you mean 'first'"):
        ca.convert("classifications.csv", "out.csv", duplicates="frist")  # type: ignore[arg-type]
    with pytest.raises(ca.InputNotFoundError, match=r"did you mean tasks\.json"):
        ca.inspect("task.json")
    with pytest.raises(ca.InputNotFoundError) as caught:
        ca.inspect(Path("nothing at all"))
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", ["many.zip", "many.tar.gz"])
def test_members_of_streams_are_suggested_too(name: str) -> None:
    with pytest.raises(ca.InputError, match=rf"and {MEMBERS - 8} more \(did you mean 'marks-141.csv'\?\)$") as caught:
        ca.inspect(io.BytesIO(Path(name).read_bytes()), member="marks141.csv")
    assert caught.value.members[1] == "may/marks-1.csv"
    with pytest.raises(ca.InputError) as caught:
        ca.inspect(name, member="qqq")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("kind", list(ca.kinds()))
def test_last_part_of_a_kind_is_enough(kind: str) -> None:
    assert ca.schema(kind.split(".")[1]) == ca.schema(kind)


def test_short_kind_chooses_among_inputs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", ".", "out/", "--kind", "tasks", "--quiet"]) == 0
    assert pq.read_table("out/tasks.parquet").num_rows == 1
    assert ca.inspect("classifications.csv", kind="classifications").kind == "zooniverse.classifications"
    assert run(["schema", "tasks", "--json"]) == 0
    assert '"kind": "pybossa.tasks"' in capsys.readouterr().out


def test_short_kind_is_recorded_by_its_full_name() -> None:
    for kind in ("classifications", "zooniverse.classifications"):
        ca.convert("classifications.csv", f"{kind}.parquet", kind=kind)
    short, full = (pq.read_metadata(f"{kind}.parquet") for kind in ("classifications", "zooniverse.classifications"))
    assert short.metadata == full.metadata
    assert b'"zooniverse.classifications"' in b"".join(short.metadata.values())


@pytest.mark.parametrize("name", ["rot13", "base64", "punycode"])
def test_codec_that_is_not_of_texts_is_not_suggested(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", "classifications.csv", "--encoding", name]) == 2
    assert f"is not a text encoding: '{name}'; Python's names are utf-16" in capsys.readouterr().err


def test_table_that_is_named_as_a_kind_is_answered_with_its_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "task_info"]) == 2
    assert "unknown kind 'task_info': it is a table of pybossa.tasks; the known" in capsys.readouterr().err


def test_ambiguous_kind_lists_the_candidates(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "classifications.csv", "out/", "--kind", "pybossa"]) == 2
    candidates = "pybossa.tasks, pybossa.task_runs, pybossa.results"
    assert f"part of the names of several: {candidates}" in capsys.readouterr().err


def test_missing_output_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "classifications.csv"]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("crowdarrow: Missing argument OUTPUT: where to write the tables of classifications.csv")
    assert printed.count("\n") == 1
    assert run(["convert"]) == 2
    assert "Missing argument 'INPUT... OUTPUT'" in capsys.readouterr().err


def test_short_flags(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        assert run(["convert", "-q", "-f", "-j", "1", "-o", "out.csv", "classifications.csv"]) == 0
        assert capsys.readouterr() == ("", "")
    assert Path("out.csv").read_text(encoding="utf-8").startswith("classification_id,")
    assert run(["convert", "classifications.csv", "tasks.json", "--output", "out/", "-q"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "crowdarrow.json",
        "pybossa.tasks",
        "zooniverse.classifications",
    ]
    assert run(["inspect", "-j", "1", "classifications.csv"]) == 0
