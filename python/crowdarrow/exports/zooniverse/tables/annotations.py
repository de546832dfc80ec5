"""`annotations`: one row per item of a classification's list, and per item of a combo."""

from crowdarrow.declare import (
    Expr,
    JsonPath,
    LazyRows,
    RowPath,
    Rows,
    Table,
    any_item_is,
    coalesce,
    ends_with,
    exact,
    from_rows,
    int32,
    is_type,
    json_text,
    json_type,
    literal,
    null,
    string,
    strip_suffix,
    to_json,
    type_sketch,
    when,
)
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.tables.items import (
    CHILD,
    IDENTITY,
    IN_COMBO,
    ITEM,
    LABEL_EXACT,
    SCALARS,
    SUBTASK,
    TOP,
    index_columns,
    tool_of,
)

SKIPPED, EMPTY, OTHER, COMBO = range(4)
"""The states of an item: null or missing, an empty list, any other value, a combo."""


def _columns(path: RowPath) -> dict[str, Expr]:
    """The columns of an item that is not a combo; an item that is not an object is itself the value."""
    item = path.element
    whole = is_type(item, "object")
    subtask = ends_with(path["task"], SUBTASK[0])
    return {
        "task": exact(path["task"]),
        "task_label": exact(path["task_label"]),
        "task_type": coalesce(exact(path["taskType"]), exact(path["task_type"])),
        "mark_index": coalesce(exact(path["markIndex"]), exact(path["cellIndex"])),
        "value": when(whole, to_json(path["value"]), to_json(item)),
        "value_kind": when(whole, json_type(path["value"]), json_type(item)),
        "extra": path.residual("value"),
        "shape": when(whole, type_sketch(path["value"]), type_sketch(item)),
        **{name: when(subtask, column) for name, column in tool_of(path).items()},
        "_drawing": when(subtask, strip_suffix(path["task"], *SUBTASK[:1])),
        "_state": when(whole, _state(path["value"]), _state(item)),
    }


def _state(at: JsonPath) -> Expr:
    """Whether a task was skipped, or answered with an empty list."""
    is_empty = is_type(at, "array") & ~any_item_is(at, "null", *SCALARS, "array", "object")
    return when(is_type(at, "null", "missing"), literal(SKIPPED), when(is_empty, literal(EMPTY), literal(OTHER)))


_COMBO = {"value": null, "value_kind": literal("combo"), "shape": literal("combo"), "_state": literal(COMBO)}

ANNOTATIONS = Table(
    "annotations",
    (
        *IDENTITY,
        from_rows("annotation_index", int32),
        from_rows("combo_index", int32),
        from_rows("task", string),
        from_rows("task_label", string),
        from_rows("task_type", string),
        from_rows("mark_index", int32),
        from_rows("value", json_text),
        from_rows("value_kind", string),
        from_rows("extra", json_text),
        LABEL_EXACT,
    ),
    rows=LazyRows(
        lambda: (
            Rows(IN_COMBO, _columns(ITEM) | _COMBO | index_columns(ITEM.index)),
            Rows(CHILD, _columns(CHILD) | index_columns(ITEM.index, CHILD.index)),
            Rows(TOP.path, _columns(ITEM) | TOP.index_columns),
        ),
    ),
    hidden=(
        from_rows("shape", string),
        from_rows("_tool_label", string),
        from_rows("_drawing", string),
        from_rows("_tool_index", int32),
        from_rows("_detail_index", int32),
        from_rows("_state", int32),
    ),
    about=about.ANNOTATIONS,
)
