"""`marks`: one row per drawn shape, with its bounding box in image pixels."""

from collections.abc import Iterator

from crowdarrow.declare import (
    Expr,
    LazyRows,
    RowPath,
    Rows,
    Table,
    Transform,
    bool_,
    coalesce,
    equals_text,
    exact,
    float64,
    from_rows,
    int32,
    int64,
    is_type,
    json_text,
    lazy,
    list_,
    literal,
    positions,
    starts_with,
    string,
    struct,
    value,
    web_mercator,
    when,
)
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.tables.items import (
    IDENTITY,
    ITEM_GROUPS,
    LABEL_EXACT,
    ItemGroup,
    classifier_version,
    features_of,
    has_features,
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
    (listed, index), *singles = objects(group)
    marks = [(listed.filter(~is_identification(listed)).filter(~is_dropdown_item(listed)), index)]
    for single, single_index in singles:
        mark = single.filter(~is_identification(single)).filter(~is_fem_dropdown(single))
        marks.append((mark.filter(~has_features(single)), single_index))
    return marks


def drawn_in(group: ItemGroup) -> list[tuple[RowPath, Expr]]:
    """The paths of marks and features, each with its index."""
    marks = marks_of(group)
    if group.is_bare:
        return marks
    feature = features_of(group)
    return [*marks, (feature, feature.index)]


def tool_index(path: RowPath) -> Expr:
    """The index of a mark's tool among the tools of its task."""
    return coalesce(*(value(path[name]) for name in TOOL_INDEX))


def _members(group: ItemGroup, mark: RowPath, index: Expr) -> dict[str, Expr]:
    """The columns that marks and features take from their own members; a string of a number is read as one."""
    current = mark.has_any("toolIndex", "tool_index", "toolType") | starts_with(classifier_version, "2.")
    return {
        **group.index_columns,
        "task": exact(group.path["task"]),
        "task_label": exact(group.path["task_label"]),
        "mark_index": index,
        "frame": value(mark["frame"]),
        "tool_index": tool_index(mark),
        "tool_label": label_of(mark.element),
        "dialect": when(current, literal("fem"), literal("pfe")),
        **{name: value(mark[name]) for name in NUMBERS},
        **{name: exact(mark[name]) for name in ("closed", "text", "details")},
        **{name: value(mark[name]) for name in ("start", "end")},
        "extra": mark.residual(),
    }


def _mark(group: ItemGroup, mark: RowPath, index: Expr) -> Rows:
    own = {
        "tool_type": exact(mark["toolType"]),
        "points": coalesce(exact(mark["points"]), mark.zip_lists("pathX", "pathY")),
    }
    return Rows(mark, _members(group, mark, index) | own)


def _feature(group: ItemGroup) -> Rows:
    """A feature of a map: its geometry in map units, and the position of a point in degrees."""
    feature = features_of(group)
    geometry, kind = feature["geometry"], feature["geometry"]["type"]
    coordinates = geometry["coordinates"]
    metres = coordinates[0], coordinates[1]

    def unread(name: str) -> Expr:
        """Null; the member stays in `extra`, unless it is null."""
        return when(is_type(feature[name], "null"), exact(feature[name]))

    columns = _members(group, feature, feature.index) | {
        **{name: unread(name) for name in ("x", "y")},
        "radius": coalesce(unread("radius"), value(feature["properties"]["uncertainty_radius"])),
        "points": coalesce(unread("points"), when(equals_text(kind, "LineString"), positions(coordinates))),
        "tool_type": coalesce(unread("toolType"), exact(kind)),
        "geometry": exact(geometry),
        "lon": when(equals_text(kind, "Point"), web_mercator(*metres, 0)),
        "lat": when(equals_text(kind, "Point"), web_mercator(*metres, 1)),
        "extra": feature.residual(constant=(("type", "Feature"),)),
        "_feature": literal(1),
    }
    return Rows(feature, columns)


def _rows() -> Iterator[Rows]:
    for group in ITEM_GROUPS:
        yield from (_mark(group, mark, index) for mark, index in marks_of(group))
        if not group.is_bare:
            yield _feature(group)


def marks_for_centres() -> Iterator[Rows]:
    """The marks with what their centres need: no angle.

    Their dialect is that of their own members, since the version of the classifier would need the metadata. Centres
    depend on it only for marks that have both a corner and a centre.
    """
    for rows in _rows():
        columns = {name: expr for name, expr in rows.columns.items() if name != "angle"}
        columns["dialect"] = when(rows.path.has_any("x_center"), literal("fem"))
        yield Rows(rows.path, columns)


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
        from_rows("geometry", json_text),
        from_rows("lon", float64),
        from_rows("lat", float64),
        *(from_rows(name, float64) for name in ADDS),
        from_rows("extra", json_text),
        LABEL_EXACT,
    ),
    rows=LazyRows(_rows),
    transforms=(
        Transform((*NEEDS, "_feature"), ADDS, lazy("crowdarrow.exports.zooniverse.tables.geometry", "normalised")),
    ),
    hidden=(from_rows("_feature", int32),),
    about=about.MARKS,
)
