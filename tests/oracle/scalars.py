"""Scalars parsed from text, one function for each type (docs/contract.md, sections 1.3 and 1.4).

Each function takes a text and returns the value, or raises `UnreadableError`. `notes` counts the leniencies by
name; callers that parse texts inside JSON discard them.
"""

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from math import isfinite

from .names import BOOL_FORM, FLOAT_AS_INTEGER, PLUS_SIGN, TIME_FORM, TYPE

NULL_TEXTS = frozenset({"", "NA", "None", "null", "NaN"})

_INT = re.compile(r"([+-]?)([0-9]+)(\.0+)?")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ Tt]([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?: ?(?:[Uu][Tt][Cc]|[Gg][Mm][Tt]|[Zz]|([+-])([0-9]{2})(?::?([0-9]{2}))?))?"
)
_OWN_TIME = re.compile(r"[0-9-]{10} [0-9:]{8} UTC")
_JSON_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# The years 1 to 9999 in microseconds since 1970 (docs/contract.md, section 1.4); the upper end is not included.
_DAY = 86_400_000_000
_FIRST, _END = ((day - _EPOCH_DAY) * _DAY for day in (date.min.toordinal(), date.max.toordinal() + 1))
# The calendar repeats after 400 years.
_CYCLE = date(401, 1, 1).toordinal() - date(1, 1, 1).toordinal()

# More digits than a 64-bit integer has.
_TOO_MANY_DIGITS = 21

Notes = Counter[str]


class UnreadableError(ValueError):
    """A cell that is not of the type of its column; `kind` is the kind of reject."""

    def __init__(self, kind: str = TYPE) -> None:
        """Set the kind."""
        super().__init__(kind)
        self.kind = kind


def fits_bits(number: int, bits: int) -> bool:
    """Whether `number` fits into a signed integer of `bits` bits."""
    return -(1 << (bits - 1)) <= number < 1 << (bits - 1)


def read_int(text: str, notes: Notes, bits: int = 64, *, plus: bool = True) -> int:
    """`-12`, or `12.0` as R and pandas write it, or `+12` if `plus` (both are counted)."""
    match = _INT.fullmatch(text)
    if match is None or (match[1] == "+" and not plus):
        raise UnreadableError
    digits = match[2].lstrip("0") or "0"
    # Python does not parse integers of thousands of digits, which fit into no column.
    if len(digits) >= _TOO_MANY_DIGITS or not fits_bits(int(match[1] + digits), bits):
        raise UnreadableError
    if match[3] is not None:
        notes[FLOAT_AS_INTEGER] += 1
    if match[1] == "+":
        notes[PLUS_SIGN] += 1
    return int(match[1] + digits)


def read_float(text: str) -> float:
    """A finite decimal number; a number out of range is an error."""
    if _FLOAT.fullmatch(text) is None or not isfinite(float(text)):
        raise UnreadableError
    return float(text)


def read_number(text: str) -> float:
    """A number in a JSON string, in the form of docs/contract.md, section 5 on 2.1: there are digits after a point."""
    if _NUMBER.fullmatch(text) is None:
        raise UnreadableError
    return read_float(text)


def read_bool(text: str, notes: Notes) -> bool:
    """`true`, `false`, `t`, `f` in any case; every form except `true` and `false` is counted."""
    low = text.lower() if text.isascii() else ""
    if low not in {"true", "false", "t", "f"}:
        raise UnreadableError
    if text not in {"true", "false"}:
        notes[BOOL_FORM] += 1
    return low in {"true", "t"}


def read_time(text: str, notes: Notes) -> int:
    """Microseconds since 1970 in UTC; every form except the exporter's `YYYY-MM-DD HH:MM:SS UTC` is counted.

    Digits of the fraction after the sixth are dropped; a time without a zone is UTC. The year is checked after the
    offset is applied, so a local time in year 0 may be a time of year 1.
    """
    match = _TIME.fullmatch(text)
    if match is None:
        raise UnreadableError
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    sign, ahead = (-1 if match[8] == "-" else 1), (int(match[9] or 0), int(match[10] or 0))
    try:
        days = (
            date(400, month, day).toordinal() - _CYCLE if year == 0 else date(year, month, day).toordinal()
        ) - _EPOCH_DAY
        # These constructors check the ranges.
        time(hour, minute, second)
        time(*ahead)
    except ValueError:
        raise UnreadableError from None
    offset = sign * (ahead[0] * 60 + ahead[1])
    micros = int(match[7][:6].ljust(6, "0")) if match[7] else 0
    at = ((days * 1440 + hour * 60 + minute - offset) * 60 + second) * 1_000_000 + micros
    if not _FIRST <= at < _END:
        raise UnreadableError
    if _OWN_TIME.fullmatch(text) is None:
        notes[TIME_FORM] += 1
    return at


def is_canonical_time(text: str) -> bool:
    """Whether a valid time has the form that `render_time` writes."""
    return _JSON_TIME.fullmatch(text) is not None


def render_time(micros: int) -> str:
    """The canonical form inside JSON, `YYYY-MM-DDTHH:MM:SS.mmmZ`, truncated to milliseconds."""
    at = _EPOCH + timedelta(microseconds=micros)
    return at.strftime("%Y-%m-%dT%H:%M:%S.").rjust(20, "0") + f"{at.microsecond // 1000:03d}Z"


def read_version(text: str | None) -> tuple[int | None, int | None]:
    """Major and minor of a `workflow_version`; both null unless it has the form `12` or `12.100`."""
    match = re.fullmatch(r"([0-9]+)(?:\.([0-9]+))?", text or "")
    if match is None:
        return None, None
    try:
        major, minor = (None if part is None else read_int(part, Notes(), bits=32) for part in match.groups())
    except UnreadableError:
        return None, None
    return major, minor


def read_id_list(text: str, notes: Notes) -> list[int]:
    """`123;456`, or `123, 456` as in 2015; an empty or invalid item is a fault.

    A comma without a blank after it does not separate items (docs/contract.md, section 2.1).
    """
    return [read_int(item.strip(" \t"), notes, plus=False) for item in re.split(";|, ", text)]
