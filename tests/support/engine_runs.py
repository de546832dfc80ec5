"""What a conversion on an engine is compared with: the same inputs and options in one process."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

import crowdarrow as ca
from crowdarrow.synthetic.__main__ import main as synthetic

TARGET_BYTES = 250_000
"""Some twenty splits of the inputs."""
# What a run has for itself, or by where it writes.
OWN = {"seconds", "run_id", "outputs", "rejects_path"}


@dataclass(frozen=True)
class Inputs:
    """Some exports with faults and the workflows that give labels, and what one process makes of them."""

    paths: list[str]
    options: dict[str, Any]
    single: Path
    report: dict[str, Any]

    def table(self, name: str) -> pa.Table:
        """A table that is read alone, in this process; columns of others are not decoded, so they reject nothing."""
        return ca.Export(self.paths, **self.options).table(name).to_table()


def make_inputs(folder: Path) -> Inputs:
    """Write the inputs, and convert them in this process."""
    for number, records in enumerate([400] * 6):
        synthetic(
            ["export", str(folder / str(number)), "--records", str(records), "--seed", str(number), "--faults", "0.02"]
        )
    paths = [str(folder / str(number) / "classifications.csv") for number in range(6)]
    options: dict[str, Any] = {"workflows": folder / "0" / "workflows.csv"}
    report = ca.convert(paths, f"{folder}/single/", **options)
    assert report.rejected > 0
    return Inputs(paths, options, folder / "single", of_all(report))


def of_all(report: ca.Report) -> dict[str, Any]:
    """The counts of a report that are the same wherever the run was."""
    return {name: value for name, value in report.to_dict().items() if name not in OWN}


def check_same(inputs: Inputs, output: Path, report: ca.Report) -> None:
    """Compare rows, in their order, rejects and counts with those of one process; nothing else is left behind."""
    assert of_all(report) == inputs.report
    for name in inputs.report["tables"]:
        assert pq.read_table(output / name).equals(pq.read_table(inputs.single / f"{name}.parquet")), name
    rejects = Path(f"{output}.rejects.csv")
    assert rejects.read_bytes() == Path(f"{inputs.single}.rejects.csv").read_bytes()
    assert sorted(output.parent.iterdir()) == [output, rejects]


@contextmanager
def killing(output: Path, workers: Callable[[], Iterable[int]]) -> Iterator[list[int]]:
    """Kill one of the processes that convert, once a first part is there; gives the killed process."""
    killed: list[int] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            if any(output.parent.glob(f"{output.name}.parts-*/**/*.json")):
                victim = next(iter(workers()))
                os.kill(victim, signal.SIGKILL)
                killed.append(victim)
                return
            time.sleep(0.002)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield killed
    finally:
        ended.set()
        watcher.join()


def processes(name: str) -> list[int]:
    """Processes whose command line has this in it, the youngest first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if name.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue  # it has ended
    return sorted(found, reverse=True)
