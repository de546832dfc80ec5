"""The `metadata` struct: typed children, `extra`, and the way back to the JSON object (docs/contract.md, section 1.8).

The reader of a child takes a JSON value that is not null. It returns the value of the child, or None, and
whether the source can be rebuilt exactly from that value. If not, the source member is kept in `extra`.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from math import isfinite
from typing import Any

from . import scalars
from .json_text import Json, Real, WithReplacements, note_lone_surrogate, text_column
from .names import JSON_TYPE
from .scalars import Notes, UnreadableError

Read = tuple[Any, bool]
Reader = Callable[[Any], Read]
UNREAD: Read = (None, False)
# Leniencies are counted only for CSV fields.
UNCOUNTED: Notes = Counter()


def _from_text(read: Callable[..., Any], text: str, *more: Any) -> Any:
    """Read a JSON string for a child of another type as a CSV field (docs/contract.md, sections 1.3 and 1.4)."""
    if text in scalars.NULL_TEXTS:
        return None
    try:
        return read(text, *more)
    except UnreadableError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def token_of(number: float) -> str:
    """The token of a number, if it is known."""
    if isinstance(number, Real):
        return number.token
    # Python does not print integers of thousands of digits, which fit into no column.
    return str(number) if isinstance(number, float) or scalars.fits_bits(number, 64) else ""


def read_text(value: Any) -> Read:
    """A string child; a text with lone surrogates is not exact (docs/contract.md, section 1.10)."""
    if not isinstance(value, str):
        return UNREAD
    text = text_column(value)
    return text, not isinstance(text, WithReplacements)


def read_bool(value: Any) -> Read:
    """A bool child."""
    if isinstance(value, bool):
        return value, True
    if isinstance(value, str):
        return _from_text(scalars.read_bool, value, UNCOUNTED), False
    return UNREAD


def read_time(value: Any) -> Read:
    """A time child; only its canonical form is exact."""
    if not isinstance(value, str):
        return UNREAD
    micros = _from_text(scalars.read_time, value, UNCOUNTED)
    return micros, micros is not None and scalars.is_canonical_time(value)


def read_float(value: Any) -> Read:
    """A float64 child; integers beyond 2^53 are rounded and not exact."""
    if isinstance(value, str):
        return _from_text(scalars.read_number, value), False
    if not _is_number(value):
        return UNREAD
    try:
        number = float(value)
    except OverflowError:
        return UNREAD
    if not isfinite(number):
        return UNREAD
    return number, isinstance(value, float) or abs(value) <= 2**53


def read_int(value: Any, bits: int = 64) -> Read:
    """An integer child; a number is parsed like a text, so that `5.0` is 5 and `5e0` is not an integer."""
    if isinstance(value, str):
        return _from_text(scalars.read_int, value, UNCOUNTED, bits), False
    if not _is_number(value):
        return UNREAD
    number = _from_text(scalars.read_int, token_of(value), UNCOUNTED, bits)
    return number, number is not None


def read_id(value: Any) -> Read:
    """An item of a list of ids: as `read_int`, but without a plus sign (docs/contract.md, section 5 on 1.4)."""
    return UNREAD if isinstance(value, str) and value.startswith("+") else read_int(value)


def read_utc_offset(value: Any) -> Read:
    """An int32 child that is rendered as a decimal string; only such a string is exact."""
    number, _ = read_int(value, bits=32)
    return number, isinstance(value, str) and value == str(number)


def read_list(value: Any, item: Reader) -> Read:
    """A list child: null items are exact; an item that cannot be parsed becomes null and is not exact."""
    if not isinstance(value, list):
        return UNREAD
    items = [(None, True) if one is None else item(one) for one in value]
    return [one for one, _ in items], all(exact for _, exact in items)


def read_structs(value: Any, item: Reader) -> Read:
    """A list of structs; an object is read as a list of one struct, which is not exact."""
    if isinstance(value, dict):
        return [item(value)[0]], False
    return read_list(value, item)


def read_struct(value: Any, children: Mapping[str, Reader]) -> Read:
    """A struct without its own `extra`: a null or unknown member makes it inexact."""
    if not isinstance(value, dict):
        return UNREAD
    exact = True
    found: dict[str, Any] = {}
    for name, member in value.items():
        reader = children.get(name)
        if reader is None or member is None:
            exact = False
            continue
        found[name], member_exact = reader(member)
        exact = exact and member_exact
    return found, exact


VIEWPORT = dict.fromkeys(("width", "height"), read_float)
DIMENSIONS = dict.fromkeys(("clientWidth", "clientHeight", "naturalWidth", "naturalHeight"), read_float)
SELECTION: dict[str, Reader] = {
    "retired": read_bool,
    "selected_at": read_time,
    "already_seen": read_bool,
    "selection_state": read_text,
    "finished_workflow": read_bool,
    "user_has_finished_workflow": read_bool,
}
INTERVENTIONS: dict[str, Reader] = {"opt_in": read_bool, "messageShown": read_bool, "uuid": read_text}
CHILDREN: dict[str, Reader] = {
    **dict.fromkeys(("started_at", "finished_at"), read_time),
    **dict.fromkeys(("session", "user_agent", "user_language", "source"), read_text),
    "utc_offset": read_utc_offset,
    "viewport": partial(read_struct, children=VIEWPORT),
    **dict.fromkeys(("live_project", "seen_before", "subject_flagged"), read_bool),
    "user_group_ids": partial(read_list, item=read_id),
    "subject_dimensions": partial(read_structs, item=partial(read_struct, children=DIMENSIONS)),
    "subject_selection_state": partial(read_struct, children=SELECTION),
    "interventions": partial(read_struct, children=INTERVENTIONS),
    **dict.fromkeys(("classifier_version", "revision", "workflow_translation_id"), read_text),
}


def read_metadata(text: str, notes: Notes, json_reader: Json) -> dict[str, Any]:
    """The struct of a `metadata` cell, which must be a JSON object.

    Raises:
        UnreadableError: of kind `json`, `depth` or `json_type`.
    """
    source = json_reader.decode(text, notes)
    if not isinstance(source, dict):
        raise UnreadableError(JSON_TYPE)
    as_written = json_reader.members(text, source)
    row: dict[str, Any] = {}
    left: list[str] = []
    for name, member in source.items():
        exact = False
        if name == "feedback" and member is not None:
            row[name], exact = as_written(name)[1], True
        elif name in CHILDREN and member is not None:
            row[name], exact = CHILDREN[name](member)
        if not exact:
            left.append(name)
    if left:
        row["extra"] = "{" + ",".join(":".join(as_written(name)) for name in left) + "}"
    note_lone_surrogate(row, notes)
    return row


def render(name: str, value: Any) -> Any:
    """The JSON value of a child that is not null (docs/contract.md, section 1.8)."""
    if name == "feedback":
        return json.loads(value)
    if name == "utc_offset":
        return str(value)
    if isinstance(value, datetime):
        return scalars.render_time(_micros(value))
    if isinstance(value, dict):
        return {key: render(key, child) for key, child in value.items() if child is not None}
    if isinstance(value, list):
        return [None if item is None else render("", item) for item in value]
    return value


def _micros(time: datetime) -> int:
    span = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def reconstruct(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The source object of a value of the `metadata` column (from `Scalar.as_py()`).

    None for a null struct. If `same_json` finds a difference from the source, information is lost.
    """
    if row is None:
        return None
    typed = {k: render(k, value) for k, value in row.items() if value is not None and k != "extra"}
    extra = row.get("extra")
    return typed | (json.loads(extra) if extra is not None else {})


def same_json(one: Any, other: Any) -> bool:
    """Whether JSON values are equal: numbers by value, members in any order, and booleans are not numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)
