"""Row paths: the elements of a record that a table has rows for.

A row path nests loops and predicates: `RECORD.items(record["annotations"])` loops over the items of an array,
`.filter(predicate)` keeps the matching ones, `.members(path["value"])` loops over the members of an object inside.
`path.element` is the current element of the innermost loop, `path["key"]` its member `key`.
"""

import json

from crowdarrow.declare.values import Expr, FieldNumbers, JsonPath, Operand, Predicate, expression, kept
from crowdarrow.frozen import Frozen


class Loop:
    """A loop over the elements of a JSON value."""

    __slots__ = ("distinct", "elements", "once", "others", "over")

    def __init__(
        self,
        over: JsonPath,
        elements: str,
        once: "Once | None" = None,
        others: str | None = None,
        distinct: Expr | None = None,
    ) -> None:
        self.over = over
        self.elements = elements
        """`one, items, members, integers, numbered, leaves`."""
        self.once = once
        self.others = others
        """The counter of members that are skipped because their key is not an integer."""
        self.distinct = distinct
        """An integer of the record, if a cell need not give rows again that it gave with the same integer."""


_loop = kept(Loop)


class Once(Frozen):
    """Deduplication of a loop's elements: of those with the same key, in all records, only the first gives rows.

    The key is the pair (`record_key`, the element's index).
    """

    table: str
    record_key: Expr
    """An integer of the record."""
    counter: str
    """The counter of elements that differ from the first one with their key."""


@kept
def _element(level: int) -> JsonPath:
    return JsonPath((("level", level),))


@kept
def _key(level: int) -> JsonPath:
    return JsonPath((("key_of", level),))


@kept
def _has_any(element: JsonPath, keys: tuple[str, ...]) -> Predicate:
    return Predicate("exists", (("any", tuple(element[key] for key in keys)),))


class RowPath:
    """Nested loops and predicates, from the record inwards: a step after another path, or the record itself.

    Paths of the same steps are one object, so that tables share the loops of their paths.
    """

    __slots__ = ("_inner", "depth", "element", "last")

    def __init__(
        self, last: "tuple[RowPath, Loop | Predicate] | None", depth: int, element: JsonPath | None = None
    ) -> None:
        self.last = last
        """The path before the last step, and that step."""
        self.depth = depth
        """The number of loops."""
        self.element = element or _element(depth - 1)
        """The current element of the innermost loop."""
        self._inner: dict[Loop | Predicate, RowPath] = {}

    @property
    def _level(self) -> tuple[tuple[str, int], ...]:
        return (("level", self.depth - 1),)

    def __getitem__(self, key: str) -> JsonPath:
        return self.element[key]

    def filter(self, predicate: Predicate) -> "RowPath":
        """The elements for which the predicate matches."""
        found = self._inner.get(predicate)
        if found is None:
            found = self._inner[predicate] = RowPath((self, predicate), self.depth, self.element)
        return found

    def single(self, over: JsonPath) -> "RowPath":
        """The value itself, if it is present."""
        return self._loop(_loop(over, "one"))

    def items(self, over: JsonPath) -> "RowPath":
        """The items of an array."""
        return self._loop(_loop(over, "items"))

    def members(self, over: JsonPath) -> "RowPath":
        """The members of an object, each key once."""
        return self._loop(_loop(over, "members"))

    def numbered_members(self, over: JsonPath) -> "RowPath":
        """The members of an object ordered by their integer keys; any other key rejects the record."""
        return self._loop(_loop(over, "numbered"))

    def leaves(self, over: JsonPath) -> "RowPath":
        """The scalars inside a value at any depth, or the value itself if it is one."""
        return self._loop(_loop(over, "leaves"))

    def integer_members(
        self, over: JsonPath, *, others: str | None = None, once: Once | None = None, distinct: Expr | None = None
    ) -> "RowPath":
        """The members of an object whose keys are integers; the counter `others` counts the other members.

        With `distinct`, an integer of the record, a cell may give no rows if an earlier record has the same cell and
        integer: for tables of which only the first of equal rows matters.
        """
        return self._loop(_loop(over, "integers", once, others, distinct))

    def _loop(self, loop: Loop) -> "RowPath":
        found = self._inner.get(loop)
        if found is None:
            found = self._inner[loop] = RowPath((self, loop), self.depth + 1)
        return found

    @property
    def index(self) -> Expr:
        """The element's integer key, or its position from 0; of leaves, the position among all those of the record."""
        return expression("index", self._level)

    @property
    def path(self) -> Expr:
        """The keys and indices that lead to a leaf, each after `_`, as a part of `concat`."""
        return expression("path", self._level)

    @property
    def key(self) -> JsonPath:
        """The element's key, a string."""
        return _key(self.depth - 1)

    def has_any(self, *keys: str) -> Predicate:
        """The element is an object with at least one of these members."""
        return _has_any(self.element, keys)

    def residual(
        self,
        *drop: str,
        always: bool = False,
        nulls: bool = False,
        keep: tuple[str, ...] = (),
        constant: tuple[tuple[str, str], ...] = (),
    ) -> Expr:
        """The members that no column of the row holds exactly, as a JSON object.

        Members in `drop` are left out, those in `constant` if they have that text, and nulls if a column reads them,
        unless `nulls` keeps them, or `keep` has the member. Without any member the result is null, or `{}` with
        `always`.
        """
        dropped = tuple(self[key] for key in drop)
        constants = tuple((self[key], text) for key, text in constant)
        read = tuple(self[key] for key in keep)
        options = (("always", always), ("nulls", nulls), ("keep", read), ("constant", constants))
        return expression("residual", (*self._level, ("drop", dropped), *options))

    def zip_lists(self, *keys: str) -> Expr:
        """The items of these array members side by side, as a list of structs."""
        return expression("zip_lists", (*self._level, ("lists", tuple(self[key] for key in keys))))

    def nearest(self, key: str, of: JsonPath, *suffixes: str) -> "NearestRef":
        """The closest preceding element whose member `key` is the text at `of`, without one of `suffixes`."""
        return _nearest(self.depth - 1, key, of, suffixes)


class NearestRef(Operand):
    """The closest preceding element of a loop that has a given text in a member."""

    __slots__ = ("element", "key", "level", "of", "suffixes")

    def __init__(self, level: int, key: str, of: JsonPath, suffixes: tuple[str, ...]) -> None:
        self.level = level
        self.key = key
        self.of = of
        self.suffixes = suffixes
        self.element = JsonPath((("nearest", self),))
        """That element."""

    def form(self, fields: FieldNumbers) -> str:
        """The engine's form, as JSON."""
        own = {"level": self.level, "key": self.key, "suffixes": self.suffixes}
        return f'{json.dumps(own)[:-1]},"of":{self.of.form(fields)}}}'

    @property
    def index(self) -> Expr:
        """Index of that element, or of the current element if there is none."""
        return expression("nearest_index", (("of", self),))


_nearest = kept(NearestRef)

RECORD = RowPath(None, 0)
"""The record itself: one row per record."""
