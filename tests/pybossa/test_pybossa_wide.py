"""CSV records of many columns, of which few have a value: the engine visits only these."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.pybossa_compare import compare

if TYPE_CHECKING:
    from conftest import Collect

WIDE = 150
"""More than the runs of empty fields that are skipped at once, and than the columns of which each is visited."""
WIDEST = 1050
"""More than the columns of which the engine lists the fields with a value, and has texts in few buffers."""
CELLS = st.dictionaries(st.integers(0, WIDE - 1), st.sampled_from(["x", '""', "NA", "5", "'", '"a,""b"']), max_size=6)
widths = pytest.mark.parametrize("columns", [WIDE, WIDEST])


def _csv(own: str, names: list[str], records: list[dict[int, str]]) -> bytes:
    lines = [",".join([own, *names])]
    between = len(names) // WIDE
    for record, cells in enumerate(records):
        first = ",".join([str(record), *["5"] * own.count(",")])
        row = (cells.get(column // between, "") if column % between == 0 else "" for column in range(len(names)))
        lines.append(",".join([first, *row]))
    return "\n".join([*lines, ""]).encode()


@widths
@pytest.mark.parametrize("name", ["other{}", "info_{}", "info_{}_body_{}_value", "task_run_ids_{}"])
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_a_project(run_collect: "Collect", name: str, columns: int, records: list[dict[int, str]]) -> None:
    names = [name.format(column, column % 3) for column in range(columns)]
    result = compare(run_collect, _csv("id,task_id,timeout", names, records), kind="pybossa.task_runs")
    assert len(result.rows) == len(records)


@widths
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_an_annotation(run_collect: "Collect", columns: int, records: list[dict[int, str]]) -> None:
    names = [f"body_{column // 3}_{('purpose', 'value', 'a_b')[column % 3]}" for column in range(columns)]
    data = _csv("id,motivation,target", names, records)
    assert len(compare(run_collect, data, kind="libcrowds.annotations").rows) == len(records)


@widths
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_values(run_collect: "Collect", columns: int, records: list[dict[int, str]]) -> None:
    names = [f"{('title', 'genre')[column % 2]}_{column // 2}" for column in range(columns)]
    compare(run_collect, _csv("target", names, records), kind="libcrowds.describing")
