"""Runs, their medians, and the files that hold them."""

import json
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from . import MB
from .measure import Measure


@dataclass(frozen=True)
class Run:
    """One measured run of a reader.

    `input_bytes` counts the uncompressed input, `output_bytes` the output. `rows`, the rows of the output, is counted
    in the first round only.
    """

    section: str
    input: str
    reader: str
    round: int
    input_bytes: int
    output_bytes: int
    measure: Measure
    rows: int | None = None


@dataclass(frozen=True)
class Summary:
    """Medians of the runs of one reader over one input; `low` and `high` are the extremes of `wall`."""

    section: str
    input: str
    reader: str
    rounds: int
    input_bytes: int
    output_bytes: int
    rows: int | None
    wall: float
    low: float
    high: float
    cpu: float
    peak_rss: int
    memory: tuple[tuple[float, int], ...] = field(default=(), repr=False)

    @property
    def rate(self) -> float:
        """MB (10^6 bytes) of input per second of wall time."""
        return self.input_bytes / self.wall / MB

    @property
    def rate_per_core(self) -> float:
        """MB of input per second of CPU time."""
        return self.input_bytes / self.cpu / MB


def summarise(runs: Iterable[Run]) -> list[Summary]:
    """The medians by section, input and reader, in order of appearance; `memory` is that of the median run."""
    of: dict[tuple[str, str, str], list[Run]] = defaultdict(list)
    for run in runs:
        of[run.section, run.input, run.reader].append(run)
    return [_summary(*key, some) for key, some in of.items()]


def _summary(section: str, name: str, reader: str, runs: list[Run]) -> Summary:
    walls = [run.measure.wall for run in runs]
    middle = sorted(runs, key=lambda run: run.measure.wall)[len(runs) // 2]
    return Summary(
        section=section,
        input=name,
        reader=reader,
        rounds=len(runs),
        input_bytes=runs[0].input_bytes,
        output_bytes=runs[0].output_bytes,
        rows=runs[0].rows,
        wall=statistics.median(walls),
        low=min(walls),
        high=max(walls),
        cpu=statistics.median(run.measure.cpu for run in runs),
        peak_rss=int(statistics.median(run.measure.peak_rss for run in runs)),
        memory=middle.measure.memory,
    )


@dataclass
class Results:
    """Everything that a run of the benchmarks found.

    `skipped` has the reason for each case that was not run, `failed` for each that failed; both are keyed by
    `section / input / reader`. `left_out` has the documented limits of each reader.
    """

    made: str
    machine: dict[str, Any]
    versions: dict[str, str]
    options: dict[str, Any]
    inputs: list[dict[str, Any]]
    left_out: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)

    def summaries(self) -> list[Summary]:
        """The medians."""
        return summarise(self.runs)

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Read the file that `write` wrote; each run has the memory of its reader's median run."""
        stored = json.loads(path.read_text(encoding="utf-8"))
        curves = {(one["section"], one["input"], one["reader"]): one["memory"] for one in stored.pop("summaries")}
        for run in stored["runs"]:
            run["measure"]["memory"] = curves[run["section"], run["input"], run["reader"]]
        return cls(**stored | {"runs": [_run(run) for run in stored["runs"]]})

    def write(self, path: Path) -> None:
        """Write everything, but the memory of the median run only."""
        stored = asdict(self)
        for run in stored["runs"]:
            run["measure"].pop("memory")
        stored["summaries"] = [
            asdict(one) | {"rate": one.rate, "rate_per_core": one.rate_per_core} for one in self.summaries()
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_one_line_per_item(_rounded(stored)), encoding="utf-8")


def _one_line_per_item(stored: dict[str, Any]) -> str:
    """JSON with one line per member and per list item, for short and readable diffs."""
    members = []
    for name, value in stored.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(json.dumps(item) for item in value) + "\n ]"
        members.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _rounded(value: Any) -> Any:
    """The value with all floats rounded to four decimals."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def _run(stored: dict[str, Any]) -> Run:
    """A run from its JSON object."""
    memory = tuple((seconds, size) for seconds, size in stored["measure"]["memory"])
    return Run(**stored | {"measure": Measure(**stored["measure"] | {"memory": memory})})


def from_line(line: str) -> Run:
    """Parse a line of the log."""
    return _run(json.loads(line))


def to_line(run: Run) -> str:
    """Format a run as a line of the log."""
    return json.dumps(asdict(run)) + "\n"
