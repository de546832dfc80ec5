"""Options, columns and reports of votes, consensus and volunteers."""

import io
import itertools
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from conftest import collect
from crowdarrow import synthetic
from crowdarrow.cli import run
from oracle.tidy import read_tidy
from oracle.votes import Steps, votes_of
from support.vote_compare import differing, given
from support.vote_examples import TABLES, VoteExample

RECORDS = [
    {"user_id": 1, "annotations": [{"task": "T0", "value": "a"}], "subject_data": {"7": {"sheet": "first"}}},
    {"user_id": 1, "annotations": [{"task": "T0", "value": "b"}], "subject_data": {"7": {"sheet": "second"}}},
    {"user_id": 2, "annotations": [{"task": "T0", "value": "b"}], "subject_ids": "8", "subject_data": {"8": {}}},
]
EXPORT = VoteExample("", RECORDS, {}, {}, None).export()
KIND = "zooniverse.classifications"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "classifications.csv"
    path.write_bytes(EXPORT)
    return path


def answers(**options: Any) -> list[tuple[Any, ...]]:
    with ca.open(io.BytesIO(EXPORT), "votes", columns=["subject_id", "answer", "votes"], **options) as reader:
        return [tuple(row.values()) for row in reader.to_table().to_pylist()]


def test_options_choose_records() -> None:
    assert answers() == [(7, "a", 1), (8, "b", 1)]
    assert answers(once="all") == [(7, "a", 1), (7, "b", 1), (8, "b", 1)]
    assert answers(once="last") == [(7, "b", 1), (8, "b", 1)]
    assert answers(once="all", first=1) == [(7, "a", 1), (8, "b", 1)]
    assert answers(live=True) == answers(gold="only") == []


@pytest.mark.parametrize("option", [{"once": "first"}, {"live": True}, {"first": 3}, {"gold": "include"}])
def test_options_without_one_of_the_tables_are_errors(option: dict[str, Any], export: Path, tmp_path: Path) -> None:
    (name,) = option
    wanted = rf"`{name}` applies to the tables votes, consensus, volunteers, and none of them was asked for"
    for call in (
        lambda: ca.open(export, "answers", **option),
        lambda: ca.Export(export, **option).table("answers").open(),
        lambda: ca.convert(export, f"{tmp_path}/out/", **option),
        lambda: ca.convert(export, f"{tmp_path}/out/", tables="all", **option),
    ):
        with pytest.raises(ca.UsageError, match=wanted):
            call()
    (tmp_path / "task_run.json").write_text('[{"id": 1, "task_id": 2, "timeout": 3, "info": null}]')
    with pytest.raises(ca.UsageError, match=rf"`{name}` does not apply: pybossa\.task_runs has no table"):
        ca.open(tmp_path / "task_run.json", **option)


def test_usage_errors_of_the_command_line(export: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(export), f"{tmp_path}/a.parquet", "--once", "all"]) == 2
    assert "crowdarrow: --once applies to the tables votes, consensus, volunteers" in capsys.readouterr().err
    assert run(["convert", str(export), f"{tmp_path}/a.parquet", "--table", "votes", "--first", "0"]) == 2
    assert "--first must be at least 1, not 0" in capsys.readouterr().err
    assert run(["convert", str(export), f"{tmp_path}/a.parquet", "--table", "vote"]) == 2
    assert "and on request votes, consensus, volunteers" in capsys.readouterr().err


def test_all_lacks_the_tables_unless_they_are_named(export: Path, tmp_path: Path) -> None:
    assert not set(ca.convert(export, f"{tmp_path}/all/", tables="all").tables) & set(TABLES)
    report = ca.convert(export, f"{tmp_path}/more/", tables=["all", "votes"], once="all")
    assert list(report.tables) == [*ca.kinds()[KIND], "votes"]
    assert report.votes == {"records": 3, "live": 3, "gold": 3, "once": 3, "first": 3}
    assert json.loads(report.to_json())["votes"] == report.votes
    whole, plain = tmp_path / "more", tmp_path / "all"
    for name in ca.kinds()[KIND]:
        assert pq.read_table(whole / f"{name}.parquet").equals(pq.read_table(plain / f"{name}.parquet"))
    footer = json.loads(pq.read_metadata(whole / "votes.parquet").metadata[b"crowdarrow.options"])
    assert footer["once"] == "all"


