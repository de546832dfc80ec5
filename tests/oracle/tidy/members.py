"""Reading the members of a JSON object into columns."""

import re
from collections.abc import Callable
from typing import TypeVar

from oracle.metadata import read_float, read_int
from oracle.node import Node

T = TypeVar("T")

# A string that holds a number (docs/contract.md, section 5 on 2.1).
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

# The result of reading a member: the value of the column, or None, and whether it is exact.
Fit = tuple[T | None, bool]


def as_text(node: Node) -> Fit[str]:
    """Read a value of a string column."""
    return node.text, node.kind == "string"


def as_bool(node: Node) -> Fit[bool]:
    """Read a value of a bool column."""
    return (node.value, True) if node.kind == "boolean" else (None, False)


def as_float(node: Node) -> Fit[float]:
    """Read a value of a float64 column; an integer beyond 2^53 is rounded and not exact."""
    return read_float(node.value) if node.kind == "number" else (None, False)


def as_int32(node: Node) -> Fit[int]:
    """Read a value of an int32 column; `3.0` is 3."""
    return read_int(node.value, 32) if node.kind == "number" else (None, False)


def as_int64(node: Node) -> Fit[int]:
    """Read a value of an int64 column; `3.0` is 3."""
    return read_int(node.value) if node.kind == "number" else (None, False)


def as_json(node: Node) -> Fit[str]:
    """Read a value of a JSON text column."""
    return node.tokens, True


def _number_or_text(node: Node, read: Callable[..., Fit[T]], *more: int) -> Fit[T]:
    """Read a number, or a string that holds one, which is not exact."""
    if node.kind == "number":
        return read(node.value, *more)
    if node.kind == "string" and _NUMBER.fullmatch(node.value) is not None:
        return read(node.value, *more)[0], False
    return None, False


def number_or_text_float(node: Node) -> Fit[float]:
    """Read a value of a float64 column of `marks`."""
    return _number_or_text(node, read_float)


def number_or_text_int32(node: Node) -> Fit[int]:
    """Read a value of an int32 column of `marks`."""
    return _number_or_text(node, read_int, 32)


def number_or_text_int64(node: Node) -> Fit[int]:
    """Read a value of an int64 column of `marks`."""
    return _number_or_text(node, read_int)


class Members:
    """Reads the members of an object into columns, and the other members into `extra`."""

    def __init__(self, node: Node) -> None:
        """Set the object."""
        self.node = node
        self._held: set[str] = set()

    def take(self, read: Callable[[Node], Fit[T]], *names: str) -> T | None:
        """The value of a column: that of the first of these members with a matching type. A JSON null matches."""
        found: T | None = None
        for name in names:
            member = self.node.member(name)
            if member is None:
                continue
            if member.kind == "null":
                self._held.add(name)
            elif found is None:
                found, exact = read(member)
                if exact:
                    self._held.add(name)
        return found

    def hold(self, *names: str) -> None:
        """Exclude these members from `extra`."""
        self._held.update(names)

    def extra(self) -> str | None:
        """A JSON object of the members that are in no column; None if there are none."""
        return object_text(self.node, self._held)


def object_text(node: Node, without: set[str]) -> str | None:
    """The JSON object without some members; None if no member is left."""
    left = [f"{node.keys[name]}:{member.tokens}" for name, member in node.members.items() if name not in without]
    return "{" + ",".join(left) + "}" if left else None
