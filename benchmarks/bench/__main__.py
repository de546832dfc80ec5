"""`python -m bench`: generate the inputs, run every reader over them, and write results, page and charts."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

from . import BENCHMARKS, MB, ROOT, page, readme, runners, sections
from .inputs import NAMES as INPUT_NAMES
from .inputs import OWN, Input, Inputs, describe, environment, warm
from .measure import FailedError, Limits, describe_machine, machine_memory, run
from .results import Results, Run, from_line, to_line
from .runners import Panoptes
from .sections import Case, Group, Options, Plan

PACKAGES = ("crowdarrow", "pyarrow", "polars", "duckdb", "pandas", "orjson")
# A reader that exhausts the memory would slow down the following runs.
MOST_MEMORY = 0.8
PAGE = ROOT / "docs" / "benchmarks.md"
STARTED = perf_counter()


def say(text: str) -> None:
    """Print a message with the time since the start."""
    sys.stdout.write(f"[{perf_counter() - STARTED:7.1f} s] {text}\n")
    sys.stdout.flush()


def size_of(output: Path) -> int:
    """Bytes of a file, or of all files in a folder; 0 if there is none."""
    if output.is_dir():
        return sum(path.stat().st_size for path in output.rglob("*") if path.is_file())
    return output.stat().st_size if output.exists() else 0


def rows_of(output: Path) -> int:
    """Rows of a Parquet file. A child process counts them, so that this process does not load pyarrow."""
    text = "import pyarrow.parquet as pq, sys; print(pq.read_metadata(sys.argv[1]).num_rows)"
    done = subprocess.run(
        [sys.executable, "-c", text, str(output)], check=True, stdout=subprocess.PIPE, env=environment()
    )
    return int(done.stdout)


class Log:
    """A file of all finished runs, from which `--resume` continues."""

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
        """The run of a case in a round, if it is finished."""
        return self.done.get((case.section, case.input, case.reader, number))

    def add(self, one: Run) -> None:
        """Append a run."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(to_line(one))


class Bench:
    """Runs the groups of a plan."""

    def __init__(self, plan: Plan, results: Results, log: Log) -> None:
        self.plan = plan
        self.results = results
        self.log = log
        self.limits = Limits(resident_bytes=MOST_MEMORY * (machine_memory("MemAvailable") or float("inf")))
        self.inputs: list[Input] = []

    def everything(self) -> None:
        """Run all groups and fill in the results."""
        for group in self.plan.groups():
            self.inputs += group.inputs
            self.group(group)
        self.results.inputs = describe(self.inputs)
        self.results.skipped = self.plan.skipped

    def group(self, group: Group) -> None:
        """Run the cases of a group in turns (A B C, A B C), so that a slow minute of the machine affects all of them.

        A case that fails is not run again, and its results are dropped.
        """
        warmed = set[Path]()
        runs: list[Run] = []
        failed = self.results.failed
        for number, case in product(range(1, group.rounds + 1), group.cases):
            if case.key in failed:
                continue
            one = self.log.find(case, number)
            if one is None:
                if case.source not in warmed:
                    warm(case.source)
                    warmed.add(case.source)
                try:
                    one = self.once(case, number)
                except (FailedError, OSError, subprocess.CalledProcessError) as error:
                    failed[case.key] = str(error)
                    say(f"{case.key}: {error}")
                    continue
                self.log.add(one)
            runs.append(one)
        self.results.runs += [one for one in runs if f"{one.section} / {one.input} / {one.reader}" not in failed]

    def once(self, case: Case, number: int) -> Run:
        """Run a case once."""
        self.clear(case.output)
        if case.output.name == runners.PANOPTES:
            case.output.mkdir()
        # Otherwise pending writes of the previous run would slow down this one.
        os.sync()
        measure = run(case.command, environment=environment(), accepted=runners.SUCCESS, limits=self.limits)
        rows = rows_of(case.output) if case.counted and number == 1 else None
        one = Run(case.section, case.input, case.reader, number, case.input_bytes, size_of(case.output), measure, rows)
        self.clear(case.output)
        rate = page.rate_text(case.input_bytes / measure.wall / MB)
        say(f"{case.key}, round {number}: {measure.wall:.2f} s, {rate}, {measure.peak_rss / MB:.0f} MB of memory")
        return one

    def clear(self, output: Path) -> None:
        """Empty the folder of an output."""
        folder = self.plan.outputs
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        assert output.parent == folder


