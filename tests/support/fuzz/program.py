"""Builds the programs of the fuzz targets with libFuzzer's instrumentation, and runs one."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import seeds

ROOT = Path(__file__).resolve().parents[3]
FUZZ = ROOT / "rust" / "fuzz"
TARGETS = tuple(sorted(path.stem for path in (FUZZ / "fuzz_targets").glob("*.rs")))
LONGEST = 4096
"""Longest input that libFuzzer makes."""

_BYTES = re.compile(r"^BYTES: (\d+)")
_COUNTS = re.compile(r"^#(\d+)\s.*\bcov: (\d+) ft: (\d+)")
_ARTIFACT = re.compile(r"Test unit written to (\S+)")


@dataclass
class Run:
    """What a target did.

    Attributes:
        bytes: The size of all inputs that it ran.
        edges: Number of edges of the control flow that were covered, seeds included.
        failing: The inputs on which it failed.
        again: The command that runs the last of them.
    """

    name: str
    bytes: int = 0
    executions: int = 0
    edges: int = 0
    failing: str = ""
    again: str = ""
    status: int = 0

    @property
    def failed(self) -> bool:
        """Whether it failed, on an input or otherwise."""
        return bool(self.failing) or self.status != 0

    def __str__(self) -> str:
        """One line."""
        found = self.failing or ("no failure" if self.status == 0 else f"ended with status {self.status}")
        counts = f"{self.bytes:>15,} bytes {self.executions:>12,} runs {self.edges:>7,} edges"
        return f"{self.name:<16}{counts}  {found}"


def missing() -> str | None:
    """What the build needs and is not there."""
    if shutil.which("cargo") is None:
        return "cargo"
    compiler = os.environ.get("CXX", "c++")
    return None if shutil.which(shlex.split(compiler)[0]) else "a C++ compiler, for libFuzzer"


def build(sanitizer: str | None) -> Path:
    """Build all targets; returns the folder of the programs.

    A wrapper of rustc instruments the crates of the workspace alone; the dependencies are those of `cargo test`.
    """
    flags = []
    environment = os.environ.copy()
    folder = Path(environment.get("CARGO_TARGET_DIR") or str(ROOT / "target"))
    if sys.platform == "linux":
        flags.append("-Cllvm-args=-sanitizer-coverage-stack-depth")
    if sanitizer is not None:
        flags.append(f"-Zsanitizer={sanitizer}")
        folder /= f"fuzz-{sanitizer}"
    environment |= {
        "CARGO_TARGET_DIR": str(folder),
        "RUSTC_WORKSPACE_WRAPPER": str(FUZZ / "instrument"),
        "CROWDARROW_FUZZ_FLAGS": " ".join(flags),
        "CARGO_PROFILE_DEV_OPT_LEVEL": "3",
    }
    command = ["cargo", "build", "--locked", "--package", "crowdarrow-fuzz", "--features", "libfuzzer", "--bins"]
    subprocess.run(command, check=True, env=environment, cwd=ROOT)
    return folder / "debug"


def make_seeds() -> None:
    """Write the seeds and the plans anew."""
    shutil.rmtree(FUZZ / "seeds", ignore_errors=True)
    count = seeds.write(FUZZ)
    sys.stderr.write(f"{count} seeds\n")


def run(program: Path, seconds: float, most_bytes: float | None) -> Run:
    """Run a target until the time is over, it has run inputs of `most_bytes`, or an input fails."""
    name = program.name
    corpus, found = FUZZ / "corpus" / name, FUZZ / "artifacts" / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    plans = {"CROWDARROW_FUZZ_PLANS": str(FUZZ / "plans")}
    arguments = [
        *(f"-max_total_time={max(1, round(seconds))}", f"-max_len={LONGEST}", "-timeout=30", "-rss_limit_mb=3000"),
        *("-use_value_profile=1", "-len_control=0", f"-artifact_prefix={found}/"),
        *(str(corpus), str(FUZZ / "seeds" / name)),
    ]
    done = Run(name)
    with subprocess.Popen(
        [str(program), *arguments], stderr=subprocess.PIPE, env=os.environ | plans, text=True, errors="replace"
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if match := _BYTES.match(line):
                done.bytes = int(match[1])
                if most_bytes is not None and done.bytes >= most_bytes:
                    process.send_signal(signal.SIGINT)
                continue
            if match := _COUNTS.match(line):
                done.executions, done.edges = int(match[1]), int(match[2])
            elif match := _ARTIFACT.search(line):
                done.failing = match[1]
                plans_set = shlex.join(f"{key}={value}" for key, value in plans.items())
                done.again = f"{plans_set} {shlex.join([str(program), match[1]])}"
            sys.stderr.write(line)
    # libFuzzer ends with the status of an interrupt although it was asked to.
    interrupted = most_bytes is not None and done.bytes >= most_bytes
    done.status = 0 if interrupted and not done.failing else process.returncode
    return done
