"""The peers that count votes have the votes of crowdarrow on the same export."""

import csv
import json
import subprocess
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from bench.configuration import by_hand
from bench.runners import Panoptes
from crowdarrow.synthetic import generate_export
from peers import VOTES_READERS, Peer
from support import panoptes
from support.vote_panoptes import Task, compare, counts_of, learn_names, rows_of, twice

KEY = ("workflow_id", "subject_id", "task", "question", "choice", "answer")
NEEDED = {"votes_polars": ("polars",), "votes_duckdb": ("duckdb",), "votes_pandas": ("pandas", "orjson")}
PEERS = pytest.mark.parametrize("peer", VOTES_READERS, ids=lambda peer: peer.name)
Row = dict[str, Any]

LION = {"choice": "LION", "answers": {"HOWMANY": "2", "DOING": ["RESTING", "EATING"], "YOUNG": []}, "filters": {}}
ANNOTATIONS: list[list[Row]] = [
    [{"task": "T0", "task_label": "Is it\n{round}?", "value": 'a "quoted" [answer], {with} \\ and ä'}],
    [{"task": "T0", "value": 'a "quoted" [answer], {with} \\ and ä', "task_label": "in another order"}],
    [{"task": "T0", "task_label": None, "value": None}, {"task": "T1", "value": []}],
    [{"task": "T1", "task_label": "All?", "value": ["a", "b", "a", None, '"choice":']}, {"task": "T2", "value": 3}],
    # One classification, one vote for an answer.
    [{"task": "T1", "value": ["a"]}, {"task": "T1", "value": ["a", "c"]}, {"task": "T2", "value": "3"}],
    [{"task": "T2", "value": 2.5}, {"task": "T3", "value": False}, {"error": "it cannot be exported"}],
    [{"task": "T4", "value": [LION, {"choice": "GNU", "answers": {}, "filters": {}}], "taskType": "survey"}],
    [{"task": "T4", "value": [LION, LION]}, {"task": "T4", "value": {"choice": "GNU", "answers": {}, "filters": {}}}],
    [
        {
            "task": "T5",
            "task_label": None,
            "value": [
                {"task": "T0", "task_label": "Is it?", "value": "yes"},
                {"task": "T1", "value": ["a"]},
                {
                    "task": "T6",
                    "value": [
                        {"select_label": "Country", "option": True, "value": "3844f", "label": "Antarctica"},
                        {"select_label": "State", "option": False, "value": None},
                        {"select_label": "County"},
                    ],
                },
            ],
        }
    ],
    [{"task": "T7", "task_type": "dropdown-simple", "value": {"select_label": "S", "option": True, "value": "v"}}],
    [{"task": "T7", "value": {"selection": 2, "option": True}}, {"task": "T1", "value": ["a"]}],
    # A drawing has no votes, nor do the answers about its marks, in both front ends.
    [{"task": "T8", "value": [{"x": 1, "y": 2.5, "tool": 0, "frame": 0, "details": [{"value": 0}]}]}],
    [
        {
            "task": "T8",
            "value": [{"x_center": 1, "toolIndex": 0, "toolType": "point", "details": [{"task": "T8.0.0"}]}],
        },
        {"task": "T8.0.0", "value": "a sub-task", "taskType": "text", "markIndex": 0},
        {"task": "T0", "value": "after it"},
    ],
    [],
]


def ours(path: Path) -> Counter[tuple[Any, ...]]:
    with ca.open(path, "votes", once="all", columns=[*KEY, "votes"]) as reader:
        return counted(reader.to_table().to_pylist())


def counted(rows: list[Row]) -> Counter[tuple[Any, ...]]:
    found = Counter({tuple(row[name] for name in KEY): row["votes"] for row in rows})
    assert len(found) == len(rows)
    return found


def theirs(peer: Peer, path: Path, folder: Path) -> Counter[tuple[Any, ...]]:
    for package in NEEDED[peer.name]:
        pytest.importorskip(package)
    output = folder / "votes.parquet"
    getattr(import_module(f"peers.{peer.module}"), peer.function)(path, output)
    return counted(pq.read_table(output).to_pylist())


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    for profile in ("question", "survey"):
        generate_export(folder / profile, records=250, profile=profile)
    header = ["classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name"]
    header += ["workflow_version", "created_at", "gold_standard", "expert", "metadata", "annotations"]
    with (folder / "shapes.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*header, "subject_data", "subject_ids"])
        # Twice: plain and with the escapes of JSON.
        for number, annotations in enumerate(ANNOTATIONS * 2):
            text = json.dumps(annotations, separators=(",", ":"), ensure_ascii=number >= len(ANNOTATIONS))
            row = [number, "ann", 7, "f", 10 + number % 2, "W", "4.10", "2025-01-21 16:08:00 UTC", "", "", "{}", text]
            writer.writerow([*row, '{"5":{}}', "5;6" if number % 3 else "8"])
    return folder


@PEERS
@pytest.mark.parametrize("name", ["question/classifications.csv", "survey/classifications.csv", "shapes.csv"])
def test_votes_of_peers_equal_ours(exports: Path, tmp_path: Path, peer: Peer, name: str) -> None:
    found = ours(exports / name)
    assert len(found) >= 20
    assert theirs(peer, exports / name, tmp_path) == found


@pytest.mark.skipif(not panoptes.PYTHON.exists(), reason=panoptes.ABSENT)
@pytest.mark.parametrize(("profile", "configured"), [("question", "config"), ("survey", "by hand")])
def test_votes_of_panoptes_aggregation_equal_ours(exports: Path, tmp_path: Path, profile: str, configured: str) -> None:
    source = tmp_path / "classifications.csv"
    workflow_id = plain_records(exports / profile / "classifications.csv", source)
    tool = Panoptes(panoptes.PYTHON.parent.parent)
    if configured == "config":
        configuration = tool.configure(exports / profile / "workflows.csv", workflow_id, tmp_path / "configuration")
    else:
        configuration = by_hand(source, tmp_path / "configuration")
    reductions = tmp_path / "reductions"
    reductions.mkdir()
    subprocess.run(tool.votes(source, configuration, reductions), check=True, capture_output=True)
    votes = rows_of(source, "votes", once="all")
    learn_names(votes)
    repeats, tasks_twice = twice(rows_of(source, "identifications"), "choice"), twice(rows_of(source, "annotations"))
    extractors = json.loads((reductions / "extractors.yaml").read_text(encoding="utf-8"))["extractor_config"]
    cells = 0
    for extractor, tasks in extractors.items():
        kind = extractor.removesuffix("_extractor")
        for one in tasks:
            task = Task(workflow_id, one["task"], kind)
            counts = counts_of(reductions / f"{kind}_reducer_votes.csv", task)
            found = compare(votes, task, counts, repeats, tasks_twice)
            assert not found.differ, task
            cells += found.cells
    assert cells >= 50


def plain_records(source: Path, output: Path) -> int:
    """Write the records of the largest workflow with texts and surveys only; returns its id.

    panoptes_aggregation drops annotations of other shapes, and has other names for numbers and booleans.
    """
    records = panoptes.records(source)
    ((workflow_id, _),) = Counter(record["workflow_id"] for record in records).most_common(1)
    with output.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            record
            for record in records
            if record["workflow_id"] == workflow_id and all(map(is_plain, json.loads(record["annotations"])))
        )
    return int(workflow_id)


def is_plain(annotation: Row) -> bool:
    value = annotation.get("value")
    items = value if isinstance(value, list) else [value]
    return "task" in annotation and all(
        item is None or isinstance(item, str) or (isinstance(item, dict) and "choice" in item) for item in items
    )
