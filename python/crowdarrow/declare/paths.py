"""Row paths: the elements of a record that a table has rows for.

A row path nests loops and predicates: `RECORD.items(record["annotations"])` loops over the items of an array,
`.filter(predicate)` keeps the matching ones, `.members(path["value"])` loops over the members of an object inside.
`path.element` is the current element of the innermost loop, `path["key"]` its member `key`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from crowdarrow.declare.values import Expr, FieldNumbers, JsonPath, Predicate


@dataclass(frozen=True)
class Loop:
    """A loop over the elements of a JSON value."""

    over: JsonPath
    elements: str
    """`one, items, members, integers, numbered, leaves`."""
    once: "Once | None" = None
    others: str | None = None
    """The counter of members that are skipped because their key is not an integer."""

    def __hash__(self) -> int:
        # Kept: the rows of a table share their outer loops.
        known: int | None = self.__dict__.get("_hash")
        if known is None:
            known = self.__dict__["_hash"] = hash((self.over, self.elements, self.once, self.others))
        return known

    def spec(self, fields: FieldNumbers) -> dict[str, Any]:
        """The engine's form, without the loop's body."""
        return {"over": self.over.spec(fields), "elements": self.elements}


@dataclass(frozen=True)
class Once:
    """Deduplication of a loop's elements: of those with the same key, in all records, only the first gives rows.

    The key is the pair (`record_key`, the element's index).
    """

    table: str
    record_key: Expr
    """An integer of the record."""
    counter: str
    """The counter of elements that differ from the first one with their key."""


@cache
def _element(level: int) -> JsonPath:
    return JsonPath((("level", level),))


@cache
def _has_any(element: JsonPath, keys: tuple[str, ...]) -> Predicate:
    return Predicate("exists", (("any", tuple(element[key] for key in keys)),))


@dataclass(frozen=True)
class RowPath:
    """Nested loops and predicates, from the record inwards."""

    steps: tuple[Loop | Predicate, ...] = ()
    depth: int = 0
    """The number of loops."""

    @property
    def _level(self) -> tuple[tuple[str, int], ...]:
        return (("level", self.depth - 1),)

    @property
    def element(self) -> JsonPath:
        """The current element of the innermost loop."""
        return _element(self.depth - 1)

    def __getitem__(self, key: str) -> JsonPath:
        return self.element[key]

    def filter(self, predicate: Predicate) -> "RowPath":
        """The elements for which the predicate matches."""
        return RowPath((*self.steps, predicate), self.depth)

    def single(self, over: JsonPath) -> "RowPath":
        """The value itself, if it is present."""
        return self._loop(Loop(over, "one"))

    def items(self, over: JsonPath) -> "RowPath":
        """The items of an array."""
        return self._loop(Loop(over, "items"))

    def members(self, over: JsonPath) -> "RowPath":
        """The members of an object, each key once."""
        return self._loop(Loop(over, "members"))

    def numbered_members(self, over: JsonPath) -> "RowPath":
        """The members of an object ordered by their integer keys; any other key rejects the record."""
        return self._loop(Loop(over, "numbered"))

    def leaves(self, over: JsonPath) -> "RowPath":
        """The scalars inside a value at any depth, or the value itself if it is one."""
        return self._loop(Loop(over, "leaves"))

    def integer_members(self, over: JsonPath, *, others: str | None = None, once: Once | None = None) -> "RowPath":
        """The members of an object whose keys are integers; the counter `others` counts the other members."""
        return self._loop(Loop(over, "integers", once, others))

    def _loop(self, loop: Loop) -> "RowPath":
        return RowPath((*self.steps, loop), self.depth + 1)

    @property
    def index(self) -> Expr:
        """The element's integer key, or its position from 0; of leaves, the position among all those of the record."""
        return Expr("index", self._level)

    @property
    def path(self) -> Expr:
        """The keys and indices that lead to a leaf, each after `_`, as a part of `concat`."""
        return Expr("path", self._level)

    @property
    def key(self) -> JsonPath:
        """The element's key, a string."""
        return JsonPath((("key_of", self.depth - 1),))

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
        kept = tuple(self[key] for key in keep)
        options = (("always", always), ("nulls", nulls), ("keep", kept), ("constant", constants))
        return Expr("residual", (*self._level, ("drop", dropped), *options))

    def zip_lists(self, *keys: str) -> Expr:
        """The items of these array members side by side, as a list of structs."""
        return Expr("zip_lists", (*self._level, ("lists", tuple(self[key] for key in keys))))

    def nearest(self, key: str, of: JsonPath, *suffixes: str) -> "NearestRef":
        """The closest preceding element whose member `key` is the text at `of`, without one of `suffixes`."""
        return NearestRef(self.depth - 1, key, of, suffixes)


@dataclass(frozen=True)
class NearestRef:
    """The closest preceding element of a loop that has a given text in a member."""

    level: int
    key: str
    of: JsonPath
    suffixes: tuple[str, ...]

    def spec(self, fields: FieldNumbers) -> dict[str, Any]:
        """The engine's form."""
        return {"level": self.level, "key": self.key, "of": self.of.spec(fields), "suffixes": list(self.suffixes)}

    @property
    def element(self) -> JsonPath:
        """That element."""
        return JsonPath((("nearest", self),))

    @property
    def index(self) -> Expr:
        """Index of that element, or of the current element if there is none."""
        return Expr("nearest_index", (("of", self),))


RECORD = RowPath()
"""The record itself: one row per record."""
