"""Centre and bounding box of drawn marks, against values computed by hand and against scalar arithmetic."""

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crowdarrow.exports.zooniverse.tables.geometry import ADDS, NEEDS, TOOLS, normalised

POINTS = pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64())]))
TYPES = {"tool_type": pa.string(), "dialect": pa.string(), "points": POINTS}
Mark = dict[str, Any]
Box = tuple[float | None, ...]
SQUARE_ON_A_CORNER = (12, 22, 12 - 8**0.5, 22 - 8**0.5, 12 + 8**0.5, 22 + 8**0.5)
WIDE, HIGH = 5 * 0.75**0.5 + 0.5, 2.5 + 0.75**0.5  # sin 30 deg is 1/2, cos 30 deg is sqrt 3 / 2
BAR_AT_30_DEGREES = (5, 1, 5 - WIDE, 1 - HIGH, 5 + WIDE, 1 + HIGH)
OUTLINE = [{"x": 4, "y": 7}, {"x": -2, "y": 9}, {"x": 1, "y": 5}]
NOTHING: Box = (None,) * 6


def columns(marks: list[Mark]) -> dict[str, pa.Array]:
    found = {name: pa.array([mark.get(name) for mark in marks], TYPES.get(name, pa.float64())) for name in NEEDS}
    return {**found, "_feature": pa.array([mark.get("_feature") for mark in marks], pa.int32())}


def boxes(marks: list[Mark]) -> list[Box]:
    """Return `cx, cy, xmin, ymin, xmax, ymax` of each mark."""
    found = normalised(columns(marks))
    assert tuple(found) == ADDS
    assert {values.type for values in found.values()} == {pa.float64()}
    return list(zip(*(found[name].to_pylist() for name in ADDS), strict=True))


def pfe(**members: Any) -> Mark:
    return {"dialect": "pfe", **members}


def fem(tool: str, **members: Any) -> Mark:
    return {"dialect": "fem", "tool_type": tool, **members}


# As PFE writes them: without the name of the tool.
PFE: list[tuple[str, Mark, Box]] = [
    ("point", pfe(x=3.5, y=-2), (3.5, -2, 3.5, -2, 3.5, -2)),
    ("line", pfe(x1=10, y1=2, x2=4, y2=8), (7, 5, 4, 2, 10, 8)),
    ("circle", pfe(x=10, y=20, r=5, angle=-80.5), (10, 20, 5, 15, 15, 25)),
    ("circle", pfe(x=10, y=20, r=5), (10, 20, 5, 15, 15, 25)),
    ("triangle", pfe(x=10, y=20, r=5, angle=-36), (10, 20, 5, 15, 15, 25)),
    ("ellipse", pfe(x=10, y=20, rx=6, ry=3, angle=0), (10, 20, 4, 17, 16, 23)),
    ("ellipse", pfe(x=10, y=20, rx=6, ry=3, angle=-90), (10, 20, 7, 14, 13, 26)),
    ("anchoredEllipse", pfe(x=10, y=20, rx=6, ry=3, angle=180), (10, 20, 4, 17, 16, 23)),
    ("rectangle", pfe(x=10, y=20, width=6, height=4), (13, 22, 10, 20, 16, 24)),
    ("grid", pfe(x=10, y=20, width=6, height=4), (13, 22, 10, 20, 16, 24)),
    ("rotateRectangle", pfe(x=10, y=20, width=6, height=4, angle=90), (13, 22, 11, 19, 15, 25)),
    ("rotateRectangle", pfe(x=10, y=20, width=4, height=4, angle=45), SQUARE_ON_A_CORNER),
    ("rotateRectangle", pfe(x=0, y=0, width=10, height=2, angle=30), BAR_AT_30_DEGREES),
    ("polygon", pfe(points=OUTLINE), (1, 7, -2, 5, 4, 9)),
    ("bezier", pfe(points=OUTLINE), (1, 7, -2, 5, 4, 9)),
    ("freehandLine", pfe(points=OUTLINE), (1, 7, -2, 5, 4, 9)),
    ("freehandShape", pfe(points=OUTLINE), (1, 7, -2, 5, 4, 9)),
    ("freehandSegmentLine", pfe(points=OUTLINE), (1, 7, -2, 5, 4, 9)),
    ("freehandSegmentShape", pfe(points=OUTLINE[:1]), (4, 7, 4, 7, 4, 7)),
    ("column", pfe(x=10, width=4), (12, None, 10, None, 14, None)),
    ("fullWidthLine", pfe(y=7), (None, 7, None, 7, None, 7)),
    ("fullHeightLine", pfe(x=7), (7, None, 7, None, 7, None)),
    ("pointGrid", pfe(x=3, y=4), (3, 4, 3, 4, 3, 4)),
    ("fan", pfe(x=3, y=4, radius=100, spread=30, rotation=10), NOTHING),
]  # fmt: skip
PFE_IDS = [f"{at}-{tool}" for at, (tool, _, _) in enumerate(PFE)]

