"""The engine's groups of equal rows, as Python sees them."""

import pyarrow as pa
import pytest

from crowdarrow import _core


def test_rows_of_parts_of_arrays_are_grouped() -> None:
    text = pa.array(["x", "a", None, "a", "much longer than eight bytes", None, "a"]).slice(1)
    number = pa.array([9, 1, None, 1, 1, None, 2], pa.int32()).slice(1)
    of_row, firsts = map(pa.array, _core.group_rows([text, number]))
    assert of_row.to_pylist() == [0, 1, 0, 2, 1, 3]
    assert firsts.to_pylist() == [0, 1, 3, 5]


def test_lists_have_each_value_of_a_key_once() -> None:
    keys, own = pa.array([4, 6, 7]), pa.array([4, 4, 4, 7])
    assert pa.array(_core.lists_of(keys, own, pa.array([2, 1, 2, 2], pa.int32()))).to_pylist() == [[2, 1], [], [2]]


def test_integers_are_sorted_and_counted() -> None:
    values = pa.array([3, -1, 3, 1 << 62])
    assert pa.array(_core.sorted_rows(values)).to_pylist() == [1, 0, 2, 3]
    assert [pa.array(one).to_pylist() for one in _core.counted(values)] == [[-1, 3, 1 << 62], [1, 2, 1]]


@pytest.mark.parametrize("values", [pa.array([1.5]), pa.array([1, None])])
def test_other_values_are_refused(values: pa.Array) -> None:
    with pytest.raises(TypeError, match="int64"):
        _core.sorted_rows(values)
    with pytest.raises(TypeError, match="int64"):
        _core.counted(values)
