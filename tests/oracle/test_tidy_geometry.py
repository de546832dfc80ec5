"""The normalised geometry, against outlines drawn point by point."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.tidy.geometry import normalise

places = st.floats(-1000, 1000)
sizes = st.floats(0.5, 500)
angles = st.floats(-360, 360)
STEPS = 720

Points = list[tuple[float, float]]


def turned(points: Points, cx: float, cy: float, angle: float) -> Points:
    """Points about a centre, turned clockwise by degrees (y is down)."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return [(cx + x * cos - y * sin, cy + x * sin + y * cos) for x, y in points]


def assert_box(row: dict[str, Any], outline: Points, tolerance: float) -> None:
    xs, ys = zip(*outline, strict=True)
    wanted = {"xmin": min(xs), "xmax": max(xs), "ymin": min(ys), "ymax": max(ys)}
    assert {name: row[name] for name in wanted} == pytest.approx(wanted, abs=tolerance)


@given(places, places, sizes, sizes, angles)
def test_rectangles_of_both_front_ends(cx: float, cy: float, width: float, height: float, angle: float) -> None:
    corners = [(x * width / 2, y * height / 2) for x in (-1, 1) for y in (-1, 1)]
    size = {"width": width, "height": height}
    pfe = {"x": cx - width / 2, "y": cy - height / 2} | size
    fem = {"x_center": cx, "y_center": cy} | size
    for mark in (pfe, fem):
        for named in ({}, {"tool_type": "rotateRectangle"}, {"tool_type": "temporalRotateRectangle"}):
            box = normalise(mark | {"angle": angle} | named)
            assert (box["cx"], box["cy"]) == pytest.approx((cx, cy), abs=1e-9)
            assert_box(box, turned(corners, cx, cy, angle), 1e-9)
        assert_box(normalise(mark), turned(corners, cx, cy, 0), 1e-9)
        assert_box(normalise(mark | {"tool_type": "rectangle"}), turned(corners, cx, cy, 0), 1e-9)


@given(places, places, sizes, sizes, angles)
def test_ellipses_of_both_front_ends(cx: float, cy: float, rx: float, ry: float, angle: float) -> None:
    outline = [
        (rx * math.cos(step * math.tau / STEPS), ry * math.sin(step * math.tau / STEPS)) for step in range(STEPS)
    ]
    # Between two steps the outline bulges by less than this.
    bulge = max(rx, ry) * (math.tau / STEPS) ** 2
    # PFE counts angles the other way round.
    for mark, sign in (({"x": cx, "y": cy}, -1), ({"x_center": cx, "y_center": cy}, 1)):
        box = normalise(mark | {"rx": rx, "ry": ry, "angle": sign * angle})
        assert (box["cx"], box["cy"]) == (cx, cy)
        assert_box(box, turned(outline, cx, cy, angle), bulge)


@given(st.lists(st.tuples(places, places), min_size=1))
def test_outlines(points: Points) -> None:
    assert_box(normalise({"points": [{"x": x, "y": y} for x, y in points]}), points, 0)
