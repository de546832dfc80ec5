"""The engine reads drawings of the usual form: the extracts are those of the extractors in Python."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow.extraction import run as module
from crowdarrow.extraction.batch_rows import Files
from crowdarrow.extraction.config import Job
from crowdarrow.extraction.drawn import DrawnJobs
from support.extract_files import config_of, export_of, record

NUMBERS = [1, 2.5, -3, 0.0001, 123.45678901234567, 1e15, 0, -0.0]
OUTLINES = {"task": "T0", "details": {}}
CONFIGS: list[dict[str, Any]] = [
    {"polygon_extractor": [OUTLINES | {"tools": [0, 1]}], "question_extractor": [{"task": "T1"}]},
    {
        "polygon_extractor": [{"task": "T0", "tools": [0, 1, 7]}, {"task": "T2"}],
        "shape_extractor_point": [OUTLINES | {"shape": "point", "tools": [2]}],
        "shape_extractor_line": [OUTLINES | {"shape": "line"}],
        "text_extractor": [{"task": "T1"}],
    },
]


def mark(**members: Any) -> dict[str, Any]:
    return {"toolIndex": 0, "frame": 0, "details": []} | members


def older(**members: Any) -> dict[str, Any]:
    return {"tool": 1, "frame": 1, "details": []} | members


def path(x: Any = NUMBERS, y: Any = NUMBERS, **more: Any) -> dict[str, Any]:
    return mark(pathX=x, pathY=y, **more)


def dots(numbers: list[Any], **more: Any) -> list[dict[str, Any]]:
    return [{"x": one, "y": 2 * one} | more for one in numbers]


def drawn(*marks: Any, task: str = "T0", **more: Any) -> dict[str, Any]:
    return {"task": task, "value": list(marks)} | more


def without(members: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key != name}


YES = {"task": "T1", "value": "Yes"}
READ = [
    [],
    [YES],
    [drawn(), YES],
    [drawn(path()), YES],
    [YES, drawn(path(frame=1), path([1], [2]), path(toolIndex=1), path(frame=1)), {"task": "T3", "value": [1]}],
    [drawn(mark(points=dots(NUMBERS, z=1)), path([], []), path(toolIndex=7), taskType="drawing")],
    [drawn(path()), drawn(path([5], [6])), drawn(path(toolIndex=1), mark(toolIndex=1, points=dots([2])), task="T2")],
    [drawn(path(details=[{"task": "T0.0.0"}])), {"task": "T0.0.0", "taskType": "text", "markIndex": 0, "value": "a"}],
    [
        drawn(
            mark(x=1, y=2.5, toolIndex=2),
            path(),
            mark(x=3, y=4, toolIndex=2),
            mark(x1=1, x2=2, y1=3, y2=4, toolIndex=3),
        )
    ],
]
OTHERS = [
    [drawn(path(), without(path(), "frame"), path(details=None))],
    [drawn(without(path(), "details"))],
    [drawn(without(path(), "pathX"), without(path(), "toolIndex"))],
    [drawn(older(points=dots(NUMBERS)), older(tool=0, points=[]))],
    [drawn(older(points=[{"x": one} for one in NUMBERS]))],
    [drawn(older(points=[*dots(NUMBERS), {"x": 1, "y": None}]))],
    [drawn(path([*NUMBERS, None]))],
    [drawn(path([*NUMBERS, 1e-7], [*NUMBERS, 1e300]))],
    [drawn(path([*NUMBERS, 2**70], [*NUMBERS, "1"]))],
    [drawn(path([], [1]), path([1], []), path("1, 2"), path([NUMBERS]))],
    [drawn(path(toolIndex=True), path(toolIndex="0"), path(toolIndex=1.0), path(tool=1))],
    [drawn(path(frame="a"), path(frame=None), path(frame=1.5), path(frame=-1))],
    [drawn(path(), taskType="text"), drawn(path(), task="T2", taskType="dataVisAnnotation")],
    [drawn(path(), task="T0.1"), drawn(path(toolIndex=1)), drawn(path([1], [1]), task="T0.1")],
    [drawn([NUMBERS], 1, None, "text", path())],
    [{"task": "T0", "value": path()}, {"task": "T0"}, {"task": "T0", "value": None}, {"task": "T0", "value": "a"}],
    [drawn(mark(x=1, y=None, toolIndex=2), mark(x="1", y=2, toolIndex=2), mark(x=1, toolIndex=2))],
    [drawn(path(details=[{"task": "T0.0"}])), drawn(path(details=[1]))],
    [drawn(*(path([1], [1], toolIndex=number) for number in range(300)))],
    [drawn(*(path([1], [1], frame=number) for number in range(300)))],
    [drawn(path()), {"value": 1}],
    [drawn(path()), {"task": ["T0"], "value": 1}],
    [drawn(path()), 1],
    {"task": "T0", "value": [path()]},
]
USUAL = json.dumps(READ[3])
TEXTS = [
    *(json.dumps(one) for one in (*READ, *OTHERS)),
    *(json.dumps(one, separators=(",", ":")) for one in READ),
    json.dumps(READ[7]).replace('"T0.0.0"', '"T0.0"'),
    USUAL.replace("pathX", "path\\u0058"),
    USUAL.replace("task", "t\\u0061sk"),
    USUAL.replace('"T0"', '"T\\u0030"'),
    USUAL.replace('"pathY"', '"pathX"'),
    USUAL.replace("1, 2.5", "1.0, 2.50"),
    USUAL.replace("1, 2.5", "1e2, NaN"),
    USUAL.replace("Yes", "\\ud800"),
    USUAL[:-1],
    "",
    "NA",
]
VERSIONS: list[Any] = [{}, *({"classifier_version": one} for one in ("1.0", "2.0", "2.10", "x,y", 2, None))]


@pytest.mark.parametrize("extractors", CONFIGS, ids=["outlines", "shapes"])
@pytest.mark.parametrize("metadata", VERSIONS, ids=str)
def test_files_are_those_of_the_extractors_in_python(
    tmp_path: Path, extractors: dict[str, Any], metadata: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = export_of([record(text, metadata=metadata) for text in TEXTS])
    quick = ca.extracts(export, config_of(extractors), tmp_path / "quick")
    monkeypatch.setattr(DrawnJobs, "read", lambda _, texts, *__: ((at, at, texts[:0]) for at in range(len(texts))))
    plain = ca.extracts(export, config_of(extractors), tmp_path / "plain")
    assert quick.rows == plain.rows
    assert (quick.lost, quick.rejects) == (plain.lost, plain.rejects)
    for name, file in plain.files.items():
        assert Path(quick.files[name]).read_bytes() == Path(file).read_bytes(), name


@pytest.mark.parametrize("extractors", CONFIGS, ids=["threads", "processes"])
def test_threads_and_processes_change_nothing(
    tmp_path: Path, extractors: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = {"classifier_version": "2.0"}
    export = export_of([record(text, metadata=metadata) for text in TEXTS * 8])
    whole = ca.extracts(export, config_of(extractors), tmp_path / "whole", threads=1)
    monkeypatch.setattr(module, "_ALONE", 0)
    parts = ca.extracts(export, config_of(extractors), tmp_path / "parts", threads=2, block_bytes=10_000)
    assert (parts.rows, parts.lost, parts.rejects) == (whole.rows, whole.lost, whole.rejects)
    for name, file in whole.files.items():
        assert Path(parts.files[name]).read_bytes() == Path(file).read_bytes(), name


def test_the_usual_forms_are_read_by_the_engine() -> None:
    for extractors in CONFIGS:
        names = [(name, one) for name, found in extractors.items() for one in found]
        jobs = [Job(name, name.removesuffix("_point").removesuffix("_line"), one) for name, one in names]
        engine = DrawnJobs(jobs)
        assert engine.numbers == [number for number, job in enumerate(jobs) if job.keywords["task"] != "T1"]
        texts = pa.array([json.dumps(one) for one in READ])
        files, starts = Files(jobs), [pa.array(["1"] * len(READ))] * 3
        ((start, end, rest),) = engine.read(texts, ['"2.0"'] * len(texts), starts, files)
        assert (start, end) == (0, len(READ))
        assert all(len(text) < 400 for text in rest.to_pylist())
        assert sum(one.count for one in files.finish().values()) == len(READ) * len(engine.numbers)


@pytest.mark.parametrize(
    "extractors",
    [
        {"polygon_extractor": [OUTLINES | {"details": {"T0_toolIndex0_subtask0": "text_extractor"}}]},
        {"polygon_extractor": [OUTLINES | {"recursive": True}]},
        {"polygon_extractor": [OUTLINES], "text_extractor": [{"task": "T0"}]},
        {"polygon_extractor": [OUTLINES], "text_extractor": [{}]},
        {"polygon_extractor": [OUTLINES, {"task": "all"}]},
        {"polygon_extractor": [OUTLINES | {"tools": ["0"]}]},
        {"shape_extractor": [{"task": "T0", "shape": "square"}]},
        {"question_extractor": [{"task": "T0"}]},
    ],
    ids=str,
)
def test_jobs_that_python_must_read(extractors: dict[str, list[dict[str, Any]]]) -> None:
    assert DrawnJobs([Job(name, name, one) for name, found in extractors.items() for one in found]).numbers == []
