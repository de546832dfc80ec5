"""Runs, their medians, and the file that holds them."""

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
    """One run: the section, input and reader that it belongs to, and what it took.

    `input_bytes` are those of the plain text that was read, `output_bytes` those written; `rows` of the output
    are counted in the first round alone.
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
    """The runs of one reader over one input, by their median; `low` and `high` are the extremes of `wall`."""

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
        """MB (10^6 bytes) of input per second on the clock."""
        return self.input_bytes / self.wall / MB

    @property
    def rate_per_core(self) -> float:
        """MB of input per second of a core."""
        return self.input_bytes / self.cpu / MB


def summarise(runs: Iterable[Run]) -> list[Summary]:
    """The medians of each section, input and reader, in the order in which they came; the curve is the middle run's."""
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
    """All that a run of the benchmarks found.

    `skipped` holds the reason for each reader that was not started, `failed` for each that stopped, both by
    `section / input / reader`; `left_out` what each reader says that it leaves out.
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
        """What `write` wrote; each run has the memory of the middle one of its reader."""
        told = json.loads(path.read_text(encoding="utf-8"))
        curves = {(one["section"], one["input"], one["reader"]): one["memory"] for one in told.pop("summaries")}
        for run in told["runs"]:
            run["measure"]["memory"] = curves[run["section"], run["input"], run["reader"]]
        return cls(**told | {"runs": [_run(run) for run in told["runs"]]})

    def write(self, path: Path) -> None:
        """Write everything but the memory of each single run, which is there once for each reader."""
        told = asdict(self)
        for run in told["runs"]:
            run["measure"].pop("memory")
        told["summaries"] = [
            asdict(one) | {"rate": one.rate, "rate_per_core": one.rate_per_core} for one in self.summaries()
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_laid_out(_rounded(told)), encoding="utf-8")


def _laid_out(told: dict[str, Any]) -> str:
    """JSON with a line for each member, and for each item of a list: short, and changes are seen."""
    members = []
    for name, value in told.items():
        text = json.dumps(value)
        if isinstance(value, list) and value:
            text = "[\n  " + ",\n  ".join(json.dumps(item) for item in value) + "\n ]"
        members.append(f" {json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(members) + "\n}\n"


def _rounded(value: Any) -> Any:
    """Without digits that nobody measured."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


def _run(told: dict[str, Any]) -> Run:
    """A run from plain objects."""
    memory = tuple((seconds, size) for seconds, size in told["measure"]["memory"])
    return Run(**told | {"measure": Measure(**told["measure"] | {"memory": memory})})


def from_line(line: str) -> Run:
    """A run from a line of the log."""
    return _run(json.loads(line))


def to_line(run: Run) -> str:
    """A run as a line of the log."""
    return json.dumps(asdict(run)) + "\n"
