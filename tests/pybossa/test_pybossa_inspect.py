"""What `crowdarrow inspect` says about PYBOSSA projects and LibCrowds collections."""

import json
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.exports import groups
from crowdarrow.exports.pybossa import inspect as inspect_module
from support.pybossa_compare import Named


def _run(number: int, **members: Any) -> dict[str, Any]:
    return {"id": number, "task_id": 5, "project_id": 9, "user_id": 3, "timeout": None, "info": {"a": "x"}} | members


def _inspect(records: list[dict[str, Any]]) -> ca.Inspection:
    return ca.inspect(Named(json.dumps(records).encode(), "download.json"))


RUNS = [
    _run(1, info={"a": "x", "b": 1}),
    _run(2),
    _run(3, task_id=6),
    _run(4, user_id=None, user_ip="192.0.2.1", info=["u", ["v"]]),
    _run(5, user_id=None, user_ip="192.0.2.1", project_id=10, info=None),
    _run(6, user_id=None, external_uid="3", task_id=6, info='{"a": true}'),
    _run(7, user_id=None),
]


def test_task_runs() -> None:
    found = _inspect(RUNS).to_dict()
    assert found["projects"] == [
        {"project_id": 9, "records": 6, "tasks": 2},
        {"project_id": 10, "records": 1, "tasks": 1},
    ]
    assert found["tasks"][:2] == [
        {"project_id": 9, "task_id": 5, "records": 4},
        {"project_id": 9, "task_id": 6, "records": 2},
    ]
    assert {one["key"]: (one["values"], one["kinds"]) for one in found["answer_keys"]} == {
        "a": (5, {"string": 4, "boolean": 1}),
        "b": (1, {"number": 1}),
        "0": (1, {"string": 1}),
        "1_0": (1, {"string": 1}),
    }
    assert found["info_kinds"] == {"object": 4, "array": 1, "null": 1, "string": 1}
    # A user, an address and an external id; one run is by nobody.
    assert found["volunteers"] == {"records": 7, "anonymous": 4, "volunteers": 3}
    # The user did task 5 twice, and so did the address.
    assert found["repeats"] == {"pairs": 2, "surplus": 2}


def test_dates_are_the_times_that_filters_go_by() -> None:
    times = {"created": "2015-01-01T00:00:00", "finish_time": "2016-02-03T04:05:06"}
    runs = _inspect([_run(1, **times), _run(2, finish_time="2017-01-01T00:00:00")])
    assert (runs.first, runs.last) == ("2016-02-03T04:05:06Z", "2017-01-01T00:00:00Z")
    task = {"id": 1, "created": times["created"], "n_answers": 3, "info": {}}
    assert _inspect([task]).first == "2015-01-01T00:00:00Z"


def test_task_runs_as_text() -> None:
    lines = str(_inspect(RUNS)).splitlines()
    assert "projects   9 (6 records, 2 tasks), 10 (1 record, 1 task)" in lines
    assert "volunteers 3; 4 of 7 task runs without an account" in lines
    assert "repeats    2 times a volunteer did a task more than once, 2 task runs beyond the first" in lines


def test_tasks_and_results_have_no_volunteers() -> None:
    tasks = [{"id": number, "project_id": 9, "n_answers": 1, "info": {"url": "u"}} for number in (1, 2)]
    found = _inspect(tasks).to_dict()
    assert found["projects"] == [{"project_id": 9, "records": 2, "tasks": 2}]
    assert [one["key"] for one in found["answer_keys"]] == ["url"]
    results = [{"id": 1, "task_id": 5, "project_id": 9, "last_version": True, "info": {"k": 1, "annotations": []}}]
    found |= {"of results": _inspect(results).to_dict()}
    assert [one["key"] for one in found["of results"]["answer_keys"]] == ["k"]
    assert (found["volunteers"], found["of results"]["repeats"]) == ({}, {})


def test_collections_have_motivations_and_tags() -> None:
    def annotation(motivation: str, tag: str) -> dict[str, Any]:
        body = [{"purpose": "tagging", "value": tag}]
        return {"type": "Annotation", "motivation": motivation, "body": body, "target": "https://t.example"}

    found = _inspect([annotation("tagging", "title"), annotation("describing", "title"), annotation("tagging", "date")])
    assert found.kind == "libcrowds.annotations"
    assert found.motivations == {"tagging": 2, "describing": 1}
    assert found.tags == {"title": 2, "date": 1}
    layout_a = ca.inspect(Named(b"target,title_0,title_1\nt,a,b\n", "a.csv"))
    assert (layout_a.tags, layout_a.motivations) == ({"title": 2}, {})


def test_terminals_get_no_control_characters() -> None:
    text = str(_inspect([_run(1, info={"\x1b[31mred\n\u202e": "x"})]))
    assert all(char == "\n" or char.isprintable() for char in text)
    assert r"\x1b[31mred\n\u202e (1)" in text


def test_all_kinds_have_the_same_names() -> None:
    of_classifications = ca.inspect(Named(b"classification_id,annotations\n", "c.csv")).to_dict()
    assert _inspect(RUNS).to_dict().keys() == of_classifications.keys()


def test_memory_is_bounded_by_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_module, "_MOST_TASKS", 2)
    monkeypatch.setattr(groups, "_MIN_ROWS", 1)
    found = _inspect([_run(number, task_id=number) for number in range(1, 6)]).to_dict()
    assert len(found["tasks"]) == 2
    assert found["repeats"]["not_counted"] == 3
