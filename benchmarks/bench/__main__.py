"""`python -m bench`: make the inputs, run every reader over them, write figures, a page and charts."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from . import BENCHMARKS, MB, ROOT, charts, machine, page, runners, sections
from .inputs import NAMES as INPUT_NAMES
from .inputs import Input, Inputs, describe, environment, warm
from .measure import FailedError, Limits, run
from .results import Results, Run, from_line, to_line
from .runners import Panoptes
from .schedule import Schedule
from .sections import Case, Group, Options, Plan

PACKAGES = ("crowdarrow", "pyarrow", "polars", "duckdb", "pandas", "orjson")
# A reader that takes all the memory takes the others' figures with it.
MOST_MEMORY = 0.8
STARTED = perf_counter()


def say(text: str) -> None:
    """Tell what goes on."""
    sys.stdout.write(f"[{perf_counter() - STARTED:7.1f} s] {text}\n")
    sys.stdout.flush()


def size_of(output: Path) -> int:
    """Bytes of a file, or of all files of a folder; 0 where there is nothing."""
    if output.is_dir():
        return sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    return output.stat().st_size if output.exists() else 0


def rows_of(output: Path) -> int:
    """Rows of a Parquet file, counted by another process."""
    text = "import pyarrow.parquet as pq, sys; print(pq.read_metadata(sys.argv[1]).num_rows)"
    done = subprocess.run(
        [sys.executable, "-c", text, str(output)], check=True, stdout=subprocess.PIPE, env=environment()
    )
    return int(done.stdout)


class Log:
    """Every run as it is done, so that one that was broken off can go on (`--resume`)."""

    def __init__(self, path: Path, heading: str, *, resume: bool) -> None:
        self.path = path
        self.done: dict[tuple[str, str, str, int], Run] = {}
        lines = path.read_text(encoding="utf-8").splitlines() if resume and path.exists() else []
        if lines and lines[0] == heading:
            for line in lines[1:]:
                one = from_line(line)
                self.done[one.section, one.input, one.reader, one.round] = one
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(heading + "\n", encoding="utf-8")

    def find(self, case: Case, number: int) -> Run | None:
        """The run of a case in a round, if it is there."""
        return self.done.get((case.section, case.input, case.reader, number))

    def add(self, one: Run) -> None:
        """Keep a run."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(to_line(one))


class Bench:
    """Runs the groups of a plan."""

    def __init__(self, plan: Plan, results: Results, log: Log) -> None:
        self.plan = plan
        self.results = results
        self.log = log
        self.limits = Limits(resident_bytes=MOST_MEMORY * (machine.memory("MemAvailable") or float("inf")))
        self.inputs: list[Input] = []

    def everything(self) -> None:
        """Run it all, into the results."""
        for group in self.plan.groups():
            self.inputs += group.inputs
            self.group(group)
        self.results.inputs = describe(self.inputs)
        self.results.skipped = self.plan.skipped

    def group(self, group: Group) -> None:
        """The cases of one group, interleaved."""
        schedule = Schedule(group.cases, group.rounds)
        warmed = set[Path]()
        runs: list[Run] = []
        for number, case in schedule:
            one = self.log.find(case, number)
            if one is None:
                if case.source not in warmed:
                    warm(case.source)
                    warmed.add(case.source)
                try:
                    one = self.once(case, number)
                except (FailedError, OSError, subprocess.CalledProcessError) as error:
                    self.results.failed[case.key] = str(error)
                    say(f"{case.key}: {error}")
                    schedule.drop(case)
                    continue
                self.log.add(one)
            runs.append(one)
        failed = self.results.failed
        self.results.runs += [one for one in runs if f"{one.section} / {one.input} / {one.reader}" not in failed]

    def once(self, case: Case, number: int) -> Run:
        """One run of a case."""
        self.clear(case.output)
        if case.output.name == runners.PANOPTES:
            case.output.mkdir()
        # What the run before left to be written isn't to be written during this one.
        os.sync()
        measure = run(case.command, environment=environment(), whole=runners.OUTPUT_IS_WHOLE, limits=self.limits)
        rows = rows_of(case.output) if case.counted and number == 1 else None
        one = Run(case.section, case.input, case.reader, number, case.input_bytes, size_of(case.output), measure, rows)
        self.clear(case.output)
        rate = charts.rate_text(case.input_bytes / measure.wall / MB)
        say(f"{case.key}, round {number}: {measure.wall:.2f} s, {rate}, {measure.peak_rss / MB:.0f} MB of memory")
        return one

    def clear(self, output: Path) -> None:
        """Remove an output, and all that stands beside it."""
        folder = self.plan.outputs
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        assert output.parent == folder