# The same shapes as FEM writes them.
FEM: list[tuple[Mark, Box]] = [
    (fem("point", x=3.5, y=-2), PFE[0][2]),
    (fem("temporalPoint", x=3.5, y=-2), PFE[0][2]),
    (fem("line", x1=10, y1=2, x2=4, y2=8), PFE[1][2]),
    (fem("transcriptionLine", x1=10, y1=2, x2=4, y2=8), PFE[1][2]),
    (fem("circle", x_center=10, y_center=20, r=5), PFE[2][2]),
    (fem("ellipse", x_center=10, y_center=20, rx=6, ry=3, angle=0), PFE[5][2]),
    (fem("ellipse", x_center=10, y_center=20, rx=6, ry=3, angle=90), PFE[6][2]),
    (fem("rectangle", x_center=13, y_center=22, width=6, height=4), PFE[8][2]),
    (fem("rotateRectangle", x_center=13, y_center=22, width=6, height=4, angle=90), PFE[10][2]),
    (fem("rotateRectangle", x_center=12, y_center=22, width=4, height=4, angle=45), PFE[11][2]),
    (fem("temporalRotateRectangle", x_center=5, y_center=1, width=10, height=2, angle=-30), PFE[12][2]),
    (fem("polygon", points=OUTLINE), PFE[13][2]),
    (fem("freehandLine", points=OUTLINE), PFE[15][2]),
    (fem("graph2dRangeX", x=15, width=0.92), NOTHING),
    (fem("graph2dRange", x=15, width=0.92, height=3, y=1), NOTHING),
]


@pytest.mark.parametrize(("tool", "mark", "box"), PFE, ids=PFE_IDS)
def test_box_of_a_pfe_shape(tool: str, mark: Mark, box: Box) -> None:
    assert boxes([mark])[0] == pytest.approx(box)
    assert boxes([mark | {"tool_type": tool}])[0] == pytest.approx(box)  # as the workflow names the tool


@pytest.mark.parametrize(("mark", "box"), FEM, ids=[mark["tool_type"] for mark, _ in FEM])
def test_fem_shape_has_the_box_of_its_pfe_twin(mark: Mark, box: Box) -> None:
    assert boxes([mark])[0] == pytest.approx(box)


def test_feature_has_no_box_and_leaves_those_of_other_marks() -> None:
    assert boxes([pfe(x=3, y=4, _feature=1), pfe(x=3, y=4)]) == [NOTHING, (3, 4, 3, 4, 3, 4)]


def test_all_shapes_in_one_batch() -> None:
    marks = [mark for _, mark, _ in PFE] + [mark for mark, _ in FEM] + [pfe()]
    expected = [box for _, _, box in PFE] + [box for _, box in FEM] + [NOTHING]
    for found, box in zip(boxes(marks + marks[::-1]), expected + expected[::-1], strict=True):
        assert found == pytest.approx(box)


def test_every_tool_has_an_example() -> None:
    assert {tool for tool, _, _ in PFE} | {mark["tool_type"] for mark, _ in FEM} >= set(TOOLS)


