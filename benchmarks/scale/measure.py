"""Measures what the replay needs, on this machine: one core for splits and plans, runs with one and two workers."""

import functools
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time, sleep
from typing import Any

import crowdarrow as ca
from bench import MB
from bench.measure import describe_machine
from crowdarrow import synthetic
from crowdarrow.indexing.cuts import guessed_cuts
from crowdarrow.indexing.index import make_index
from crowdarrow.read.options import ReadOptions

from . import COSTS, GB
from .engine import ENGINES
from .replay import Cluster, Costs, Engine, replay

FILES = 8
SMALL = 64
BORDERS = 32
ROUNDS = 3
CHOICES: dict[str, dict[str, Any]] = {"the record table": {"table": "classifications"}, "all tables": {"tables": "all"}}


def measure(folder: Path, megabytes: int) -> Costs:
    """All costs, with inputs of this size together, in a folder for files."""
    files = [make(folder / f"{number}.csv", number, size=megabytes * MB // FILES) for number in range(FILES)]
    small = [make(folder / "small" / f"{number}.csv", number, records=10) for number in range(SMALL)]
    sizes = [path.stat().st_size for path in files]
    split, part = small_parts(small, folder)
    costs = Costs(
        machine="{cpu}, load {load}".format_map(describe_machine()),
        convert={name: rates(files, folder, split, options) for name, options in CHOICES.items()},
        split=split,
        scan=core_seconds(lambda: make_index(files[0], ReadOptions(digest="none", block_bytes=1 << 20)))
        / sizes[0]
        * GB,
        file=core_seconds(lambda: ca.splits(small, threads=1)) / SMALL,
        border=core_seconds(functools.partial(guess, files[0])) / BORDERS,
        part=part,
        engines=engines(),
        runs={},
        replayed={},
    )
    for workers in (1, 2):
        for name, options in CHOICES.items():
            title = f"{megabytes} MB, {name}, {workers} worker{'s' * (workers > 1)}"
            costs.runs[title] = run(files, folder, workers, options)
            costs.replayed[title] = replay(
                sizes, max(sizes), Cluster(workers), costs, tables=name, method="exact", engine="processes"
            ).total
    return costs


def make(path: Path, seed: int, size: int | None = None, records: int | None = None) -> Path:
    """An export of classifications, in the system's cache."""
    path.parent.mkdir(exist_ok=True)
    synthetic.generate_classifications(path, seed=seed, size=size, records=records)
    path.read_bytes()
    return path


def core_seconds(call: Callable[[], object]) -> float:
    """The median of the core seconds of some calls, which depend less on what else runs here."""
    return median(cpu(call)[0] for _ in range(ROUNDS))


def cpu(call: Callable[[], Any]) -> tuple[float, Any]:
    """The core seconds of a call, those of all threads, and what it returns."""
    started = process_time()
    found = call()
    return process_time() - started, found


def small_parts(small: Sequence[Path], folder: Path) -> tuple[float, float]:
    """Core seconds of a split of next to nothing, and of merging one part."""
    plan = ca.splits(small, threads=1)
    out = f"{folder}/merged/"
    done = [cpu(functools.partial(ca.convert_split, one, out, table="classifications")) for one in plan.splits]
    merged, _ = cpu(lambda: ca.merge(plan, [part for _, part in done], out))
    return median(taken for taken, _ in done), merged / len(done)


def rates(files: Sequence[Path], folder: Path, split: float, options: dict[str, Any]) -> list[float]:
    """Core seconds for each GB of each file, by one thread."""
    plan = ca.splits(files, threads=1)
    out = f"{folder}/rates/"
    found = []
    for one in plan.splits:
        taken, _ = cpu(functools.partial(ca.convert_split, one, out, **options))
        found.append((taken - split) / one.bytes * GB)
    ca.discard(plan, out)
    return found


def guess(path: Path) -> list[int]:
    """Guess where a file can be divided at some borders."""
    size = path.stat().st_size
    with path.open("rb") as file:
        header = tuple(file.readline().decode().strip().split(","))

        def read_range(offset: int, count: int) -> bytes:
            file.seek(offset)
            return file.read(count)

        return guessed_cuts(read_range, size, size // BORDERS, header=header, separator=",", lines=False)


def run(files: Sequence[Path], folder: Path, workers: int, options: dict[str, Any]) -> float:
    """Seconds from the call to the report, by processes that have started."""
    out = f"{folder}/run/"
    with pool(workers) as executor:
        started = perf_counter()
        plan = ca.splits(files, threads=1)
        parts = list(executor.map(functools.partial(ca.convert_split, output=out, **options), plan.splits))
        ca.merge(plan, parts, out)
        taken = perf_counter() - started
    shutil.rmtree(out)
    return taken


@contextmanager
def pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that have loaded crowdarrow."""
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as executor:
        list(executor.map(ready, range(workers * 4)))
        yield executor


def ready(_: int) -> None:
    """Load what conversions need, and let the other processes have the next of these tasks."""
    ca.schema("zooniverse.classifications")
    sleep(0.1)


def engines() -> dict[str, Engine]:
    """The engines that are installed, each measured in a process of its own; of the others, what is known."""
    known = Costs.load(COSTS).engines if COSTS.exists() else {}
    environment = os.environ | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    for name in ENGINES:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "scale.engine", name],
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        found = json.loads(done.stdout.splitlines()[-1])
        if found is not None:
            known[name] = Engine(**found)
    return known
