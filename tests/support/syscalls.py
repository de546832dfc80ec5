"""Runs with a fault at one system call, by strace: a kill, or an error.

Calls are those of the main thread, which commits. With `threads`, those of all threads are seen, and a fault happens in
each thread at its own call of that number.

`system_calls` lists the calls of a run, `run_with` runs the same command again with faults at some of them:

    for call in system_calls(command, folder, RENAMES):
        run_with(command, fresh_folder, [killed(call)])
"""

import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

RENAMES = ("rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "rmdir")
"""The calls that change names."""
_LINE = re.compile(r"(?:\d+ +)?(\w+)\((.*)")


class Call(NamedTuple):
    """A system call of a run."""

    name: str
    number: int
    """The place of the call among those of its name, from 1."""
    arguments: str
    """The arguments and the result, as strace shows them."""


@cache
def strace_problem() -> str | None:
    """The reason why strace cannot be used here; None if it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    command = ["strace", "-qq", "-e", "trace=none", "-e", "inject=getpid:signal=KILL", "true"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"strace cannot trace here: {done.stderr.strip()}" if done.returncode else None


def killed(call: Call) -> str:
    """A kill before the call."""
    return f"inject={call.name}:signal=KILL:when={call.number}"


def failed(call: Call, error: str) -> str:
    """An error, such as `ENOSPC`, in place of the call."""
    return f"inject={call.name}:error={error}:when={call.number}"


def always_failed(name: str, error: str) -> str:
    """An error in place of each call of a name."""
    return f"inject={name}:error={error}"


def system_calls(
    command: Sequence[str],
    folder: Path,
    names: Sequence[str],
    faults: Sequence[str] = (),
    *,
    threads: bool = False,
    status: int = 0,
) -> list[Call]:
    """Run a command that ends with `status`; the calls of some names that it makes, in their order."""
    with tempfile.TemporaryDirectory() as other:
        log = Path(other, "calls")
        done = run_with(command, folder, faults, names=names, log=log, threads=threads)
        assert done.returncode == status, done.stderr
        lines = log.read_text("utf-8", "replace").splitlines()
    counts: Counter[str] = Counter()
    calls = []
    for line in lines:
        if found := _LINE.match(line):
            counts[found[1]] += 1
            calls.append(Call(found[1], counts[found[1]], found[2]))
    return calls


def run_with(
    command: Sequence[str],
    folder: Path,
    faults: Sequence[str],
    *,
    names: Sequence[str] = RENAMES,
    log: Path | None = None,
    threads: bool = False,
) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder, with faults at system calls."""
    options = ["-f"] if threads else []
    options += [part for fault in faults for part in ("-e", fault)]
    traced = ",".join(f"?{name}" for name in names)  # some systems lack some of them
    strace = ["strace", "-qq", "-s", "300", "-o", str(log or "/dev/null"), "-e", f"trace={traced}", *options]
    return subprocess.run([*strace, *command], cwd=folder, capture_output=True, text=True, check=False)
