"""Replays a plan on simulated workers: planning, dispatch, conversion with measured costs, lost workers, merge."""

import heapq
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

from . import GB


@dataclass(frozen=True)
class Engine:
    """Seconds of an engine: to start it on one machine, and of its driver for each task."""

    start: float
    task: float


@dataclass(frozen=True)
class Costs:
    """What was measured, in seconds of one core.

    Attributes:
        machine: what it was measured on.
        convert: for each choice of tables, seconds for each GB of each split that was measured.
        split: what a split costs besides.
        scan: exact planning, for each GB.
        file: planning, for each file.
        border: planning by `probe`, for each border.
        part: merging, for each part of a table.
        engines: the engines that were measured.
        runs: seconds of whole runs by number of workers.
        replayed: what this program says of the same runs.
    """

    machine: str
    convert: dict[str, list[float]]
    split: float
    scan: float
    file: float
    border: float
    part: float
    engines: dict[str, Engine]
    runs: dict[str, float]
    replayed: dict[str, float]

    @classmethod
    def load(cls, path: Path) -> "Costs":
        """The costs that an earlier run of `make bench-scale` wrote."""
        found = json.loads(path.read_text(encoding="utf-8"))
        found["engines"] = {name: Engine(**one) for name, one in found["engines"].items()}
        return cls(**found)

    def save(self, path: Path) -> None:
        """Write the costs."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Cluster:
    """Workers on nodes that share a network link (bytes a second), and how many of them die in the middle."""

    workers: int
    workers_per_node: int = 4
    link: float = 1.25e9
    deaths: int = 0


@dataclass(frozen=True)
class Replay:
    """Seconds of the parts of a run, and how busy the workers were in its second."""

    plan: float
    convert: float
    merge: float
    splits: int
    busy: float

    @property
    def total(self) -> float:
        """Seconds from the call to the report."""
        return self.plan + self.convert + self.merge


def split_sizes(files: Sequence[int], target: int) -> list[int]:
    """The bytes of the splits of some files: a file up to the target is one."""
    sizes: list[int] = []
    for size in files:
        count = max(1, -(-size // target))
        sizes += [size // count + (number < size % count) for number in range(count)]
    return sizes


def planning(files: Sequence[int], target: int, method: str, costs: Costs) -> float:
    """Seconds of planning by one process; `index` was made before."""
    seconds = costs.file * len(files)
    large = [size for size in files if size > target]
    if method == "exact":
        return seconds + costs.scan * sum(large) / GB
    return seconds + (costs.border * sum(-(-size // target) - 1 for size in large) if method == "probe" else 0)


def converting(
    sizes: Sequence[int], rates: Sequence[float], task: float, cluster: Cluster, costs: Costs
) -> list[float]:
    """For each worker the second in which it ended its last split, and at last the seconds that all were busy.

    Splits go to the next free worker in the order of the plan, not before the driver has sent them. A worker that dies
    does so in the middle of its first split after half of the run: the split is done again by another.
    """
    floor = cluster.workers_per_node / cluster.link
    work = [
        costs.split + size * max(rate / GB, floor)
        for size, rate in zip(sizes, islice(cycle(rates), len(sizes)), strict=True)
    ]
    half = sum(work) / cluster.workers / 2
    free = [0.0] * cluster.workers
    deaths, busy = cluster.deaths, 0.0
    waiting = list(reversed(list(enumerate(work))))
    ended: list[float] = []
    while waiting:
        number, seconds = waiting.pop()
        start = max(heapq.heappop(free), task * (number + 1))
        if deaths and start >= half:
            deaths -= 1
            busy += seconds / 2
            ended.append(start + seconds / 2)  # this worker is gone
            waiting.append((number, seconds))
            continue
        busy += seconds
        heapq.heappush(free, start + seconds)
    return [*ended, *free, busy]


def replay(
    files: Sequence[int], target: int, cluster: Cluster, costs: Costs, *, tables: str, method: str, engine: str
) -> Replay:
    """Replay the conversion of some files, given by their sizes."""
    sizes = split_sizes(files, target)
    task = costs.engines[engine].task if engine in costs.engines else 0.0
    *ends, busy = converting(sizes, costs.convert[tables], task, cluster, costs)
    seconds = max(ends)
    return Replay(
        planning(files, target, method, costs),
        seconds,
        costs.part * len(sizes),
        len(sizes),
        busy / (seconds * cluster.workers),
    )
