"""One process, measured whole: seconds on the clock and of all cores, peak memory, memory over time."""

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from time import perf_counter

SAMPLE_SECONDS = 0.05
# Linux counts in KiB, macOS in bytes.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


# Enough for a curve; more would only make the results long.
MEMORY_POINTS = 240


def thinned(points: Sequence[tuple[float, int]], limit: int = MEMORY_POINTS) -> tuple[tuple[float, int], ...]:
    """At most `limit` points: of each stretch of equal length, the one with the most memory."""
    if len(points) <= limit:
        return tuple(points)
    edges = [round(place * len(points) / limit) for place in range(limit + 1)]
    return tuple(max(points[start:end], key=lambda point: point[1]) for start, end in pairwise(edges))


@dataclass(frozen=True)
class Limits:
    """When a process is ended: after so many seconds, or with so many resident bytes."""

    seconds: float = 3600.0
    resident_bytes: float = float("inf")


@dataclass(frozen=True)
class Measure:
    """What one process took.

    Seconds on the clock, of all cores in user and in system mode; the largest resident set in bytes; and
    the resident bytes at seconds since the start (empty where there is no /proc).
    """

    wall: float
    user: float
    system: float
    peak_rss: int
    memory: tuple[tuple[float, int], ...] = field(default=(), repr=False)

    @property
    def cpu(self) -> float:
        """Seconds of all cores."""
        return self.user + self.system


class FailedError(Exception):
    """The process failed or was ended; the message is one line."""


def resident(pid: int) -> int | None:
    """The resident bytes of a process, by /proc; None where that isn't known (any more)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return None


class Watch(threading.Thread):
    """Samples the memory of a process until told that it has ended, and ends it at its limits."""

    def __init__(self, process: subprocess.Popen[bytes], started: float, limits: Limits) -> None:
        super().__init__(daemon=True)
        self.process = process
        self.started = started
        self.limits = limits
        self.samples: list[tuple[float, int]] = []
        self.reason: str | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Sample."""
        while not self.ended.wait(SAMPLE_SECONDS):
            seconds = perf_counter() - self.started
            held = resident(self.process.pid)
            if held is not None:
                self.samples.append((round(seconds, 3), held))
            if seconds > self.limits.seconds:
                self._end(f"ended after {seconds:.0f} s")
            elif held is not None and held > self.limits.resident_bytes:
                self._end(f"ended at {held / 1e9:.1f} GB of memory")

    def _end(self, reason: str) -> None:
        if self.reason is None and not self.ended.is_set():
            self.reason = reason
            self.process.kill()

    def finish(self) -> None:
        """The process has ended."""
        self.ended.set()
        self.join()


def run(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    whole: Collection[int] = (0,),
    limits: Limits | None = None,
) -> Measure:
    """Run a command and measure it; its output goes nowhere.

    Args:
        command: The program and its arguments.
        environment: All of its environment; this process's if None.
        whole: The exit statuses with which its output is whole.
        limits: When to end it.

    Raises:
        FailedError: it ended with another status, or at a limit; the message has the last line it wrote.
        OSError: it can't be started.
    """
    with tempfile.TemporaryFile() as messages:
        started = perf_counter()
        # Waited for by wait4, which alone gives the resources of one child.
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
        if process.returncode not in whole:
            messages.seek(0)
            last = messages.read().decode(errors="replace").strip().rpartition("\n")[2].strip()
            msg = f"ended with status {process.returncode}: {last[:300]}"
            raise FailedError(msg)
    return Measure(wall, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * RSS_UNIT, thinned(watch.samples))
