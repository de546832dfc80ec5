"""The row of `annotations` for an item."""

from typing import Any

from .items import Item
from .labels import Labels, task_label_of


def annotation_of(item: Item, labels: Labels | None) -> dict[str, Any]:
    """The row of an item; the value of a combo is in the rows of its children."""
    task_type = item.task_type
    if labels is not None and task_type is None:
        task_type = labels.task_type(item)
    return {
        "task": item.task,
        "task_label": task_label_of(item, labels),
        "task_type": task_type,
        "mark_index": item.mark_index,
        "value": None if item.value is None or item.value_kind == "combo" else item.value.tokens,
        "value_kind": item.value_kind,
        "extra": item.extra,
    }
