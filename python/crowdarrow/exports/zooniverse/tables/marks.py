"""`marks`: one row for each shape that was drawn, with its box in image pixels."""

from crowdarrow.declare import (
    Path,
    Rows,
    RowsOf,
    Step,
    Table,
    bool_,
    exact,
    first_of,
    float64,
    given,
    int32,
    int64,
    json_text,
    later,
    list_,
    starts,
    string,
    struct,
    text,
    when,
)
from crowdarrow.declare.values import Expr
from crowdarrow.exports.zooniverse.tables.items import (
    IDENTITY,
    LABEL_EXACT,
    PLACES,
    Place,
    classifier_version,
    is_dropdown_item,
    is_fem_dropdown,
    is_identification,
    label_of,
    objects,
)

NUMBERS = (
    "x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle", "x_center", "y_center", "radius",
    "spread", "rotation", "displayTime",
)  # fmt: skip
"""Members that are numbers and stand in columns of their own names."""

ADDS = ("cx", "cy", "xmin", "ymin", "xmax", "ymax")
"""The centre and the box of the shape, by `geometry`, and what that reads:"""
NEEDS = (
    "tool_type", "dialect", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle",
    "x_center", "y_center", "radius", "spread", "points",
)  # fmt: skip

TOOL_INDEX = ("tool", "toolIndex", "tool_index")
"""The spellings of the tool's place: the old front end's, the current one's, and an older one of the exporter."""


def marks_of(place: Place) -> list[tuple[Path, Expr]]:
    """Where the marks of a place stand, each with the expression of its `mark_index`."""
    (listed, number), (alone, only) = objects(place)
    shapes = listed.when(~is_identification(listed)).when(~is_dropdown_item(listed))
    lone = alone.when(~is_identification(alone)).when(~is_fem_dropdown(alone))
    return [(shapes, number), (lone, only)]


def tool_index(path: Path) -> Expr:
    """The place of a mark's tool among those of its task."""
    return first_of(*(exact(path[name]) for name in TOOL_INDEX))


def _rows(place: Place, mark: Path, number: Expr) -> Rows:
    current = mark.has("toolIndex", "tool_index", "toolType") | starts(classifier_version, "2.")
    columns = {
        **place.index,
        "task": exact(place.path["task"]),
        "task_label": exact(place.path["task_label"]),
        "mark_index": number,
        "frame": exact(mark["frame"]),
        "tool_index": tool_index(mark),
        "tool_type": exact(mark["toolType"]),
        "tool_label": label_of(mark.part),
        "dialect": when(current, text("fem"), text("pfe")),
        **{name: exact(mark[name]) for name in NUMBERS},
        "points": first_of(exact(mark["points"]), mark.zipped("pathX", "pathY")),
        **{name: exact(mark[name]) for name in ("closed", "text", "details", "start", "end")},
        "extra": mark.rest(),
    }
    return Rows(mark, columns)


MARKS = Table(
    "marks",
    (
        *IDENTITY,
        given("annotation_index", int32),
        given("combo_index", int32),
        given("task", string),
        given("task_label", string),
        given("mark_index", int32),
        given("frame", int32),
        given("tool_index", int32),
        given("tool_type", string),
        given("tool_label", string),
        given("dialect", string),
        *(given(name, float64) for name in NUMBERS),
        given("points", list_(struct({"x": float64, "y": float64}, whole=True))),
        given("closed", bool_),
        given("text", string),
        given("details", json_text),
        given("start", int64),
        given("end", int64),
        *(given(name, float64) for name in ADDS),
        given("extra", json_text),
        LABEL_EXACT,
    ),
    rows=RowsOf(lambda: [_rows(place, mark, number) for place in PLACES for mark, number in marks_of(place)]),
    steps=(Step(NEEDS, ADDS, later("crowdarrow.exports.zooniverse.tables.geometry", "normalised")),),
)