def words(text: str) -> tuple[str, ...]:
    """Split at commas and spaces."""
    return tuple(text.replace(",", " ").split())


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    usual = Options()
    parser = argparse.ArgumentParser(prog="bench", description="Measure crowdarrow and its peers.")
    add = parser.add_argument
    add("--mb", type=int, default=usual.mb, help="size of each generated input (1000)")
    add("--rounds", type=int, default=usual.rounds, help="runs of each reader (5)")
    add("--slow-mb", type=int, default=usual.slow_mb, help="size of the inputs of slow readers (100)")
    add("--panoptes-mb", type=int, default=usual.panoptes_mb, help="size of the inputs of panoptes_aggregation (20)")
    add("--sizes", type=words, default=usual.sizes, help="sizes of the section `sizes`, in multiples of --mb (0.2,1,4)")
    add(
        "--inputs",
        type=words,
        default=usual.inputs,
        help=f"subset of {','.join(INPUT_NAMES)}; `{OWN}` alone for the export of --own alone",
    )
    add("--readers", type=words, default=usual.readers, help=f"subset of {','.join(runners.NAMES)}")
    add("--sections", type=words, default=usual.sections, help=f"subset of {','.join(sections.NAMES)}")
    add(
        "--own",
        type=Path,
        metavar="FILE",
        help="an uncompressed classification export, measured before the generated inputs",
    )
    add("--own-note", default=usual.own_note, metavar="TEXT", help="what the page says about the export of --own")
    add("--data", type=Path, default=BENCHMARKS / "data", help="folder of inputs and outputs (benchmarks/data)")
    add("--results", type=Path, help="results file (benchmarks/results.json; for a trial, in benchmarks/data/trial)")
    add("--page", type=Path, help="page, with charts in its folder (docs/benchmarks.md; for a trial, with the results)")
    add("--resume", action="store_true", help="continue an interrupted run of the same options")
    add("--redraw", action="store_true", help="measure nothing; write page and charts from the results file")
    parsed = parser.parse_args(argv)
    parsed.sizes = tuple(float(size) for size in parsed.sizes)
    known = {"inputs": (OWN, *INPUT_NAMES), "readers": runners.NAMES, "sections": sections.NAMES}
    for name, allowed in known.items():
        # An empty value selects everything: the variables of the Makefile are empty by default.
        chosen = getattr(parsed, name) or getattr(usual, name)
        setattr(parsed, name, chosen)
        if unknown := set(chosen) - set(allowed):
            parser.error(f"unknown {name}: {', '.join(sorted(unknown))}")
    if OWN in parsed.inputs and parsed.own is None:
        parser.error(f"--inputs {OWN} needs --own FILE")
    parsed.inputs = tuple(name for name in parsed.inputs if name != OWN)
    if min(parsed.mb, parsed.rounds, parsed.slow_mb, parsed.panoptes_mb) < 1:
        parser.error("sizes and rounds must be at least 1")
    return parsed


def is_trial(options: Options) -> bool:
    """Whether the results are not to be published: only a part is measured, or the inputs are too small."""
    usual = Options()
    parts = ("inputs", "readers", "sections")
    sizes = [options.mb * MB, *([] if options.own is None else [options.own.stat().st_size])]
    return min(sizes) < page.SMALL_MB * MB or any(getattr(options, name) != getattr(usual, name) for name in parts)


def publish(results: Path, where: Path) -> None:
    """Write page and charts from the results file, and the tables of the README if the page is the published one."""
    from . import charts

    figures = Results.read(results)
    where.parent.mkdir(parents=True, exist_ok=True)
    drawn = charts.draw(figures.summaries(), where.parent / "charts")
    where.write_text(page.render(figures, drawn), encoding="utf-8")
    if where == PAGE:
        readme.update(ROOT / "README.md", figures)
    say(f"results in {results}, page in {where}, with {len(drawn)} charts")


def versions() -> dict[str, str]:
    """Versions of the measured packages."""
    return runners.versions(PACKAGES) | {runners.PANOPTES: runners.PANOPTES_RELEASE.partition("==")[2]}


def option_values(options: Options) -> dict[str, Any]:
    """The options as JSON values."""
    return asdict(options) | {"own": str(options.own.name) if options.own else None}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit status."""
    parsed = arguments(argv)
    options = Options(**{name: getattr(parsed, name) for name in Options.__dataclass_fields__})
    data = parsed.data.resolve()
    trial = is_trial(options)
    figures = parsed.results or (data / "trial" if trial else BENCHMARKS) / "results.json"
    where = parsed.page or (data / "trial" / "benchmarks.md" if trial else PAGE)
    if parsed.redraw:
        publish(figures, where)
        return 0
    results = Results(
        made=datetime.now(UTC).strftime("%Y-%m-%d"),
        machine=describe_machine(),
        versions=versions(),
        options=option_values(options),
        inputs=[],
        left_out={name: runners.left_out(name) for name in options.readers if runners.left_out(name)},
    )
    inputs = Inputs(data / "inputs", say)
    plan = Plan(options, inputs, data / "outputs", Panoptes(data / ".venv-panoptes"))
    heading = repr((results.options, results.versions, runners.build(), inputs.generator))
    bench = Bench(plan, results, Log(data / "runs.jsonl", heading, resume=parsed.resume))
    bench.everything()
    shutil.rmtree(plan.outputs, ignore_errors=True)
    results.write(figures)
    for name, reason in {**results.skipped, **results.failed}.items():
        say(f"no results for {name}: {reason}")
    publish(figures, where)
    return 0


if __name__ == "__main__":
    sys.exit(main())
