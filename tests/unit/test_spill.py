"""Rows come back sorted by their keys, whatever fits into memory."""

import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdarrow.errors import OutputError
from crowdarrow.spill import SortedRows, order_of

Row = tuple[int | None, str | None, int]
KEYS = ("a", "b")


def batch(rows: list[Row]) -> pa.RecordBatch:
    a, b, value = zip(*rows, strict=True)
    columns = [pa.array(a, pa.int64()), pa.array(b, pa.string()), pa.array(value, pa.int64())]
    text = pa.array([f"text {one % 3}" for one in value]).dictionary_encode()
    return pa.record_batch([*columns, text], names=["a", "b", "value", "text"])


def read(rows: list[Row], bound: int, size: int = 7, *, nulls_last: bool = False) -> list[list[Row]]:
    """The rows of each table of groups, sorted as the class sorts them."""
    kept = SortedRows(KEYS, nulls_last=nulls_last, bound=bound)
    for begin in range(0, len(rows), size):
        kept.add("rows", batch(rows[begin : begin + size]))
    found = []
    for tables in kept.groups():
        table = kept.in_order(tables["rows"])
        assert table["text"].to_pylist() == [f"text {one % 3}" for one in table["value"].to_pylist()]
        found.append([tuple(row.values())[:3] for row in table.to_pylist()])
    kept.close()
    return found


def in_order(row: Row, *, nulls_last: bool = False) -> list[tuple[bool, object]]:
    return [((one is None) == nulls_last, one.encode() if isinstance(one, str) else one or 0) for one in row[:2]]


ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-3, 3) | st.sampled_from([-(2**63), 2**63 - 1]),
        st.none() | st.sampled_from(["", "a", "é", "z", "￿", "😀"]),
        st.integers(0, 9),
    ),
    max_size=60,
)


@given(rows=ROWS, bound=st.sampled_from([0, 500, 1 << 30]), last=st.booleans())
def test_rows_are_sorted_and_groups_stay_together(rows: list[Row], bound: int, last: bool) -> None:
    found = read(rows, bound, nulls_last=last)
    wanted = sorted(rows, key=lambda row: in_order(row, nulls_last=last))
    assert [row for part in found for row in part] == wanted
    keys = [{row[:2] for row in part} for part in found]
    assert sum(map(len, keys)) == len({row[:2] for row in rows})


def test_many_runs_are_merged_and_a_group_may_be_longer_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("crowdarrow.spill._MOST_RUNS", 3)
    monkeypatch.setattr("crowdarrow.spill._BATCH_ROWS", 5)
    chance = random.Random(7)  # noqa: S311 - no secret
    rows: list[Row] = [(chance.choice([1, 1, 1, 2, None]), chance.choice(["x", "y"]), one) for one in range(400)]
    found = read(rows, 600)
    assert [row for part in found for row in part] == sorted(rows, key=in_order)
    assert len(found) > 1


def test_a_full_disk_is_one_line_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    with pytest.raises(OutputError, match=r"^cannot write temporary files in .*: No space left on device; set TMPDIR"):
        read([(1, "a", 1)], 0)


def test_equal_rows_stay_as_they_are() -> None:
    table = pa.table({"a": [2, None, 1, None, 2], "b": [1, 2, 3, 4, 5]})
    assert table.take(order_of(table, ["a"]))["b"].to_pylist() == [2, 4, 3, 1, 5]
    assert table.take(order_of(table, ["a"], nulls_last=True))["b"].to_pylist() == [3, 1, 5, 2, 4]
