"""The charts: throughput, memory over time, scaling by threads, time and memory by size."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import MB
from .results import Summary
from .runners import SELF, TITLES
from .svg import GRID, INK, MUTED, Svg

# Told apart by those who don't see all colours too (Okabe and Ito).
OURS = "#0072b2"
COLOURS = {SELF: OURS, "polars": "#d55e00", "duckdb": "#009e73"}
OTHERS = ("#cc79a7", "#e69f00", "#56b4e9", "#7b8794")
PEER_BAR = "#a9b4c0"
WIDTH = 860
MARGIN = 24
GB = 1_000_000_000


# What each chart shows, in the order to be shown.
SHOWN = {
    "throughput.svg": "Throughput of each reader by input",
    "memory.svg": "Memory over time",
    "sizes.svg": "Time and memory by size",
    "threads.svg": "Throughput by threads",
    "modes.svg": "Throughput of crowdarrow by what is asked of it",
}


@dataclass(frozen=True)
class Series:
    """A line through points in the data's units."""

    title: str
    points: tuple[tuple[float, float], ...]
    colour: str
    dashed: bool = False
    dots: bool = True


@dataclass(frozen=True)
class Frame:
    """Where a plot stands in the picture, and what its axes are called."""

    x: float
    y: float
    width: float
    height: float
    title: str
    x_label: str = ""
    x_ticks: tuple[float, ...] = ()


def ticks(top: float, about: int = 5) -> list[float]:
    """Round numbers from 0 to the first at or above `top`: steps of 1, 2 or 5 times a power of ten."""
    if top <= 0:
        return [0.0, 1.0]
    raw = top / about
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    return [round(step * place, 10) for place in range(math.ceil(top / step - 1e-9) + 1)]


def colour(reader: str, place: int) -> str:
    """The line colour of a reader."""
    return COLOURS.get(reader) or OTHERS[place % len(OTHERS)]


def plot(picture: Svg, frame: Frame, series: Sequence[Series]) -> None:
    """Axes, grid and lines, both axes from 0."""
    points = [point for line in series for point in line.points]
    x_ticks = frame.x_ticks or ticks(max(x for x, _ in points))
    y_ticks = ticks(max(y for _, y in points))
    left, bottom = frame.x + 44, frame.y + frame.height - 36
    right, top = frame.x + frame.width - 8, frame.y + 30

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * x / x_ticks[-1], bottom - (bottom - top) * y / y_ticks[-1]

    picture.text(frame.x, frame.y + 14, frame.title, size=13, bold=True)
    for value in y_ticks:
        _, y = place(0, value)
        picture.line(left, y, right, y, INK if value == 0 else GRID)
        picture.text(left - 6, y + 4, f"{value:,g}", size=11, anchor="end", fill=MUTED)
    for value in x_ticks:
        x, _ = place(value, 0)
        picture.text(x, bottom + 16, f"{value:,g}", size=11, anchor="middle", fill=MUTED)
    picture.text((left + right) / 2, bottom + 32, frame.x_label, size=11, anchor="middle", fill=MUTED)
    # Ours last, on top of the others.
    for line in sorted(series, key=lambda line: line.colour == OURS):
        placed = [place(*point) for point in line.points]
        picture.polyline(placed, line.colour, 2.5 if line.colour == OURS else 1.8, dashed=line.dashed)
        for x, y in placed if line.dots else []:
            picture.dot(x, y, line.colour)


def legend(picture: Svg, y: float, series: Sequence[Series]) -> None:
    """The names of the lines, in a row."""
    x = float(MARGIN)
    for line in series:
        picture.polyline([(x, y - 4), (x + 22, y - 4)], line.colour, 2.5, dashed=line.dashed)
        picture.text(x + 28, y, line.title)
        x += 28 + 7 * len(line.title) + 24


def heading(picture: Svg, title: str, below: str) -> None:
    """What the picture shows."""
    picture.text(MARGIN, 30, title, size=17, bold=True)
    picture.text(MARGIN, 50, below, fill=MUTED)


def bars(picture: Svg, frame: Frame, found: Sequence[Summary], top: float) -> None:
    """A bar for each reader, as long as its rate, with the extremes of its rounds as a thin line."""
    # Wide enough for the longest name.
    names, step = (148 if found[0].section == "readers" else 210), 24
    picture.text(frame.x, frame.y + 14, frame.title, size=13, bold=True)
    left = frame.x + names
    scale = (frame.width - names - 70) / top
    compared = found[0].section == "readers"
    for place, one in enumerate(sorted(found, key=lambda one: -one.rate) if compared else found):
        y = frame.y + 26 + place * step
        ours = one.reader == SELF if compared else not one.reader.startswith("inflating")
        title = TITLES.get(one.reader, one.reader)
        picture.text(left - 8, y + 13, title, anchor="end", bold=ours and compared)
        picture.rect(left, y + 2, max(one.rate * scale, 1), step - 9, OURS if ours else PEER_BAR)
        fast, slow = (one.input_bytes / seconds / MB * scale for seconds in (one.low, one.high))
        picture.line(left + slow, y + 9.5, left + fast, y + 9.5, INK)
        picture.text(left + max(fast, one.rate * scale) + 6, y + 13, rate_text(one.rate), size=11, fill=INK)


def rate_text(rate: float) -> str:
    """`203 MB/s`; with a decimal below ten."""
    return f"{rate:,.0f} MB/s" if rate >= 10 else f"{rate:.1f} MB/s"


