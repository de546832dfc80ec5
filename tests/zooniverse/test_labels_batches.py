"""Labels are equal to those resolved row by row, for any batches, repetitions and numbers of versions."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crowdarrow as ca
from crowdarrow.exports.zooniverse.labels import COLUMNS, transforms, versions
from crowdarrow.exports.zooniverse.labels import distinct as distinct_module
from oracle.tidy import read_tidy
from support import tidy_hostile
from support.labelled_files import Labelled, dropdown, question, select, version
from support.zooniverse_examples import (
    FEM,
    HEADER,
    IDENTITY,
    PFE,
    WORKFLOW_EXPORTS,
    csv_of,
    differences,
    workflow_export,
)

if TYPE_CHECKING:
    from conftest import Collect

SUBTASK = re.compile(r"\.[0-9]+\.[0-9]+$")
TABLES = ["annotations", "answers", "marks", "identifications"]

VERSIONS = WORKFLOW_EXPORTS["versions"]
TASKS, STRINGS = (WORKFLOW_EXPORTS["workflow"][0][name] for name in ("tasks", "strings"))

# Values that have labels in `VERSIONS`, and values that have none.
TOOL_LABELS = st.sampled_from(["null", '"Eye"', '"Horizon"', '"Nose"', '""'])
INDEX = st.sampled_from(["0", "1", "2", "3", "-1", "1.0", "null"])
PICKED = st.sampled_from(
    ['"aa"', '"bb"', '"c6e0d98477ec8"', '"3844fc24a3df7"', "1897", "1898", "1", "0", '"mine"', "null"]
)
OPTION = tidy_hostile.of_members(
    select_label=st.sampled_from(['"Country"', '"Year"', '"Colour"', '""', "null"]),
    option=st.sampled_from(["true", "false", "null"]),
    value=PICKED,
    label=st.sampled_from(['"As exported"', "null"]),
    option_index=INDEX,
    selection=PICKED,
)
VALUE = st.one_of(INDEX, tidy_hostile.array(INDEX), OPTION, tidy_hostile.array(OPTION), st.just('"text"'))
MARK = tidy_hostile.of_members(
    x=st.just("1"),
    y=st.just("2"),
    tool=INDEX,
    toolIndex=INDEX,
    tool_label=TOOL_LABELS,
    details=tidy_hostile.array(tidy_hostile.of_members(value=VALUE), most=3),
)
ANIMAL = tidy_hostile.of_members(
    choice=st.sampled_from(['"GRFF"', '"ZBR"', '"LN"', "null"]),
    answers=tidy_hostile.an_object(st.sampled_from(["HWMN", "NEW"]), st.sampled_from(['"1"', '["1","2"]', '"N"', "1"])),
)
TASK_KEYS = [
    "T0",
    "T1",
    "T2",
    "T3",
    "T4",
    "T9",
    "T0.0.0",
    "T0.0.1",
    "T0.1.0",
    "T0.2.0",
    "T0.5.0",
    "T0.cell.1.subtask.0",
]
ITEM = tidy_hostile.of_members(
    task=tidy_hostile.quoted(TASK_KEYS),
    task_label=st.sampled_from(["null", '"As exported"']),
    markIndex=st.sampled_from(["0", "1"]),
    value=st.one_of(VALUE, tidy_hostile.array(MARK), tidy_hostile.array(ANIMAL)),
)


def object_of(**values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An object that has all of these members."""
    return st.fixed_dictionaries(values).map(
        lambda found: "{" + ",".join(f'"{key}":{value}' for key, value in found.items()) + "}"
    )


