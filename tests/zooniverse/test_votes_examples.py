"""The hand-written examples of votes, consensus and volunteers, counted by the engine and by the oracle."""

import pytest

from conftest import collect
from oracle.votes import Steps, read_votes
from support.vote_examples import TABLES, VOTES, VoteExample
from support.zooniverse_examples import differences


def name_of(example: VoteExample) -> str:
    return example.name


@pytest.mark.parametrize("example", VOTES, ids=name_of)
def test_oracle(example: VoteExample) -> None:
    found = read_votes(example.export(), Steps(**example.options))
    for name in example.rows:
        table = found.tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name
    if example.counts is not None:
        assert found.counts == example.counts


@pytest.mark.parametrize("example", VOTES, ids=name_of)
def test_engine(example: VoteExample) -> None:
    found = collect(example.export(), tables=TABLES, **example.options)
    for name in example.rows:
        table = found.tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name
    if example.counts is not None:
        assert found.report.votes == example.counts