def words(text: str) -> tuple[str, ...]:
    """Words between commas or spaces."""
    return tuple(text.replace(",", " ").split())


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="bench", description="Measure crowdarrow and its peers in one run.")
    add = parser.add_argument
    add("--mb", type=int, default=usual.mb, help="size of each input (1000)")
    add("--rounds", type=int, default=usual.rounds, help="how often each reader runs (5)")
    add("--slow-mb", type=int, default=usual.slow_mb, help="what the slow readers get of it (100)")
    add("--panoptes-mb", type=int, default=usual.panoptes_mb, help="what panoptes_aggregation gets of it (20)")
    add("--sizes", type=words, default=usual.sizes, help="of the section sizes, in multiples of --mb (0.2,1,4)")
    add("--inputs", type=words, default=usual.inputs, help=f"some of {','.join(INPUT_NAMES)}")
    add("--readers", type=words, default=usual.readers, help=f"some of {','.join(runners.NAMES)}")
    add("--sections", type=words, default=usual.sections, help=f"some of {','.join(sections.NAMES)}")
    add("--own", type=Path, metavar="FILE", help="a plain export of your own, in place of the made ones")
    add("--data", type=Path, default=BENCHMARKS / "data", help="where inputs and outputs are kept (benchmarks/data)")
    add("--results", type=Path, help="the figures (benchmarks/results.json; of a trial, in benchmarks/data/trial)")
    add("--page", type=Path, help="the page, charts beside it (docs/benchmarks.md; of a trial, as the figures)")
    add("--resume", action="store_true", help="go on with a run of the same options that was broken off")
    add("--redraw", action="store_true", help="run nothing: page and charts again, from the figures that are there")
    parsed = parser.parse_args(argv)
    parsed.sizes = tuple(float(size) for size in parsed.sizes)
    known = {"inputs": INPUT_NAMES, "readers": runners.NAMES, "sections": sections.NAMES}
    for name, allowed in known.items():
        # Nothing asks for everything: the Makefile's variables are empty unless set.
        asked = getattr(parsed, name) or getattr(usual, name)
        setattr(parsed, name, asked)
        if unknown := set(asked) - set(allowed):
            parser.error(f"no {name.removesuffix('s')} is named {', '.join(sorted(unknown))}")
    if min(parsed.mb, parsed.rounds, parsed.slow_mb, parsed.panoptes_mb) < 1:
        parser.error("sizes and rounds are at least 1")
    return parsed


def is_trial(options: Options) -> bool:
    """Whether only a part was asked for, or inputs so small that the figures say little: not to be published."""
    usual = Options()
    parts = ("inputs", "readers", "sections", "own")
    return options.mb < page.SMALL_MB or any(getattr(options, name) != getattr(usual, name) for name in parts)


def publish(results: Path, where: Path) -> None:
    """Write page and charts from the figures in `results`."""
    figures = Results.read(results)
    where.parent.mkdir(parents=True, exist_ok=True)
    drawn = charts.draw(figures.summaries(), where.parent / "charts")
    where.write_text(page.render(figures, drawn), encoding="utf-8")
    say(f"figures in {results}, page in {where}, {len(drawn)} charts beside it")


def versions() -> dict[str, str]:
    """What was measured, by package."""
    return runners.versions(PACKAGES) | {runners.PANOPTES: runners.PANOPTES_RELEASE.partition("==")[2]}


def told(options: Options) -> dict[str, Any]:
    """The options as plain objects."""
    return asdict(options) | {"own": str(options.own.name) if options.own else None}


def main(argv: Sequence[str] | None = None) -> int:
    """Run; returns the exit status."""
    asked = arguments(argv)
    options = Options(**{name: getattr(asked, name) for name in Options.__dataclass_fields__})
    data = asked.data.resolve()
    trial = is_trial(options)
    figures = asked.results or (data / "trial" if trial else BENCHMARKS) / "results.json"
    where = asked.page or (data / "trial" if trial else ROOT / "docs") / "benchmarks.md"
    if asked.redraw:
        publish(figures, where)
        return 0
    results = Results(
        made=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=machine.describe(),
        versions=versions(),
        options=told(options),
        inputs=[],
        left_out={name: runners.left_out(name) for name in options.readers if runners.left_out(name)},
    )
    inputs = Inputs(data / "inputs", say)
    plan = Plan(options, inputs, data / "outputs", Panoptes(data / ".venv-panoptes"))
    heading = repr((results.options, results.versions, runners.build(), inputs.generator))
    bench = Bench(plan, results, Log(data / "runs.jsonl", heading, resume=asked.resume))
    bench.everything()
    shutil.rmtree(plan.outputs, ignore_errors=True)
    results.write(figures)
    for name, reason in {**results.skipped, **results.failed}.items():
        say(f"left out: {name}: {reason}")
    publish(figures, where)
    return 0


if __name__ == "__main__":
    sys.exit(main())
