"""JSON values with their source tokens, from which JSON text columns are built (docs/contract.md, section 1.10)."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .json_text import TOKEN, Real, text_column, whole_number

_WORDS = {"null": ("null", None), "true": ("boolean", True), "false": ("boolean", False)}


@dataclass(frozen=True)
class Node:
    """A JSON value.

    Attributes:
        kind: `null`, `boolean`, `number`, `string`, `array` or `object`.
        tokens: The source tokens without whitespace between them (docs/contract.md, section 1.10).
        value: None, bool, int or `Real`, str; None for arrays and objects.
        items: The items of an array.
        members: The members of an object by decoded key; the last one of duplicates (docs/contract.md, section 1.9).
        keys: The source tokens of the keys of an object.
    """

    kind: str
    tokens: str
    value: Any = None
    items: list["Node"] = field(default_factory=list)
    members: dict[str, "Node"] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def is_scalar(self) -> bool:
        """Whether the value is a boolean, a number or a string."""
        return self.kind in {"boolean", "number", "string"}

    @property
    def text(self) -> str | None:
        """The value of a string column; None if the value is not a string."""
        return text_column(self.value) if self.kind == "string" else None

    def member(self, key: str) -> "Node | None":
        """A member of an object; None if it is missing or the value is not an object."""
        return self.members.get(key)


NOTHING = Node("object", "{}")


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
    return Node("array", "[" + ",".join(item.tokens for item in items) + "]", items=items)


def _object(tokens: Iterator[str]) -> Node:
    written, members, keys = [], {}, {}
    while (word := next(tokens)) != "}":
        key = next(tokens) if word == "," else word
        next(tokens)  # the colon
        member = _value(tokens)
        written.append(f"{key}:{member.tokens}")
        members[json.loads(key)] = member
        keys[json.loads(key)] = key
    return Node("object", "{" + ",".join(written) + "}", members=members, keys=keys)
