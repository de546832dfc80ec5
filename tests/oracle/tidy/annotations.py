"""The row of `annotations` for an item."""

from typing import Any

from .items import Item
from .labels import Labels


def annotation_of(item: Item, labels: Labels | None) -> dict[str, Any]:
    """The row of an item; the value of a combo is in the rows of its children."""
    task_label, task_type = item.task_label, item.task_type
    if labels is not None:
        task_label = labels.task_label(item) if task_label is None else task_label
        task_type = labels.task_type(item) if task_type is None else task_type
    return {
        "task": item.task,
        "task_label": task_label,
        "task_type": task_type,
        "mark_index": item.mark_index,
        "value": None if item.value is None or item.value_kind == "combo" else item.value.tokens,
        "value_kind": item.value_kind,
        "extra": item.extra,
    }
