"""What a page about an export shows, as data: charts and tables, without the way they are drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from crowdarrow.declare.tables import Table


QUALITY = "Data quality"
"""The part of a page that every kind has, with the rejects."""


@dataclass(frozen=True)
class Chart:
    """A chart or table of a page.

    Attributes:
        section: the title of the part of the page.
        title: what it shows.
        note: how to read it, and what is not in it.
    """

    section: str
    title: str
    note: str = ""


@dataclass(frozen=True)
class Timeline(Chart):
    """Counts by time.

    Attributes:
        starts: the beginnings of equal intervals, in seconds since 1970.
        step: their length in seconds.
        series: for each name the counts, one for each interval; they are stacked.
        unit: what is counted.
    """

    starts: Sequence[int] = ()
    step: int = 86_400
    series: Mapping[str, Sequence[int]] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True)
class Bars(Chart):
    """A ranking: names with their values.

    Attributes:
        bars: the names and values, the greatest first.
        unit: what the values are.
        most: the value of a full axis; None for the greatest value.
    """

    bars: Sequence[tuple[str, float]] = ()
    unit: str = ""
    most: float | None = None


@dataclass(frozen=True)
class Histogram(Chart):
    """Counts of values by intervals.

    Attributes:
        labels: the names of the intervals.
        counts: the counts.
        x, y: the titles of the axes.
    """

    labels: Sequence[str] = ()
    counts: Sequence[int] = ()
    x: str = ""
    y: str = ""


@dataclass(frozen=True)
class Shares(Chart):
    """A Lorenz curve: the share of all records that the least active part of the people made.

    Attributes:
        people: shares of the people, from 0 to 1.
        records: the shares of the records.
        x, y: the titles of the axes.
    """

    people: Sequence[float] = ()
    records: Sequence[float] = ()
    x: str = ""
    y: str = ""


@dataclass(frozen=True)
class Density(Chart):
    """Positions within a frame.

    Attributes:
        counts: the counts of a square grid, row by row from the top.
    """

    counts: Sequence[Sequence[int]] = ()


@dataclass(frozen=True)
class Listing(Chart):
    """A table.

    Attributes:
        columns: the titles of the columns.
        rows: the rows; numbers are aligned to the right.
    """

    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()


@dataclass(frozen=True)
class Page:
    """What a page shows.

    Attributes:
        title: its title.
        facts: names and values at its top.
        charts: charts and tables, in order within their sections.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    charts: Sequence[Chart]


class ChartCounts(Protocol):
    """An export's own charts: counts over the batches of one pass."""

    tables: Sequence[Table]
    """Further tables, which have fewer rows than those of the export."""
    columns: Mapping[str, Sequence[str]]
    """The tables that it reads besides the record table, with their columns."""

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block: pairs of table and batch."""

    def charts(self, results: Mapping[str, Any]) -> list[Chart]:
        """The charts, given the results of the export's inspection."""
