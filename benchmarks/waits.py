"""What each thread of a conversion does with its time: on a core, waiting for a core, asleep.

    python benchmarks/waits.py classifications.csv out.parquet [options of crowdarrow convert]

Runs the conversion in this process, with each Python thread named for the system, and looks at Linux's
`/proc/self/task/*/schedstat` (https://docs.kernel.org/scheduler/sched-stats.html: nanoseconds on a core, then
nanoseconds ready to run) a hundred times a second. A thread that sleeps has nothing to do, or is held back by
the one that it waits for; the rest of its life is work.
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
_SHOWN = 10e6  # nanoseconds: threads that did less are left out

Seen = dict[str, tuple[str, int, int, float, float]]
"""By thread id: name, nanoseconds on a core and ready to run, seconds of the clock when seen first and last."""


def name_threads() -> None:
    """From now on, give Python's threads their names as far as the system has room (15 characters)."""
    libc, begin = ctypes.CDLL(None), threading.Thread.run

    def named(self: threading.Thread) -> None:
        libc.prctl(_SET_NAME, self.name.removeprefix("crowdarrow-").encode()[:15])
        begin(self)

    threading.Thread.run = named  # type: ignore[method-assign]


def look(seen: Seen) -> None:
    """Read the counters of all threads that there are."""
    now = time.perf_counter()
    for task in _TASKS.iterdir():
        with contextlib.suppress(OSError):  # it has just ended
            busy, ready, _ = map(int, (task / "schedstat").read_text().split())
            name = (task / "comm").read_text().strip()
            first = seen[task.name][3] if task.name in seen else now
            seen[task.name] = name, busy, ready, first, now


def main(arguments: list[str]) -> int:
    """Convert, and print a line for each thread; the exit status is the conversion's."""
    name_threads()
    seen: Seen = {}
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_EVERY):
            look(seen)

    watcher = threading.Thread(target=watch, name="watch", daemon=True)
    watcher.start()
    start = time.perf_counter()
    status = run(["convert", *arguments, "--quiet"])
    whole = time.perf_counter() - start
    look(seen)
    ended.set()
    lines = [f"{'thread':16} {'on a core':>10} {'ready':>8} {'asleep':>8}   seconds of {whole:.2f}"]
    for name, busy, ready, first, last in sorted(seen.values(), key=lambda thread: -thread[1]):
        if name != "watch" and busy > _SHOWN:
            asleep = max(last - first - (busy + ready) / 1e9, 0.0)
            lines.append(f"{name:16} {busy / 1e9:10.2f} {ready / 1e9:8.2f} {asleep:8.2f}")
    sys.stdout.write("\n".join(lines) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
