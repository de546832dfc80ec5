"""`inspect` on a small classification export: shapes, changes, unknown members, volunteers."""

import copy
import csv
import gzip
import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.read.reader import open_tables

HEADER = (
    "classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version",
    "created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids",
)  # fmt: skip
VISITOR = "not-logged-in-0123456789abcdef0123"
POINTS = [{"x": 1.5, "y": 2, "tool": 0, "frame": 0, "details": []}]


def record(number: int, version: str, annotations: list[Any], day: int, **more: Any) -> dict[str, Any]:
    metadata = {"session": "s", **more.pop("metadata", {})}
    return {
        "classification_id": number,
        "user_name": "ann",
        "user_id": 7,
        "workflow_id": 5,
        "workflow_name": "Birds",
        "workflow_version": version,
        "created_at": f"2020-01-{day:02} 12:00:00 UTC",
        "metadata": json.dumps(metadata),
        "annotations": json.dumps(annotations),
        "subject_data": json.dumps({"9": {"retired": None}}),
        "subject_ids": 9,
    } | more


NEW = {"metadata": {"classifier_version": "2.0"}}
RECORDS = [
    record(1, "12.10", [{"task": "T0", "task_label": "How many?", "value": "Two"}], 1),
    record(2, "12.9", [{"task": "T0", "task_label": "How many?", "value": None}], 1, user_name="bob", user_id=8),
    record(3, "12.100", [{"task": "T0", "value": "Two", "confidence": 0.5}], 2),
    record(4, "13.1", [{"task": "T0", "taskType": "multiple", "value": ["Two", None]}], 3, **NEW),
    record(5, "13.1", [{"task": "T1", "value": POINTS}], 4, user_name=VISITOR, user_id=""),
    record(6, "13.1", [{"task": "T1", "value": [{**POINTS[0], "colour": "red"}]}], 5, user_name=VISITOR, user_id=""),
    record(7, "13.2", [{"task": "T2", "value": [{"task": "T3", "value": 4}, {"task": "T4", "value": "x"}]}], 6, **NEW),
]
LARGEST = max(RECORDS, key=lambda row: len(row["annotations"]))


def written(records: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER)
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "classifications.csv"
    path.write_bytes(written(RECORDS))
    return path


def shapes(found: dict[str, Any], task: str) -> dict[str, dict[str, int]]:
    (found,) = [one for one in found["tasks"] if one["task"] == task]
    return {part["versions"]: {one["shape"]: one["annotations"] for one in part["shapes"]} for part in found["ranges"]}


def test_shapes_by_task_and_range_of_versions(path: Path) -> None:
    found = ca.inspect(path).to_dict()
    assert shapes(found, "T0") == {"12.9..12.100": {"string": 2, "null": 1}, "13.1": {"[null string]": 1}}
    assert shapes(found, "T2") == {"13.2": {"combo": 1}}
    assert shapes(found, "T3") == {"13.2": {"number": 1}}
    first = found["tasks"][0]["ranges"][0]["shapes"][0]
    assert (first["dialects"], first["task_types"]) == ({"pfe": 2}, {})
    assert found["tasks"][0]["ranges"][1]["shapes"][0]["task_types"] == {"multiple": 1}
    assert found["dialects"] == {"fem": 2, "pfe": 5}


def test_members_without_a_column(path: Path) -> None:
    drift = ca.inspect(path).drift
    assert [(one["key"], one["annotations"], one["versions"]) for one in drift["unknown_keys"]] == [
        ("confidence", 1, "12.100")
    ]
    assert [(one["task"], one["members"]) for one in drift["unknown_shapes"]] == [("T1", ["colour"])]


def test_text_output(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:7] == [
        f"records    7, of which 0 rejected; 7 rows; {path.stat().st_size:,} bytes",
        "dates      2020-01-01T12:00:00Z to 2020-01-06T12:00:00Z",
        "workflow   5 Birds: 7; versions 12.9 (1), 12.10 (1), 12.100 (1), 13.1 (3), 13.2 (1)",
        "dialects   fem (2), pfe (5)",
        "value shapes by task and version",
    ]
    stripped = [line.strip() for line in lines]
    assert "workflow 5 T0: string in 12.9..12.100, then [string] in 13.1, 2020-01-03" in stripped
    assert "confidence: 1 in workflow 5 T0, 12.100, 2020-01-02" in stripped
    assert "all: 2 of 7 by visitors (28.6%); 4 repeats (1 by visitors), at most 4 of one" in stripped
    assert f"annotations {len(LARGEST['annotations']):,} bytes in classification 6" in stripped


