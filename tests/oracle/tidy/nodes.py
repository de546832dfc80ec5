"""A JSON tree with source tokens, and reading the members of an object into columns."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from oracle.json_text import TOKEN, Real, has_lone_surrogate, whole_number
from oracle.metadata import read_float, read_int
from oracle.names import JSON
from oracle.scalars import UnreadableError

_WORDS = {"null": ("null", None), "true": ("boolean", True), "false": ("boolean", False)}

T = TypeVar("T")


@dataclass(frozen=True)
class Node:
    """A JSON value.

    Attributes:
        kind: `null`, `boolean`, `number`, `string`, `array` or `object`.
        text: The source tokens without whitespace between them (docs/contract.md, section 1.10).
        value: None, bool, int or `Real`, str; None for arrays and objects.
        items: The items of an array.
        members: The members of an object by decoded key; the last one of duplicates (docs/contract.md, section 1.9).
        keys: The source tokens of the keys of an object.
    """

    kind: str
    text: str
    value: Any = None
    items: list["Node"] = field(default_factory=list)
    members: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def is_scalar(self) -> bool:
        """Whether the value is a boolean, a number or a string."""
        return self.kind in {"boolean", "number", "string"}

    def member(self, key: str) -> "Node | None":
        """A member of an object; None if it is missing or the value is not an object."""
        return self.members.get(key)


def parse(text: str) -> Node:
    """The tree of a text, which must be valid JSON."""
    return _value(iter(TOKEN.findall(text)))


def _value(tokens: Iterator[str], first: str | None = None) -> Node:
    word = next(tokens) if first is None else first
    if word == "[":
        return _array(tokens)
    if word == "{":
        return _object(tokens)
    if word in _WORDS:
        kind, value = _WORDS[word]
        return Node(kind, word, value)
    if word.startswith('"'):
        return Node("string", word, json.loads(word))
    return Node("number", word, whole_number(word) if word.lstrip("-").isdigit() else Real(word))


def _array(tokens: Iterator[str]) -> Node:
    items = []
    while (word := next(tokens)) != "]":
        items.append(_value(tokens, next(tokens) if word == "," else word))
    return Node("array", "[" + ",".join(item.text for item in items) + "]", items=items)


def _object(tokens: Iterator[str]) -> Node:
    written, members, keys = [], {}, {}
    while (word := next(tokens)) != "}":
        key = next(tokens) if word == "," else word
        next(tokens)  # the colon
        member = _value(tokens)
        written.append(f"{key}:{member.text}")
        members[json.loads(key)] = member
        keys[json.loads(key)] = key
    return Node("object", "{" + ",".join(written) + "}", members=members, keys=keys)


def text_column(text: str) -> str:
    """A value of a string column; a lone surrogate rejects the record.

    See docs/contract.md, section 1.10.
    """
    if has_lone_surrogate(text):
        raise UnreadableError(JSON)
    return text


# The result of reading a member: the value of the column, or None, and whether it is exact.
Fit = tuple[T | None, bool]


def as_text(node: Node) -> Fit[str]:
    """Read a value of a string column."""
    return (text_column(node.value), True) if node.kind == "string" else (None, False)


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
    return node.text, True


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
    left = [f"{node.keys[name]}:{member.text}" for name, member in node.members.items() if name not in without]
    return "{" + ",".join(left) + "}" if left else None
