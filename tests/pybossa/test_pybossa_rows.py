"""The ids and times of a record are in each row that it gives, and reject it where a row needs them."""

import json
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca

if TYPE_CHECKING:
    from conftest import Collect

FAULTY = 1


def runs() -> list[dict[str, Any]]:
    """Task runs of which the second is replaced by a faulty one."""
    item = {"type": "Annotation", "body": {"value": "a"}, "target": "https://example.org/1"}
    info: list[Any] = [{"a": 1, "b": "x", "c": [2, None]}, {"d": True}, {}, [item, [3, 4], item], '{"e": 5, "f": 6}', 7]
    return [
        {
            "id": number,
            "task_id": 10 + number,
            "project_id" if number % 2 else "app_id": 2.0,
            "user_id": None if number % 3 else number,
            "finish_time": f"2018-05-12T05:20:4{number}",
            "info": of,
        }
        for number, of in enumerate(info)
    ]


@pytest.mark.parametrize("tables", [["answers"], ["annotations"], ["task_runs", "answers", "annotations"]])
def test_each_row_has_the_ids_of_its_record(run_collect: "Collect", tables: list[str]) -> None:
    records = runs()
    found = run_collect(json.dumps(records).encode(), tables=tables).tables
    counts = {"answers": 9, "annotations": 2, "task_runs": 6}
    for name in tables:
        rows = found[name].to_pylist()
        assert len(rows) == counts[name]
        for row in rows:
            record = records[row["task_run_id" if name == "annotations" else "id"]]
            assert (row["task_id"], row["project_id"], row["user_id"]) == (record["task_id"], 2, record["user_id"])
            if name != "answers":
                assert row["finish_time"].second == 40 + record["id"]


@pytest.mark.parametrize(
    ("faults", "column"),
    [({"user_id": "9"}, "user_id"), ({"task_id": 1.5, "user_id": True}, "task_id"), ({"project_id": []}, "project_id")],
)
def test_an_unreadable_id_rejects_its_record_once(faults: dict[str, Any], column: str) -> None:
    records = runs()
    records[FAULTY] |= faults
    with ca.open(json.dumps(records).encode(), "answers") as reader:
        rows = reader.to_table().to_pylist()
        rejects = list(reader.rejects)
    assert [(reject.record, reject.column) for reject in rejects] == [(FAULTY + 1, column)]
    assert {row["id"] for row in rows} == {0, 3, 4, 5}


def test_a_record_without_rows_is_no_reject() -> None:
    records = runs()
    records[FAULTY] |= {"user_id": "9", "info": None}
    with ca.open(json.dumps(records).encode(), "answers") as reader:
        assert {row["id"] for row in reader.to_table().to_pylist()} == {0, 3, 4, 5}
        assert not list(reader.rejects)


def test_floats_as_integers_are_counted_once_for_each_record() -> None:
    with ca.open(json.dumps(runs()).encode(), "answers") as reader:
        reader.to_table()
        assert reader.report.leniencies["float_as_integer"] == 5