def test_json_and_streams_give_the_same_results(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["inspect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == ca.inspect(path).to_dict()
    streamed = ca.inspect(io.BytesIO(gzip.compress(path.read_bytes()))).to_dict()
    assert {name: streamed[name] for name in ("tasks", "drift", "volunteers", "largest")} == {
        name: found[name] for name in ("tasks", "drift", "volunteers", "largest")
    }


def test_rejects_equal_those_of_a_conversion(tmp_path: Path) -> None:
    path = tmp_path / "damaged.csv"
    path.write_bytes(written([*RECORDS, record(8, "13.2", [], 7, gold_standard="perhaps")]))
    found = ca.inspect(path)
    report = ca.convert(path, tmp_path / "out.parquet")
    assert {kind: reject["count"] for kind, reject in found.rejects.items()} == report.rejects == {"type": 1}


def test_longest_cells_of_other_kinds(tmp_path: Path) -> None:
    path = tmp_path / "subjects.csv"
    path.write_text('subject_id,subject_set_id,metadata\n1,2,"{""a"":1}"\n2,2,{}\n')
    found = ca.inspect(path)
    assert (found.tasks, found.drift, found.volunteers) == ([], {}, {})
    assert found.largest == {"metadata": [{"bytes": 7}], "retirement_reason": [{"bytes": 0}]}
    assert "largest    metadata 7 bytes, retirement_reason 0 bytes" in str(found)


def test_results_of_the_kind_are_attributes(path: Path) -> None:
    found = ca.inspect(path)
    assert found.workflows == found.to_dict()["workflows"]
    assert copy.copy(found) == found
    with pytest.raises(AttributeError, match="has no attribute 'colour'"):
        _ = found.colour  # type: ignore[attr-defined]


@pytest.mark.parametrize("files", [1, 120])
def test_annotations_have_the_dialect_of_their_record_in_any_block(tmp_path: Path, files: int) -> None:
    """Few records have most of the rows, so a block has them in other places of one table than of the other."""
    pad = {"padding": "x" * 500}
    expected: Counter[tuple[str, str]] = Counter()
    records = []
    for number in range(3600):
        dialect, rows = ("fem", 40) if number % 60 == 7 else ("pfe", 1)
        task = f"T{number * 3 // 3600}"
        metadata = {"metadata": pad | NEW["metadata"]} if dialect == "fem" else {"metadata": pad}
        records.append(record(number, "1.1", [{"task": task, "value": "a"}] * rows, 1, **metadata))
        expected[task, dialect] += rows
    size = len(records) // files
    for number in range(files):
        (tmp_path / f"{number:03}.csv").write_bytes(written(records[number * size : (number + 1) * size]))
    found: Counter[tuple[str, str]] = Counter()
    for task in ca.inspect(sorted(tmp_path.iterdir())).to_dict()["tasks"]:
        for shape in task["ranges"][0]["shapes"]:
            found.update({(task["task"], name): count for name, count in shape["dialects"].items()})
    assert found == expected


class TestColumnsByTable:
    def test_columns_per_table(self, path: Path) -> None:
        columns = {"annotations": ["shape", "task"], "classifications": ["metadata.session"]}
        with open_tables(path, tables=["classifications", "annotations", "subjects"], columns=columns) as source:
            names = {name: schema.names for name, schema in source.schemas.items()}
            rows = [
                row for step in source for name, batch in step.batches for row in batch.to_pylist() if "task" in row
            ]
        assert names == {
            "classifications": ["metadata"],
            "annotations": ["shape", "task"],
            "subjects": ["subject_id", "workflow_id", "retired", "metadata"],
        }
        assert rows[:2] == [{"shape": "string", "task": "T0"}, {"shape": "null", "task": "T0"}]

    def test_hidden_columns_cannot_be_requested(self, path: Path) -> None:
        with pytest.raises(ca.UsageError, match="annotations has no column 'shape'"):
            ca.open(path, "annotations", columns=["shape"])

    def test_columns_of_an_unread_table_are_an_error(self, path: Path) -> None:
        with pytest.raises(ca.UsageError, match="columns of 'marks' are asked for"):
            open_tables(path, tables=["annotations"], columns={"marks": ["x"]})

    @pytest.mark.parametrize("table", ["annotations", "marks"])
    def test_extra_does_not_depend_on_the_other_columns(self, path: Path, table: str) -> None:
        whole = ca.open(path, table).to_table()
        assert whole["extra"].null_count < len(whole)
        for columns in (["extra"], ["extra", "task"], ["task", "extra", "created_at"]):
            assert ca.open(path, table, columns=columns).to_table() == whole.select(columns)
