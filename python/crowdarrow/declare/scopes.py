"""Merges the row paths of the requested tables into one tree of loops and predicates, in the engine's form.

Tables whose paths share a prefix share its loops: the items of an array are visited once for all tables. Rows refer to
their expressions by number, and branches to their predicates, since many have the same ones.
"""

from collections.abc import Iterable, Mapping, Sequence

from crowdarrow.declare.paths import Loop, RowPath
from crowdarrow.declare.tables import Counter, Table
from crowdarrow.declare.values import Expr, FieldNumbers, JsonPath, Predicate


class _Node:
    """One node of the tree: what the current element gives, and the loops and predicates inside."""

    __slots__ = ("counters", "has_loops", "inner", "outer", "rows", "sketches")

    def __init__(self, outer: "_Node | None" = None) -> None:
        self.outer = outer
        self.rows: list[str] = []
        self.counters: list[str] = []
        self.sketches: list[tuple[str, JsonPath]] = []
        self.inner: dict[Loop | Predicate, _Node] = {}
        self.has_loops = False
        """Whether there are loops further in."""

    def mark_loops(self) -> None:
        """Note that there are loops further in, also in the nodes around it."""
        node: _Node | None = self
        while node is not None and not node.has_loops:
            node.has_loops = True
            node = node.outer


class _Numbers(dict[Expr, str]):
    """Numbers expressions in order of first use."""

    def __init__(self, fields: FieldNumbers) -> None:
        super().__init__()
        self._fields = fields
        self.forms: list[str] = []
        """The expressions by number, in the engine's form."""

    def __missing__(self, expr: Expr) -> str:
        number = self[expr] = str(len(self.forms))
        self.forms.append(expr.form(self._fields))
        return number


class ScopeBuilder:
    """Collects the rows and counters of a plan, and numbers its fields, expressions and counters."""

    def __init__(self, tables: Sequence[str], fields: Iterable[str] = ()) -> None:
        """Build the plan of these tables; `fields` have the first numbers."""
        self.fields = FieldNumbers(fields)
        self.counters: list[str] = []
        """The names of the counters, by number."""
        self._tables = tables
        self._exprs = _Numbers(self.fields)
        self._predicates = _Numbers(self.fields)
        self._root = _Node()
        self._nodes: dict[RowPath, _Node] = {}

    def add_table(self, number: int, table: Table, defaults: Sequence[tuple[str, Expr]]) -> None:
        """Add the rows of a table, given its columns: the name, and the source in rows that do not set the column."""
        numbers = self._exprs
        for rows in table.rows:
            of_row = rows.columns.get
            columns = ",".join([numbers[of_row(name, default)] for name, default in defaults])
            self._at(rows.path).rows.append(f'{{"table":{number},"columns":[{columns}]}}')

    def add_counter(self, counter: Counter) -> None:
        """Add a counter."""
        node = self._at(counter.path)
        if counter.sketch is None:
            node.counters.append(counter.name)
        else:
            node.sketches.append((counter.name, counter.sketch))

    def number(self, expr: Expr) -> int:
        """The number of an expression."""
        return int(self._exprs[expr])

    def record(self) -> str:
        """What a record gives, in the engine's form."""
        return self._scope(self._root)

    def numbered(self) -> str:
        """The expressions and predicates so far, by number: members of the engine's plan."""
        return f'"exprs":[{",".join(self._exprs.forms)}],"predicates":[{",".join(self._predicates.forms)}]'

    def _at(self, path: RowPath) -> _Node:
        """The node that a path leads to, added if it is new."""
        if path.last is None:
            return self._root
        node = self._nodes.get(path)
        if node is None:
            before, step = path.last
            outer = self._at(before)
            node = self._nodes[path] = outer.inner[step] = _Node(outer)
            if isinstance(step, Loop):
                outer.mark_loops()
        return node

    def _counter(self, name: str) -> int:
        if name not in self.counters:
            self.counters.append(name)
        return self.counters.index(name)

    def _scope(self, node: _Node) -> str:
        parts: list[str] = []
        if node.rows:
            parts.append(f'"rows":[{",".join(node.rows)}]')
        if node.counters:
            parts.append(f'"counters":{[self._counter(name) for name in node.counters]}')
        if node.sketches:
            sketches = [f"[{self._counter(name)},{at.form(self.fields)}]" for name, at in node.sketches]
            parts.append(f'"sketches":[{",".join(sketches)}]')
        if node.inner:
            parts += self._inner(node.inner)
        return f"{{{','.join(parts)}}}"

    def _inner(self, inner: Mapping[Loop | Predicate, _Node]) -> list[str]:
        """The loops and branches of a scope."""
        if len(inner) == 1:
            ((step, node),) = inner.items()
            if isinstance(step, Loop):
                return [f'"loops":[{self._loop(step, node)}]']
            return [f'"branches":[[{self._branch(step, node)}]]']
        loops: list[str] = []
        branches: list[str] = []
        after: list[str] = []
        taken: set[Predicate] = set()
        # The rows of an element come before those of the loops inside it, whichever table was requested first.
        for step, node in sorted(inner.items(), key=_place):
            if isinstance(step, Loop):
                # Rows keep the order of the steps: a loop after a predicate becomes an unconditional branch.
                (after if branches else loops).append(self._loop(step, node))
                continue
            if step in taken:
                continue
            if after:
                branches.append(_unconditional(after))
                after = []
            group = self._branch(step, node)
            # A predicate and its negation are evaluated once.
            taken.add(step)
            negation = next((other for other in step.negations if other in inner and other not in taken), None)
            if negation is not None:
                taken.add(negation)
                group = f'{group},{{"scope":{self._scope(inner[negation])}}}'
            branches.append(f"[{group}]")
        if after:
            branches.append(_unconditional(after))
        parts = [f'"loops":[{",".join(loops)}]'] if loops else []
        return [*parts, f'"branches":[{",".join(branches)}]'] if branches else parts

    def _branch(self, predicate: Predicate, node: _Node) -> str:
        return f'{{"when":{self._predicates[predicate]},"scope":{self._scope(node)}}}'

    def _loop(self, loop: Loop, inner: _Node) -> str:
        more = ""
        if loop.others is not None:
            more += f',"others":{self._counter(loop.others)}'
        if loop.once is not None and loop.once.table in self._tables:
            table, key = self._tables.index(loop.once.table), self.number(loop.once.record_key)
            more += f',"once":{{"table":{table},"record_key":{key},"counter":{self._counter(loop.once.counter)}}}'
        if loop.distinct is not None:
            more += f',"distinct":{self.number(loop.distinct)}'
        over = loop.over.form(self.fields)
        return f'{{"over":{over},"elements":"{loop.elements}"{more},"scope":{self._scope(inner)}}}'


def _place(item: tuple[Loop | Predicate, _Node]) -> int:
    step, node = item
    return 2 if node.has_loops else isinstance(step, Loop)


def _unconditional(loops: Iterable[str]) -> str:
    """The branch, without a predicate, of these loops."""
    return f'[{{"scope":{{"loops":[{",".join(loops)}]}}}}]'
