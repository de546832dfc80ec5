"""The speed tables of the README, from the results."""

from collections.abc import Sequence
from pathlib import Path

from . import GB, MB
from .inputs import OWN, TASK_RUNS
from .page import input_title, number, table
from .results import Results, Summary
from .runners import PANOPTES, SELF, TITLES, VOTES_WORK, WORK

BEGIN, END = "<!-- Written by `make bench`: -->", "<!-- end of what `make bench` writes -->"
READERS = (SELF, "polars", "duckdb", "pandas", "csv_json")
VOTES = (SELF, "votes_polars", "votes_duckdb", "votes_pandas", PANOPTES)


def update(path: Path, results: Results) -> None:
    """Replace the tables in the README."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n\n{render(results)}\n\n{END}{after}", encoding="utf-8")


def tables_of(path: Path) -> str:
    """The tables that the README has."""
    return path.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def render(results: Results) -> str:
    """The tables, of the real rows if there are any, and what they are of."""
    summaries = results.summaries()
    cores = results.machine["cores"]
    parts = [
        f"Measured on {cores} cores ({results.machine['cpu']}) on {results.made}, medians of "
        f"{results.options['rounds']} interleaved rounds{versions(results)}. Figures with * are of the beginning of "
        "the input."
    ]
    readers = chosen(summaries, "readers", ("mixed",), READERS)
    votes = chosen(summaries, "votes", ("survey", "question"), VOTES)
    parts += [speeds(f"{size_of(readers)} as typed columns in Parquet", readers, WORK)] if readers else []
    parts += [speeds(f"votes per subject of {size_of(votes)}", votes, VOTES_WORK)] if votes else []
    runs = {one.reader: one for one in summaries if (one.section, one.input) == ("readers", TASK_RUNS)}
    if {SELF, "duckdb_json"} <= runs.keys():
        ours, theirs = runs[SELF].rate, runs["duckdb_json"].rate
        parts.append(f"PYBOSSA task runs: {rate(runs[SELF])} GB/s, {ours / theirs:.1f} times as fast as DuckDB.")
    return "\n\n".join(parts)


def versions(results: Results) -> str:
    """The versions of the peers that have one."""
    names = {"polars": "Polars", "duckdb": "DuckDB", "pandas": "pandas", PANOPTES: PANOPTES}
    found = [f"{title} {results.versions[name]}" for name, title in names.items() if name in results.versions]
    return f", with {', '.join(found)}" if found else ""


def chosen(summaries: Sequence[Summary], section: str, inputs: Sequence[str], readers: Sequence[str]) -> list[Summary]:
    """The readers of the real rows, or else of the first of `inputs` that was measured."""
    names = [one.input for one in summaries if one.section == section]
    name = next((name for name in (OWN, *inputs) if name in names), None)
    found = {one.reader: one for one in summaries if (one.section, one.input) == (section, name)}
    return [found[reader] for reader in readers if reader in found]


def size_of(summaries: Sequence[Summary]) -> str:
    """`1.0 GB of real rows`."""
    whole = max(one.input_bytes for one in summaries)
    size = f"{whole / GB:.1f} GB" if whole >= GB / 2 else f"{number(whole / MB)} MB"
    name = summaries[0].input
    return f"{size} of {input_title(name)}" if name == OWN else f"{size} of synthetic rows ({input_title(name)})"


def rate(one: Summary) -> str:
    """GB of input per second, with two significant digits."""
    gigabytes = one.rate * MB / GB
    return f"{gigabytes:.2f}" if gigabytes >= 0.1 else f"{float(f'{gigabytes:.2g}'):.9f}".rstrip("0")


def speeds(heading: str, summaries: Sequence[Summary], work: dict[str, str]) -> str:
    """A table with a row for each reader."""
    whole = max(one.input_bytes for one in summaries)
    lines = []
    for one in summaries:
        mark = "*" if one.input_bytes < whole else ""
        lines.append([TITLES[one.reader], f"{rate(one)}{mark}", f"{one.peak_rss / MB:,.0f} MB{mark}", work[one.reader]])
    return table((heading, "GB/s", "peak memory", "work"), lines, numbers=False)
