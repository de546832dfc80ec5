"""The target of an annotation or a task: the IRI of the source, the selector, and its rectangle."""

import re
from typing import Any

from oracle.node import Node

from .nodes import OBJECT, STRING

_NUMBER = r"(-?[0-9]+(?:\.[0-9]+)?)"
_XYWH = re.compile(rf"[?#]?xywh=(?:pixel:)?{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}")
_SIDES = ("x", "y", "width", "height")


def rectangle(selector: str | None) -> dict[str, float]:
    """`x`, `y`, `width`, `height` of a selector; empty if it is not of the form `xywh=`."""
    match = _XYWH.fullmatch(selector or "")
    return dict(zip(_SIDES, map(float, match.groups()), strict=True)) if match else {}


def text_member(node: Node | None, key: str) -> str | None:
    """A string member of an object; None if there is none."""
    member = node.member(key) if node is not None else None
    return member.text if member is not None else None


def target_columns(target: Node | None) -> dict[str, Any]:
    """`target`, `selector` and the rectangle of a `target` member, which is a string or an object."""
    if target is None:
        return {}
    if target.kind == STRING:
        return {"target": target.text}
    source = target.member("source")
    if source is not None and source.kind == OBJECT:
        source = source.member("id")
    selector = text_member(target.member("selector"), "value")
    return {"target": source.text if source is not None else None, "selector": selector, **rectangle(selector)}
