"""Runs with a fault at one call on a file: an error, or a signal, by a library that is preloaded into the run."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).with_suffix(".c")
CALLS = ("create", "write", "fsync", "close")


class Fault(NamedTuple):
    """What happens at a call."""

    call: str
    """One of `CALLS`."""
    place: int
    """Which of these calls, from 1."""
    error: str
    """The name of an error, such as `ENOSPC`, or of a signal, such as `SIGTERM`."""


@cache
def preload_problem() -> str | None:
    """The reason why calls cannot be intercepted here; None if they can."""
    if not sys.platform.startswith("linux"):
        return "needs Linux"
    return None if shutil.which("cc") else "needs a C compiler"


def build(folder: Path) -> Path:
    """Compile the library."""
    library = folder / "faulty_calls.so"
    subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def run(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder, with more environment variables."""
    environment = {**os.environ, **settings}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, env=environment)


def counted_calls(library: Path, command: Sequence[str], folder: Path, file: str) -> Counter[str]:
    """The number of calls of each sort that a run makes on the files whose path contains `file`."""
    log = folder.parent / f"{folder.name}.calls"
    counts: Counter[str] = Counter()
    for call in CALLS:
        log.write_text("")
        run(
            command, folder, {"LD_PRELOAD": str(library), "FAULT_FILE": file, "FAULT_CALL": call, "FAULT_LOG": str(log)}
        )
        counts[call] = len(log.read_text().splitlines())
    return counts


def run_with_fault(
    library: Path, command: Sequence[str], folder: Path, file: str, fault: Fault
) -> "subprocess.CompletedProcess[str]":
    """Run a command with a fault at a call on the files whose path contains `file`."""
    is_signal = fault.error.startswith("SIG")
    number = -getattr(signal, fault.error) if is_signal else getattr(errno, fault.error)
    settings = {
        "FAULT_FILE": file,
        "FAULT_CALL": fault.call,
        "FAULT_PLACE": str(fault.place),
        "FAULT_ERROR": str(number),
    }
    return run(command, folder, {"LD_PRELOAD": str(library), **settings})