SMALL_INDEX = st.sampled_from(["0", "1"])
COLOUR = object_of(
    select_label=st.just('"Colour"'), option=st.just("true"), value=st.sampled_from(['"aa"', '"bb"', '"mine"'])
)
SUBTASK_VALUE = st.one_of(SMALL_INDEX, tidy_hostile.array(COLOUR, most=1))
DETAIL = object_of(value=SUBTASK_VALUE)
DRAWN = object_of(
    x=st.just("1"), tool=st.sampled_from(["0", "1", "2"]), details=st.lists(DETAIL, max_size=2).map(
        lambda found: "[" + ",".join(found) + "]"
    )
)  # fmt: skip
PLACE = object_of(
    select_label=st.sampled_from(['"Country"', '"Year"']),
    option=st.just("true"),
    value=st.sampled_from(['"c6e0d98477ec8"', '"3844fc24a3df7"', "1897", "1898"]),
)
KNOWN_ITEM = st.one_of(
    object_of(task=st.just('"T0"'), value=tidy_hostile.array(DRAWN, most=3)),
    object_of(task=st.sampled_from(['"T0.0.0"', '"T0.2.0"']), markIndex=SMALL_INDEX, value=SMALL_INDEX),
    object_of(task=st.just('"T1"'), value=tidy_hostile.array(object_of(
        choice=st.sampled_from(['"GRFF"', '"ZBR"']), answers=st.just('{"HWMN":"1"}')), most=2)),
    object_of(task=st.just('"T2"'), value=tidy_hostile.array(PLACE, most=2)),
    object_of(task=st.just('"T3"'), value=st.just('"Yes"')),
)  # fmt: skip
"""Items of the tasks of `VERSIONS`, in their own form: most of their labels are found."""
KNOWN_CELL = tidy_hostile.array(KNOWN_ITEM, most=6)
CELL = st.one_of(
    *([KNOWN_CELL] * 6),
    tidy_hostile.array(st.one_of(KNOWN_ITEM, ITEM), most=6),
    tidy_hostile.annotations,
)
NUMBER = st.sampled_from(["3.4", "3", "2.30", "4.1", "5.9", "12.1", "v2", ""])
WORKFLOW = st.sampled_from([10, 10, 10, 11, 12, ""])
RECORDS = st.lists(st.tuples(CELL, st.sampled_from([PFE, FEM]), NUMBER, WORKFLOW), max_size=5)
LABELS = {
    "annotations": "task_label",
    "answers": "question_label",
    "marks": "task_label",
    "identifications": "choice_label",
}
TEXTS = {text for version in VERSIONS for text in version["strings"].values() if isinstance(text, str)}
"""Texts that only the workflow export has."""


def classifications(records: list[tuple[str, str, str, Any]]) -> bytes:
    names = ("annotations", "metadata", "workflow_version", "workflow_id")
    return csv_of(HEADER, [IDENTITY | {"created_at": ""} | dict(zip(names, one, strict=True)) for one in records])


def assert_equals_oracle(found: dict[str, pa.Table], export: bytes, workflows: bytes) -> None:
    """Compare with the oracle, which resolves each row separately."""
    wanted = read_tidy(export, workflows)
    for name in TABLES:
        ours, theirs = found[name].to_pylist(), wanted.table_of(name)
        if name == "marks":
            # The contract does not define labels of marks in the answer to a sub-task.
            ours, theirs = ([row for row in rows if not SUBTASK.search(row["task"] or "")] for rows in (ours, theirs))
        assert not differences(ours, theirs), name


@pytest.fixture(scope="module")
def workflow_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "workflows.csv"
    path.write_bytes(workflow_export(VERSIONS))
    return path


def test_labels_equal_those_of_the_oracle(workflow_file: Path, run_collect: "Collect") -> None:
    rows, labelled = Counter[str](), Counter[str]()

    @given(records=RECORDS)
    def compare(records: list[tuple[str, str, str, Any]]) -> None:
        export = classifications(records)
        found = run_collect(export, tables=TABLES, workflows=workflow_file).tables
        assert_equals_oracle(found, export, workflow_file.read_bytes())
        for table, column in LABELS.items():
            values = found[table][column].to_pylist()
            rows[table] += len(values)
            labelled[table] += sum(value in TEXTS for value in values)

    compare()
    # Null equals null: the comparison means something only if many rows have a label.
    assert all(labelled[table] * 8 > rows[table] > 0 for table in TABLES), (rows, labelled)


ODD_TASKS = st.recursive(
    st.sampled_from([None, True, 0, 1.5, "", "T0.question", "Near?", "a.label", "Eye", "Ear\ud800"]),
    lambda inside: st.one_of(
        st.lists(inside, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    *("type", "question", "instruction", "answers", "tools", "details", "label", "selects", "options"),
                    *("title", "value", "choices", "questions", "GRFF", "HWMN", "1", "*", "T0", "T1", "T2", "T0.0.0"),
                ]
            ),
            inside,
            max_size=5,
        ),
    ),
    max_leaves=12,
)


@given(tasks=st.dictionaries(st.sampled_from(["T0", "T1", "T2", "T4", "T0.0.0"]), ODD_TASKS), cell=CELL)
def test_labels_of_malformed_workflows_equal_those_of_the_oracle(
    tmp_path_factory: pytest.TempPathFactory, run_collect: "Collect", tasks: dict[str, Any], cell: str
) -> None:
    path = tmp_path_factory.mktemp("odd") / "workflows.csv"
    path.write_bytes(workflow_export([{"version": 3, "minor_version": 4, "tasks": tasks, "strings": STRINGS}]))
    export = classifications([(cell, PFE, "3.4", 10)])
    found = run_collect(export, tables=TABLES, workflows=path).tables
    assert_equals_oracle(found, export, path.read_bytes())


