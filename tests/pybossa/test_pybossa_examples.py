"""The hand-written examples of PYBOSSA and LibCrowds downloads, read by the engine and by the oracle."""

from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca
from oracle.pybossa import Result, read_pybossa
from support.pybossa_compare import Named, assert_alike, counted
from support.pybossa_examples import EXAMPLES, Example, comparable

if TYPE_CHECKING:
    from conftest import Collect, Collected

SIZES = [(1, 1), (7, 3), (64, 2), (4096, 4)]
EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@EACH
def test_example(example: Example, run_collect: "Collect") -> None:
    result = run_collect(Named(example.data, example.file), **example.options)
    assert result.report.rejected == len(example.rejects)
    assert_example(example, result, counted(result), result.report.records)


@EACH
def test_example_of_the_oracle(example: Example) -> None:
    result = read_pybossa(example.data, example.file, **example.options)
    assert_example(example, result, result.leniencies, result.records)


def assert_example(example: Example, result: "Collected | Result", leniencies: dict[str, int], records: int) -> None:
    assert result.kind == example.kind
    for name, rows in example.tables.items():
        found = comparable(result.tables[name].to_pylist(), json_as_values=example.json_as_values)
        assert found == comparable(rows, json_as_values=example.json_as_values), name
    assert [(reject.record, reject.kind, reject.raw) for reject in result.rejects] == example.rejects
    if example.leniencies is not None:
        assert leniencies == example.leniencies
    if list(result.tables) != ["values"]:
        # Each record is a row or a reject. In layout A a record gives any number of rows.
        assert records == result.table.num_rows + len(example.rejects)
        assert list(result.tables) == list(ca.kinds()[example.kind])


@EACH
def test_result_does_not_depend_on_blocks_and_threads(example: Example, run_collect: "Collect") -> None:
    one, *others = (
        run_collect(Named(example.data, example.file), block_bytes=size, threads=threads, **example.options)
        for size, threads in SIZES
    )
    for other in others:
        assert_alike(one, other)


WITHOUT_REJECTS = [example for example in EXAMPLES if not example.rejects]


@pytest.mark.parametrize("example", WITHOUT_REJECTS, ids=lambda example: example.name)
def test_result_does_not_depend_on_the_tables_read(example: Example, run_collect: "Collect") -> None:
    whole = run_collect(Named(example.data, example.file), **example.options)
    for name, table in whole.tables.items():
        alone = run_collect(Named(example.data, example.file), tables=[name], **example.options)
        assert alone.table.equals(table), name
        assert alone.rejects == []
        assert alone.report.records == whole.report.records