@pytest.mark.parametrize("suffix", ["parquet", "csv", "arrow"])
@pytest.mark.parametrize("table", TABLES)
def test_every_format(table: str, suffix: str, export: Path, tmp_path: Path) -> None:
    report = ca.convert(export, tmp_path / f"out.{suffix}", table=table)
    assert report.tables[table] > 0
    assert (tmp_path / f"out.{suffix}").stat().st_size > 0


def test_schema_and_export(export: Path) -> None:
    source = ca.Export(export, once="last")
    for name in TABLES:
        schema = ca.schema(KIND, name)
        assert source.table(name).schema == schema
        assert pa.table(source.table(name)).schema == schema
    assert source.table("consensus").to_table()["most_likely"].to_pylist() == ["b", "b"]
    assert ca.open(export, "consensus").to_table().num_rows == 2
    chosen = ca.Export(export, columns={"votes": ["answer", "votes"], "answers": ["answer"]})
    assert chosen.table("votes").schema.names == ["answer", "votes"]
    assert chosen.table("answers").schema.names == ["answer"]


def test_summary_says_what_each_step_left(export: Path, tmp_path: Path) -> None:
    text = str(ca.convert(export, f"{tmp_path}/out/", tables=["votes"], first=1))
    assert "votes are of 3 records, 3 after `live`, 3 after `gold`, 2 after `once`, 2 after `first`" in text


def test_a_project_of_several_kinds(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "classifications.csv").write_bytes(EXPORT)
    synthetic.generate_workflows(folder / "workflows.csv", records=3)
    (folder / "task_run.json").write_text('[{"id": 1, "task_id": 2, "timeout": 3, "info": "x"}]')
    report = ca.convert(folder, f"{tmp_path}/out/", tables=["answers", "votes"], once="all")
    assert set(report.tables) == {f"{KIND}/answers", f"{KIND}/votes", "pybossa.task_runs/answers"}
    assert report.votes == report.kinds[KIND].votes == {"records": 3, "live": 3, "gold": 3, "once": 3, "first": 3}
    assert f"{KIND}/votes" in ca.convert(folder, f"{tmp_path}/more/", tables="all,votes").tables
    with pytest.raises(ca.UsageError, match="`once` applies to the tables votes"):
        ca.convert(folder, f"{tmp_path}/other/", tables=["answers"], once="all")


def test_partitions_and_threads(export: Path, tmp_path: Path) -> None:
    ca.convert(export, f"{tmp_path}/out/", table="votes", partition_by="subject_id", threads=1)
    assert sorted(path.name for path in (tmp_path / "out").glob("*=*")) == ["subject_id=7", "subject_id=8"]


def test_subjects_beside_votes(export: Path, tmp_path: Path) -> None:
    rows = answers(subject_keys="sheet")
    assert len(rows) == 2
    with ca.open(export, "votes", subject_keys="sheet", once="last") as reader:
        assert reader.schema.names[-1] == "subject.sheet"
        assert reader.to_table()["subject.sheet"].to_pylist() == ["second", None]
    subjects = tmp_path / "subjects.csv"
    subjects.write_text(
        "subject_id,project_id,workflow_id,subject_set_id,metadata,locations\n"
        '7,1,10,3,"{""sheet"":""seven""}","{""0"":""https://e.org/7""}"\n'
    )
    found = collect(EXPORT, tables=[*TABLES, "answers"], subjects=subjects, subject_keys="sheet")
    for name in ("votes", "consensus"):
        assert found.tables[name].schema.names[-2:] == ["media", "subject.sheet"]
        assert found.tables[name]["subject.sheet"].to_pylist() == ["seven", None]
    assert found.tables["volunteers"].schema == ca.schema(KIND, "volunteers")
    assert found.report.leniencies["subjects_missing"] == 1


