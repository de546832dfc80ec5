"""`python -m bare`: build the reference program, run it and the Rust benchmark in turns, and compare."""

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
from bench.measure import describe_machine

RELEASE = "pysimdjson==7.0.2"
PARTS = ("simdjson.h", "simdjson.cpp")
SOURCE = Path(__file__).with_name("bare.cpp")
FLAGS = ("-O3", "-std=c++17", "-DNDEBUG")
CARGO = ("cargo", "bench", "--locked", "--quiet", "--package", "crowdarrow-benches", "--bench", "bare")
DECODE = "decode to record batches"
SPLIT = "reference, without parsing JSON"
PARSED = "reference, with simdjson DOM"
MIB = 1 << 20


class CannotMeasureError(Exception):
    """The reference program cannot be built or run on this machine; the message says why."""


@dataclass
class Times:
    """Seconds of single passes over one export, by stage, and the counts of the reference program."""

    bytes: int = 0
    parser: str = ""
    cells: int = 0
    refused: int = 0
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, stage: str, seconds: Sequence[float]) -> None:
        """Add passes of a stage."""
        self.seconds.setdefault(stage, []).extend(seconds)

    def rates(self, stage: str) -> tuple[float, float]:
        """MiB of CSV per second: the median of all passes, and the best."""
        seconds = self.seconds[stage]
        return self.bytes / MIB / median(seconds), self.bytes / MIB / min(seconds)

    def ratios(self) -> tuple[float, float]:
        """The decoder's rate divided by that of the reference: by medians, and by best passes."""
        (decode, quickest), (bare, best) = self.rates(DECODE), self.rates(PARSED)
        return decode / bare, quickest / best


def compiler() -> str:
    """The C++ compiler.

    Raises:
        CannotMeasureError: There is no C++ compiler or no cargo, or the processor is not x86-64.
    """
    found = next(filter(None, map(shutil.which, filter(None, (os.environ.get("CXX"), "c++", "g++", "clang++")))), None)
    if found is None:
        msg = "there is no C++ compiler"
        raise CannotMeasureError(msg)
    if shutil.which(CARGO[0]) is None:
        msg = "cargo is not installed"
        raise CannotMeasureError(msg)
    if os.uname().machine not in {"x86_64", "AMD64"}:
        msg = f"the reference program needs x86-64, but this machine is {os.uname().machine}"
        raise CannotMeasureError(msg)
    return found


def sources(folder: Path) -> Path:
    """The folder of simdjson.h and simdjson.cpp, which are downloaded if missing."""
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
    """Build the reference program in `folder`. Returns its path.

    Raises:
        CannotMeasureError: The program cannot be built on this machine.
        subprocess.CalledProcessError: pip or the compiler failed.
    """
    command = [compiler(), *FLAGS]
    folder.mkdir(parents=True, exist_ok=True)
    simdjson, program = sources(folder), folder / "bare"
    parser = simdjson / "simdjson.o"
    if not parser.exists():
        # No instruction set is given: simdjson selects the best one at run time.
        subprocess.run([*command, "-c", str(simdjson / "simdjson.cpp"), "-o", str(parser)], check=True)
    subprocess.run([*command, "-I", str(simdjson), str(SOURCE), str(parser), "-o", str(program)], check=True)
    return program


def passes(folder: Path) -> dict[str, list[float]]:
    """Seconds of each pass that criterion recorded in `folder`, by stage."""
    found: dict[str, list[float]] = {}
    for path in sorted(folder.rglob("new/sample.json")):
        sample = json.loads(path.read_text(encoding="utf-8"))
        stage = json.loads(path.with_name("benchmark.json").read_text(encoding="utf-8"))["function_id"]
        found[stage] = [time / count / 1e9 for count, time in zip(sample["iters"], sample["times"], strict=True)]
    return found


def measure(program: Path, export: Path, rounds: int, scratch: Path) -> Times:
    """Run both programs in turns, `rounds` times.

    Raises:
        CannotMeasureError: The reference program does not run on this machine.
        subprocess.CalledProcessError: The Rust benchmark failed.
    """
    times = Times()
    warm(export)
    for _ in range(rounds):
        done = subprocess.run([program, export, "10"], check=False, capture_output=True, text=True)
        if done.returncode:
            raise CannotMeasureError(done.stderr.strip())
        found: Mapping[str, Any] = json.loads(done.stdout)
        times.bytes, times.parser = found["bytes"], found["parser"]
        times.cells, times.refused = found["cells"], found["refused"]
        times.add(SPLIT, found["split"])
        times.add(PARSED, found["parsed"])
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
    """The results of one export as text."""
    lines = [f"{name}, {times.bytes / MIB:.0f} MiB, one core, MiB of CSV per second: median (best)"]
    for stage in times.seconds:
        middle, best = times.rates(stage)
        lines.append(f"  {stage:<38} {middle:7.0f} ({best:.0f})")
    middle, best = times.ratios()
    lines.append(f"  decode / {PARSED}: {middle:.2f} by medians, {best:.2f} by best passes")
    lines.append(f"  {times.parser}: {times.cells:,} cells, {times.refused:,} of them not parsed")
    return "\n".join(lines)


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line. Returns the exit status, which is 0 even if nothing can be measured."""
    parser = argparse.ArgumentParser(prog="bare", description="Compare the decoder with a minimal C++ reader.")
    add = parser.add_argument
    add("--mb", type=int, default=64, help="size of each export (64)")
    add("--rounds", type=int, default=3, help="runs of each program (3)")
    add("--inputs", default="mixed,drawing", help=f"subset of {','.join(PROFILES)}")
    add(
        "--own",
        type=Path,
        metavar="FILE",
        help="an uncompressed classification export to use instead of generated inputs",
    )
    add("--data", type=Path, default=BENCHMARKS / "data", help="folder of inputs and programs (benchmarks/data)")
    options = parser.parse_args(argv)
    if unknown := set(options.inputs.split(",")) - set(PROFILES):
        parser.error(f"unknown inputs: {', '.join(sorted(unknown))}")
    try:
        compare(options)
    except CannotMeasureError as reason:
        say(f"not measured: {reason}")
    return 0


def compare(options: argparse.Namespace) -> None:
    """Build, measure and report.

    Raises:
        CannotMeasureError: The reference program cannot be built or run on this machine.
        subprocess.CalledProcessError: One of the programs failed.
    """
    program = build(options.data / "bare")
    machine = describe_machine()
    say(f"{machine['cpu']}, {machine['cores']} cores, load average {machine['load']}")
    inputs = Inputs(options.data, say)
    exports: dict[str, Path | None] = {"own": options.own} if options.own else dict.fromkeys(options.inputs.split(","))
    for name, own in exports.items():
        export = own or inputs.get(name, options.mb * MB).path
        times = measure(program, export.resolve(), options.rounds, options.data / "bare" / "criterion")
        say(report(name, times))


if __name__ == "__main__":
    sys.exit(main())
