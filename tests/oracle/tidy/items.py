"""The items of an annotation list: each item, and after a combo its children."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from oracle.node import Node

from .members import Members, as_int32, as_int64, as_text

_SUBTASK = re.compile(r"(.+)\.([0-9]{1,18})\.([0-9]{1,18})", re.DOTALL)
_CELL_SUBTASK = re.compile(r"(.+)\.cell\.[0-9]+\.subtask\.[0-9]+", re.DOTALL)

# An object with one of these members is a mark and not a dropdown item (docs/contract.md, section 5 on 2.1).
GEOMETRY = frozenset(
    {
        *("x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle", "x_center", "y_center"),
        *("radius", "spread", "rotation", "points", "pathX", "pathY", "features"),
    }
)


@dataclass
class Item:
    """One row of `annotations`, and the values that the other tables take from it.

    Attributes:
        value: The value; None if the item has none.
        is_dropdown: Whether its own type is that of a dropdown.
        content: The value whose answers, marks and identifications are read; None for combos.
        has_mark_index: Whether a member is the index of a mark, also if it is out of the range of the column.
        drawing: For a sub-task that is its own item: the item of the drawing.
        drawing_task: For such a sub-task: the key of the drawing task; None for all other items.
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
    is_dropdown: bool
    content: Node | None
    drawing: "Item | None" = None
    drawing_task: str | None = None

    @property
    def combo_place(self) -> int | None:
        """The place of the combo whose list the item is in; None for an item of the annotation list."""
        return None if self.combo_index is None else self.annotation_index

    @property
    def annotation_key(self) -> str:
        """The position of the annotation, as text."""
        index = str(self.annotation_index)
        return index if self.combo_index is None else f"{index}.{self.combo_index}"

    @property
    def mark(self) -> Node | None:
        """For a sub-task that is its own item: the mark it belongs to, if there is one."""
        content = None if self.drawing is None else self.drawing.content
        marks = [] if content is None else features(content) or content.items
        position = self.mark_index
        if position is None or not 0 <= position < len(marks) or marks[position].kind != "object":
            return None
        return marks[position]


def is_combo(value: Node | None) -> bool:
    """Whether a value is an array with at least one object that has `task` and `value`."""
    return value is not None and any({"task", "value"} <= item.members.keys() for item in value.items)


def features(value: Node | None) -> list[Node]:
    """The items of a feature collection: an object whose `features` is a list."""
    found = None if value is None else value.member("features")
    return [] if found is None else found.items


def _is_dropdown(annotation: Node) -> bool:
    """Whether an annotation has the type of a dropdown, which never comes from the workflow."""
    types = [annotation.member(name) for name in ("taskType", "task_type")]
    return any(node is not None and node.kind == "string" and node.value.startswith("dropdown") for node in types)


def _is_integer(node: Node | None) -> bool:
    return node is not None and as_int64(node)[0] is not None


def _item(node: Node, annotation_index: int, combo_index: int | None) -> Item:
    members = Members(node)
    members.hold("value")
    # An item that is not an object is itself the value, and never a combo.
    value = node.member("value") if node.kind == "object" else node
    combo = node.kind == "object" and is_combo(value)
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
        is_dropdown=_is_dropdown(node),
        content=None if combo else value,
    )


def subtask_key(task: str | None) -> tuple[str, int, int] | None:
    """Drawing task, tool index and detail index of `T0.1.0`."""
    match = _SUBTASK.fullmatch(task or "")
    return (match[1], int(match[2]), int(match[3])) if match else None


def _drawing_task(item: Item) -> str | None:
    """The key of the drawing task if the item is a sub-task of a mark."""
    match = _SUBTASK.fullmatch(item.task or "") or _CELL_SUBTASK.fullmatch(item.task or "")
    return match[1] if match and item.has_mark_index else None


def _flat(annotations: Node) -> Iterator[Item]:
    for position, node in enumerate(annotations.items):
        item = _item(node, position, None)
        yield item
        if item.value_kind == "combo" and item.value is not None:
            for child_place, child in enumerate(item.value.items):
                yield _item(child, position, child_place)


def items_of(annotations: Node) -> list[Item]:
    """All items, in order; sub-tasks that are their own items refer to their drawings, which are in the same list."""
    items: list[Item] = []
    for item in _flat(annotations):
        item.drawing_task = _drawing_task(item)
        if item.drawing_task is not None:
            siblings = [other for other in items if other.combo_place == item.combo_place]
            before = [other for other in siblings if other.task == item.drawing_task]
            item.drawing = before[-1] if before else None
        items.append(item)
    return items


def shape_in_array(node: Node, *, is_dropdown: bool = False) -> str:
    """The shape of an item of an array: scalar, null, array, identification, dropdown or mark."""
    if node.kind != "object":
        return "scalar" if node.is_scalar else node.kind
    if is_dropdown:
        return "dropdown"
    if "choice" in node.members:
        return "identification"
    if node.members.keys() & {"select_label", "option"} and not node.members.keys() & GEOMETRY:
        return "dropdown"
    return "mark"


def shape_alone(node: Node, *, is_dropdown: bool = False) -> str:
    """The shape of an object that is the value: identification, dropdown, features or mark."""
    members = node.members.keys()
    if is_dropdown:
        return "dropdown"
    if "choice" in members:
        return "identification"
    if members & {"select_label", "selection"} or ({"option", "value"} <= members and not members & GEOMETRY):
        return "dropdown"
    collection = node.member("features")
    return "features" if collection is not None and collection.kind == "array" else "mark"


def things(item: Item, shape: str) -> list[tuple[int, Node]]:
    """The marks or identifications of an item, with their indices."""
    value = item.content
    if value is None:
        return []
    if value.kind == "object":
        return [(0, value)] if shape_alone(value, is_dropdown=item.is_dropdown) == shape else []
    nodes = enumerate(value.items)
    return [(position, node) for position, node in nodes if shape_in_array(node, is_dropdown=item.is_dropdown) == shape]


def features_of(item: Item) -> list[tuple[int, Node]]:
    """The features of an item, with their indices; items of the list that are not objects are none."""
    if item.content is None or item.content.kind != "object":
        return []
    if shape_alone(item.content, is_dropdown=item.is_dropdown) != "features":
        return []
    return [(position, node) for position, node in enumerate(features(item.content)) if node.kind == "object"]
