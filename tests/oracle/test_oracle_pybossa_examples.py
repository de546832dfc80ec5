"""The oracle of the PYBOSSA and LibCrowds kinds against examples written by hand from the contract."""

import pytest

from oracle.pybossa import read_pybossa
from oracle.pybossa.schemas import TABLES
from support.pybossa_examples import EXAMPLES, Example, comparable


def test_names_are_distinct() -> None:
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example) -> None:
    result = read_pybossa(example.data, example.file)
    assert result.kind == example.kind
    for name, rows in example.tables.items():
        made = comparable(result.tables[name].to_pylist(), json_as_values=example.json_as_values)
        assert made == comparable(rows, json_as_values=example.json_as_values), name
    assert [(reject.record, reject.kind, reject.raw) for reject in result.rejects] == example.rejects
    if example.leniencies is not None:
        assert result.leniencies == example.leniencies
    if list(result.tables) != ["values"]:
        assert list(result.tables) == list(TABLES[result.kind])
        assert result.records == result.table.num_rows + len(result.rejects)
