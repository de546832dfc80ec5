"""The page of a benchmark run: its figures as Markdown tables, and which readers were incomplete, failed or skipped."""

from collections.abc import Collection, Sequence
from typing import Any

from peers import JSON_READERS, VOTES_READERS

from . import GB, MB
from .inputs import OWN
from .results import Results, Summary
from .runners import ANSWERS_WORK, SELF, TITLES, VOTES_WORK, WORK

# With smaller inputs, starting the process takes a large part of the time.
SMALL_MB = 200
JSON_NAMES = {reader.name for reader in JSON_READERS}
VOTES_NAMES = {reader.name for reader in VOTES_READERS}
SECTIONS = {
    "readers": (
        "Readers",
        "Each reader converts the file to the record table in Parquet (zstd, level 1), unless its work says otherwise. "
        "Slow readers convert only the beginning of the input; their figures are marked with *, and only their rates "
        "are comparable.",
    ),
    "votes": (
        "Votes per subject",
        "What a person would do instead of `crowdarrow convert classifications.csv votes.parquet --table votes`: a "
        "script for the votes for each answer about each subject, in Parquet. All count each classification "
        "(`--once all`). A test compares the votes of all with each other. panoptes_aggregation counts those of the "
        "workflow with the most records at the beginning of the input; its time grows faster than its input.",
    ),
    "answers": (
        "Answers of task runs",
        "`crowdarrow convert task_runs.json answers.parquet --table answers` of PYBOSSA task runs whose `info` has 25 "
        "keys: one row for each. A test compares the rows of all with each other.",
    ),
    "modes": (
        "crowdarrow by what it converts",
        "Rates are in uncompressed bytes. `inflating alone` decompresses the file of `gzip input`.",
    ),
    "threads": (
        "crowdarrow by threads",
        "`--threads` sets the number of worker threads, which read, decode and write.",
    ),
    "sizes": ("By size", "Only readers that convert the whole input."),
    "start": ("Start-up", "The fixed cost of a run: a process that converts ten records, or does nothing."),
}


