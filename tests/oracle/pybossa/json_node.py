"""JSON values with their source tokens, from which JSON text columns are built (docs/contract.md, section 1.10)."""

import json
import re
from dataclasses import dataclass, field
from typing import TypeAlias

from oracle.json_text import ExactJson, has_lone_surrogate
from oracle.names import JSON
from oracle.scalars import Notes, UnreadableError

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s"{}\[\],:]+', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")

NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT = "null", "boolean", "number", "string", "array", "object"

Value: TypeAlias = "str | bool | list[Node] | dict[str, Node] | None"


@dataclass(frozen=True)
class Node:
    """A JSON value: its type, its source tokens without whitespace, and its value.

    `value` is the decoded string, the token of a number, a bool, None, or the children. Of duplicate keys the
    last is a child (docs/contract.md, section 1.9); `tokens` has all. `keys` are the source tokens of the keys.
    """

    kind: str
    tokens: str
    value: Value
    keys: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str | None:
        """The string for a string column; None for any other value.

        Raises:
            UnreadableError: of kind `json`, for a lone surrogate (docs/contract.md, section 1.10).
        """
        if self.kind != STRING:
            return None
        assert isinstance(self.value, str)
        if has_lone_surrogate(self.value):
            raise UnreadableError(JSON)
        return self.value

    @property
    def items(self) -> list["Node"]:
        """The items of an array; empty for any other value."""
        return self.value if isinstance(self.value, list) else []

    @property
    def members(self) -> dict[str, "Node"]:
        """The members of an object; empty for any other value."""
        return self.value if isinstance(self.value, dict) else {}

    def member(self, key: str) -> "Node | None":
        """A member of an object; None if there is none."""
        return self.members.get(key)


_CONSTANTS: dict[str, tuple[str, bool | None]] = {
    "true": (BOOLEAN, True),
    "false": (BOOLEAN, False),
    "null": (NULL, None),
}


def _scalar(token: str) -> Node:
    if token.startswith('"'):
        return Node(STRING, token, json.loads(token))
    kind, value = _CONSTANTS.get(token, (NUMBER, token))
    return Node(kind, token, value)


def _value(tokens: list[str], at: int) -> tuple[Node, int]:
    """The value that starts at the token `at`, and the index after it."""
    if tokens[at] == "[":
        return _array(tokens, at)
    if tokens[at] == "{":
        return _object(tokens, at)
    return _scalar(tokens[at]), at + 1


def _array(tokens: list[str], start: int) -> tuple[Node, int]:
    items: list[Node] = []
    at = start + 1
    while tokens[at] != "]":
        item, at = _value(tokens, at)
        items.append(item)
        at += tokens[at] == ","
    return Node(ARRAY, "".join(tokens[start : at + 1]), items), at + 1


def _object(tokens: list[str], start: int) -> tuple[Node, int]:
    members: dict[str, Node] = {}
    keys: dict[str, str] = {}
    at = start + 1
    while tokens[at] != "}":
        key = json.loads(tokens[at])
        keys[key] = tokens[at]
        members[key], at = _value(tokens, at + 2)
        at += tokens[at] == ","
    return Node(OBJECT, "".join(tokens[start : at + 1]), members, keys), at + 1


def parse(text: str, notes: Notes, max_depth: int) -> Node:
    """The value of `text`; `notes` counts duplicate keys.

    Raises:
        UnreadableError: of kind `json` or `depth`.
    """
    ExactJson(max_depth).decode(text, notes)
    return _value(_TOKEN.findall(text), 0)[0]


def write_string(text: str) -> str:
    """A string as a JSON token: non-ASCII is not escaped, a lone surrogate is."""
    token = json.dumps(text, ensure_ascii=False)
    return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", token)


def string_node(text: str) -> Node:
    """A string that is not from JSON."""
    return Node(STRING, write_string(text), text)


def object_node(members: dict[str, Node]) -> Node:
    """An object with these members that is not from JSON."""
    keys = {key: write_string(key) for key in members}
    return Node(OBJECT, f"{{{written(keys, members, members)}}}", members, keys)


def array_node(items: list[Node]) -> Node:
    """An array with these items that is not from JSON."""
    return Node(ARRAY, f"[{','.join(item.tokens for item in items)}]", items)


def written(keys: dict[str, str], members: dict[str, Node], chosen: "dict[str, Node] | list[str]") -> str:
    """The source tokens of the chosen members, without the braces."""
    return ",".join(f"{keys[key]}:{members[key].tokens}" for key in chosen)


def part_of(node: Node, chosen: list[str]) -> str | None:
    """An object with the chosen members of `node`; None if none is chosen."""
    return f"{{{written(node.keys, node.members, chosen)}}}" if chosen else None
