"""Classes of declared fields."""

import pytest

from crowdarrow.frozen import Frozen, FrozenValue


class Point(FrozenValue):
    """Two numbers, one of which has a default."""

    x: int
    y: int = 2


class Named(Point):
    """A point with a name."""

    name: str = ""


class Place(Frozen):
    """Compared by identity."""

    x: int


def test_fields_are_given_by_position_or_name_and_have_defaults() -> None:
    assert (Point(1).x, Point(1).y) == (1, 2)
    assert Point(1, 3) == Point(y=3, x=1)
    assert repr(Named(1, name="a")) == "Named(x=1, y=2, name='a')"


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2, 3), {}), ((1,), {"z": 1}), ((), {"y": 1}), ((1,), {"x": 1})]
)
def test_missing_unknown_and_repeated_fields_are_errors(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError, match="the fields of Point are x, y"):
        Point(*values, **named)


def test_fields_do_not_change() -> None:
    one = Point(1)
    with pytest.raises(AttributeError, match="cannot set x of Point: it is frozen"):
        one.x = 2  # type: ignore[misc]
    assert (one.replaced(x=3), one.x) == (Point(3), 1)


def test_values_are_equal_by_class_and_fields_and_others_by_identity() -> None:
    assert Point(1) != Point(2)
    assert Point(1) != Named(1)
    assert len({Point(1), Point(1), Named(1)}) == 2
    assert Place(1) != Place(1)
