"""Merges the row paths of the requested tables into one tree of loops and predicates, in the engine's form.

Tables whose paths share a prefix share its loops: the items of an array are visited once for all tables. Rows refer to
their expressions by number, and branches to their predicates, since many have the same ones.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from crowdarrow.declare.paths import Loop, RowPath
from crowdarrow.declare.tables import Counter, Table
from crowdarrow.declare.values import Expr, FieldNumbers, JsonPath, Predicate


@dataclass(eq=False)
class _Node:
    """One node of the tree: what the current element gives, and the loops and predicates inside."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    counters: list[str] = field(default_factory=list)
    sketches: list[tuple[str, JsonPath]] = field(default_factory=list)
    inner: "dict[Loop | Predicate, _Node]" = field(default_factory=dict)
    has_loops: bool = False
    """Whether there are loops further in."""


class ScopeBuilder:
    """Collects the rows and counters of a plan, and numbers its fields, expressions and counters."""

    def __init__(self, tables: Sequence[str], fields: Iterable[str] = ()) -> None:
        """Build the plan of these tables; `fields` have the first numbers."""
        self.fields = FieldNumbers(fields)
        self.counters: list[str] = []
        """The names of the counters, by number."""
        self._tables = tables
        self._numbers: dict[Expr, int] = {}
        self.exprs: list[Any] = []
        """The expressions by number, in the engine's form."""
        self.predicates: list[Any] = []
        """The predicates by number, in the engine's form."""
        self._root = _Node()

    def add_table(self, number: int, table: Table, defaults: Sequence[tuple[str, Expr]]) -> None:
        """Add the rows of a table, given its columns: the name, and the source in rows that do not set the column."""
        places = {name: place for place, (name, _) in enumerate(defaults)}
        numbers: list[int | None] = [None] * len(defaults)
        # Rows share many of their expressions; an id is that of one expression, since the table keeps all of them.
        by_id: dict[int, int] = {}
        for rows in table.rows:
            columns = numbers.copy()
            for name, expr in rows.columns.items():
                place = places.get(name)
                if place is not None:
                    found = by_id.get(id(expr))
                    if found is None:
                        found = by_id[id(expr)] = self.number(expr)
                    columns[place] = found
            if None in columns:
                for place, (_, default) in enumerate(defaults):
                    if columns[place] is None:
                        columns[place] = numbers[place] = self.number(default)
            self._at(rows.path).rows.append({"table": number, "columns": columns})

    def add_counter(self, counter: Counter) -> None:
        """Add a counter."""
        node = self._at(counter.path)
        if counter.sketch is None:
            node.counters.append(counter.name)
        else:
            node.sketches.append((counter.name, counter.sketch))

    def number(self, expr: Expr) -> int:
        """The number of an expression."""
        return self._number(expr, self.exprs)

    def scope(self) -> dict[str, Any]:
        """What a record gives, in the engine's form."""
        return self._scope(self._root)

    def _at(self, path: RowPath) -> _Node:
        """The node that a path leads to, added if it is new."""
        node = self._root
        for place, step in enumerate(path.steps):
            inner = node.inner.get(step)
            if inner is None:
                inner = node.inner[step] = _Node()
                if isinstance(step, Loop):
                    self._mark_loops(path.steps[:place])
            node = inner
        return node

    def _mark_loops(self, steps: Sequence[Loop | Predicate]) -> None:
        """Note that the nodes on a path have a loop further in."""
        node = self._root
        for step in steps:
            node.has_loops = True
            node = node.inner[step]
        node.has_loops = True

    def _number(self, expr: Expr, known: list[Any]) -> int:
        number = self._numbers.get(expr)
        if number is None:
            number = self._numbers[expr] = len(known)
            known.append(expr.spec(self.fields))
        return number

    def _counter(self, name: str) -> int:
        if name not in self.counters:
            self.counters.append(name)
        return self.counters.index(name)

    def _scope(self, node: _Node) -> dict[str, Any]:
        scope: dict[str, Any] = {}
        if node.rows:
            scope["rows"] = node.rows
        if node.counters:
            scope["counters"] = [self._counter(name) for name in node.counters]
        if node.sketches:
            scope["sketches"] = [[self._counter(name), at.spec(self.fields)] for name, at in node.sketches]
        if not node.inner:
            return scope
        branches: list[list[dict[str, Any]]] = []
        # The rows of an element come before those of the loops inside it, whichever table was requested first.
        order = list(node.inner.items())
        if len(order) > 1:
            order.sort(key=lambda item: 2 * item[1].has_loops or isinstance(item[0], Loop))
        inner = dict(order)
        while inner:
            step = next(iter(inner))
            found = inner.pop(step)
            if isinstance(step, Loop):
                # Rows keep the order of the steps: a loop after a predicate becomes an unconditional branch.
                after = scope if not branches else _unconditional(branches)
                after.setdefault("loops", []).append(self._loop(step, found))
                continue
            group = [{"when": self._number(step, self.predicates), "scope": self._scope(found)}]
            # A predicate and its negation are evaluated once.
            negation = next((other for other in _negations(step) if other in inner), None) if inner else None
            if negation is not None:
                group.append({"scope": self._scope(inner.pop(negation))})
            branches.append(group)
        if branches:
            scope["branches"] = branches
        return scope

    def _loop(self, loop: Loop, inner: _Node) -> dict[str, Any]:
        spec = loop.spec(self.fields)
        if loop.others is not None:
            spec["others"] = self._counter(loop.others)
        if loop.once is not None and loop.once.table in self._tables:
            spec["once"] = {
                "table": self._tables.index(loop.once.table),
                "record_key": self.number(loop.once.record_key),
                "counter": self._counter(loop.once.counter),
            }
        return spec | {"scope": self._scope(inner)}


def _negations(predicate: Predicate) -> list[Predicate]:
    """The predicates that match exactly if this one does not."""
    negated = [test for name, test in predicate.arguments if name == "test"] if predicate.op == "not" else []
    return [~predicate, *negated]


def _unconditional(branches: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """The scope of the last branch if it has no predicate, or of a new one without."""
    if len(branches[-1]) > 1 or "when" in branches[-1][0]:
        branches.append([{"scope": {}}])
    scope: dict[str, Any] = branches[-1][0]["scope"]
    return scope