def test_labels_of_a_workflow_export(tmp_path: Path) -> None:
    workflows, path = tmp_path / "workflows.csv", tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=200, profile="survey")
    synthetic.generate_workflows(workflows, records=20)
    tidy = read_tidy(path, workflows)
    for steps in (Steps(), Steps(once="all")):
        expected = votes_of(tidy, steps)
        found = collect(path, tables=list(TABLES), workflows=workflows, **given(steps))
        for name in TABLES:
            assert not differing(found.tables[name], expected.tables[name]), name


def test_what_does_not_fit_in_memory_gives_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=1500, profile="mixed")
    whole = collect(path, tables=list(TABLES), subject_keys="#name")
    monkeypatch.setattr("crowdarrow.spill.BOUND", 20_000)
    monkeypatch.setattr("crowdarrow.spill._BATCH_ROWS", 50)
    monkeypatch.setattr("crowdarrow.spill._MOST_RUNS", 6)
    monkeypatch.setattr("crowdarrow.exports.zooniverse.votes.parts.PART_ROWS", 20)
    monkeypatch.setattr("crowdarrow.exports.zooniverse.votes.run.ENOUGH_ROWS", 100)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "spilled"))
    (tmp_path / "spilled").mkdir()
    found = collect(path, tables=list(TABLES), subject_keys="#name")
    assert found.tables == whole.tables
    assert found.report.votes == whole.report.votes
    assert not list((tmp_path / "spilled").iterdir())


@pytest.mark.parametrize("most", [0, 40])
def test_votes_with_their_text_give_the_same(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=800, profile="mixed")
    numbered = collect(path, tables=list(TABLES))
    monkeypatch.setattr("crowdarrow.exports.zooniverse.votes.words.MOST_WORDS", most)
    monkeypatch.setattr("crowdarrow.spill.BOUND", 30_000)
    assert collect(path, tables=list(TABLES)).tables == numbered.tables


def test_a_reader_that_is_closed_early_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.spill.BOUND", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with ca.open(io.BytesIO(EXPORT), "votes") as reader:
        next(reader)
    assert not list(tmp_path.iterdir())


def test_an_error_of_counting_is_raised_where_records_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.spill.BOUND", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    with ca.open(io.BytesIO(EXPORT), "votes") as reader, pytest.raises(ca.OutputError, match="set TMPDIR"):
        reader.to_table()


def test_records_are_rejected_as_without_votes(tmp_path: Path) -> None:
    text = "x" * 80
    annotations = [
        '[{"task":"T0","value":"a"}]',
        f'[{{"task":"T0","value":"{text}"}}]',
        f'["{text}"',
        f'{{"a":"{text}"}}',
    ]
    subjects = [
        '{"7":{}}',
        f'{{"7":{{"a":"{text}","a":"{text}"}}}}',
        f'{{"7":{{"a":"{text}"}}',
        f'["{text}"]',
        '"7"',
        "",
    ]
    metadata = [
        '{"session":"s"}',
        f'{{"session":"s","source":"{text}","source":1}}',
        f'{{"session":"s","source":{text}}}',
    ]
    names = "classification_id,user_name,workflow_id,created_at,subject_ids,annotations,subject_data,metadata"
    cells = [[*found] for found in itertools.product(annotations, subjects, metadata)] * 2
    rows = [
        [
            str(number),
            "u",
            "1",
            "2024-01-01 00:00:00 UTC",
            "7",
            *('"' + cell.replace('"', '""') + '"' for cell in found),
        ]
        for number, found in enumerate(cells)
    ]
    path = tmp_path / "classifications.csv"
    path.write_text("\n".join([names, *map(",".join, rows)]))
    found = {name: collect(path, tables=[name]) for name in ("classifications", "votes", "consensus")}
    rejected = {name: [(one.record, one.kind) for one in run.rejects] for name, run in found.items()}
    assert 0 < len(rejected["classifications"]) < len(rows)
    assert rejected["votes"] == rejected["consensus"] == rejected["classifications"]
    duplicates = {run.report.leniencies.get("duplicate_keys") for run in found.values()}
    assert len(duplicates) == 1
    assert None not in duplicates
