"""Synthetic downloads of PYBOSSA and LibCrowds: the same records in every format and layout."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crowdarrow.synthetic import (
    Summary,
    generate_collection,
    generate_results,
    generate_task_runs,
    generate_tasks,
)
from crowdarrow.synthetic.__main__ import main
from crowdarrow.synthetic.encode import flatten

Generate = Callable[..., Summary]
PROJECT: dict[str, Generate] = {"task_run": generate_task_runs, "task": generate_tasks, "result": generate_results}
RECORDS = 400


def read_csv(data: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """Header and records, each with the header's number of fields."""
    header, *lines = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    return header, [dict(zip(header, line, strict=True)) for line in lines]


def test_task_runs_are_one_line_of_python_json(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    summary = generate_task_runs(path, records=1500)
    text = path.read_text(encoding="ascii")
    made = json.loads(text)
    assert json.dumps(made) == text
    assert summary.records == len(made) == 1500
    assert summary.lines == text.count("\n") == 0
    assert all(tuple(run) == summary.columns for run in made)
    infos = [run["info"] for run in made]
    assert {type(info) for info in infos} >= {dict, list, str, int, type(None)}
    assert {"reject": "invalid-task"} in infos
    assert [] in infos
    assert any(
        isinstance(info, list) and info and info[0].get("type") == "Annotation"
        for info in infos
        if isinstance(info, list) and info and isinstance(info[0], dict)
    )
    flat = [value for info in infos if isinstance(info, dict) for value in info.values() if isinstance(value, str)]
    assert {"", "None"} <= set(flat)
    assert any("\r\n" in value for value in flat)
    assert all(run["user_ip"] is None or run["user_id"] is None for run in made)
    summary = generate_task_runs(tmp_path / "runs.jsonl", records=20, format="jsonl", layout="2014")
    lines = (tmp_path / "runs.jsonl").read_text(encoding="ascii").splitlines()
    assert summary.lines == len(lines) == 20
    assert all("app_id" in json.loads(line) for line in lines)
    generate_task_runs(tmp_path / "none.json", records=0)
    assert (tmp_path / "none.json").read_text(encoding="ascii") == "[]"


def made_json(tmp_path: Path, generate: Generate, **options: Any) -> list[dict[str, Any]]:
    generate(tmp_path / "made.json", records=RECORDS, **options)
    records: list[dict[str, Any]] = json.loads((tmp_path / "made.json").read_text(encoding="ascii"))
    return records


def made_csv(tmp_path: Path, generate: Generate, **options: Any) -> tuple[list[str], list[dict[str, str]]]:
    summary = generate(tmp_path / "made.csv", records=RECORDS, format="csv", **options)
    data = (tmp_path / "made.csv").read_bytes()
    header, rows = read_csv(data)
    assert tuple(header) == summary.columns == tuple(sorted(header))
    assert (summary.records, summary.bytes, summary.stored) == (len(rows), len(data), len(data))
    assert summary.lines == data.count(b"\n")
    return header, rows


def as_pandas(leaf: Any) -> set[str]:
    """The texts that a value may have in a cell."""
    if leaf is None or leaf == "":
        return {""}
    texts = {str(leaf)}
    return texts | {repr(float(leaf))} if isinstance(leaf, int) and not isinstance(leaf, bool) else texts


@pytest.mark.parametrize("name", PROJECT)
@pytest.mark.parametrize("layout", ["P2", "P3"])
def test_flattened_records_are_those_of_json(tmp_path: Path, name: str, layout: str) -> None:
    source = made_json(tmp_path, PROJECT[name], layout="python3")
    header, rows = made_csv(tmp_path, PROJECT[name], layout=layout)
    for record, row in zip(source, rows, strict=True):
        lists = {key: value for key, value in record.items() if isinstance(value, list) and key != "info"}
        leaves = flatten({key: value for key, value in record.items() if key not in lists}, "")
        if layout == "P2":
            leaves |= flatten(lists, "")
            leaves.pop("media_url", None)
        else:
            leaves |= {key: str(value) if value else "" for key, value in lists.items()}
        assert {key for key, text in row.items() if text} == {
            key for key, leaf in leaves.items() if leaf not in {None, ""}
        }
        assert all(row[key] in as_pandas(leaf) for key, leaf in leaves.items())
    info = {key for record in source for key in flatten(record["info"], "info")}
    assert {key for key in header if key.startswith("info")} == info


@pytest.mark.parametrize("name", ["task_run", "task"])
def test_p1_repeats_info_in_columns_of_its_own(tmp_path: Path, name: str) -> None:
    page = {"task_run": "cards", "task": "flickr"}[name]
    source = made_json(tmp_path, PROJECT[name], layout="2015", page=page)
    header, rows = made_csv(tmp_path, PROJECT[name], layout="P1")
    assert (tmp_path / "made.csv").read_bytes().count(b"\r\n") == RECORDS + 1
    for record, row in zip(source, rows, strict=True):
        assert json.loads(row[f"{name}__info"]) == record["info"]
        assert {key: row[f"{name}info__{key}"] for key in record["info"]} == record["info"]
        own = {key: str(value) for key, value in record.items() if key != "info"}
        assert {key: row[f"{name}__{key}"] for key in own} == own
        assert len(header) == len(own) + 1 + len(record["info"])


def test_p1_writes_lists_as_python_2_does(tmp_path: Path) -> None:
    source = made_json(tmp_path, generate_task_runs, layout="2015", page="annotations")
    _, rows = made_csv(tmp_path, generate_task_runs, layout="P1", page="annotations")
    cells = [row["task_run__info"] for row in rows]
    assert {cell[:2] for cell in cells} >= {"[{", "[]", "No"}
    for record, cell in zip(source, cells, strict=True):
        info = record["info"]
        if not isinstance(info, list):
            assert cell == str(info)
        elif info:
            assert cell.startswith("[{u'@context': u'http://www.w3.org/ns/anno.jsonld', u'id': u'")
            assert info[0]["id"] in cell
            assert cell.count("u'@context'") == len(info)


def test_a_zip_as_downloaded(tmp_path: Path) -> None:
    source = made_json(tmp_path, generate_task_runs)
    path = tmp_path / "made.zip"
    summary = generate_task_runs(path, records=RECORDS, format="csv", compression="zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["synthetic_task_run.csv", "synthetic_task_run_info_only.csv"]
        assert archive.testzip() is None
        main_member, info_only = (archive.read(name) for name in archive.namelist())
        assert all(member.flag_bits == 0 for member in archive.infolist())
    assert (summary.bytes, summary.stored) == (len(main_member), path.stat().st_size)
    made_csv(tmp_path, generate_task_runs)
    assert main_member == (tmp_path / "made.csv").read_bytes()
    expected = []
    for record in source:
        info = record["info"]
        parts = info if isinstance(info, list) else [info]
        expected += [(record["id"], flatten(part, "")) for part in parts if isinstance(part, dict) and part]
    header, rows = read_csv(info_only)
    assert header == sorted({key for _, leaves in expected for key in leaves} | {"task_run_id"})
    for (number, leaves), row in zip(expected, rows, strict=True):
        assert row["task_run_id"] == str(number)
        assert all(row[key] in as_pandas(leaf) for key, leaf in leaves.items())
    members: list[tuple[Generate, dict[str, Any], str]] = [
        (generate_tasks, {"format": "csv", "layout": "P1"}, "synthetic_task.csv"),
        (generate_results, {"format": "json"}, "synthetic_result.json"),
        (generate_collection, {"format": "csv"}, "synthetic_describing.csv"),
    ]
    for generate, options, name in members:
        generate(path, records=3, compression="zip", **options)
        with zipfile.ZipFile(path) as archive:
            assert archive.namelist() == [name]


def test_results_hold_every_period(tmp_path: Path) -> None:
    infos = [record["info"] for record in made_json(tmp_path, generate_results)]
    annotations = [info["annotations"] for info in infos if info and "annotations" in info]
    assert None in infos
    assert [] in annotations
    assert {type(one) for one in annotations} == {list, str}
    assert any(info and "analysis_complete" in info for info in infos)
    assert any(info and "control_number" in info for info in infos)


def test_tasks_hold_every_importer(tmp_path: Path) -> None:
    records = made_json(tmp_path, generate_tasks)
    assert {"title", "target", "parent_task_id", "parent_annotation_id", "tag", "shareUrl", "question"} <= {
        key for record in records for key in record["info"]
    }
    assert {type(record["info"].get("target")) for record in records} == {dict, str, type(None)}
    assert {type(record["fav_user_ids"]) for record in records} == {list, type(None)}
    for page in ("child", "select", "transcribe", "flickr"):
        keys = {frozenset(record["info"]) for record in made_json(tmp_path, generate_tasks, page=page)}
        assert len(keys) == (2 if page == "child" else 1)


def test_created_in_hex(tmp_path: Path) -> None:
    hexed, plain = (made_json(tmp_path, generate_tasks, layout=layout) for layout in ("2019", "python3"))
    for one, other in zip(hexed, plain, strict=True):
        assert bytes.fromhex(one["created"].removeprefix("\\x")).decode() == other["created"]


@pytest.mark.parametrize("motivation", ["describing", "tagging", "commenting", "mixed"])
def test_collections_in_json(tmp_path: Path, motivation: str) -> None:
    server = made_json(tmp_path, generate_collection, motivation=motivation)
    explicates = made_json(tmp_path, generate_collection, motivation=motivation, layout="explicates")
    wanted = {"describing", "tagging", "commenting"} if motivation == "mixed" else {motivation}
    assert {one["motivation"] for one in server} == wanted
    assert all("@context" in one and isinstance(one["generator"], dict) for one in server)
    assert all("@context" not in one and "/api/task/" in one["generator"][1]["id"] for one in explicates)
    assert [one["body"] for one in server] == [one["body"] for one in explicates]
    assert len({one["id"] for one in server}) == RECORDS
    created = [one["created"] for one in server]
    assert created == sorted(created)


def test_layout_b_is_the_flattened_json(tmp_path: Path) -> None:
    for motivation in ("describing", "mixed"):
        source = made_json(tmp_path, generate_collection, motivation=motivation, layout="explicates")
        _, rows = made_csv(tmp_path, generate_collection, motivation=motivation, layout="B")
        for annotation, row in zip(source, rows, strict=True):
            leaves = flatten(annotation, "")
            assert {key: text for key, text in row.items() if text} == leaves


@pytest.mark.parametrize("motivation", ["describing", "tagging", "commenting"])
def test_layout_a_holds_the_values_by_target(tmp_path: Path, motivation: str) -> None:
    source = made_json(tmp_path, generate_collection, motivation=motivation, layout="explicates")
    header, rows = made_csv(tmp_path, generate_collection, motivation=motivation, layout="A")
    assert all(name == "target" or name.rpartition("_")[2].isdigit() for name in header)
    assert [row["target"] for row in rows] == sorted({row["target"] for row in rows})
    field = {"describing": "body_0_value", "tagging": "target_selector_value", "commenting": "body_value"}[motivation]
    by_target: dict[str, list[str]] = {}
    for leaves in (flatten(annotation, "") for annotation in source):
        target = str(leaves.get("target") or leaves["target_source"])
        by_target.setdefault(target, []).append(str(leaves[field]))
    # The last target may have more annotations than were wanted.
    for row, target in zip(rows, list(by_target)[:-1], strict=False):
        assert row.pop("target") == target
        assert sorted(filter(None, row.values())) == sorted(by_target[target])


@pytest.mark.parametrize("generate", [*PROJECT.values(), generate_collection])
def test_size_and_seed(tmp_path: Path, generate: Generate) -> None:
    for form in ("json", "jsonl", "csv"):
        path = tmp_path / "sized"
        summary = generate(path, size=300_000, format=form)
        first = path.read_bytes()
        assert summary.bytes == len(first)
        assert abs(len(first) - 300_000) < 0.02 * 300_000
        generate(path, size=300_000, format=form)
        assert path.read_bytes() == first
        generate(path, size=300_000, format=form, seed=2)
        assert path.read_bytes() != first


@pytest.mark.parametrize("generate", [*PROJECT.values(), generate_collection])
def test_downloads_that_hold_nothing(tmp_path: Path, generate: Generate) -> None:
    path = tmp_path / "none"
    for form, data in (("json", b"[]"), ("jsonl", b""), ("csv", b"\n")):
        assert generate(path, records=0, format=form).records == 0
        assert path.read_bytes() == data
    if generate in {generate_tasks, generate_task_runs}:
        generate(path, records=0, format="csv", layout="P1")
        assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("generate", "wrong"),
    [
        (generate_results, {"layout": "2014"}),
        (generate_results, {"layout": "P1", "format": "csv"}),
        (generate_tasks, {"layout": "P1"}),
        (generate_tasks, {"page": "cards"}),
        (generate_task_runs, {"format": "xml"}),
        (generate_task_runs, {"compression": "rar"}),
        (generate_collection, {"motivation": "linking"}),
        (generate_collection, {"motivation": "mixed", "format": "csv"}),
        (generate_collection, {"layout": "B"}),
    ],
)
def test_wrong_arguments_are_refused(tmp_path: Path, generate: Generate, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        generate(tmp_path / "never", **wrong)
    assert not (tmp_path / "never").exists()


COMMANDS = [
    ["task-runs", "--format", "csv", "--layout", "P1"],
    ["task-runs", "--page", "viewer", "--compression", "gzip"],
    ["tasks", "--format", "csv", "--compression", "zip"],
    ["results", "--layout", "python3"],
    ["collection", "--motivation", "tagging", "--format", "csv", "--layout", "A"],
    ["collection", "--motivation", "mixed", "--layout", "explicates", "--format", "jsonl"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    path = tmp_path / "out"
    assert main([command[0], str(path), *command[1:], "--records", "30"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["records"], told["stored"], told["rejected"]) == (30, path.stat().st_size, 0)
    assert main(["results", str(path), "--layout", "P1", "--format", "csv"]) == 1
    assert "unknown" in capsys.readouterr().err
