"""Synthetic downloads of PYBOSSA and LibCrowds: their forms, shapes, sizes, zips, and the command line.

tests/pybossa/test_pybossa_layouts.py checks that each layout contains the same records.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crowdarrow.synthetic import Summary, generate_collection, generate_results, generate_task_runs, generate_tasks
from crowdarrow.synthetic.__main__ import main
from crowdarrow.synthetic.encode import flatten

Generate = Callable[..., Summary]
PROJECT: dict[str, Generate] = {"task_run": generate_task_runs, "task": generate_tasks, "result": generate_results}
RECORDS = 400


def read_csv(data: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """The header and the records, all with as many fields as the header."""
    header, *lines = csv.reader(io.StringIO(data.decode(), newline=""), strict=True)
    return header, [dict(zip(header, line, strict=True)) for line in lines]


def test_task_runs_are_one_line_of_json_written_by_python(tmp_path: Path) -> None:
    path = tmp_path / "runs.json"
    summary = generate_task_runs(path, records=1500)
    text = path.read_text(encoding="ascii")
    runs = json.loads(text)
    assert json.dumps(runs) == text
    assert summary.records == len(runs) == 1500
    assert summary.lines == text.count("\n") == 0
    assert all(tuple(run) == summary.columns for run in runs)
    infos = [run["info"] for run in runs]
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
    assert all(run["user_ip"] is None or run["user_id"] is None for run in runs)
    summary = generate_task_runs(tmp_path / "runs.jsonl", records=20, format="jsonl", layout="2014")
    lines = (tmp_path / "runs.jsonl").read_text(encoding="ascii").splitlines()
    assert summary.lines == len(lines) == 20
    assert all("app_id" in json.loads(line) for line in lines)
    generate_task_runs(tmp_path / "none.json", records=0)
    assert (tmp_path / "none.json").read_text(encoding="ascii") == "[]"


def generated_json(tmp_path: Path, generate: Generate, **options: Any) -> list[dict[str, Any]]:
    generate(tmp_path / "download.json", records=RECORDS, **options)
    records: list[dict[str, Any]] = json.loads((tmp_path / "download.json").read_text(encoding="ascii"))
    return records


def generated_csv(tmp_path: Path, generate: Generate, **options: Any) -> tuple[list[str], list[dict[str, str]]]:
    summary = generate(tmp_path / "download.csv", records=RECORDS, format="csv", **options)
    data = (tmp_path / "download.csv").read_bytes()
    header, rows = read_csv(data)
    assert tuple(header) == summary.columns == tuple(sorted(header))
    assert (summary.records, summary.bytes, summary.stored) == (len(rows), len(data), len(data))
    assert summary.lines == data.count(b"\n")
    return header, rows


def as_pandas(leaf: Any) -> set[str]:
    """The texts that pandas may write for a value."""
    if leaf is None or leaf == "":
        return {""}
    texts = {str(leaf)}
    return texts | {repr(float(leaf))} if isinstance(leaf, int) and not isinstance(leaf, bool) else texts


def test_p1_writes_lists_in_the_form_of_python_2(tmp_path: Path) -> None:
    source = generated_json(tmp_path, generate_task_runs, layout="2015", page="annotations")
    _, rows = generated_csv(tmp_path, generate_task_runs, layout="P1", page="annotations")
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


def test_members_of_a_zip(tmp_path: Path) -> None:
    source = generated_json(tmp_path, generate_task_runs)
    path = tmp_path / "download.zip"
    summary = generate_task_runs(path, records=RECORDS, format="csv", compression="zip")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["synthetic_task_run.csv", "synthetic_task_run_info_only.csv"]
        assert archive.testzip() is None
        main_member, info_only = (archive.read(name) for name in archive.namelist())
        assert all(member.flag_bits == 0 for member in archive.infolist())
    assert (summary.bytes, summary.stored) == (len(main_member), path.stat().st_size)
    generated_csv(tmp_path, generate_task_runs)
    assert main_member == (tmp_path / "download.csv").read_bytes()
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


def test_results_have_the_info_of_every_period(tmp_path: Path) -> None:
    infos = [record["info"] for record in generated_json(tmp_path, generate_results)]
    annotations = [info["annotations"] for info in infos if info and "annotations" in info]
    assert None in infos
    assert [] in annotations
    assert {type(one) for one in annotations} == {list, str}
    assert any(info and "analysis_complete" in info for info in infos)
    assert any(info and "control_number" in info for info in infos)


def test_tasks_have_the_info_of_every_importer(tmp_path: Path) -> None:
    records = generated_json(tmp_path, generate_tasks)
    assert {"title", "target", "parent_task_id", "parent_annotation_id", "tag", "shareUrl", "question"} <= {
        key for record in records for key in record["info"]
    }
    assert {type(record["info"].get("target")) for record in records} == {dict, str, type(None)}
    assert {type(record["fav_user_ids"]) for record in records} == {list, type(None)}
    for page in ("child", "select", "transcribe", "flickr"):
        keys = {frozenset(record["info"]) for record in generated_json(tmp_path, generate_tasks, page=page)}
        assert len(keys) == (2 if page == "child" else 1)


def test_hex_form_of_created(tmp_path: Path) -> None:
    hexed, plain = (generated_json(tmp_path, generate_tasks, layout=layout) for layout in ("2019", "python3"))
    for one, other in zip(hexed, plain, strict=True):
        assert bytes.fromhex(one["created"].removeprefix("\\x")).decode() == other["created"]


@pytest.mark.parametrize("motivation", ["describing", "tagging", "commenting", "mixed"])
def test_collections_as_json(tmp_path: Path, motivation: str) -> None:
    server = generated_json(tmp_path, generate_collection, motivation=motivation)
    explicates = generated_json(tmp_path, generate_collection, motivation=motivation, layout="explicates")
    wanted = {"describing", "tagging", "commenting"} if motivation == "mixed" else {motivation}
    assert {one["motivation"] for one in server} == wanted
    assert all("@context" in one and isinstance(one["generator"], dict) for one in server)
    assert all("@context" not in one and "/api/task/" in one["generator"][1]["id"] for one in explicates)
    assert [one["body"] for one in server] == [one["body"] for one in explicates]
    assert len({one["id"] for one in server}) == RECORDS
    created = [one["created"] for one in server]
    assert created == sorted(created)


@pytest.mark.parametrize("motivation", ["describing", "tagging", "commenting"])
def test_layout_a_has_one_record_for_each_target(tmp_path: Path, motivation: str) -> None:
    header, rows = generated_csv(tmp_path, generate_collection, motivation=motivation, layout="A")
    assert all(name == "target" or name.rpartition("_")[2].isdigit() for name in header)
    assert [row["target"] for row in rows] == sorted({row["target"] for row in rows})


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
def test_empty_downloads(tmp_path: Path, generate: Generate) -> None:
    path = tmp_path / "none"
    for form, data in (("json", b"[]"), ("jsonl", b""), ("csv", b"\n")):
        assert generate(path, records=0, format=form).records == 0
        assert path.read_bytes() == data
    if generate in {generate_tasks, generate_task_runs}:
        generate(path, records=0, format="csv", layout="P1")
        assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("generate", "arguments"),
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
def test_invalid_arguments_are_errors(tmp_path: Path, generate: Generate, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown"):
        generate(tmp_path / "never", **arguments)
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
    summary = json.loads(capsys.readouterr().out)
    assert (summary["records"], summary["stored"], summary["rejected"]) == (30, path.stat().st_size, 0)
    assert main(["results", str(path), "--layout", "P1", "--format", "csv"]) == 1
    assert "unknown" in capsys.readouterr().err