def many_versions(count: int) -> list[dict[str, Any]]:
    """Versions with different texts."""
    return [
        version(
            f"{number}.{number % 3}",
            {"T0": question(f"{number}?"), "T1": dropdown(select("C", {f"v{n}": f"{number}/{n}" for n in range(50)}))},
        )
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("most", [0, 10_000])
def test_versions_and_combinations_beyond_the_limits(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run_collect: "Collect", most: int
) -> None:
    # More versions and combinations than are cached, in varying order, in batches of a few rows.
    monkeypatch.setattr(versions, "_MAX_OPEN_BYTES", most)
    monkeypatch.setattr(transforms, "_MAX_RESOLVED", 20)
    exported = many_versions(20)
    path = Labelled(tmp_path).workflows(*exported)
    picked = [(1 + 7 * n % 23, n % 55) for n in range(600)]
    cells = [
        json.dumps(
            [
                {"task": "T0", "value": "Yes"},
                {"task": "T1", "value": [{"select_label": "C", "option": True, "value": f"v{value}"}]},
            ]
        )
        for _, value in picked
    ]
    numbers = [f"{number}.{number % 3}" for number, _ in picked]
    export = classifications([(cell, PFE, number, 10) for cell, number in zip(cells, numbers, strict=True)])
    found = run_collect(export, tables=["annotations", "answers"], workflows=path, block_bytes=4096).tables
    own = [min(number, 20) for number, _ in picked]
    labels = found["annotations"]["task_label"].to_pylist()
    assert labels[::2] == [f"{number}?" for number in own]
    assert found["annotations"]["label_exact"].to_pylist()[::2] == [number <= 20 for number, _ in picked]
    options = found["answers"].filter(pa.compute.equal(found["answers"]["task"], "T1"))
    assert options["label"].to_pylist() == [
        f"{number}/{value}" if value < 50 else None for number, (_, value) in zip(own, picked, strict=True)
    ]


@pytest.mark.parametrize("known", [{}, {"T0": question("Near?")}])
def test_resolved_combinations_are_forgotten_beyond_the_limit(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, known: dict[str, Any]
) -> None:
    """`_resolved` holds at most the limit and the combinations of one batch, whatever the number of rows."""
    monkeypatch.setattr(transforms, "_MAX_RESOLVED", 10)
    path = Labelled(tmp_path).workflows(version("3.4", known))
    loaded = versions.Versions.load(ca.open(path, columns=COLUMNS))
    calls: list[str] = []

    def resolve(workflow: versions.Workflow, task: str) -> tuple[str | None]:
        calls.append(task)
        return (workflow.question(workflow.task(task)),)

    resolver = transforms._Resolver(loaded, resolve, ("task",))  # noqa: SLF001 - the limit has no other effect
    for first in range(0, 60, 4):
        tasks = [f"T{number}" for number in (*range(first, first + 4), 0)]
        numbers, labels = resolver.labels(pa.repeat(pa.scalar(0, pa.int32()), 5), [pa.array(tasks)])
        expected = ["Near?" if known and task == "T0" else None for task in tasks]
        assert [labels[number][0] for number in numbers.to_pylist()] == expected
        assert len(resolver._resolved) <= 10 + 5  # noqa: SLF001
    # Combinations that are still in the cache are not resolved again.
    assert len(calls) < 75
    assert calls.count("T0") > 1


def test_equal_texts_of_versions_are_parsed_once(tmp_path: Path) -> None:
    path = Labelled(tmp_path).workflows(*(version(f"{number}.1", TASKS, STRINGS) for number in range(1, 30)))
    loaded = versions.Versions.load(ca.open(path, columns=COLUMNS))
    workflows = [loaded.workflow(index) for index in range(29)]
    assert len({id(one.tasks) for one in workflows}) == 1
    assert workflows[28].question(workflows[28].tasks["T3"]) == "Is it near?"


CELLS = st.one_of(st.none(), st.integers(0, 3), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), min_size=1, max_size=80))
def test_distinct_combinations(rows: list[tuple[int | None, ...]]) -> None:
    columns = [pa.array(column, pa.int64()) for column in zip(*rows, strict=True)]
    found = distinct_module.distinct(columns)
    assert [found.combinations[number] for number in found.numbers.to_pylist()] == rows
    assert len(found.combinations) == len(set(rows))


def test_distinct_combinations_beyond_64_bits() -> None:
    # 2,000 values in each of eight columns are numbers of 88 bits.
    rows = [tuple((row * factor) % 2003 for factor in range(1, 9)) for row in range(2000)] * 2
    columns = [pa.array([None, *column], pa.int64()) for column in zip(*rows, strict=True)]
    columns.insert(3, pa.nulls(4001, pa.string()))
    columns.insert(5, pa.array(["one"] * 4001))
    wanted = [(*row[:3], None, row[3], "one", *row[4:]) for row in [(None,) * 8, *rows]]
    found = distinct_module.distinct(columns)
    assert [found.combinations[number] for number in found.numbers.to_pylist()] == wanted
    assert len(found.combinations) == 2001
