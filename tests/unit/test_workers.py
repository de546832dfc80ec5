"""`threads` is the number of cores that a run keeps busy, however many threads it has."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crowdarrow._core import WorkerPool
from crowdarrow.read.reader import open_tables
from crowdarrow.synthetic import generate_classifications

# The system copies pages and wakes threads besides the work.
TOLERANCE = 1.2


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export that takes several times as long to convert as a process takes to start."""
    path = tmp_path_factory.mktemp("cores") / "export.csv"
    generate_classifications(path, records=12_000, seed=5)
    return path


@pytest.mark.serial
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not report the CPU time of a child")
@pytest.mark.parametrize("output", ["out/", "out.parquet", "out.csv.gz", "out.arrow"])
def test_one_thread_keeps_one_core_busy(output: str, export: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "crowdarrow", "convert", str(export), f"{tmp_path}/{output}"]
    if not output.endswith("/"):
        command += ["--table", "marks"]
    started = time.perf_counter()
    child = subprocess.Popen([*command, "--threads", "1", "--quiet"])
    _, status, used = os.wait4(child.pid, 0)
    passed = time.perf_counter() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    assert used.ru_utime + used.ru_stime <= passed * TOLERANCE


@pytest.mark.parametrize("count", [1, 2, 3])
def test_as_many_calls_run_at_once_as_there_are_workers(count: int) -> None:
    within, most = [0], [0]
    lock = threading.Lock()

    def work(number: int) -> int:
        with lock:
            within[0] += 1
            most[0] = max(most[0], within[0])
        time.sleep(0.001)
        with lock:
            within[0] -= 1
        return number * number

    workers = WorkerPool(count)
    assert workers.count == count
    assert workers.map(work, range(100)) == [number * number for number in range(100)]
    assert within == [0]
    assert most == [count]
    assert workers.map(work, []) == []


def test_first_error_is_raised_after_all_calls_ended() -> None:
    ended = []

    def work(number: int) -> None:
        if number in (3, 5):
            raise KeyError(number)
        time.sleep(0.001)
        ended.append(number)

    workers = WorkerPool(2)
    with pytest.raises(KeyError, match="3"):
        workers.map(work, range(20))
    assert sorted(ended) == [number for number in range(20) if number not in (3, 5)]
    assert workers.map(str, [7]) == ["7"]


# In a process of its own, since threads of earlier tests may still be ending in this one.
THREADS_END = """
import time
from pathlib import Path
from crowdarrow._core import WorkerPool

def threads():
    return len(list(Path("/proc/self/task").iterdir()))

before = threads()
workers = WorkerPool(5)
assert threads() == before + 5
assert workers.map(str, range(9)) == list("012345678")
del workers
for _ in range(2000):
    if threads() == before:
        break
    time.sleep(0.01)
assert threads() == before
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not list the threads of a process")
def test_threads_end_when_the_workers_are_dropped() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS_END], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Slow(io.RawIOBase):
    """A file that gives a few blocks at once, and the rest after `may` is set."""

    def __init__(self, data: bytes, first: int) -> None:
        self._first, self._rest = io.BytesIO(data[:first]), io.BytesIO(data[first:])
        self.asked, self.may = threading.Event(), threading.Event()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if found := self._first.read(size):
            return found
        self.asked.set()
        assert self.may.wait(60), "nothing was decoded while the run waited for input"
        return self._rest.read(size)


def test_records_are_decoded_while_the_input_is_waited_for(export: Path) -> None:
    # Between two blocks and the four that a run of one thread has in flight.
    slow = Slow(export.read_bytes()[:200_000], first=17_000)
    rows = []
    with open_tables(slow, threads=1, block_bytes=4096) as run:
        for step in run:
            rows.append(sum(batch.num_rows for _, batch in step.batches))
            # The next block is decoded only after the run has begun to wait for input.
            if len(rows) == 1:
                assert slow.asked.wait(60), "the run did not read ahead"
            else:
                slow.may.set()
    assert len(rows) > 2
    assert sum(rows) == run.report.rows > 0
