"""Versions of workflows and of classifiers, as panoptes_aggregation compares them."""

import re
from typing import Any, NamedTuple

from crowdarrow.errors import UsageError
from crowdarrow.options import shown

Version = tuple[int, ...]
"""The numbers of a version without zeros at its end, so that 12 and 12.0 are equal."""

_FORM = re.compile(r"\s*v?([0-9]+(?:\.[0-9]+)*)\s*")
_DIGITS = 4300
"""Digits that Python's `int` takes."""


def parse_version(text: Any) -> Version | None:
    """The numbers of a version such as `12.100`; None if it is none."""
    match = _FORM.fullmatch(text) if isinstance(text, str) and len(text) < _DIGITS else None
    if match is None:
        return None
    numbers = [int(part) for part in match[1].split(".")]
    while len(numbers) > 1 and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def normal_version(text: str) -> str:
    """A version as text, without leading zeros."""
    match = _FORM.fullmatch(text)
    return ".".join(str(int(part)) for part in match[1].split(".")) if match else text


class VersionRange(NamedTuple):
    """The versions of a configuration, both ends included; None if there is no bound."""

    low: Version | None
    high: Version | None

    def __contains__(self, version: object) -> bool:
        if not isinstance(version, tuple):
            return False
        return (self.low is None or version >= self.low) and (self.high is None or version <= self.high)


def version_range(value: Any) -> VersionRange:
    """The range of a configuration's `workflow_version`: a version, or `min` and `max`.

    A version without a minor number stands for all of its minors. Old configurations have the version as a number.

    Raises:
        UsageError: it is not a version.
    """
    if isinstance(value, dict):
        unknown = sorted(str(key) for key in value if key not in {"min", "max"})
        if unknown:
            msg = f"`config` has {unknown[0]!r} in workflow_version; a range has min and max"
            raise UsageError(msg)
        low = None if value.get("min") is None else _version(value["min"])
        high = None if value.get("max") is None else _version(value["max"])
        return VersionRange(low, None if high is None else _end_of_major(high))
    version = _version(value)
    return VersionRange(version, _end_of_major(version))


def _end_of_major(version: Version) -> Version:
    """The end of a range: for a major version alone the next one, which no minor of 0 reaches."""
    return (version[0] + 1,) if len(version) == 1 else version


def _version(value: Any) -> Version:
    text = str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    found = parse_version(text)
    if found is None:
        msg = (
            f"`config` has a workflow_version that is not a version: {shown(value)}; write '12.100', or '12' for "
            "all of 12"
        )
        raise UsageError(msg)
    return found
