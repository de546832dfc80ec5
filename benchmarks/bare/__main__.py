"""`python -m bare`: build the yardstick, run it and the Rust bench over the same exports in turns, and compare."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench import BENCHMARKS, MB, ROOT
from bench.inputs import PROFILES, Inputs, warm
from bench.machine import describe

RELEASE = "pysimdjson==7.0.2"
PARTS = ("simdjson.h", "simdjson.cpp")
SOURCE = Path(__file__).with_name("bare.cpp")
FLAGS = ("-O3", "-std=c++17", "-DNDEBUG")
CARGO = ("cargo", "bench", "--locked", "--quiet", "--package", "crowdarrow-core", "--bench", "bare")
DECODE = "decode to record batches"
SPLIT = "bare, split and quotes undone alone"
PARSED = "bare, C++ simdjson DOM"
MIB = 1 << 20


class CannotMeasureError(Exception):
    """The yardstick can't be built here; the message says why."""


@dataclass
class Times:
    """Seconds of single passes over one export, by stage, and what the yardstick says of itself."""

    bytes: int = 0
    parser: str = ""
    cells: int = 0
    refused: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, stage: str, seconds: Sequence[float]) -> None:
        """Some more passes of a stage."""
        self.seconds.setdefault(stage, []).extend(seconds)

    def rates(self, stage: str) -> tuple[float, float]:
        """MiB of CSV a second: the median of all passes, and the best."""
        seconds = self.seconds[stage]
        return self.bytes / MIB / median(seconds), self.bytes / MIB / min(seconds)

    def ratios(self) -> tuple[float, float]:
        """The decode's rate as a part of the yardstick's: by the medians, and by the best passes."""
        (decode, quickest), (bare, best) = self.rates(DECODE), self.rates(PARSED)
        return decode / bare, quickest / best


def compiler() -> str:
    """The C++ compiler.

    Raises:
        CannotMeasureError: there is none, no cargo, or another processor than the yardstick is written for.
    """
    found = next(filter(None, map(shutil.which, filter(None, (os.environ.get("CXX"), "c++", "g++", "clang++")))), None)
    if found is None:
        msg = "there is no C++ compiler"
        raise CannotMeasureError(msg)
    if shutil.which(CARGO[0]) is None:
        msg = "cargo is not installed"
        raise CannotMeasureError(msg)
    if os.uname().machine not in {"x86_64", "AMD64"}:
        msg = f"the yardstick is written for x86-64, and this is {os.uname().machine}"
        raise CannotMeasureError(msg)
    return found


def sources(folder: Path) -> Path:
    """The folder that holds simdjson.h and simdjson.cpp, downloaded if need be."""
    place = folder / RELEASE.replace("==", "-")
    if not all((place / name).exists() for name in PARTS):
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download"]
        options = ["--no-binary", RELEASE.partition("==")[0], "--no-deps", "--dest", str(folder)]
        subprocess.run([*pip, *options, RELEASE], check=True)
        place.mkdir(exist_ok=True)
        with tarfile.open(folder / f"{place.name}.tar.gz") as archive:
            for name in PARTS:
                part = archive.extractfile(f"{place.name}/simdjson/{name}")
                assert part is not None
                (place / name).write_bytes(part.read())
    return place


def build(folder: Path) -> Path:
    """The yardstick, built in `folder`.

    Raises:
        CannotMeasureError: that can't be done here.
        subprocess.CalledProcessError: pip or the compiler failed.
    """
    command = [compiler(), *FLAGS]
    folder.mkdir(parents=True, exist_ok=True)
    simdjson, program = sources(folder), folder / "bare"
    parser = simdjson / "simdjson.o"
    if not parser.exists():
        # Without flags of the instruction set: it takes the best at run time.
        subprocess.run([*command, "-c", str(simdjson / "simdjson.cpp"), "-o", str(parser)], check=True)
    subprocess.run([*command, "-I", str(simdjson), str(SOURCE), str(parser), "-o", str(program)], check=True)
    return program