def input_title(name: str) -> str:
    """The name of an input on page and charts."""
    return "real rows" if name == OWN else name.replace("_", " ")


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: bool = True) -> str:
    """A Markdown table. All columns but the first hold numbers, or none."""
    lines = [titles, ["---", *["---:" if numbers else "---"] * (len(titles) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Three significant digits: 1,234; 123; 12.3; 1.23."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rate_text(rate: float) -> str:
    """`203 MB/s`; with one decimal below 10."""
    return f"{rate:,.0f} MB/s" if rate >= 10 else f"{rate:.1f} MB/s"


def row(one: Summary, whole: int, ours: Summary | None) -> list[str]:
    """The row of one reader."""
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


TABLE = ("", "read, MB", "seconds (range)", "CPU seconds", "MB/s", "MB per CPU second", "peak MB", "written, MB", "")
BY_READER = (*TABLE[:-1], "speed-up of crowdarrow")


def work(name: str, readers: Collection[str]) -> list[str]:
    """A table of what readers of a section do; nothing for sections of crowdarrow alone."""
    known = {"readers": WORK, "votes": VOTES_WORK, "answers": ANSWERS_WORK}.get(name, {})
    lines = [[title(reader), known[reader]] for reader in readers if reader in known]
    return [table(("reader", "work"), lines, numbers=False)] if lines else []


def title(reader: str) -> str:
    """The name of a reader where those of all inputs stand together."""
    return TITLES.get(reader, reader) + (" (task runs)" if reader in JSON_NAMES else "")


def figures(summaries: Sequence[Summary]) -> str:
    """The table of one input. Readers are sorted by speed; the settings of crowdarrow keep their order."""
    ours = next((one for one in summaries if one.reader == SELF), None)
    whole = max(one.input_bytes for one in summaries)
    compared = summaries[0].section in {"readers", "votes", "answers", "sizes"}
    ordered = sorted(summaries, key=lambda one: -one.rate) if compared else summaries
    lines = [row(one, whole, ours if compared else None) for one in ordered]
    return table(BY_READER if compared else TABLE, lines if compared else [[*line[:-1], ""] for line in lines])


def start(summaries: Sequence[Summary]) -> str:
    """The table of start-up times in milliseconds."""
    lines = [
        [
            TITLES.get(one.reader, one.reader) if one.reader != SELF else f"{SELF} convert",
            f"{one.wall * 1000:,.0f} ({one.low * 1000:,.0f} to {one.high * 1000:,.0f})",
            f"{one.cpu * 1000:,.0f}",
            f"{one.peak_rss / MB:,.0f}",
        ]
        for one in sorted(summaries, key=lambda one: one.wall)
    ]
    return table(("", "milliseconds (range)", "CPU milliseconds", "peak MB"), lines)


def row_count_note(summaries: Sequence[Summary]) -> str | None:
    """A note on the numbers of rows that readers of the same bytes wrote."""
    by_size: dict[int, dict[str, int]] = {}
    for one in summaries:
        if one.rows is not None:
            by_size.setdefault(one.input_bytes, {})[one.reader] = one.rows
    differing = [
        ", ".join(f"{TITLES.get(reader, reader)} {rows:,}" for reader, rows in counts.items())
        for counts in by_size.values()
        if len(set(counts.values())) > 1
    ]
    if differing:
        return f"The readers wrote different numbers of rows: {'; '.join(differing)}."
    whole = by_size[max(by_size)] if by_size else {}
    return f"All that read the whole input wrote {next(iter(whole.values())):,} rows." if len(whole) > 1 else None


def section(name: str, summaries: Sequence[Summary], level: str = "###", described: Collection[str] = ()) -> list[str]:
    """One section, with a table for each input, and the work of readers that are not described yet."""
    heading, text = SECTIONS[name]
    new = [reader for reader in dict.fromkeys(one.reader for one in summaries) if reader not in described]
    parts = [f"{level} {heading}", text, *work(name, new)]
    inputs = list(dict.fromkeys(one.input for one in summaries))
    for input_ in inputs:
        some = [one for one in summaries if one.input == input_]
        parts += [f"{level}# {input_title(input_)}"] if input_ != OWN else []
        parts.append(start(some) if name == "start" else figures(some))
        note = row_count_note(some)
        parts += [note] if note else []
    return parts


def sections(results: Results) -> list[str]:
    """The real rows, then the generated exports, then the start."""
    summaries = [one for one in results.summaries() if one.section != "start"]
    real = [one for one in summaries if one.input == OWN]
    generated = [one for one in summaries if one.input != OWN]
    parts = []
    for heading, text, some in (
        ("Real rows", own_text(results), real),
        ("Synthetic exports", "Written by the seeded generator, the same bytes on every machine.", generated),
    ):
        parts += [f"## {heading}", text] if some else []
        for name in SECTIONS:
            if found := [one for one in some if one.section == name]:
                described = {one.reader for one in real if one.section == name and some is not real}
                parts += section(name, found, described=described)
    found = [one for one in results.summaries() if one.section == "start"]
    return parts + (section("start", found, "##") if found else [])


def own_text(results: Results) -> str:
    """What the export of `--own` is."""
    size = next((one["bytes"] for one in results.inputs if one["name"] == OWN), 0)
    note = str(results.options.get("own_note", "a given export"))
    return f"{note[:1].upper()}{note[1:]}, {number(size / MB)} MB."


def listed(texts: dict[str, str]) -> str:
    """A Markdown list of names with a text for each."""
    return "\n".join(f"* {name}: {text}" for name, text in texts.items())


def setting(results: Results) -> str:
    """Machine, versions and options as a sentence."""
    machine: dict[str, Any] = results.machine
    options = results.options
    memory = f", {machine['memory'] / GB:.0f} GB of memory" if machine.get("memory") else ""
    packages = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    own = ' BENCH_ARGS="--own FILE"' if options.get("own") else ""
    return (
        f"Measured on {results.made} by `make bench BENCH_MB={options['mb']} BENCH_ROUNDS={options['rounds']}{own}` on "
        f"{machine['cores']} cores ({machine['cpu']}{memory}, {machine['system']}"
        f", load average before the run {machine['load']}), "
        f"Python {machine['python']}: {packages}. Medians of {options['rounds']} interleaved rounds (start-up: at "
        "least 10). See [Performance](performance.md) for the method."
    )


def render(results: Results, charts: dict[str, str]) -> str:
    """The whole page. `charts` maps the charts' file names to their descriptions."""
    parts = [
        "# Benchmarks",
        "<!-- Written by `make bench`; edit benchmarks/bench/page.py instead. -->",
        setting(results),
    ]
    if results.options["mb"] < SMALL_MB:
        parts.append(
            f"**A trial.** With inputs of {results.options['mb']} MB, starting each process takes a large part of its "
            "time: these figures show that the benchmarks run, not how fast the readers are."
        )
    parts += [f"![{shown}](charts/{name})" for name, shown in charts.items()]
    parts += sections(results)
    if results.left_out:
        left_out = {
            title(name) + (" (votes)" if name in VOTES_NAMES else ""): text for name, text in results.left_out.items()
        }
        parts += ["## Limits of each reader", listed(left_out)]
    if results.failed:
        parts += ["## Failed runs", listed(results.failed)]
    if results.skipped:
        parts += ["## Skipped runs", listed(results.skipped)]
    return "\n\n".join(parts) + "\n"
