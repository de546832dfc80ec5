"""The charts of a benchmark run, drawn with matplotlib.

Import this module only after the last measurement: the memory of this process counts towards that of its children.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from peers import INFLATE

from . import GB, MB
from .inputs import OWN
from .page import input_title, rate_text
from .results import Summary
from .runners import SELF, TITLES

# The palette of Okabe and Ito, which colour-blind readers can tell apart.
OURS, OTHERS, PEER_BAR = "#0072b2", ("#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"), "#a9b4c0"
WIDTH = 8.6  # inches
STYLE = Path(__file__).with_name("charts.mplstyle")


def _figure(title: str, height: float) -> Figure:
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    figure.suptitle(title)
    return figure


def _bars(axes: Axes, title: str, found: Sequence[Summary], highlighted: Callable[[str], bool]) -> None:
    """One horizontal bar per summary, from the top, with the range of its rounds as an error bar."""
    rates = [one.rate for one in found]
    names = [TITLES.get(one.reader, one.reader) for one in found]
    ranges = [
        [one.rate - one.input_bytes / one.high / MB for one in found],
        [one.input_bytes / one.low / MB - one.rate for one in found],
    ]
    colours = [OURS if highlighted(one.reader) else PEER_BAR for one in found]
    axes.barh(names, rates, xerr=ranges, color=colours, height=0.65, error_kw={"elinewidth": 1, "ecolor": "#1f2933"})
    for place, (rate, above) in enumerate(zip(rates, ranges[1], strict=True)):
        axes.annotate(rate_text(rate), (rate + above, place), (4, 0), textcoords="offset points", va="center")
    axes.set_title(title)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.3)  # room for the labels


def throughput(found: Sequence[Summary], title: str = "Throughput: export to Parquet") -> Figure:
    """The rate of each reader, with a panel for each input and one scale for all."""
    inputs = list(dict.fromkeys(one.input for one in found))
    rows = (len(inputs) + 1) // 2
    figure = _figure(title, 0.6 + 2.2 * rows)
    panels = list(figure.subplots(rows, 2, sharex=True, squeeze=False).flat)
    for axes, name in zip(panels, inputs, strict=False):
        some = sorted((one for one in found if one.input == name), key=lambda one: -one.rate)
        _bars(axes, input_title(name), some, lambda reader: reader == SELF)
    for axes in panels[len(inputs) :]:
        axes.remove()
    figure.supxlabel("MB of input per second: median, and range of the rounds", color="#616e7c")
    return figure


def votes(found: Sequence[Summary]) -> Figure:
    """The rate of each way to count votes."""
    return throughput(found, "Votes per subject: export to Parquet")


def modes(found: Sequence[Summary]) -> Figure:
    """The rate of crowdarrow for different tables, columns and filters."""
    figure = _figure("crowdarrow by what it converts", 0.9 + 0.3 * len(found))
    axes = figure.subplots()
    _bars(axes, input_title(found[0].input), found, lambda reader: reader != INFLATE.title)
    axes.set_xlabel("MB of uncompressed input per second: median, and range of the rounds")
    return figure


def _line(axes: Axes, reader: str, points: Sequence[tuple[float, float]], place: int, *, marker: str = "o") -> None:
    colour, width, above = (OURS, 2.2, 3) if reader == SELF else (OTHERS[place % len(OTHERS)], 1.5, 2)
    x, y = zip(*points, strict=True)
    axes.plot(x, y, color=colour, linewidth=width, zorder=above, marker=marker, label=TITLES.get(reader, reader))


def _finish(axes: Axes, title: str, x_label: str) -> None:
    axes.set_title(title)
    axes.set_xlabel(x_label)
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend(loc="best")


def memory(found: Sequence[Summary]) -> Figure:
    """Resident memory over time of the readers that read the same, whole input."""
    figure = _figure(f"Memory over time: {input_title(found[0].input)}, {found[0].input_bytes / MB:,.0f} MB", 4.2)
    axes = figure.subplots()
    for place, one in enumerate(found):
        _line(axes, one.reader, [(seconds, held / MB) for seconds, held in one.memory], place, marker="")
    _finish(axes, "MB of resident memory", "seconds")
    return figure


def threads(found: Sequence[Summary]) -> Figure:
    """The rate by number of threads, and the rate that would be proportional to it."""
    points = sorted((float(one.reader), one.rate) for one in found)
    (count, rate), (most, _) = points[0], points[-1]
    figure = _figure(f"Scaling by threads: {input_title(found[0].input)}, {found[0].input_bytes / MB:,.0f} MB", 4)
    axes = figure.subplots()
    axes.plot([0, most], [0, rate / count * most], color=PEER_BAR, linestyle="--", label="proportional")
    _line(axes, SELF, points, 0)
    axes.set_xticks([count for count, _ in points])
    _finish(axes, "MB of input per second", "worker threads")
    return figure


def sizes(found: Sequence[Summary]) -> Figure:
    """Time and peak memory by size of the input."""
    figure = _figure("Time and memory by size: mixed", 4)
    by_time, by_memory = figure.subplots(1, 2)
    for place, reader in enumerate(dict.fromkeys(one.reader for one in found)):
        some = sorted((one for one in found if one.reader == reader), key=lambda one: one.input_bytes)
        _line(by_time, reader, [(one.input_bytes / GB, one.wall) for one in some], place)
        _line(by_memory, reader, [(one.input_bytes / GB, one.peak_rss / GB) for one in some], place)
    _finish(by_time, "seconds", "GB of input")
    _finish(by_memory, "GB of memory at the peak", "GB of input")
    return figure


def memory_of(summaries: Sequence[Summary]) -> list[Summary]:
    """The readers whose memory can be compared: those that read all of the main input."""
    readers = [one for one in summaries if one.section == "readers" and one.memory]
    names = [one.input for one in readers]
    name = next((name for name in (OWN, "mixed") if name in names), next(iter(names), None))
    whole = max((one.input_bytes for one in readers if one.input == name), default=0)
    return [one for one in readers if one.input == name and one.input_bytes == whole]


CHARTS: dict[str, tuple[str, Callable[[Sequence[Summary]], Figure]]] = {
    "throughput.svg": ("Throughput of each reader by input", throughput),
    "votes.svg": ("Votes per subject: throughput of each way to count them", votes),
    "memory.svg": ("Memory over time", memory),
    "sizes.svg": ("Time and memory by size", sizes),
    "threads.svg": ("Throughput by number of threads", threads),
    "modes.svg": ("Throughput of crowdarrow by what it converts", modes),
}
"""Description and function of each chart, in the order of the page."""


def figures(summaries: Sequence[Summary]) -> dict[str, Figure]:
    """The charts for which there are measurements, by file name."""
    sections = {name: "readers" if name == "throughput.svg" else name.removesuffix(".svg") for name in CHARTS}
    found = {name: [one for one in summaries if one.section == section] for name, section in sections.items()}
    found["memory.svg"] = memory_of(summaries)
    with rc_context(fname=STYLE):
        return {name: make(found[name]) for name, (_, make) in CHARTS.items() if found[name]}


def draw(summaries: Sequence[Summary], folder: Path) -> dict[str, str]:
    """Write the charts into a folder and remove those without measurements. Returns file names and descriptions."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in CHARTS:
        (folder / name).unlink(missing_ok=True)
    drawn = figures(summaries)
    with rc_context(fname=STYLE):
        for name, figure in drawn.items():
            figure.savefig(folder / name, metadata={"Date": None, "Title": CHARTS[name][0]})
    return {name: CHARTS[name][0] for name in drawn}
