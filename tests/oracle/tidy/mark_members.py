"""The members that marks and features have in common."""

from collections.abc import Iterable
from typing import Any

from oracle.node import Node

from .labels import tool_label_of
from .members import (
    Members,
    as_bool,
    as_json,
    as_text,
    number_or_text_float,
    number_or_text_int32,
    number_or_text_int64,
)

REALS = (
    *("x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle"),
    *("x_center", "y_center", "radius", "spread", "rotation", "displayTime"),
)
FEM_MEMBERS = frozenset({"toolIndex", "tool_index", "toolType"})

Point = dict[str, float | None]


def _dialect(mark: Node, classifier_version: str | None) -> str:
    if mark.members.keys() & FEM_MEMBERS or (classifier_version or "").startswith("2."):
        return "fem"
    return "pfe"


def tool_index_of(members: Members) -> int | None:
    """The column `tool_index` of a mark."""
    return members.take(number_or_text_int32, "tool", "toolIndex", "tool_index")


def columns_of(members: Members, classifier_version: str | None, reals: Iterable[str]) -> dict[str, Any]:
    """The columns that are read from members of the same name, with these of the float columns."""
    row: dict[str, Any] = {
        "frame": members.take(number_or_text_int32, "frame"),
        "tool_index": tool_index_of(members),
        "dialect": _dialect(members.node, classifier_version),
        **{name: members.take(number_or_text_float, name) for name in reals},
        "closed": members.take(as_bool, "closed"),
        "text": members.take(as_text, "text"),
        "details": members.take(as_json, "details"),
        "start": members.take(number_or_text_int64, "start"),
        "end": members.take(number_or_text_int64, "end"),
    }
    members.take(as_text, "tool_label")
    return row | {"tool_label": tool_label_of(members.node)}
