"""Show how long each thread of a conversion runs, waits for a core, and sleeps. Linux only.

    python benchmarks/waits.py classifications.csv out.parquet [options of crowdarrow convert]

Runs the conversion in this process, sets the system's name of each Python thread, and reads
`/proc/self/task/*/schedstat` a hundred times per second. The file has the nanoseconds on a core and the nanoseconds
ready to run (https://docs.kernel.org/scheduler/sched-stats.html). A sleeping thread has nothing to do or waits for
another thread.
"""

import contextlib
import ctypes
import sys
import threading
import time
from pathlib import Path

from crowdarrow.cli import run

_SET_NAME = 15  # PR_SET_NAME of <linux/prctl.h>
_TASKS = Path("/proc/self/task")
_EVERY = 0.01
_SHOWN = 10e6  # nanoseconds on a core; threads with less are omitted

Counters = dict[str, tuple[str, int, int, float, float]]
"""By thread id: name, nanoseconds on a core, nanoseconds ready to run, time of the first and of the last sample."""


def name_threads() -> None:
    """Make each new Python thread set its name in the system, cut to 15 characters."""
    libc, begin = ctypes.CDLL(None), threading.Thread.run

    def named(self: threading.Thread) -> None:
        libc.prctl(_SET_NAME, self.name.removeprefix("crowdarrow-").encode()[:15])
        begin(self)

    threading.Thread.run = named  # type: ignore[method-assign]


def sample(counters: Counters) -> None:
    """Read the counters of all threads."""
    now = time.perf_counter()
    for task in _TASKS.iterdir():
        with contextlib.suppress(OSError):  # the thread has ended
            busy, ready, _ = map(int, (task / "schedstat").read_text().split())
            name = (task / "comm").read_text().strip()
            first = counters[task.name][3] if task.name in counters else now
            counters[task.name] = name, busy, ready, first, now


def main(arguments: list[str]) -> int:
    """Convert, and print a line for each thread. Returns the exit status of the conversion."""
    name_threads()
    counters: Counters = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY):
            sample(counters)

    watcher = threading.Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    start = time.perf_counter()
    status = run(["convert", *arguments, "--quiet"])
    total = time.perf_counter() - start
    sample(counters)
    ended.set()
    lines = [f"{'thread':16} {'on a core':>10} {'ready':>8} {'asleep':>8}   seconds of {total:.2f}"]
    for name, busy, ready, first, last in sorted(counters.values(), key=lambda thread: -thread[1]):
        if name != "watch" and busy > _SHOWN:
            asleep = max(last - first - (busy + ready) / 1e9, 0.0)
            lines.append(f"{name:16} {busy / 1e9:10.2f} {ready / 1e9:8.2f} {asleep:8.2f}")
    sys.stdout.write("\n".join(lines) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
