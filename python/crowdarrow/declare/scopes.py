"""The paths of the tables asked for, merged to one tree of loops and tests, in the engine's form.

Tables that go the same way share it: the items of a list are walked once, whichever tables they give rows to.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crowdarrow.declare import At, Export, Fields, Loop, Path, Test

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crowdarrow.declare.compile import Filling


@dataclass
class _Node:
    """What stands at one place of the tree."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    shapes: list[tuple[str, At]] = field(default_factory=list)
    inner: list[tuple[Loop | Test, "_Node"]] = field(default_factory=list)

    @property
    def loops(self) -> bool:
        """Whether there are loops further in."""
        return any(isinstance(step, Loop) or node.loops for step, node in self.inner)

    def at(self, path: Path) -> "_Node":
        """The node that a path leads to, made if it is not there."""
        node = self
        for step in path.steps:
            found = next((inner for known, inner in node.inner if known == step), None)
            if found is None:
                found = _Node()
                node.inner.append((step, found))
            node = found
        return node


def scope_of(export: Export, tables: "Sequence[Filling]", fields: Fields, notes: list[str]) -> dict[str, Any]:
    """What a record gives; `notes` takes the names of what is counted."""
    root = _Node()
    names = [filling.table.name for filling in tables]
    for number, filling in enumerate(tables):
        for rows in filling.table.rows:
            exprs = [rows.columns.get(column.name, column.expr) for column in filling.decoded]
            spec = {"table": number, "columns": [expr.spec(fields) for expr in exprs]}
            root.at(rows.path).rows.append(spec)
    for note in export.notes:
        if set(note.with_) & set(names):
            node = root.at(note.path)
            if note.shape is None:
                node.notes.append(note.name)
            else:
                node.shapes.append((note.name, note.shape))
    return _scope(root, names, fields, notes)


def _scope(node: _Node, tables: list[str], fields: Fields, notes: list[str]) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    if node.rows:
        scope["rows"] = node.rows
    if node.notes:
        scope["notes"] = [_note(name, notes) for name in node.notes]
    if node.shapes:
        scope["shapes"] = [[_note(name, notes), at.spec(fields)] for name, at in node.shapes]
    branches: list[list[dict[str, Any]]] = []
    # A part's own rows come before those of what is inside it, whichever table asked first.
    inner = sorted(node.inner, key=lambda step: 2 * step[1].loops or isinstance(step[0], Loop))
    while inner:
        step, found = inner.pop(0)
        if isinstance(step, Loop):
            # What comes first gives its rows first: after a test, a loop is a branch that is always taken.
            after = scope if not branches else _always(branches)
            after.setdefault("each", []).append(_loop(step, found, tables, fields, notes))
            continue
        group = [{"when": step.spec(fields)} | _scope(found, tables, fields, notes)]
        # A test and its contrary are asked once.
        contrary = next((place for place, (other, _) in enumerate(inner) if _are_contrary(step, other)), None)
        if contrary is not None:
            _, otherwise = inner.pop(contrary)
            group.append(_scope(otherwise, tables, fields, notes))
        branches.append(group)
    if branches:
        scope["branches"] = branches
    return scope


def _are_contrary(test: Test, other: Loop | Test) -> bool:
    return isinstance(other, Test) and (other == ~test or test == ~other)


def _always(branches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The last branch, if it is always taken, or a new one that is."""
    if len(branches[-1]) > 1 or "when" in branches[-1][0]:
        branches.append([{}])
    return branches[-1][0]


def _loop(loop: Loop, inner: _Node, tables: list[str], fields: Fields, notes: list[str]) -> dict[str, Any]:
    spec = loop.spec(fields)
    if loop.others is not None:
        spec["others"] = _note(loop.others, notes)
    if loop.once is not None and loop.once.table in tables:
        spec["once"] = {
            "table": tables.index(loop.once.table),
            "with": loop.once.with_.spec(fields),
            "note": _note(loop.once.note, notes),
        }
    return spec | _scope(inner, tables, fields, notes)


def _note(name: str, notes: list[str]) -> int:
    if name not in notes:
        notes.append(name)
    return notes.index(name)
