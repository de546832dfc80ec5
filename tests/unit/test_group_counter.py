"""Counting of groups keeps no more in memory than its groups."""

import pyarrow as pa

from crowdarrow.exports.groups import GroupCounter

_ROWS = 100_000


def test_rows_that_wait_do_not_keep_their_batch_in_memory() -> None:
    names = pa.array([f"volunteer {number:090}" for number in range(_ROWS)])
    times = pa.array([0] * _ROWS, pa.int64())
    counter = GroupCounter(("name",), 1000)
    counter.add(pa.table({"name": names, "created_at": times}).slice(5, 3))
    size, before = names.nbytes, pa.total_allocated_bytes()
    del names
    assert before - pa.total_allocated_bytes() >= 0.9 * size
    assert [key for (key,) in counter.groups()] == [f"volunteer {number:090}" for number in range(5, 8)]
