"""Compare the kernels' instruction counts with a baseline: `python benchmarks/instructions.py [--update]`.

Each stage of `rust/benches/src/main.rs` runs under valgrind's callgrind over a fixed input, once and twice.
The difference is the stage without the start of the program. Divided by the bytes of input, it is compared with
`instructions.json`. The counts do not depend on the machine's load or speed. They depend on the compiler and the
instruction set, so the file names both. Each kernel is selected explicitly, since valgrind has AVX2 but not AVX-512.

If valgrind is not installed, or the baseline is for another processor, the script says so and exits with status 0.
"""

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BASELINE = HERE / "instructions.json"
TOLERANCE = 0.10
COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")
BUILD = (
    "cargo",
    "build",
    "--locked",
    "--release",
    "--quiet",
    "--package",
    "crowdarrow-benches",
    "--bin",
    "instructions",
)


class CannotCountError(Exception):
    """Instructions cannot be counted on this machine; the message says why."""


@dataclass(frozen=True)
class Finding:
    """A stage whose instructions per byte changed; `change` is relative, and None without a baseline."""

    stage: str
    before: float | None
    now: float | None
    change: float | None

    @property
    def is_worse(self) -> bool:
        """Whether the count grew, or the stage is missing on one side."""
        return self.change is None or self.change > 0

    def __str__(self) -> str:
        if self.now is None:
            return f"{self.stage}: in instructions.json, but not in the program"
        if self.before is None or self.change is None:
            return f"{self.stage}: {self.now:.3f} instructions per byte, not in instructions.json"
        return f"{self.stage}: {self.now:.3f} instructions per byte, {self.before:.3f} before ({self.change:+.1%})"


def compare(before: Mapping[str, float], now: Mapping[str, float], tolerance: float = TOLERANCE) -> list[Finding]:
    """The stages that differ by more than `tolerance` or are missing on one side."""
    findings = []
    for stage in [*before, *(stage for stage in now if stage not in before)]:
        old, new = before.get(stage), now.get(stage)
        change = None if old is None or new is None else new / old - 1
        if change is None or abs(change) > tolerance:
            findings.append(Finding(stage, old, new, change))
    return findings


def build() -> Path:
    """Build the program. Returns its path.

    Raises:
        CannotCountError: cargo is not installed.
        subprocess.CalledProcessError: The build failed.
    """
    if shutil.which(BUILD[0]) is None:
        msg = "cargo is not installed"
        raise CannotCountError(msg)
    done = subprocess.run(
        [*BUILD, "--message-format=json-render-diagnostics"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    built = [one["executable"] for one in messages if one.get("target", {}).get("name") == "instructions"]
    return Path(next(path for path in built if path))


def collected(text: str) -> int:
    """The instruction count in the output of callgrind.

    Raises:
        ValueError: There is no count.
    """
    match = COLLECTED.search(text)
    if match is None:
        msg = f"callgrind gave no count: {text.strip()[-300:]}"
        raise ValueError(msg)
    return int(match[1])


def count(program: Path, stage: str, times: int) -> tuple[int, int]:
    """Instructions of a whole run, and bytes that the stage reads each time it runs.

    Raises:
        CannotCountError: This processor lacks the stage's kernel.
        subprocess.CalledProcessError: The program failed under valgrind.
    """
    with tempfile.TemporaryDirectory() as folder:
        profile = Path(folder) / "callgrind.out"
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", program, stage, str(times)],
            check=True,
            capture_output=True,
            text=True,
            env=os.environ | {"LC_ALL": "C"},
        )
    if done.stdout.strip() == "absent":
        msg = f"this processor lacks the kernel of {stage}"
        raise CannotCountError(msg)
    return collected(done.stderr), int(done.stdout)


def per_byte(program: Path) -> dict[str, float]:
    """Instructions per byte of every stage."""
    stages = subprocess.run([program], check=True, capture_output=True, text=True).stdout.split()
    counts: dict[str, float] = {}
    for stage in stages:
        (once, size), (twice, _) = (count(program, stage, times) for times in (1, 2))
        counts[stage] = round((twice - once) / size, 4)
    return counts


def compiler() -> str:
    """The version of rustc, without hash and date."""
    done = subprocess.run(["rustc", "--version"], cwd=ROOT, check=True, capture_output=True, text=True)
    return " ".join(done.stdout.split()[:2])


def measure() -> dict[str, float]:
    """Build the program and count every stage.

    Raises:
        CannotCountError: Instructions cannot be counted on this machine.
    """
    if platform.machine() not in {"x86_64", "AMD64"}:
        msg = f"the baseline is for x86-64, but this machine is {platform.machine()}"
        raise CannotCountError(msg)
    if shutil.which("valgrind") is None:
        msg = "valgrind is not installed"
        raise CannotCountError(msg)
    return per_byte(build())


def main(argv: Sequence[str] | None = None) -> int:
    """Count and compare, or update the baseline. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Compare instructions per byte with benchmarks/instructions.json.")
    parser.add_argument(
        "--update", action="store_true", help="write the counts to instructions.json instead of comparing them"
    )
    parser.add_argument(
        "--tolerance", type=float, default=TOLERANCE, help="relative change that is accepted (default: 0.1)"
    )
    options = parser.parse_args(argv)
    try:
        now = measure()
    except CannotCountError as reason:
        sys.stdout.write(f"instructions not counted: {reason}\n")
        return 0
    if options.update:
        figures = {"compiler": compiler(), "instruction_set": "x86-64 with AVX2", "instructions_per_byte": now}
        BASELINE.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        return 0
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    for stage, figure in now.items():
        sys.stdout.write(f"{stage:<12} {figure:>8.3f} instructions per byte\n")
    findings = compare(baseline["instructions_per_byte"], now, options.tolerance)
    for finding in findings:
        sys.stdout.write(f"{'worse' if finding.is_worse else 'better'}: {finding}\n")
    if findings:
        sys.stdout.write(
            f"The baseline is from {baseline['compiler']}, these counts from {compiler()}. If the change is intended, "
            "run python benchmarks/instructions.py --update and give the reason in the commit.\n"
        )
    return int(any(finding.is_worse for finding in findings))


if __name__ == "__main__":
    sys.exit(main())
