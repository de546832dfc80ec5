"""`annotations`: one row for each item of a classification's list, and for each child of a combo."""

from crowdarrow.declare import (
    Expr,
    Path,
    Rows,
    RowsOf,
    Table,
    ends,
    exact,
    first_of,
    given,
    head,
    int32,
    is_kind,
    json_of,
    json_text,
    kind_of,
    null,
    shape_of,
    string,
    text,
    when,
)
from crowdarrow.exports.zooniverse.tables.items import (
    CHILD,
    IDENTITY,
    IN_COMBO,
    ITEM,
    LABEL_EXACT,
    SUBTASK,
    TOP,
    tool_of,
)


def _columns(path: Path) -> dict[str, Expr]:
    """The columns of an item that is no combo; one that is no object is its own value."""
    item = path.part
    whole = is_kind(item, "object")
    subtask = ends(path["task"], SUBTASK[0])
    return {
        "task": exact(path["task"]),
        "task_label": exact(path["task_label"]),
        "task_type": first_of(exact(path["taskType"]), exact(path["task_type"])),
        "mark_index": first_of(exact(path["markIndex"]), exact(path["cellIndex"])),
        "value": when(whole, json_of(path["value"]), json_of(item)),
        "value_kind": when(whole, kind_of(path["value"]), kind_of(item)),
        "extra": path.rest("value"),
        "shape": when(whole, shape_of(path["value"]), shape_of(item)),
        **{name: when(subtask, column) for name, column in tool_of(path).items()},
        "_drawing": when(subtask, head(path["task"], *SUBTASK[:1])),
    }


_COMBO = {"value": null, "value_kind": text("combo"), "shape": text("combo")}

ANNOTATIONS = Table(
    "annotations",
    (
        *IDENTITY,
        given("annotation_index", int32),
        given("combo_index", int32),
        given("task", string),
        given("task_label", string),
        given("task_type", string),
        given("mark_index", int32),
        given("value", json_text),
        given("value_kind", string),
        given("extra", json_text),
        LABEL_EXACT,
    ),
    rows=RowsOf(
        lambda: (
            Rows(IN_COMBO, _columns(ITEM) | _COMBO | {"annotation_index": ITEM.number}),
            Rows(CHILD, _columns(CHILD) | {"annotation_index": ITEM.number, "combo_index": CHILD.number}),
            Rows(TOP.path, _columns(ITEM) | {"annotation_index": ITEM.number}),
        )
    ),
    hidden=(
        given("shape", string),
        given("_tool_label", string),
        given("_drawing", string),
        given("_tool_index", int32),
        given("_detail_index", int32),
    ),
)
