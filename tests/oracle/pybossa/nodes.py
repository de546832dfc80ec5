"""JSON values of PYBOSSA downloads, also those that are rebuilt from CSV or from Python literals."""

import json
import re

from oracle import node
from oracle.json_text import ExactJson
from oracle.node import Node
from oracle.scalars import Notes

_SURROGATE = re.compile("[\ud800-\udfff]")

NULL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT = "null", "boolean", "number", "string", "array", "object"


def parse(text: str, notes: Notes, max_depth: int) -> Node:
    """The value of `text`; `notes` counts duplicate keys.

    Raises:
        UnreadableError: of kind `json` or `depth`.
    """
    ExactJson(max_depth).decode(text, notes)
    return node.parse(text)


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
    return Node(OBJECT, f"{{{written(keys, members, members)}}}", members=members, keys=keys)


def array_node(items: list[Node]) -> Node:
    """An array with these items that is not from JSON."""
    return Node(ARRAY, f"[{','.join(item.tokens for item in items)}]", items=items)


def written(keys: dict[str, str], members: dict[str, Node], chosen: "dict[str, Node] | list[str]") -> str:
    """The source tokens of the chosen members, without the braces."""
    return ",".join(f"{keys[key]}:{members[key].tokens}" for key in chosen)


def part_of(whole: Node, chosen: list[str]) -> str | None:
    """An object with the chosen members of `whole`; None if none is chosen."""
    return f"{{{written(whole.keys, whole.members, chosen)}}}" if chosen else None
