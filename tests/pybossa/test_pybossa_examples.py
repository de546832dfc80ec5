"""The engine against examples of PYBOSSA and LibCrowds downloads, written by hand from the contract."""

from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca
from support.pybossa_compare import Named, assert_alike, counted
from support.pybossa_examples import EXAMPLES, Example, comparable

if TYPE_CHECKING:
    from conftest import Collect

SIZES = [(1, 1), (7, 3), (64, 2), (4096, 4)]
EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@EACH
def test_example(example: Example, run_collect: "Collect") -> None:
    result = run_collect(Named(example.data, example.file))
    assert result.kind == example.kind
    for name, rows in example.tables.items():
        made = comparable(result.tables[name].to_pylist(), json_as_values=example.json_as_values)
        assert made == comparable(rows, json_as_values=example.json_as_values), name
    assert [(reject.record, reject.kind, reject.raw) for reject in result.rejects] == example.rejects
    assert result.report.rejected == len(example.rejects)
    if example.leniencies is not None:
        assert counted(result) == example.leniencies
    if list(result.tables) != ["values"]:
        # Nothing is lost; of layout A a record gives any number of rows.
        assert result.report.records == result.table.num_rows + len(example.rejects)
        assert list(result.tables) == list(ca.kinds()[example.kind])


@EACH
def test_blocks_and_threads_make_no_difference(example: Example, run_collect: "Collect") -> None:
    one, *others = (
        run_collect(Named(example.data, example.file), block_bytes=size, threads=threads) for size, threads in SIZES
    )
    for other in others:
        assert_alike(one, other)


SOUND = [example for example in EXAMPLES if not example.rejects]


@pytest.mark.parametrize("example", SOUND, ids=lambda example: example.name)
def test_each_table_alone_is_the_same(example: Example, run_collect: "Collect") -> None:
    whole = run_collect(Named(example.data, example.file))
    for name, table in whole.tables.items():
        alone = run_collect(Named(example.data, example.file), tables=[name])
        assert alone.table.equals(table), name
        assert alone.rejects == []
        assert alone.report.records == whole.report.records
