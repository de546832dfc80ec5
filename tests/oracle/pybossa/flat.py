"""Flattened objects of the CSV layouts P2, P3 and B, and rebuilding the JSON as far as possible."""

import re
from typing import TypeAlias

from oracle.node import Node
from oracle.scalars import Notes, UnreadableError

from .annotations import TIMES
from .cells import read_epoch
from .nodes import NUMBER, array_node, object_node, string_node

Cells: TypeAlias = dict[str, str]
"""The non-empty cells of a record by column name, in the order of the header."""

Whole: TypeAlias = dict[str, Node]
"""Members that are not taken apart, by name."""

_Tree: TypeAlias = "dict[str, _Tree | Node]"

_APART = ("body_", "target_", "generator_", "creator_", "partOf_")
_PLACE = "[0-9]{1,9}"
_DIGITS = re.compile(_PLACE)


def _path(name: str) -> tuple[str, ...]:
    """The levels of a column name; the name of a member that is not nested is one level."""
    return tuple(name.split("_")) if name.startswith(_APART) else (name,)


def _node(tree: "_Tree | Node") -> Node:
    if isinstance(tree, Node):
        return tree
    if tree and all(map(_DIGITS.fullmatch, tree)):
        return array_node([_node(tree[key]) for key in sorted(tree, key=int)])
    return object_node({key: _node(child) for key, child in tree.items()})


def _member(name: str, text: str) -> Node:
    """The value of a cell: a text, or milliseconds since 1970 as a number."""
    if name in TIMES:
        try:
            if read_epoch(text, Notes()) is not None:
                return Node(NUMBER, text, text)
        except UnreadableError:
            pass
    return string_node(text)


def annotation_of(cells: Cells, whole: Whole | None = None) -> Node:
    """The annotation with these cells as members or parts of members (docs/contract.md, section 2.5, layout B).

    A cell below another cell (`target_source` beside `target`) is a member with its own name. The cells named in
    `whole` have that value and are not taken apart.
    """
    whole = whole or {}
    paths = {name: (name,) if name in whole else _path(name) for name in cells}
    filled = set(paths.values())
    root: _Tree = {}
    for name, text in cells.items():
        path = paths[name]
        if any(path[:depth] in filled for depth in range(1, len(path))):
            path = (name,)
        at = root
        for level in path[:-1]:
            below = at.setdefault(level, {})
            assert not isinstance(below, Node)
            at = below
        at[path[-1]] = whole[name] if name in whole else _member(name, text)
    return object_node({key: _node(child) for key, child in root.items()})


def listed_annotations(cells: Cells, prefix: str) -> list[tuple[int, Node]]:
    """The items of a flattened list, from the cells `<prefix><i>_…`, ordered by index."""
    items: dict[int, Cells] = {}
    name_of = re.compile(f"{re.escape(prefix)}({_PLACE})_(.*)", re.DOTALL)
    for name, text in cells.items():
        if match := name_of.fullmatch(name):
            items.setdefault(int(match[1]), {})[match[2]] = text
    return [(position, annotation_of(items[position])) for position in sorted(items)]
