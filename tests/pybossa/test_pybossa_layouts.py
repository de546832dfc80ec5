"""The same records in JSON and in each CSV layout give the same tables."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import Collected, collect
from crowdarrow.synthetic import Summary, generate_collection, generate_results, generate_task_runs, generate_tasks
from support.pybossa_compare import compare

if TYPE_CHECKING:
    import pyarrow as pa

    from conftest import Collect

RECORDS = 300
PROJECTS: dict[str, Callable[..., Summary]] = {
    "task_runs": generate_task_runs,
    "tasks": generate_tasks,
    "results": generate_results,
}


def generated(folder: Path, name: str, **options: Any) -> Collected:
    """The tables of a synthetic download of a project."""
    path = folder / f"{name}-{len(list(folder.iterdir()))}"
    PROJECTS[name](path, records=RECORDS, **options)
    return collect(path)


def keys_of_leaves(value: Any, key: str = "") -> set[str]:
    """The column names of a flattened value; an empty leaf is an empty cell."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return set() if value is None or value == "" else {key}
    return {name for part, one in items for name in keys_of_leaves(one, f"{key}_{part}" if key else str(part))}


@pytest.mark.parametrize("layout", ["P2", "P3"])
@pytest.mark.parametrize("name", PROJECTS)
def test_json_and_csv_give_the_same_records(tmp_path: Path, name: str, layout: str) -> None:
    tables = [generated(tmp_path, name, **options).table for options in ({}, {"format": "csv", "layout": layout})]
    # `info` is flat in CSV.
    columns = [column for column in tables[0].column_names if column not in {"info", "info_kind", "extra"}]
    from_json, from_csv = (table.select(columns).to_pylist() for table in tables)
    # An empty text or list is an empty cell, hence null.
    assert [{key: None if value in ("", []) else value for key, value in row.items()} for row in from_json] == from_csv
    infos, flat = ([json.loads(text or "{}") for text in table["info"].to_pylist()] for table in tables)
    parsed = [(info, cells) for info, cells in zip(infos, flat, strict=True) if isinstance(info, dict)]
    assert [set(cells) for _, cells in parsed] == [keys_of_leaves(info) for info, _ in parsed]


@pytest.mark.parametrize(("name", "page"), [("task_runs", "cards"), ("tasks", "flickr")])
def test_json_and_p1_give_the_same_records(tmp_path: Path, name: str, page: str) -> None:
    """Layout P1 writes every value as text, also in columns of its own, which repeat `info`."""
    tables = [
        generated(tmp_path, name, page=page, **options).table
        for options in ({"layout": "2015"}, {"format": "csv", "layout": "P1"})
    ]
    from_json, from_p1 = (table.drop_columns(["extra", "info_kind", "info"]) for table in tables)
    assert from_p1.select(from_json.column_names).to_pylist() == from_json.to_pylist()
    infos = [[json.loads(text) for text in table["info"].to_pylist()] for table in tables]
    assert infos[0] == infos[1]


def test_ragged_records_of_p1_are_read(tmp_path: Path) -> None:
    """The server wrote fewer or more fields for task runs of different forms of `info`."""
    result = generated(tmp_path, "task_runs", format="csv", layout="P1", page="mixed")
    assert result.rejects == []
    assert result.table.num_rows == RECORDS
    assert 0 < result.report.leniencies["ragged_info"] < RECORDS


def test_json_p1_and_p3_give_the_same_annotations(tmp_path: Path) -> None:
    forms: list[dict[str, Any]] = [{"layout": "2015"}, *({"format": "csv", "layout": name} for name in ("P1", "P3"))]
    tables = [generated(tmp_path, "task_runs", page="annotations", **form).tables["annotations"] for form in forms]
    columns = [name for name in tables[0].column_names if not name.startswith("raw_") and name != "extra"]
    from_json, from_p1, from_p3 = (table.select(columns) for table in tables)
    assert from_json.num_rows > RECORDS
    assert from_json.equals(from_p1)
    assert from_json.equals(from_p3)


@pytest.mark.parametrize("motivation", ["describing", "tagging", "commenting"])
def test_json_and_both_csv_layouts_give_the_same_values(motivation: str, tmp_path: Path) -> None:
    tables: list[pa.Table] = []
    annotations: list[pa.Table] = []
    for form, layout in (("json", "explicates"), ("csv", "B"), ("csv", "A")):
        path = tmp_path / f"{form}{layout}"
        # 40 targets of layout A hold all the annotations of the beginning of the others.
        generate_collection(path, records=40, format=form, layout=layout, motivation=motivation)
        result = collect(path)
        tables.append(result.tables["values"])
        annotations += [result.tables["annotations"]] if layout != "A" else []
    from_json, from_b, from_a = tables
    columns = [name for name in annotations[0].column_names if not name.startswith("raw_")]
    assert annotations[0].select(columns).to_pylist() == annotations[1].select(columns).to_pylist()
    assert from_json.equals(from_b)
    targets = set(from_json["target"].to_pylist()[:-1]) - {from_json["target"].to_pylist()[-1]}
    assert targets
    columns = ["target", "tag", "value", "value_index"]
    # Layout A has one record a target, so the order of the rows differs. An empty cell may be an empty value or none.
    found = [
        sorted(
            json.dumps(row) for row in table.select(columns).to_pylist() if row["value"] and row["target"] in targets
        )
        for table in (from_json, from_a)
    ]
    assert found[0] == found[1]


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def p1_export(*infos: str) -> bytes:
    """Task runs in layout P1 with these cells of `info`."""
    cells = ['"' + info.replace('"', '""') + '"' for info in infos]
    return "".join(
        ["task_run__id,task_run__info,task_run__task_id\n", *(f"{row},{cell},5\n" for row, cell in enumerate(cells))]
    ).encode()


@given(st.lists(JSON_LIKE.filter(lambda value: isinstance(value, list | dict)), min_size=1, max_size=5))
def test_values_printed_by_python_are_read_as_json(run_collect: "Collect", values: list[Any]) -> None:
    result = compare(run_collect, p1_export(*map(repr, values)), kind="pybossa.task_runs")
    infos = [json.loads(text) for text in result.table["info"].to_pylist()]
    assert json.dumps(infos) == json.dumps(values)


@pytest.mark.parametrize(
    "text", ["[1", "[1,,2]", "[,]", "{1: 2}", "{'a'}", "1,2", "[1] 2", "007", "'a\n'", r"'\x4'", "nan", "1.5L"]
)
def test_text_that_is_not_a_python_literal_is_kept_as_text(run_collect: "Collect", text: str) -> None:
    (row,) = compare(run_collect, p1_export(text), kind="pybossa.task_runs").rows
    assert (json.loads(row["info"]), row["info_kind"]) == (text, "string")


def test_a_header_of_several_lines_decides_with_the_first_records(run_collect: "Collect") -> None:
    data = b'id,motivation,"a\nb",body,target\nu1,tagging,x,b,https://t.example\n'
    assert compare(run_collect, data).kind == "libcrowds.tagging"
