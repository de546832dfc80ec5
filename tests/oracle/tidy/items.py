"""The annotation list, laid flat: each item, and after a combo its children."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .nodes import Members, Node, as_int32, as_int64, as_text

_SUBTASK = re.compile(r"(.+)\.([0-9]{1,18})\.([0-9]{1,18})", re.DOTALL)
_CELL_SUBTASK = re.compile(r"(.+)\.cell\.[0-9]+\.subtask\.[0-9]+", re.DOTALL)

# An object with one of these is drawn, and no dropdown item.
GEOMETRY = frozenset(
    {
        *("x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry"),
        *("x_center", "y_center", "radius", "points", "pathX", "pathY"),
    }
)


@dataclass
class Item:
    """One row of `annotations`, and what the other tables take from it.

    Attributes:
        value: As it stands, None if the item has none.
        content: The value that answers, marks and identifications are read from; None for combos.
        has_mark_index: Whether a member names the index of a mark, be it one that no column can hold.
        drawing: Of a sub-task that stands beside its drawing: the item of the drawing.
        drawing_task: Of such a sub-task, the key of the drawing task; None for all other items.
    """

    annotation_index: int
    combo_index: int | None
    task: str | None
    task_label: str | None
    task_type: str | None
    mark_index: int | None
    has_mark_index: bool
    value: Node | None
    value_kind: str
    extra: str | None
    content: Node | None
    drawing: "Item | None" = None
    drawing_task: str | None = None

    @property
    def mark(self) -> Node | None:
        """Of a sub-task that stands beside its drawing: the mark it belongs to, if there is one."""
        marks = [] if self.drawing is None or self.drawing.content is None else self.drawing.content.items
        place = self.mark_index
        if place is None or not 0 <= place < len(marks) or marks[place].kind != "object":
            return None
        return marks[place]


def is_combo(value: Node | None) -> bool:
    """Whether a value is an array that holds at least one object with `task` and `value`."""
    return value is not None and any({"task", "value"} <= item.members.keys() for item in value.items)


def _is_integer(node: Node | None) -> bool:
    return node is not None and as_int64(node)[0] is not None


def _item(node: Node, annotation_index: int, combo_index: int | None) -> Item:
    members = Members(node)
    members.hold("value")
    # A bare value stands in the column `value`, and is read as the value it is.
    value = node.member("value") if node.kind == "object" else node
    combo = is_combo(value)
    kind = "missing" if value is None else "combo" if combo and combo_index is None else value.kind
    return Item(
        annotation_index,
        combo_index,
        task=members.take(as_text, "task"),
        task_label=members.take(as_text, "task_label"),
        task_type=members.take(as_text, "taskType", "task_type"),
        mark_index=members.take(as_int32, "markIndex", "cellIndex"),
        has_mark_index=any(_is_integer(node.member(name)) for name in ("markIndex", "cellIndex")),
        value=value,
        value_kind=kind,
        extra=members.extra(),
        content=None if combo else value,
    )


def subtask_key(task: str | None) -> tuple[str, int, int] | None:
    """Drawing task, tool index and detail index of `T0.1.0`."""
    match = _SUBTASK.fullmatch(task or "")
    return (match[1], int(match[2]), int(match[3])) if match else None


def _drawing_task(item: Item) -> str | None:
    """The drawing task's key of a sub-task that stands beside its drawing."""
    match = _SUBTASK.fullmatch(item.task or "") or _CELL_SUBTASK.fullmatch(item.task or "")
    return match[1] if match and item.has_mark_index else None


def _flat(annotations: Node) -> Iterator[Item]:
    for place, node in enumerate(annotations.items):
        item = _item(node, place, None)
        yield item
        if item.value_kind == "combo" and item.value is not None:
            for child_place, child in enumerate(item.value.items):
                yield _item(child, place, child_place)


def items_of(annotations: Node) -> list[Item]:
    """All rows of `annotations`, in order, sub-tasks joined to their drawings."""
    items: list[Item] = []
    for item in _flat(annotations):
        item.drawing_task = _drawing_task(item)
        if item.drawing_task is not None:
            before = [other for other in items if other.task == item.drawing_task]
            item.drawing = before[-1] if before else None
        items.append(item)
    return items


def shape_in_array(node: Node) -> str:
    """What an item of a value array is: scalar, null, array, identification, dropdown or mark."""
    if node.kind != "object":
        return "scalar" if node.is_scalar else node.kind
    if "choice" in node.members:
        return "identification"
    if node.members.keys() & {"select_label", "option"} and not node.members.keys() & GEOMETRY:
        return "dropdown"
    return "mark"


def shape_alone(node: Node) -> str:
    """What an object that is a value by itself is: identification, dropdown or mark."""
    if "choice" in node.members:
        return "identification"
    return "dropdown" if node.members.keys() & {"select_label", "selection"} else "mark"


def things(value: Node | None, shape: str) -> list[tuple[int, Node]]:
    """The marks or identifications of a value, with their places."""
    if value is None:
        return []
    if value.kind == "object":
        return [(0, value)] if shape_alone(value) == shape else []
    return [(place, item) for place, item in enumerate(value.items) if shape_in_array(item) == shape]
