"""Measures one process: wall time, CPU time, peak memory and memory over time; and describes the machine."""

import os
import platform
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

SAMPLE_SECONDS = 0.05
# `ru_maxrss` is in KiB on Linux and in bytes on macOS.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
# The resolution of the chart; more points would only make the results file longer.
MEMORY_POINTS = 240


def thinned(points: Sequence[tuple[float, int]], limit: int = MEMORY_POINTS) -> tuple[tuple[float, int], ...]:
    """At most `limit` points: the point with the most memory of each of `limit` stretches of equal length."""
    if len(points) <= limit:
        return tuple(points)
    edges = [round(place * len(points) / limit) for place in range(limit + 1)]
    return tuple(max(points[start:end], key=lambda point: point[1]) for start, end in pairwise(edges))


@dataclass(frozen=True)
class Limits:
    """A process that exceeds one of these is killed: wall time in seconds, resident memory in bytes."""

    seconds: float = 3600.0
    resident_bytes: float = float("inf")


@dataclass(frozen=True)
class Measure:
    """What one process took.

    `wall` is wall time, `user` and `system` are CPU time, in seconds. `peak_rss` is the largest resident set in bytes.
    `memory` has samples of (seconds since the start, resident bytes); it is empty without /proc.
    """

    wall: float
    user: float
    system: float
    peak_rss: int
    memory: tuple[tuple[float, int], ...] = field(default=(), repr=False)

    @property
    def cpu(self) -> float:
        """CPU time in user and system mode, in seconds."""
        return self.user + self.system


class FailedError(Exception):
    """The process failed or was killed. The message is one line."""


def resident(pid: int) -> int | None:
    """The resident bytes of a process according to /proc; None if unknown, or if the process has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None


class Watch(threading.Thread):
    """Samples the memory of a process until `finish` is called, and kills the process if it exceeds a limit."""

    def __init__(self, process: subprocess.Popen[bytes], started: float, limits: Limits) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.started = started
        self.limits = limits
        self.samples: list[tuple[float, int]] = []
        self.reason: str | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Sample the memory every `SAMPLE_SECONDS`."""
        while not self.ended.wait(SAMPLE_SECONDS):
            seconds = perf_counter() - self.started
            held = resident(self.process.pid)
            if held is not None:
                self.samples.append((round(seconds, 3), held))
            if seconds > self.limits.seconds:
                self._kill(f"killed after {seconds:.0f} s")
            elif held is not None and held > self.limits.resident_bytes:
                self._kill(f"killed at {held / 1e9:.1f} GB of memory")

    def _kill(self, reason: str) -> None:
        if self.reason is None and not self.ended.is_set():
            self.reason = reason
            self.process.kill()

    def finish(self) -> None:
        """Stop sampling. Call this when the process has ended."""
        self.ended.set()
        self.join()


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    accepted: Collection[int] = (0,),
    limits: Limits | None = None,
) -> Measure:
    """Run a command and measure it. Its standard output is discarded.

    Args:
        command: The program and its arguments.
        environment: The complete environment; this process's environment if None.
        accepted: The exit statuses that count as success.
        limits: When to kill the process.

    Raises:
        FailedError: The process was killed, or had another exit status; the message has the last line of its stderr.
        OSError: The program cannot be started.
    """
    with tempfile.TemporaryFile() as messages:
        started = perf_counter()
        # Only wait4 returns the resources of a single child.
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=messages)
        watch = Watch(process, started, limits or Limits())
        watch.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            watch.finish()
        if watch.reason is not None:
            raise FailedError(watch.reason)
        if process.returncode not in accepted:
            messages.seek(0)
            last = messages.read().decode(errors="replace").strip().rpartition("\n")[2].strip()
            msg = f"exit status {process.returncode}: {last[:300]}"
            raise FailedError(msg)
    return Measure(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * RSS_UNIT, thinned(watch.samples))


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _first(path: str, name: str) -> str | None:
    """The value of the first line `name: value` of a file under /proc; None if there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    values = [line.partition(":")[2].strip() for line in lines if line.startswith(name)]
    return values[0] if values else None


def machine_memory(which: str = "MemTotal") -> int | None:
    """Bytes of memory: `MemTotal` or `MemAvailable`. None without /proc."""
    text = _first("/proc/meminfo", which)
    return int(text.split()[0]) * 1024 if text else None


def describe_machine() -> dict[str, Any]:
    """The machine. `load` is the load average of the last minute before the run."""
    return {
        "cpu": _first("/proc/cpuinfo", "model name") or platform.processor() or platform.machine(),
        "cores": cores(),
        "memory": machine_memory(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }
