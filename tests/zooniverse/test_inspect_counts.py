"""Counts of `inspect` that depend on the order or the exact form of values."""

import json
from pathlib import Path
from typing import Any

import crowdarrow as ca
from support.zooniverse_examples import HEADER, IDENTITY, csv_of


def export(path: Path, records: list[dict[str, Any]]) -> Path:
    fixed = IDENTITY | {"created_at": "2020-01-01 00:00:00 UTC", "metadata": "{}", "annotations": "[]",
                        "subject_data": "{}", "subject_ids": "7"}  # fmt: skip
    numbered = [fixed | {"classification_id": number} | record for number, record in enumerate(records)]
    path.write_bytes(csv_of(HEADER, numbered))
    return path


def test_first_and_last_dates_of_unordered_batches(tmp_path: Path) -> None:
    """Each month fills more than one block, and the months are not in order."""
    text = json.dumps([{"task": "T0", "value": "x" * 10_000}])
    months = [month for month in (5, 9, 1, 3) for _ in range(500)]
    records = [{"created_at": f"2020-{month:02}-01 00:00:00 UTC", "annotations": text} for month in months]
    found = ca.inspect(export(tmp_path / "classifications.csv", records)).to_dict()
    assert (found["first"], found["last"]) == ("2020-01-01T00:00:00Z", "2020-09-01T00:00:00Z")


def test_front_end_is_identified_by_the_major_version(tmp_path: Path) -> None:
    records = [{"metadata": json.dumps({"classifier_version": text})} for text in ("2.0", "20", "20.1", "1.2.0")]
    found = ca.inspect(export(tmp_path / "classifications.csv", records)).to_dict()
    assert found["dialects"] == {"fem": 1, "pfe": 3}


def test_version_without_values_joins_the_range_before_it(tmp_path: Path) -> None:
    """It does not merge the ranges before and after it, whose values are of different types."""
    records = [
        {"workflow_version": version, "annotations": json.dumps([{"task": "T0", "value": value}])}
        for version, value in (("1.1", "a"), ("1.2", None), ("1.3", 4))
    ]
    (task,) = ca.inspect(export(tmp_path / "classifications.csv", records)).to_dict()["tasks"]
    assert [part["versions"] for part in task["ranges"]] == ["1.1..1.2", "1.3"]


def test_visitor_name_with_an_id_is_not_a_visitor(tmp_path: Path) -> None:
    visitor = "not-logged-in-0123456789abcdef0123"
    records = [{"user_name": visitor, "user_id": ""}, {"user_name": visitor, "user_id": "5"}]
    found = ca.inspect(export(tmp_path / "classifications.csv", records)).to_dict()
    assert (found["volunteers"]["classifications"], found["volunteers"]["visitors"]) == (2, 1)


def test_longest_cell_is_that_of_all_batches(tmp_path: Path) -> None:
    path = tmp_path / "subjects.csv"
    cells = ['""' + "x" * size + '"":1' for size in (30_000, *[20_000] * 300)]
    path.write_text("subject_id,subject_set_id,metadata\n" + "".join(f'1,2,"{{{cell}}}"\n' for cell in cells))
    assert ca.inspect(path).largest["metadata"] == [{"bytes": 30_000 + 6}]
