"""Comparison of votes, consensus and volunteers of the engine and of the oracle."""

from math import isclose
from typing import TYPE_CHECKING, Any

from conftest import collect
from oracle.votes import Steps, votes_of
from support.vote_examples import TABLES

if TYPE_CHECKING:
    import pyarrow as pa

    from oracle.tidy import Result

STEPS = [
    Steps(),
    Steps(once="all"),
    Steps(once="last", first=3),
    Steps(live=True, gold="exclude", first=1),
    Steps(once="all", gold="only"),
]


def given(steps: Steps) -> dict[str, Any]:
    """The options of steps as arguments of the API."""
    return {name: value for name, value in vars(steps).items() if value is not None}


def differing(got: "pa.Table", wanted: "pa.Table") -> list[str]:
    """The places where two tables differ, without their values, which may be real; sums of floats may differ a bit."""
    if got.schema != wanted.schema:
        return [f"columns: {got.schema.names}, not {wanted.schema.names}"]
    if got.num_rows != wanted.num_rows:
        return [f"{got.num_rows} rows, not {wanted.num_rows}"]
    found = []
    for name in got.column_names:
        if got[name].equals(wanted[name]):
            continue
        pairs = zip(got[name].to_pylist(), wanted[name].to_pylist(), strict=True)
        found += [f"{name}, row {row}" for row, (one, other) in enumerate(pairs) if not _same(one, other)]
    return found


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return isclose(one, other, rel_tol=1e-12, abs_tol=1e-12)
    return bool(one == other)


def assert_same_votes(source: Any, tidy: "Result", steps: Steps, **options: Any) -> int:
    """The engine counts as the oracle does; returns the number of cells that were compared."""
    expected = votes_of(tidy, steps)
    found = collect(source, tables=list(TABLES), **given(steps), **options)
    for name in TABLES:
        assert not differing(found.tables[name], expected.tables[name])[:10], name
    assert found.report.votes == expected.counts
    assert found.report.records == tidy.records
    assert found.report.rejected == len(tidy.rejects)
    return sum(table.num_rows * table.num_columns for table in found.tables.values())
