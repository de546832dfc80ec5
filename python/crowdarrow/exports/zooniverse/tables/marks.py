"""`marks`: one row per drawn shape, with its bounding box in image pixels."""

from crowdarrow.declare import (
    Expr,
    LazyRows,
    RowPath,
    Rows,
    Table,
    Transform,
    bool_,
    coalesce,
    exact,
    float64,
    from_rows,
    int32,
    int64,
    json_text,
    lazy,
    list_,
    literal,
    starts_with,
    string,
    struct,
    when,
)
from crowdarrow.exports.zooniverse.tables.items import (
    IDENTITY,
    ITEM_GROUPS,
    LABEL_EXACT,
    ItemGroup,
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
"""Numeric members with columns of the same names."""

ADDS = ("cx", "cy", "xmin", "ymin", "xmax", "ymax")
"""The centre and the bounding box of the shape, which `geometry` computes from `NEEDS`."""
NEEDS = (
    "tool_type", "dialect", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle",
    "x_center", "y_center", "radius", "spread", "points",
)  # fmt: skip

TOOL_INDEX = ("tool", "toolIndex", "tool_index")
"""The names of the tool's index: in PFE, in FEM, and in older exports."""


def marks_of(group: ItemGroup) -> list[tuple[RowPath, Expr]]:
    """The paths of marks, in a list or as a single object; each with its index."""
    (listed, index), (single, single_index) = objects(group)
    shapes = listed.filter(~is_identification(listed)).filter(~is_dropdown_item(listed))
    single_mark = single.filter(~is_identification(single)).filter(~is_fem_dropdown(single))
    return [(shapes, index), (single_mark, single_index)]


def tool_index(path: RowPath) -> Expr:
    """The index of a mark's tool among the tools of its task."""
    return coalesce(*(exact(path[name]) for name in TOOL_INDEX))


def _rows(group: ItemGroup, mark: RowPath, index: Expr) -> Rows:
    current = mark.has_any("toolIndex", "tool_index", "toolType") | starts_with(classifier_version, "2.")
    columns = {
        **group.index_columns,
        "task": exact(group.path["task"]),
        "task_label": exact(group.path["task_label"]),
        "mark_index": index,
        "frame": exact(mark["frame"]),
        "tool_index": tool_index(mark),
        "tool_type": exact(mark["toolType"]),
        "tool_label": label_of(mark.element),
        "dialect": when(current, literal("fem"), literal("pfe")),
        **{name: exact(mark[name]) for name in NUMBERS},
        "points": coalesce(exact(mark["points"]), mark.zip_lists("pathX", "pathY")),
        **{name: exact(mark[name]) for name in ("closed", "text", "details", "start", "end")},
        "extra": mark.residual(),
    }
    return Rows(mark, columns)


MARKS = Table(
    "marks",
    (
        *IDENTITY,
        from_rows("annotation_index", int32),
        from_rows("combo_index", int32),
        from_rows("task", string),
        from_rows("task_label", string),
        from_rows("mark_index", int32),
        from_rows("frame", int32),
        from_rows("tool_index", int32),
        from_rows("tool_type", string),
        from_rows("tool_label", string),
        from_rows("dialect", string),
        *(from_rows(name, float64) for name in NUMBERS),
        from_rows("points", list_(struct({"x": float64, "y": float64}, whole=True))),
        from_rows("closed", bool_),
        from_rows("text", string),
        from_rows("details", json_text),
        from_rows("start", int64),
        from_rows("end", int64),
        *(from_rows(name, float64) for name in ADDS),
        from_rows("extra", json_text),
        LABEL_EXACT,
    ),
    rows=LazyRows(lambda: [_rows(group, mark, index) for group in ITEM_GROUPS for mark, index in marks_of(group)]),
    transforms=(Transform(NEEDS, ADDS, lazy("crowdarrow.exports.zooniverse.tables.geometry", "normalised")),),
)
