"""Options as people write them, made exact: version ranges, times, workflow ids."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict

from crowdarrow.errors import UsageError


class ReadOptions(TypedDict, total=False):
    """What `crowdarrow.open` takes besides input and table; `open_tables` says what each means."""

    kind: str | None
    workflows: str | os.PathLike[str] | None
    columns: Sequence[str] | Mapping[str, Sequence[str]] | None
    workflow_id: int | Sequence[int] | str | None
    workflow_version: str | None
    since: str | date | datetime | None
    until: str | date | datetime | None
    threads: int | None
    max_record_bytes: int
    encoding: str | None
    member: str | None
    strict: bool
    max_rejects: int | None
    digest: bool
    block_bytes: int


Version = tuple[int, int | None]
_ID_BITS = 63


def version_range(text: str) -> tuple[Version | None, Version | None]:
    """The bounds of `12.100`, `12`, `12..14.5`, `12.1..` or `..14`, both of which belong to the range.

    A version is two integers, `major.minor`; a bound without a minor takes all minors of its major.

    Raises:
        UsageError: the text is no range.
    """
    low, dots, high = text.strip().partition("..")
    first, last = _version(low, text), _version(high, text)
    if not dots:
        last = first
    if first is None and last is None:
        raise UsageError(_bad_range(text))
    return first, last


def _version(text: str, whole: str) -> Version | None:
    text = text.strip()
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", text)
    if match is None:
        raise UsageError(_bad_range(whole))
    return int(match[1]), None if match[2] is None else int(match[2])


def _bad_range(text: str) -> str:
    return f"no range of workflow versions: {text!r}; write 12.100, 12 (all of 12), 12..14.5, 12.1.. or ..14"


def workflow_ids(value: int | Iterable[int] | str) -> tuple[int, ...]:
    """The ids of `10`, `[10, 11]` or `"10,11"`.

    Raises:
        UsageError: an id is no integer.
    """
    parts: Iterable[int | str] = (
        [value] if isinstance(value, int) else value.split(",") if isinstance(value, str) else value
    )
    try:
        found: tuple[int, ...] | None = tuple(int(part) for part in parts)
    except (TypeError, ValueError):
        found = None
    if found is None or any(number.bit_length() > _ID_BITS for number in found):
        msg = f"workflow ids are integers of 64 bits: {value!r}"
        raise UsageError(msg)
    return found


def time_bound(value: str | date | datetime, *, end: bool) -> int:
    """Microseconds of the epoch of a range's first moment, or of the first after its `end`.

    Where no zone is given it is UTC. A date alone is the whole day: as an end it belongs to the range.

    Raises:
        UsageError: the text is no ISO 8601 date or time.
    """
    moment: date
    if isinstance(value, str):
        text = value.strip().removesuffix(" UTC")
        try:
            moment = (
                date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else datetime.fromisoformat(text)
            )
        except ValueError:
            msg = f"no date or time: {value!r}; write 2024-05-01 or 2024-05-01T12:30:00Z"
            raise UsageError(msg) from None
    else:
        moment = value
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC) + timedelta(days=1 if end else 0)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def available_threads() -> int:
    """Processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
