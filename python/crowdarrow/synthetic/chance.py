"""The seeded random generator that every choice is drawn from."""

import random
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeVar

from .vocabulary import FAMILY_NAMES, GIVEN_NAMES, PUNCTUATION, WORDS

T = TypeVar("T")


@lru_cache(maxsize=64)
def _running(weights: tuple[float, ...]) -> tuple[float, ...]:
    total, sums = 0.0, []
    for weight in weights:
        total += weight
        sums.append(total)
    return tuple(sums)


class Chance(random.Random):
    """A random generator with the distributions that export data needs."""

    @classmethod
    def of(cls, *key: object) -> "Chance":
        """A generator seeded by `key`, so that the draws of one part never shift those of another."""
        return cls("/".join(map(str, key)))

    def likely(self, probability: float) -> bool:
        """True with the given probability."""
        return self.random() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of `items`, with equal probability."""
        return items[int(self.random() * len(items))]

    def weighted(self, items: Sequence[T], weights: tuple[float, ...]) -> T:
        """One of `items`, by weight."""
        return self.choices(items, cum_weights=_running(weights))[0]

    def some(self, items: Sequence[T], least: int = 0) -> list[T]:
        """A random subset of `items`, in random order."""
        return self.sample(list(items), self.randint(least, len(items)))

    def hexadecimal(self, digits: int) -> str:
        """A lower-case hexadecimal token."""
        return f"{self.getrandbits(4 * digits):0{digits}x}"

    def uuid(self) -> str:
        """The text of a version 4 UUID."""
        token = self.hexadecimal(32)
        return f"{token[:8]}-{token[8:12]}-4{token[13:16]}-a{token[17:20]}-{token[20:]}"

    def coordinate(self, limit: float) -> float:
        """A coordinate in image pixels: a double, a float32 converted to double, or an integer."""
        at = self.random() * limit
        if self.likely(0.15):
            return round(at)
        if self.likely(0.5):
            return float(struct.unpack("f", struct.pack("f", at))[0])
        return at

    def rounded(self, limit: float, digits: int = 2) -> float:
        """A coordinate rounded by the client; JavaScript prints whole numbers as integers."""
        return whole(round(self.random() * limit, digits))

    def words(self, least: int, most: int) -> str:
        """A sequence of words, some with punctuation."""
        chosen = [
            self.pick(WORDS) + (self.pick(PUNCTUATION) if self.likely(0.12) else "")
            for _ in range(self.randint(least, most))
        ]
        return " ".join(chosen)

    def sentence(self, least: int = 4, most: int = 12) -> str:
        """A sentence."""
        text = self.words(least, most)
        return text[:1].upper() + text[1:] + "."

    def person(self) -> str:
        """The name of a fictitious person."""
        return f"{self.pick(GIVEN_NAMES)} {self.pick(FAMILY_NAMES)}"


def whole(value: float) -> float:
    """`value`, as an int if it is whole: JavaScript has one number type and prints `912`, not `912.0`."""
    return int(value) if value == int(value) else value
