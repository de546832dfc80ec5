"""The oracle of the PYBOSSA kinds over synthetic downloads of every layout."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crowdarrow import synthetic
from oracle.pybossa import Result, read_pybossa

RECORDS = 300
GENERATE: dict[str, Callable[..., synthetic.Summary]] = {
    "task_runs": synthetic.generate_task_runs,
    "tasks": synthetic.generate_tasks,
    "results": synthetic.generate_results,
    "collection": synthetic.generate_collection,
}
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {"layout": layout}) for name in ("task_runs", "tasks") for layout in ("2014", "2015", "2018", "2019")),
    *((name, {"format": "csv", "layout": layout}) for name in ("task_runs", "tasks") for layout in ("P1", "P2", "P3")),
    ("task_runs", {"format": "csv", "layout": "P1", "page": "annotations"}),
    ("results", {"layout": "2018"}),
    ("results", {"format": "csv", "layout": "P2"}),
    ("results", {"format": "csv", "layout": "P3"}),
    *(
        ("collection", {"motivation": motivation, "format": form, "layout": layout})
        for motivation in ("describing", "tagging", "commenting", "mixed")
        for form, layout in (("json", "server"), ("jsonl", "explicates"), ("csv", "A"), ("csv", "B"))
        if (motivation, layout) != ("mixed", "A")
    ),
]


def made(tmp_path: Path, name: str, **options: Any) -> tuple[synthetic.Summary, Result]:
    path = tmp_path / "download"
    return GENERATE[name](path, records=RECORDS, **options), read_pybossa(path)


@pytest.mark.parametrize(("name", "options"), VARIANTS)
def test_every_record_is_read(tmp_path: Path, name: str, options: dict[str, Any]) -> None:
    for compression in (None, "zip"):
        summary, result = made(tmp_path, name, compression=compression, **options)
        assert result.kind == summary.kind
        assert not result.rejects
        assert result.records == summary.records == RECORDS
        if list(result.tables) != ["values"]:
            assert result.table.num_rows == RECORDS


def test_a_mixed_page_makes_p1_ragged(tmp_path: Path) -> None:
    _, result = made(tmp_path, "task_runs", format="csv", layout="P1", page="mixed")
    assert {reject.kind for reject in result.rejects} == {"fields"}
    assert result.table.num_rows + len(result.rejects) == result.records == RECORDS


@pytest.mark.parametrize("layout", ["P2", "P3"])
@pytest.mark.parametrize("name", ["task_runs", "tasks", "results"])
def test_json_and_csv_give_the_same(tmp_path: Path, name: str, layout: str) -> None:
    tables = [made(tmp_path, name, **options)[1].table for options in ({}, {"format": "csv", "layout": layout})]
    ours, theirs = (table.to_pylist() for table in tables)
    for row in ours:
        # An empty cell is null.
        row.update({key: None for key, value in row.items() if value in ("", [])})
    columns = set(tables[0].column_names) - {"info", "info_kind", "extra"}
    assert [{key: row[key] for key in columns} for row in ours] == [
        {key: row[key] for key in columns} for row in theirs
    ]


def test_annotations_from_json_p1_and_flattened(tmp_path: Path) -> None:
    options: list[dict[str, Any]] = [{"layout": "2015"}, *({"format": "csv", "layout": one} for one in ("P1", "P3"))]
    of = [made(tmp_path, "task_runs", page="annotations", **one)[1].tables["annotations"] for one in options]
    columns = [name for name in of[0].column_names if not name.startswith("raw_") and name != "extra"]
    from_json, from_p1, from_p3 = (table.select(columns).to_pylist() for table in of)
    assert len(from_json) > RECORDS
    assert from_json == from_p1 == from_p3


@pytest.mark.parametrize("name", GENERATE)
def test_a_bad_element_leaves_the_others_alone(tmp_path: Path, name: str) -> None:
    _, whole = made(tmp_path, name)
    elements = [json.dumps(element) for element in json.loads((tmp_path / "download").read_text(encoding="ascii"))]
    bad = {3: elements[3].replace(":", "", 1), 50: '{"[": }', RECORDS - 1: elements[-1].replace(", ", ",, ", 1)}
    damaged = ", ".join(bad.get(place, element) for place, element in enumerate(elements))
    result = read_pybossa(f"[{damaged}]".encode())
    assert [(reject.record, reject.kind, reject.raw.decode()) for reject in result.rejects] == [
        (place + 1, "json", text) for place, text in bad.items()
    ]
    kept = [row for place, row in enumerate(whole.table.to_pylist()) if place not in bad]
    assert result.table.to_pylist() == kept
