"""Slugs of answers and choices, the names of the columns of votes."""

from functools import cache, lru_cache
from typing import Any

from crowdarrow.extraction.needs import needed

_MOST = 1 << 16


@cache
def _slugify() -> Any:
    return needed("slugify", "python-slugify").slugify


@lru_cache(_MOST)
def _slug_of(text: str) -> str:
    return str(_slugify()(text, separator="-"))


def slug(value: Any) -> str:
    """The slug of a text, by the library that panoptes_aggregation takes it from.

    Raises:
        TypeError: the value is not text.
    """
    if not isinstance(value, str):
        msg = "only text has a slug"
        raise TypeError(msg)
    return _slug_of(value)


def slug_or_literal(value: Any) -> str:
    """The slug of a text, and the text of an integer, a boolean or null.

    Raises:
        TypeError: it is not one of these.
    """
    return str(value) if value is None or isinstance(value, bool | int) else slug(value)
