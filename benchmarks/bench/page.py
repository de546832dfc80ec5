"""The page: every figure of a run as Markdown, with what each reader leaves out, what failed and what was skipped."""

from collections.abc import Sequence
from typing import Any

from . import MB
from .results import Results, Summary
from .runners import SELF, TITLES

# Below this the start of a process is a good part of its time.
SMALL_MB = 200
GB = 1_000_000_000
SECTIONS = {
    "readers": (
        "Readers by input",
        "Each converts the file to the record table in Parquet (zstd, level 1). A figure marked * is that of the start "
        "of the input alone (`read`): compare rates, not seconds or memory. `crowdarrow, answers` writes the tables "
        "`answers` and `identifications` instead, which is what panoptes_aggregation extracts.",
    ),
    "modes": (
        "crowdarrow by what is asked of it",
        "Rates are by the plain bytes; the gzip file and the one that is only inflated are the same.",
    ),
    "threads": (
        "crowdarrow by threads",
        "`--threads`: workers, which read, decode and write; the main thread and that of the sinks hand out work.",
    ),
    "sizes": ("By size", "The readers that get the whole of an input."),
    "start": ("Start", "A process that converts ten records, or does nothing: what each run costs at least."),
}


def table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first are numbers."""
    lines = [titles, ["---", *["---:"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Three digits that count, no more: 1,234 - 123 - 12.3 - 1.23."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def row(one: Summary, whole: int, ours: Summary | None) -> list[str]:
    """A reader's line."""
    sliced = "*" if one.input_bytes < whole else ""
    ratio = "" if ours is None or one is ours else number(ours.rate / one.rate)
    return [
        TITLES.get(one.reader, one.reader),
        number(one.input_bytes / MB),
        f"{one.wall:.2f} ({one.low:.2f} to {one.high:.2f})",
        f"{one.cpu:.2f}",
        f"{number(one.rate)}{sliced}",
        number(one.rate_per_core),
        f"{one.peak_rss / MB:,.0f}{sliced}",
        number(one.output_bytes / MB),
        ratio,
    ]


TABLE = ("", "read, MB", "seconds (range)", "core seconds", "MB/s", "MB per core second", "peak MB", "written, MB", "")
BY_READER = (*TABLE[:-1], "crowdarrow, times as fast")


def figures(summaries: Sequence[Summary]) -> str:
    """The table of one input, the fastest first where readers are compared."""
    ours = next((one for one in summaries if one.reader == SELF), None)
    whole = max(one.input_bytes for one in summaries)
    compared = summaries[0].section in {"readers", "sizes"}
    ordered = sorted(summaries, key=lambda one: -one.rate) if compared else summaries
    lines = [row(one, whole, ours if compared else None) for one in ordered]
    return table(BY_READER if compared else TABLE, lines if compared else [[*line[:-1], ""] for line in lines])


def start(summaries: Sequence[Summary]) -> str:
    """The table of what a run costs at least: milliseconds, for there is nothing to have a rate of."""
    lines = [
        [
            TITLES.get(one.reader, one.reader) if one.reader != SELF else f"{SELF} convert",
            f"{one.wall * 1000:,.0f} ({one.low * 1000:,.0f} to {one.high * 1000:,.0f})",
            f"{one.cpu * 1000:,.0f}",
            f"{one.peak_rss / MB:,.0f}",
        ]
        for one in sorted(summaries, key=lambda one: one.wall)
    ]
    return table(("", "milliseconds (range)", "of all cores", "peak MB"), lines)


def differing(summaries: Sequence[Summary]) -> str | None:
    """What to say where readers of the same bytes wrote different numbers of rows."""
    by_size: dict[int, dict[str, int]] = {}
    for one in summaries:
        if one.rows is not None:
            by_size.setdefault(one.input_bytes, {})[one.reader] = one.rows
    told = [
        ", ".join(f"{TITLES.get(reader, reader)} {rows:,}" for reader, rows in counts.items())
        for counts in by_size.values()
        if len(set(counts.values())) > 1
    ]
    return f"They wrote different numbers of rows: {'; '.join(told)}." if told else None


def section(name: str, summaries: Sequence[Summary]) -> list[str]:
    """One section, an input after the other."""
    title, words = SECTIONS[name]
    parts = [f"## {title}", words]
    for input_ in dict.fromkeys(one.input for one in summaries):
        some = [one for one in summaries if one.input == input_]
        parts += [f"### {input_.replace('_', ' ')}", start(some) if name == "start" else figures(some)]
        note = differing(some)
        parts += [note] if note else []
    return parts


def listed(told: dict[str, str]) -> str:
    """A list of names and what is said of each."""
    return "\n".join(f"* {name}: {words}" for name, words in told.items())


def setting(results: Results) -> str:
    """Machine, versions and options in words."""
    machine: dict[str, Any] = results.machine
    options = results.options
    memory = f", {machine['memory'] / GB:.0f} GB of memory" if machine.get("memory") else ""
    packages = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    return (
        f"Measured on {results.made} by `make bench BENCH_MB={options['mb']} BENCH_ROUNDS={options['rounds']}` on "
        f"{machine['cores']} cores ({machine['cpu']}{memory}, {machine['system']}, load {machine['load']} before), "
        f"Python {machine['python']}: {packages}. Medians of {options['rounds']} rounds (of the start: ten or more) "
        "in which the readers took turns. How it is measured: [Performance](performance.md)."
    )


def render(results: Results, charts: dict[str, str]) -> str:
    """The whole page; `charts` are the file names beside it, and what they show."""
    parts = [
        "# Benchmarks",
        "<!-- Written by `make bench`: change benchmarks/bench/page.py instead. -->",
        setting(results),
    ]
    if results.options["mb"] < SMALL_MB:
        parts.append(
            f"**A trial.** With inputs of {results.options['mb']} MB the start of each process is a good part of its "
            "time: these figures show that the benchmarks run, and not how fast the readers are."
        )
    parts += [f"![{shown}](charts/{name})" for name, shown in charts.items()]
    summaries = results.summaries()
    for name in SECTIONS:
        if some := [one for one in summaries if one.section == name]:
            parts += section(name, some)
    if results.left_out:
        left_out = {
            TITLES[name] + (" (JSON)" if "json" in name.split("_")[1:] else ""): words
            for name, words in results.left_out.items()
        }
        parts += ["## What each leaves out", listed(left_out)]
    if results.failed:
        parts += ["## What failed", listed(results.failed)]
    if results.skipped:
        parts += ["## What was not run", listed(results.skipped)]
    return "\n\n".join(parts) + "\n"