@pytest.mark.parametrize(
    ("mark", "box"),
    [
        # Newer full-width lines also have the width of the image. Without the name of the tool they match a point.
        (pfe(tool_type="fullWidthLine", x=1000, y=7), (None, 7, None, 7, None, 7)),
        (pfe(tool_type="fullHeightLine", x=7, y=800), (7, None, 7, None, 7, None)),
        # The tool is unknown: the members decide.
        (pfe(tool_type="lasso", x=10, y=20, width=6, height=4), (13, 22, 10, 20, 16, 24)),
        (fem("lasso", x_center=13, y_center=22, width=6, height=4), (13, 22, 10, 20, 16, 24)),
        # The first shape that matches: points before a line, a line before an ellipse, an ellipse before a circle.
        (pfe(points=OUTLINE, x1=1, y1=1, x2=2, y2=2, radius=3), (1, 7, -2, 5, 4, 9)),
        (pfe(x1=1, y1=1, x2=2, y2=2, rx=3, ry=3, angle=0, x=0, y=0), (1.5, 1.5, 1, 1, 2, 2)),
        (pfe(rx=6, ry=3, angle=0, r=1, x=10, y=20), (10, 20, 4, 17, 16, 23)),
        (pfe(r=1, width=9, height=9, x=10, y=20), (10, 20, 9, 19, 11, 21)),
        (pfe(x=10, width=4, y=3), (12, None, 10, None, 14, None)),
        # A crop has no tool. Text spans, the index of a cell and GeoJSON have no shape.
        (pfe(x=10.5, y=20, width=300, height=200), (160.5, 120, 10.5, 20, 310.5, 220)),
        (pfe(), NOTHING),
        # Drawn from right to left in a custom app. The given corner stays a corner.
        (pfe(x=10, y=20, width=-6, height=4), (7, 22, 4, 20, 10, 24)),
        # Members of the other front end are read as it writes them, but those of the tool's own front end go first.
        (pfe(x_center=13, y_center=22, width=6, height=4), (13, 22, 10, 20, 16, 24)),
        (fem("rectangle", x=10, y=20, width=6, height=4), (13, 22, 10, 20, 16, 24)),
        (pfe(x=10, y=20, x_center=0, y_center=0, width=6, height=4), (13, 22, 10, 20, 16, 24)),
        (fem("rectangle", x=0, y=0, x_center=13, y_center=22, width=6, height=4), (13, 22, 10, 20, 16, 24)),
    ],
)
def test_shape_of_a_mark_without_a_tool_name(mark: Mark, box: Box) -> None:
    assert boxes([mark])[0] == box


@pytest.mark.parametrize(
    ("mark", "box"),
    [
        (fem("point", y=2), (None, 2, None, 2, None, 2)),
        (fem("line", x1=1, x2=3, y1=5), (2, None, 1, None, 3, None)),
        (fem("circle", x_center=1, r=3), (1, None, -2, None, 4, None)),
        (fem("circle", x_center=1, y_center=2), (1, 2, None, None, None, None)),
        (pfe(x=1, y=2, rx=3, ry=4), (1, 2, None, None, None, None)),  # no angle
        (fem("ellipse", x_center=1, y_center=2, rx=3, angle=0), (1, 2, None, None, None, None)),
        (fem("rectangle", x_center=13, width=6, height=4), (13, None, 10, None, 16, None)),
        (fem("rectangle", x_center=13, y_center=22, width=6), (13, 22, 10, None, 16, None)),
        (pfe(tool_type="rectangle", x=10, y=20, width=6), (13, None, 10, None, 16, None)),
        (fem("rotateRectangle", x_center=1, y_center=2, width=6, angle=10), (1, 2, None, None, None, None)),
        (pfe(tool_type="column", x=10), NOTHING),
        (pfe(points=[]), NOTHING),
        (fem("polygon"), NOTHING),
        (pfe(points=[{"x": 1, "y": 2}, {"x": 3, "y": None}]), (2, None, 1, None, 3, None)),
        (pfe(points=[{"x": 1, "y": 2}, None]), NOTHING),
    ],
)
def test_each_axis_is_null_independently(mark: Mark, box: Box) -> None:
    assert boxes([mark])[0] == box
    assert boxes([pfe(x=1, y=1), mark, pfe(points=OUTLINE)])[1] == box


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_members_that_are_not_numbers_give_no_box(odd: float) -> None:
    marks_and_boxes: list[tuple[Mark, Box]] = [
        (pfe(x=odd, y=2), (None, 2, None, 2, None, 2)),
        (pfe(x1=1, y1=2, x2=odd, y2=4), (None, 3, None, 2, None, 4)),
        (pfe(x=1, y=2, r=odd), (1, 2, None, None, None, None)),
        (pfe(x=1, y=2, rx=odd, ry=1, angle=0), (1, 2, None, None, None, None)),
        (pfe(x=1, y=2, rx=1, ry=1, angle=odd), (1, 2, None, None, None, None)),
        (pfe(x=1, y=2, width=2, height=4, angle=odd), (2, 4, None, None, None, None)),
        (pfe(x=1, y=2, width=2, height=odd), (2, None, 1, None, 3, None)),
        (pfe(points=[{"x": 1, "y": odd}, {"x": 5, "y": 2}]), (3, None, 1, None, 5, None)),
    ]
    assert boxes([mark for mark, _ in marks_and_boxes]) == [box for _, box in marks_and_boxes]