def passes(folder: Path) -> dict[str, list[float]]:
    """Seconds of each pass that criterion has written down under `folder`, by stage."""
    found: dict[str, list[float]] = {}
    for path in sorted(folder.rglob("new/sample.json")):
        sample = json.loads(path.read_text(encoding="utf-8"))
        stage = json.loads(path.with_name("benchmark.json").read_text(encoding="utf-8"))["function_id"]
        found[stage] = [time / count / 1e9 for count, time in zip(sample["iters"], sample["times"], strict=True)]
    return found


def measure(program: Path, export: Path, rounds: int, scratch: Path) -> Times:
    """Both programs in turns, `rounds` times.

    Raises:
        CannotMeasureError: the yardstick doesn't run here.
        subprocess.CalledProcessError: the Rust bench failed.
    """
    times = Times()
    warm(export)
    for _ in range(rounds):
        done = subprocess.run([program, export, "10"], check=False, capture_output=True, text=True)
        if done.returncode:
            raise CannotMeasureError(done.stderr.strip())
        told: Mapping[str, Any] = json.loads(done.stdout)
        times.bytes, times.parser = told["bytes"], told["parser"]
        times.cells, times.refused = told["cells"], told["refused"]
        times.add(SPLIT, told["split"])
        times.add(PARSED, told["parsed"])
        shutil.rmtree(scratch, ignore_errors=True)
        given = {"CROWDARROW_BENCH_CSV": str(export), "CRITERION_HOME": str(scratch)}
        bench = subprocess.run(CARGO, cwd=ROOT, check=False, capture_output=True, text=True, env=os.environ | given)
        if bench.returncode:
            sys.stderr.write(bench.stderr)
        bench.check_returncode()
        for stage, seconds in passes(scratch).items():
            times.add(stage, seconds)
    return times


def report(name: str, times: Times) -> str:
    """The figures of one export."""
    lines = [f"{name}, {times.bytes / MIB:.0f} MiB, one core, MiB/s of CSV: median (best)"]
    for stage in times.seconds:
        middle, best = times.rates(stage)
        lines.append(f"  {stage:<38} {middle:7.0f} ({best:.0f})")
    middle, best = times.ratios()
    lines.append(f"  decode / {PARSED}: {middle:.2f} of the medians, {best:.2f} of the best")
    lines.append(f"  {times.parser}: {times.cells:,} cells, {times.refused:,} of them refused")
    return "\n".join(lines)


def say(text: str) -> None:
    """Tell."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and report; returns the exit status, 0 also where nothing can be measured."""
    parser = argparse.ArgumentParser(prog="bare", description="Compare the decode with a bare C++ simdjson parse.")
    add = parser.add_argument
    add("--mb", type=int, default=64, help="size of each export (64)")
    add("--rounds", type=int, default=3, help="how often the two programs take turns (3)")
    add("--inputs", default="mixed,drawing", help=f"some of {','.join(PROFILES)}")
    add("--own", type=Path, metavar="FILE", help="a plain export of your own, in place of the made ones")
    add("--data", type=Path, default=BENCHMARKS / "data", help="where exports and programs are kept (benchmarks/data)")
    options = parser.parse_args(argv)
    if unknown := set(options.inputs.split(",")) - set(PROFILES):
        parser.error(f"no inputs are named {', '.join(sorted(unknown))}")
    try:
        compare(options)
    except CannotMeasureError as reason:
        say(f"nothing is measured: {reason}")
    return 0


def compare(options: argparse.Namespace) -> None:
    """Build, measure and report.

    Raises:
        CannotMeasureError: that can't be done here.
        subprocess.CalledProcessError: one of the programs failed.
    """
    program = build(options.data / "bare")
    machine = describe()
    say(f"{machine['cpu']}, {machine['cores']} cores, load {machine['load']} before the run")
    inputs = Inputs(options.data, say)
    exports: dict[str, Path | None] = {"own": options.own} if options.own else dict.fromkeys(options.inputs.split(","))
    for name, own in exports.items():
        export = own or inputs.get(name, options.mb * MB).path
        times = measure(program, export.resolve(), options.rounds, options.data / "bare" / "criterion")
        say(report(name, times))


if __name__ == "__main__":
    sys.exit(main())
