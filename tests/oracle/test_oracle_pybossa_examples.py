"""The oracle of the PYBOSSA and LibCrowds kinds against examples written by hand from the contract."""

import pytest

from oracle.pybossa import read_pybossa
from oracle.pybossa.schemas import TABLES
from support.pybossa_example import Example, comparable
from support.pybossa_examples import EXAMPLES


def test_names_are_distinct() -> None:
    assert len({example.name for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example) -> None:
    result = read_pybossa(example.data, example.file)
    assert result.kind == example.kind
    for name, rows in example.tables.items():
        made = comparable(result.tables[name].to_pylist(), made=example.made)
        assert made == comparable(rows, made=example.made), name
    expected = [(number, kind, raw.encode() if isinstance(raw, str) else raw) for number, kind, raw in example.rejects]
    assert [(reject.record, reject.kind, reject.raw) for reject in result.rejects] == expected
    if example.leniencies is not None:
        assert result.leniencies == example.leniencies
    if list(result.tables) != ["values"]:
        assert list(result.tables) == list(TABLES[result.kind])
        assert result.records == result.table.num_rows + len(result.rejects)