def test_numbers_too_large_for_a_box_give_no_box() -> None:
    huge = 1.7e308
    assert boxes([pfe(x=huge, y=0, r=huge)])[0] == (huge, 0, None, -huge, None, huge)
    assert boxes([pfe(x1=huge, x2=huge, y1=0, y2=1)])[0] == (huge, 0.5, huge, 0, huge, 1)


def test_empty_batch() -> None:
    assert boxes([]) == []


def test_slice_of_a_batch_gives_the_boxes_of_its_rows() -> None:
    marks = [mark for _, mark, _ in PFE] + [mark for mark, _ in FEM]
    whole = normalised(columns(marks))
    for start, length in ((3, 9), (12, 8), (13, 5), (len(marks) - 4, 4)):
        part = normalised({name: values.slice(start, length) for name, values in columns(marks).items()})
        assert part == {name: values.slice(start, length) for name, values in whole.items()}


def test_items_beneath_a_null_list_are_not_read() -> None:
    items = pa.StructArray.from_arrays([pa.array([1.0, 99.0, 3.0]), pa.array([2.0, 99.0, 4.0])], names=["x", "y"])
    lists = pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), items, mask=pa.array([False, True, False]))
    given_columns = columns([fem("polygon")] * 3) | {"points": lists}
    assert normalised(given_columns)["xmax"].to_pylist() == [1, None, 3]


def turned(width: float, height: float, angle: float, cx: float, cy: float) -> Box:
    """Return the box of a rectangle's four corners, each rotated."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    corners = [(sx * width / 2, sy * height / 2) for sx in (-1, 1) for sy in (-1, 1)]
    xs = [cx + x * cos - y * sin for x, y in corners]
    ys = [cy + x * sin + y * cos for x, y in corners]
    return cx, cy, min(xs), min(ys), max(xs), max(ys)


place = st.floats(-5000, 5000)
size = st.floats(0, 3000)
degrees = st.one_of(st.floats(-400, 400), st.sampled_from([0.0, 45.0, 90.0, -90.0, 180.0, 270.0]))


@given(st.lists(st.tuples(place, place, size, size, degrees), min_size=1, max_size=6))
def test_box_of_a_rotated_rectangle_encloses_its_corners(shapes: list[tuple[float, ...]]) -> None:
    drawn = [{"x": x, "y": y, "width": w, "height": h, "angle": a} for x, y, w, h, a in shapes]
    centred = [
        fem("rotateRectangle", x_center=x + w / 2, y_center=y + h / 2, width=w, height=h, angle=a)
        for x, y, w, h, a in shapes
    ]
    expected = [turned(w, h, a, x + w / 2, y + h / 2) for x, y, w, h, a in shapes]
    for marks in (drawn, centred):
        for found, box in zip(boxes(marks), expected, strict=True):
            assert found == pytest.approx(box, abs=1e-8)


@given(st.tuples(place, place, size, size, degrees))
def test_ellipse_touches_its_box(shape: tuple[float, ...]) -> None:
    x, y, rx, ry, angle = shape
    ((cx, cy, xmin, ymin, xmax, ymax),) = boxes([pfe(x=x, y=y, rx=rx, ry=ry, angle=angle)])
    turn, steps = math.radians(angle), 720
    around = [2 * math.pi * step / steps for step in range(steps)]
    xs = [x + rx * math.cos(t) * math.cos(turn) - ry * math.sin(t) * math.sin(turn) for t in around]
    ys = [y + rx * math.cos(t) * math.sin(turn) + ry * math.sin(t) * math.cos(turn) for t in around]
    near = (
        max(rx, ry) * (1 - math.cos(math.pi / steps)) + 1e-8
    )  # the largest distance of the touching point from a step
    assert (cx, cy) == (x, y)
    assert (xmin, ymin, xmax, ymax) == pytest.approx((min(xs), min(ys), max(xs), max(ys)), abs=near)


@given(st.lists(st.lists(st.tuples(place, place), max_size=5), max_size=9))
def test_box_of_points_is_their_minimum_and_maximum(paths: list[list[tuple[float, float]]]) -> None:
    marks = [fem("freehandLine", points=[{"x": x, "y": y} for x, y in path]) for path in paths]
    for found, path in zip(boxes(marks), paths, strict=True):
        if not path:
            assert found == NOTHING
            continue
        xs, ys = zip(*path, strict=True)
        assert found[2:] == (min(xs), min(ys), max(xs), max(ys))
        assert found[:2] == pytest.approx(((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2))
