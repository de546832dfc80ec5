"""Merges the row paths of the requested tables into one tree of loops and predicates, in the engine's form.

Tables whose paths share a prefix share its loops: the items of an array are visited once for all tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from crowdarrow.declare.paths import Loop, RowPath
from crowdarrow.declare.table_plan import TablePlan
from crowdarrow.declare.tables import Export
from crowdarrow.declare.values import FieldNumbers, JsonPath, Predicate


@dataclass
class _Node:
    """One node of the tree: what the current element gives, and the loops and predicates inside."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    sketches: list[tuple[str, JsonPath]] = field(default_factory=list)
    inner: list[tuple[Loop | Predicate, "_Node"]] = field(default_factory=list)

    @property
    def has_loops(self) -> bool:
        """Whether there are loops further in."""
        return any(isinstance(step, Loop) or node.has_loops for step, node in self.inner)

    def at(self, path: RowPath) -> "_Node":
        """The node that a path leads to, added if it is new."""
        node = self
        for step in path.steps:
            found = next((inner for known, inner in node.inner if known == step), None)
            if found is None:
                found = _Node()
                node.inner.append((step, found))
            node = found
        return node


def build_scope(
    export: Export, plans: Sequence[TablePlan], fields: FieldNumbers, counters: list[str]
) -> dict[str, Any]:
    """The scope of a record; appends the names of its counters to `counters`."""
    root = _Node()
    names = [plan.table.name for plan in plans]
    for number, plan in enumerate(plans):
        for rows in plan.table.rows:
            exprs = [rows.columns.get(column.name, column.expr) for column in plan.decoded]
            spec = {"table": number, "columns": [expr.spec(fields) for expr in exprs]}
            root.at(rows.path).rows.append(spec)
    for counter in export.counters:
        if set(counter.tables) & set(names):
            node = root.at(counter.path)
            if counter.sketch is None:
                node.counters.append(counter.name)
            else:
                node.sketches.append((counter.name, counter.sketch))
    return _scope(root, names, fields, counters)


def _scope(node: _Node, tables: list[str], fields: FieldNumbers, counters: list[str]) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    if node.rows:
        scope["rows"] = node.rows
    if node.counters:
        scope["notes"] = [_counter(name, counters) for name in node.counters]
    if node.sketches:
        scope["shapes"] = [[_counter(name, counters), at.spec(fields)] for name, at in node.sketches]
    branches: list[list[dict[str, Any]]] = []
    # The rows of an element come before those of the loops inside it, whichever table was requested first.
    inner = sorted(node.inner, key=lambda step: 2 * step[1].has_loops or isinstance(step[0], Loop))
    while inner:
        step, found = inner.pop(0)
        if isinstance(step, Loop):
            # Rows keep the order of the steps: a loop after a predicate becomes an unconditional branch.
            after = scope if not branches else _unconditional(branches)
            after.setdefault("each", []).append(_loop(step, found, tables, fields, counters))
            continue
        group = [{"when": step.spec(fields)} | _scope(found, tables, fields, counters)]
        # A predicate and its negation are evaluated once.
        negation = next((index for index, (other, _) in enumerate(inner) if _are_opposite(step, other)), None)
        if negation is not None:
            _, otherwise = inner.pop(negation)
            group.append(_scope(otherwise, tables, fields, counters))
        branches.append(group)
    if branches:
        scope["branches"] = branches
    return scope


def _are_opposite(predicate: Predicate, other: Loop | Predicate) -> bool:
    return isinstance(other, Predicate) and (other == ~predicate or predicate == ~other)


def _unconditional(branches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The last branch if it has no predicate, or a new one without."""
    if len(branches[-1]) > 1 or "when" in branches[-1][0]:
        branches.append([{}])
    return branches[-1][0]


def _loop(loop: Loop, inner: _Node, tables: list[str], fields: FieldNumbers, counters: list[str]) -> dict[str, Any]:
    spec = loop.spec(fields)
    if loop.others is not None:
        spec["others"] = _counter(loop.others, counters)
    if loop.once is not None and loop.once.table in tables:
        spec["once"] = {
            "table": tables.index(loop.once.table),
            "with": loop.once.record_key.spec(fields),
            "note": _counter(loop.once.counter, counters),
        }
    return spec | _scope(inner, tables, fields, counters)


def _counter(name: str, counters: list[str]) -> int:
    if name not in counters:
        counters.append(name)
    return counters.index(name)
