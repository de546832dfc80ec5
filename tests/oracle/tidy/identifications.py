"""The rows of `identifications` for an item."""

from collections.abc import Iterator
from typing import Any

from .items import Item, things
from .labels import Labels, task_label_of
from .members import Members, as_json, as_text


def identifications_of(item: Item, labels: Labels | None) -> Iterator[dict[str, Any]]:
    """One row for each identification in a survey."""
    for position, node in things(item, "identification"):
        members = Members(node)
        choice = members.take(as_text, "choice")
        yield {
            "task": item.task,
            "task_label": task_label_of(item, labels),
            "identification_index": position,
            "choice": choice,
            "choice_label": None if labels is None else labels.choice_label(item.task, choice),
            "answers": members.take(as_json, "answers"),
            "filters": members.take(as_json, "filters"),
            "extra": members.extra(),
        }
