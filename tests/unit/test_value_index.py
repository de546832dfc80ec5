"""Values of one target and tag are numbered through all batches of a pass."""

import pyarrow as pa
import pytest

from crowdarrow.exports.libcrowds.value_index import ValueIndexCounter

PAIRS = [("a", "title"), ("a", "title"), ("b", "title"), ("a", None), (None, "title"), ("a", "title"), ("a", None)] * 3


@pytest.mark.parametrize("size", [1, 2, 5, len(PAIRS)])
def test_values_are_numbered_through_all_batches(size: int) -> None:
    counter = ValueIndexCounter()
    found: list[int] = []
    for start in range(0, len(PAIRS), size):
        targets, tags = zip(*PAIRS[start : start + size], strict=True)
        columns = {"target": pa.array(targets, pa.string()), "tag": pa.array(tags, pa.string())}
        found += counter(columns)["value_index"].to_pylist()
    assert found == [PAIRS[:place].count(pair) for place, pair in enumerate(PAIRS)]


def test_batch_without_rows() -> None:
    empty = pa.array([], pa.string())
    assert ValueIndexCounter()({"target": empty, "tag": empty})["value_index"].to_pylist() == []
