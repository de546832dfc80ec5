"""Paths: which parts of a record a table's rows are made of.

A path is loops and tests, one within the other: `loop(record["annotations"]).items()` goes over the items of a list,
`.when(test)` keeps those for which the test holds, `.loop(path["value"])` goes on from there. `path["key"]` is a member
of the part at hand, `path.part` that part itself.
"""

from dataclasses import dataclass, replace
from typing import Any

from crowdarrow.declare.values import At, Expr, Fields, Joint, Test


@dataclass(frozen=True)
class Loop:
    """A loop over the parts of a value."""

    over: At
    parts: str
    """`one, items, members, integers, numbered`."""
    once: "Once | None" = None
    others: str | None = None
    """The note that counts members that are passed over since their key is no integer."""

    def spec(self, fields: Fields) -> dict[str, Any]:
        """The engine's form of it, without what it gives; notes and tables are filled in by the plan."""
        return {"over": self.over.spec(fields), "parts": self.parts}


@dataclass(frozen=True)
class Once:
    """Of the parts that have one key, in all records, only the first gives rows."""

    table: str
    with_: Expr
    """Half of the key, an integer of the record; the other half is the part's own number."""
    note: str
    """What counts parts that differ from the first one."""


@dataclass(frozen=True)
class Path:
    """Loops and tests from the record inwards."""

    steps: tuple[Loop | Test, ...] = ()

    @property
    def depth(self) -> int:
        """How many loops there are."""
        return sum(isinstance(step, Loop) for step in self.steps)

    @property
    def part(self) -> At:
        """The part that the innermost loop is at."""
        return At((("level", self.depth - 1),))

    def __getitem__(self, key: str) -> At:
        return self.part[key]

    def when(self, test: Test) -> "Path":
        """Those parts for which a test holds."""
        return replace(self, steps=(*self.steps, test))

    def items(self, over: At) -> "Path":
        """The items of a list."""
        return self._loop(Loop(over, "items"))

    def one(self, over: At) -> "Path":
        """The value itself, if it is there."""
        return self._loop(Loop(over, "one"))

    def members(self, over: At) -> "Path":
        """The members of an object, each key once."""
        return self._loop(Loop(over, "members"))

    def numbered(self, over: At) -> "Path":
        """The members of an object by the integers that are its keys; another key rejects the record."""
        return self._loop(Loop(over, "numbered"))

    def integers(self, over: At, *, others: str, once: Once | None = None) -> "Path":
        """The members of an object whose keys are integers; `others` counts the others."""
        return self._loop(Loop(over, "integers", once, others))

    def _loop(self, loop: Loop) -> "Path":
        return replace(self, steps=(*self.steps, loop))

    @property
    def number(self) -> Expr:
        """The integer that is the part's key, or its place, from 0."""
        return Expr("number", (("level", self.depth - 1),))

    @property
    def key(self) -> Expr:
        """The text that is the part's key."""
        return Expr("key", (("level", self.depth - 1),))

    @property
    def number_text(self) -> Joint:
        """The part's place, as a piece of a joined text."""
        return Joint("number", (("level", self.depth - 1),))

    @property
    def key_text(self) -> Joint:
        """The part's key, as a piece of a joined text."""
        return Joint("key", (("level", self.depth - 1),))

    def has(self, *keys: str) -> Test:
        """The part is an object with one of these members."""
        return Test("has", (("level", self.depth - 1), ("any", list(keys))))

    def key_head(self, *suffixes: str) -> Expr:
        """The part's key without the first of these suffixes that it ends with, in which `#` stands for an integer."""
        return Expr("key_head", (("level", self.depth - 1), ("suffixes", list(suffixes))))

    def key_tail(self, *suffixes: str) -> Expr:
        """The integer for which `#` stands at the end of the part's key."""
        return Expr("key_tail", (("level", self.depth - 1), ("suffixes", list(suffixes))))

    def key_is(self, text: str) -> Test:
        """The part's key is this text."""
        return Test("key", (("level", self.depth - 1), ("text", text)))

    def rest(
        self, *drop: str, always: bool = False, nulls: bool = False, constant: tuple[tuple[str, str], ...] = ()
    ) -> Expr:
        """The members that no column of the row holds, or that did not fit theirs, as a JSON object.

        Those in `drop` stand elsewhere, those in `constant` are left out where they are that text, and nulls where
        there is a column for them, unless `nulls` keeps them. Without any it is null, or `{}` if `always`.
        """
        options = (("always", always), ("nulls", nulls), ("constant", [list(pair) for pair in constant]))
        return Expr("rest", (("level", self.depth - 1), ("drop", list(drop)), *options))

    def zipped(self, *keys: str) -> Expr:
        """The items of these lists of the part, side by side, as a list of structs."""
        return Expr("zip", (("level", self.depth - 1), ("members", list(keys))))

    def nearest(self, key: str, of: At, *suffixes: str) -> "Nearest":
        """The nearest part before whose member `key` is the text at `of`, less one of `suffixes`."""
        return Nearest(self.depth - 1, key, of, suffixes)


@dataclass(frozen=True)
class Nearest:
    """The nearest part before, in one loop, that a text names."""

    level: int
    key: str
    of: At
    suffixes: tuple[str, ...]

    def spec(self, fields: Fields) -> dict[str, Any]:
        """The engine's form of it."""
        return {"level": self.level, "key": self.key, "of": self.of.spec(fields), "suffixes": list(self.suffixes)}

    @property
    def part(self) -> At:
        """That part."""
        return At((("nearest", self),))

    @property
    def number(self) -> Expr:
        """Its place; of the part at hand if there is none."""
        return Expr("nearest", self)


RECORD = Path()
"""The record itself: one row for each."""
