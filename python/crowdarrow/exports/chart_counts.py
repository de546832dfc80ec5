"""Counts that charts of several kinds need, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare.charts import Histogram, Shares, Timeline
from crowdarrow.exports.groups import GroupCounter

if TYPE_CHECKING:
    from collections.abc import Callable

_HOUR = 3600
_DAY = 24 * _HOUR
_STEPS = ((3 * _DAY, _HOUR), (400 * _DAY, _DAY), (1600 * _DAY, 7 * _DAY))
"""The interval of a timeline that is no longer than this; a longer one has intervals of 30 days, or of a multiple."""
_LONG_STEP, _MOST_STEPS = 30 * _DAY, 400
_YEAR_1 = -62_135_596_800
"""The beginning of the year 1 in seconds since 1970: there are no earlier times."""
_SERIES = 6
_MOST_HOURS = 1 << 19
_EDGES = (0, 1, 2, 3, 5, 8, 12, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200, 3600)
_PER_SUBJECT = (*range(1, 21), 25, 30, 40, 50, 75, 100, 150, 200, 500, 1000)
_POINTS = 100
_MIN_BARS = 3


def cut(texts: Any, length: int = 100) -> Any:
    """Texts of at most `length` characters: a huge cell must not grow the memory."""
    longest = pc.max(pc.binary_length(texts)).as_py() or 0
    return texts if longest <= length else pc.utf8_slice_codeunits(texts, 0, length)


def more_note(count: int, shown: int, what: str) -> str:
    """A note about what is not shown."""
    return f"The first {shown} of {count:,} {what}." if count > shown else ""


class HourCounts:
    """Counts records by hour and by the values of a column."""

    def __init__(self, column: str, time: str = "created_at") -> None:
        self._column, self._time = column, time
        self._groups = GroupCounter((column, "hour"), _MOST_HOURS, timed=False)

    def add(self, records: pa.Table) -> None:
        """Count the records of a table."""
        known = records.select([self._column, self._time])
        if known[self._time].null_count:
            known = known.filter(pc.is_valid(known[self._time]))
        seconds = pc.divide(known[self._time].cast(pa.int64()), 1_000_000)
        self._groups.add(pa.table({self._column: known[self._column], "hour": pc.divide(seconds, _HOUR)}))

    def chart(self, section: str, title: str, unit: str, label: Callable[[Any], str]) -> Timeline | None:
        """The timeline of the most frequent values; the others are one series."""
        table = self._groups.table()
        if not table.num_rows:
            return None
        hours, values, counts = (table[name].to_pylist() for name in ("hour", self._column, "count"))
        first, last = min(hours) * _HOUR, (max(hours) + 1) * _HOUR
        # One wrong time can be thousands of years from the others.
        long_step = _LONG_STEP * -((first - last) // (_LONG_STEP * _MOST_STEPS))
        step = next((step for length, step in _STEPS if last - first <= length), long_step)
        start = max(first - first % step, _YEAR_1)
        totals: dict[Any, int] = {}
        for value, count in zip(values, counts, strict=True):
            totals[value] = totals.get(value, 0) + count
        ranked = sorted(totals, key=lambda value: -totals[value])
        own = {value: label(value) for value in (ranked if len(ranked) <= _SERIES else ranked[: _SERIES - 1])}
        others = f"{len(ranked) - len(own)} others"
        size = (last - 1 - start) // step + 1
        series: dict[str, list[int]] = {name: [0] * size for name in own.values()}
        for hour, value, count in zip(hours, values, counts, strict=True):
            name = own.get(value, others)
            series.setdefault(name, [0] * size)[(hour * _HOUR - start) // step] += count
        beyond = self._groups.beyond_limit
        note = f"Per {_interval(step)}, in UTC." + (f" {beyond:,} {unit} are left out." if beyond else "")
        return Timeline(section, title, note, [start + step * at for at in range(size)], step, series, unit)


def _interval(step: int) -> str:
    return {_HOUR: "hour", _DAY: "day", 7 * _DAY: "week"}.get(step, f"{step // _DAY} days")


class LogHistogram:
    """Counts durations by intervals that grow."""

    def __init__(self) -> None:
        self._counts = [0] * len(_EDGES)
        self._left_out = 0

    def add(self, seconds: pa.Array | pa.ChunkedArray) -> None:
        """Count durations in seconds; negative ones are left out."""
        known = seconds.drop_null()
        total = 0
        below = pc.sum(pc.less(known, 0)).as_py() or 0
        for at, edge in enumerate(_EDGES[1:]):
            up_to = (pc.sum(pc.less(known, edge)).as_py() or 0) - below
            self._counts[at] += up_to - total
            total = up_to
        self._counts[-1] += len(known) - below - total
        self._left_out += below + len(seconds) - len(known)

    def chart(self, section: str, title: str, note: str, unit: str) -> Histogram | None:
        """The histogram; none if nothing was counted."""
        if not any(self._counts):
            return None
        ends = [*map(_duration, _EDGES[1:]), ""]
        labels = [
            f"{_duration(start)} to {end}" if end else f"{_duration(start)} or more"
            for start, end in zip(_EDGES, ends, strict=True)
        ]
        if self._left_out:
            note += f" {self._left_out:,} {unit} without both times, or with times in the wrong order, are left out."
        return Histogram(section, title, note, labels, self._counts, "time", unit)


def _duration(seconds: int) -> str:
    if seconds < 60:  # noqa: PLR2004 - seconds of a minute
        return f"{seconds} s"
    return f"{seconds / 60:g} min" if seconds < _HOUR else f"{seconds / _HOUR:g} h"


def counted_histogram(section: str, title: str, note: str, counts: Any, x: str, y: str) -> Histogram | None:
    """A histogram of how often there is each count."""
    found = pc.value_counts(counts.combine_chunks()).to_pylist()
    if not found:
        return None
    most = max(one["values"] for one in found)
    last = max(_MIN_BARS, bisect_right(_PER_SUBJECT, most))
    starts = _PER_SUBJECT[:last]
    bars = [0] * len(starts)
    for one in found:
        bars[bisect_right(starts, one["values"]) - 1] += one["counts"]
    ends = [*(start - 1 for start in starts[1:]), None]
    labels = [
        str(start)
        if end == start
        else f"{start} to {end}"
        if end
        else f"{start}"
        if start >= most
        else f"{start} or more"
        for start, end in zip(starts, ends, strict=True)
    ]
    return Histogram(section, title, note, labels, bars, x, y)


def lorenz(section: str, counts: Any, unit: str, note: str) -> Shares | None:
    """The Lorenz curve of counts by person; none for fewer than two people."""
    ordered = pc.array_sort_indices(counts.combine_chunks())
    sorted_counts = counts.combine_chunks().take(ordered)
    people = len(sorted_counts)
    if people < 2:  # noqa: PLR2004 - one person has no distribution
        return None
    sums = pc.cumulative_sum(sorted_counts.cast(pa.float64())).to_pylist()
    total = sums[-1]
    places = sorted({round(people * at / _POINTS) for at in range(_POINTS + 1)})
    shares = [0.0 if place == 0 else sums[place - 1] / total for place in places]
    area = sum(sums) / total / people
    gini = 1 - 2 * area + 1 / people
    top = max(1, round(people / 10))
    of_top = 1 - (sums[people - top - 1] / total if people > top else 0.0)
    text = (
        f"{people:,} volunteers with an account. The most active tenth made {of_top:.0%} of their {unit}; "
        f"the Gini coefficient is {gini:.2f}. {note}"
    )
    return Shares(
        section, f"How the {unit} are shared among volunteers", text.strip(),
        [place / people for place in places], shares, "share of volunteers", f"share of {unit}",
    )  # fmt: skip