def throughput(found: Sequence[Summary]) -> Svg:
    """A panel of bars for each input, all of one scale."""
    inputs = list(dict.fromkeys(one.input for one in found))
    panels = [(name, [one for one in found if one.input == name]) for name in inputs]
    top = max(one.input_bytes / one.low / MB for one in found)
    width = (WIDTH - 3 * MARGIN) / 2
    heights = [30 + 24 * max(len(some) for _, some in panels[row : row + 2]) + 16 for row in range(0, len(panels), 2)]
    picture = Svg(WIDTH, 72 + sum(heights), SHOWN["throughput.svg"])
    heading(
        picture, "Throughput: export to Parquet", "MB of input per second, median; thin line: slowest to fastest round"
    )
    for place, (name, some) in enumerate(panels):
        row, column = divmod(place, 2)
        y = 72 + sum(heights[:row])
        title = name.replace("_", " ")
        bars(picture, Frame(MARGIN + column * (width + MARGIN), y, width, heights[row], title), some, top)
    return picture


def modes(found: Sequence[Summary]) -> Svg:
    """Bars for what is asked of crowdarrow."""
    picture = Svg(WIDTH, 72 + 30 + 24 * len(found) + 12, SHOWN["modes.svg"])
    heading(picture, "crowdarrow by what is asked of it", "MB of plain input per second, median")
    top = max(one.input_bytes / one.low / MB for one in found)
    bars(picture, Frame(MARGIN, 72, WIDTH - 2 * MARGIN, 0, found[0].input), found, top)
    return picture


def memory(found: Sequence[Summary]) -> Svg:
    """Resident memory over time, of the readers that read the same, whole input."""
    series = [
        Series(
            TITLES.get(one.reader, one.reader),
            tuple((seconds, held / MB) for seconds, held in one.memory),
            colour(one.reader, place),
            dots=False,
        )
        for place, one in enumerate(found)
    ]
    picture = Svg(WIDTH, 430, SHOWN["memory.svg"])
    size = found[0].input_bytes / MB
    heading(
        picture,
        "Memory over time",
        f"{found[0].input}, {size:,.0f} MB; resident set of the whole process, middle round",
    )
    legend(picture, 78, series)
    plot(picture, Frame(MARGIN, 92, WIDTH - 2 * MARGIN, 326, "MB of memory", "seconds"), series)
    return picture


def threads(found: Sequence[Summary]) -> Svg:
    """Throughput by the number of threads, beside what twice the threads would ideally give."""
    points = sorted((float(one.reader), one.rate) for one in found)
    first = points[0][1] / points[0][0]
    ours = Series(SELF, tuple(points), OURS)
    ideal = Series(
        "in proportion", tuple((count, first * count) for count, _ in points), PEER_BAR, dashed=True, dots=False
    )
    picture = Svg(WIDTH, 400, SHOWN["threads.svg"])
    size = found[0].input_bytes / MB
    heading(
        picture,
        "Scaling by threads",
        f"{found[0].input}, {size:,.0f} MB; workers that read, decode and write",
    )
    legend(picture, 78, [ours, ideal])
    plot(
        picture,
        Frame(
            MARGIN,
            92,
            WIDTH - 2 * MARGIN,
            296,
            "MB of input per second",
            "threads that decode",
            (0, *(count for count, _ in points)),
        ),
        [ideal, ours],
    )
    return picture


def sizes(found: Sequence[Summary]) -> Svg:
    """Seconds and peak memory by size."""
    readers = list(dict.fromkeys(one.reader for one in found))
    by_time, by_memory = [], []
    for place, reader in enumerate(readers):
        some = sorted((one for one in found if one.reader == reader), key=lambda one: one.input_bytes)
        title = TITLES.get(reader, reader)
        seconds = tuple((one.input_bytes / GB, one.wall) for one in some)
        held = tuple((one.input_bytes / GB, one.peak_rss / GB) for one in some)
        by_time.append(Series(title, seconds, colour(reader, place)))
        by_memory.append(Series(title, held, colour(reader, place)))
    picture = Svg(WIDTH, 400, SHOWN["sizes.svg"])
    heading(picture, "Time and memory by size", "mixed; medians")
    legend(picture, 78, by_time)
    width = (WIDTH - 3 * MARGIN) / 2
    plot(picture, Frame(MARGIN, 92, width, 296, "seconds", "GB of input"), by_time)
    plot(picture, Frame(2 * MARGIN + width, 92, width, 296, "GB of memory at the peak", "GB of input"), by_memory)
    return picture


def memory_of(summaries: Sequence[Summary]) -> list[Summary]:
    """The readers whose curves can be compared: over the main input, those that read all of it."""
    readers = [one for one in summaries if one.section == "readers" and one.memory]
    names = list(dict.fromkeys(one.input for one in readers))
    if not names:
        return []
    name = "mixed" if "mixed" in names else names[0]
    same = [one for one in readers if one.input == name]
    whole = max(one.input_bytes for one in same)
    return [one for one in same if one.input_bytes == whole]


def draw(summaries: Sequence[Summary], folder: Path) -> dict[str, str]:
    """Write the charts that there are figures for into a folder.

    Returns:
        File names and what each shows, in the order to be shown.
    """
    section = {
        name: [one for one in summaries if one.section == name] for name in ("readers", "modes", "threads", "sizes")
    }
    wanted = {
        "throughput.svg": (throughput, section["readers"]),
        "memory.svg": (memory, memory_of(summaries)),
        "sizes.svg": (sizes, section["sizes"]),
        "threads.svg": (threads, section["threads"]),
        "modes.svg": (modes, section["modes"]),
    }
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    for name, shown in SHOWN.items():
        (folder / name).unlink(missing_ok=True)
        make, found = wanted[name]
        if found:
            (folder / name).write_text(make(found).render(), encoding="utf-8")
            drawn[name] = shown
    return drawn
