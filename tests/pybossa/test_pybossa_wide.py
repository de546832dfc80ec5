"""CSV records of many columns, of which few have a value: the engine visits only these."""

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.pybossa_compare import compare

if TYPE_CHECKING:
    from conftest import Collect

COLUMNS = 150
"""More than the runs of empty fields that are skipped at once, and than the columns of which each is visited."""
CELLS = st.dictionaries(st.integers(0, COLUMNS - 1), st.sampled_from(["x", '""', "NA", "5", "'"]), max_size=6)


def _csv(own: str, names: list[str], records: list[dict[int, str]]) -> bytes:
    lines = [",".join([own, *names])]
    for record, cells in enumerate(records):
        first = ",".join([str(record), *["5"] * own.count(",")])
        lines.append(",".join([first, *(cells.get(column, "") for column in range(COLUMNS))]))
    return "\n".join([*lines, ""]).encode()


@pytest.mark.parametrize("name", ["other{}", "info_{}", "info_{}_body_{}_value", "task_run_ids_{}"])
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_a_project(run_collect: "Collect", name: str, records: list[dict[int, str]]) -> None:
    names = [name.format(column, column % 3) for column in range(COLUMNS)]
    result = compare(run_collect, _csv("id,task_id,timeout", names, records), kind="pybossa.task_runs")
    assert len(result.rows) == len(records)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_an_annotation(run_collect: "Collect", records: list[dict[int, str]]) -> None:
    names = [f"body_{column // 3}_{('purpose', 'value', 'a_b')[column % 3]}" for column in range(COLUMNS)]
    data = _csv("id,motivation,target", names, records)
    assert len(compare(run_collect, data, kind="libcrowds.annotations").rows) == len(records)


@given(st.lists(CELLS, min_size=1, max_size=4))
def test_cells_of_values(run_collect: "Collect", records: list[dict[int, str]]) -> None:
    names = [f"{('title', 'genre')[column % 2]}_{column // 2}" for column in range(COLUMNS)]
    compare(run_collect, _csv("target", names, records), kind="libcrowds.describing")
