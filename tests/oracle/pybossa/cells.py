"""The values of the columns of the record tables, from JSON members and from CSV fields."""

import re
from collections.abc import Callable
from fractions import Fraction
from math import isfinite
from typing import Any

from oracle import scalars
from oracle.names import JSON, JSON_TYPE, TIME_FORM
from oracle.node import Node
from oracle.scalars import Notes, UnreadableError

from .names import EPOCH_TIME, HEX_TIME, RESULTS, TASK_RUNS, TASKS
from .nodes import ARRAY, BOOLEAN, NULL, NUMBER, STRING, parse
from .python_literal import read_literal

INT, REAL, TEXT, TIME, CREATED, BOOL, INTS = "int", "real", "text", "time", "created", "bool", "ints"

_WHO = {"user_id": INT, "user_ip": TEXT, "external_uid": TEXT}
COLUMNS: dict[str, dict[str, str]] = {
    TASKS: {
        "id": INT,
        "project_id": INT,
        "created": CREATED,
        "state": TEXT,
        "quorum": INT,
        "calibration": INT,
        "priority_0": REAL,
        "n_answers": INT,
        "fav_user_ids": INTS,
    },
    TASK_RUNS: {
        "id": INT,
        "project_id": INT,
        "task_id": INT,
        **_WHO,
        "created": CREATED,
        "finish_time": TIME,
        "timeout": INT,
        "calibration": INT,
        "media_url": TEXT,
    },
    RESULTS: {
        "id": INT,
        "project_id": INT,
        "task_id": INT,
        "task_run_ids": INTS,
        "created": CREATED,
        "last_version": BOOL,
    },
}
"""The scalar columns of each kind, without those from `info`."""


# `isoformat()` of a time without a zone; it leaves out a fraction of zero.
_OWN_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{6})?")
_LEAST_EPOCH = 10**11
# Milliseconds from 1970 to the year 10000.
_END_OF_EPOCH = 253_402_300_800_000


def read_epoch(text: str, notes: Notes) -> int | None:
    """Microseconds since 1970 for a number of milliseconds; None if the number is too small to be a time.

    Raises:
        UnreadableError: the text is not a number, or the time is after the year 9999.
    """
    number = scalars.read_float(text)
    if number < _LEAST_EPOCH / 2 or (number <= _END_OF_EPOCH and Fraction(text) < _LEAST_EPOCH):
        return None
    if number > _END_OF_EPOCH or Fraction(text) >= _END_OF_EPOCH:
        raise UnreadableError
    notes[EPOCH_TIME] += 1
    return int(Fraction(text) * 1000)


def read_time(text: str, notes: Notes) -> int:
    """A time; every form except that of the servers is counted."""
    time = scalars.read_time(text, Notes())
    if _OWN_TIME.fullmatch(text) is None:
        notes[TIME_FORM] += 1
    return time


def read_created(text: str, notes: Notes) -> int:
    r"""A time, or a time in hexadecimal digits: `\x3230…` (counted)."""
    if not text.startswith("\\x"):
        return read_time(text, notes)
    try:
        plain = bytes.fromhex(text[2:]).decode("ascii")
    except ValueError:
        raise UnreadableError from None
    if len(text) != 2 + 2 * len(plain):
        raise UnreadableError
    time = scalars.read_time(plain, Notes())
    notes[HEX_TIME] += 1
    return time


def _json_int(node: Node, notes: Notes) -> int:
    if node.kind != NUMBER:
        raise UnreadableError
    return scalars.read_int(node.tokens, notes)


def _json_real(node: Node, _notes: Notes) -> float:
    if node.kind != NUMBER or not isfinite(float(node.tokens)):
        raise UnreadableError
    return float(node.tokens)


def _json_text(node: Node, _notes: Notes) -> str:
    if node.text is None:
        raise UnreadableError
    return node.text


def _json_bool(node: Node, _notes: Notes) -> bool:
    if node.kind != BOOLEAN:
        raise UnreadableError
    return node.value is True


def _json_time(read: Callable[[str, Notes], int]) -> Callable[[Node, Notes], int | None]:
    def of(node: Node, notes: Notes) -> int | None:
        if node.kind == NUMBER and (epoch := read_epoch(node.tokens, notes)) is not None:
            return epoch
        if node.kind != STRING:
            raise UnreadableError
        assert isinstance(node.value, str)
        return None if node.value in scalars.NULL_TEXTS else read(node.value, notes)

    return of


def _json_ints(node: Node, notes: Notes) -> list[int | None]:
    if node.kind != ARRAY:
        raise UnreadableError(JSON_TYPE)
    return [None if item.kind == NULL else _json_int(item, notes) for item in node.items]


_FROM_JSON: dict[str, Callable[[Node, Notes], Any]] = {
    INT: _json_int,
    REAL: _json_real,
    TEXT: _json_text,
    BOOL: _json_bool,
    TIME: _json_time(read_time),
    CREATED: _json_time(read_created),
    INTS: _json_ints,
}


def _text_time(read: Callable[[str, Notes], int]) -> Callable[[str, Notes], int]:
    def of(text: str, notes: Notes) -> int:
        try:
            epoch = read_epoch(text, notes)
        except UnreadableError:
            epoch = None
        return read(text, notes) if epoch is None else epoch

    return of


_FROM_TEXT: dict[str, Callable[[str, Notes], Any]] = {
    INT: scalars.read_int,
    REAL: lambda text, _notes: scalars.read_float(text),
    TEXT: lambda text, _notes: text,
    BOOL: scalars.read_bool,
    TIME: _text_time(read_time),
    CREATED: _text_time(read_created),
}


def from_json(type_: str, node: Node, notes: Notes) -> Any:
    """The value of a member of a JSON record; a string is not converted to a number.

    Raises:
        UnreadableError: the value is not of the type of the column.
    """
    return None if node.kind == NULL else _FROM_JSON[type_](node, notes)


def from_text(type_: str, text: str, *, quoted: bool, notes: Notes, max_depth: int, python: bool) -> Any:
    """The value of a CSV field (docs/contract.md, sections 1.3 and 1.4).

    In layout P1 (`python`) `None` is null in every column.

    Raises:
        UnreadableError: the value is not of the type of the column.
    """
    if (text == "" and not quoted) or (python and text == "None"):
        return None
    if type_ != TEXT and text in scalars.NULL_TEXTS:
        return None
    if type_ != INTS:
        return _FROM_TEXT[type_](text, notes)
    node = read_literal(text, max_depth) if python else None
    try:
        node = node or parse(text, notes, max_depth)
    except UnreadableError as fault:
        # A cell that is neither JSON nor a Python literal is a text, which is not a list.
        raise UnreadableError(JSON_TYPE if fault.kind == JSON else fault.kind) from fault
    return _json_ints(node, notes)


def gathered(texts: list[str], notes: Notes) -> list[int] | None:
    """The list from the columns `<name>_<n>`; empty cells are skipped."""
    filled = [text for text in texts if text not in scalars.NULL_TEXTS]
    return [scalars.read_int(text, notes, plus=False) for text in filled] or None
