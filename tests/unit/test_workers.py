"""`threads` is what a run keeps busy at once, whichever of its threads are at work."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crowdarrow._core import Workers
from crowdarrow.read.reader import open_tables
from crowdarrow.synthetic import generate_classifications

# A little goes on beside the work: the system copies pages, and threads wake each other.
AND_A_LITTLE = 1.2


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export that takes a core several times as long as the start of a process."""
    path = tmp_path_factory.mktemp("cores") / "export.csv"
    generate_classifications(path, records=12_000, seed=5)
    return path


@pytest.mark.serial
@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not tell how long a child was at work")
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
    assert used.ru_utime + used.ru_stime <= passed * AND_A_LITTLE


@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_more_calls_at_once_than_there_are_workers(count: int) -> None:
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

    workers = Workers(count)
    assert workers.count == count
    assert workers.map(work, range(100)) == [number * number for number in range(100)]
    assert within == [0]
    assert most == [count]
    assert workers.map(work, []) == []


def test_the_first_error_is_raised_when_all_calls_have_ended() -> None:
    ended = []

    def work(number: int) -> None:
        if number in (3, 5):
            raise KeyError(number)
        time.sleep(0.001)
        ended.append(number)

    workers = Workers(2)
    with pytest.raises(KeyError, match="3"):
        workers.map(work, range(20))
    assert sorted(ended) == [number for number in range(20) if number not in (3, 5)]
    assert workers.map(str, [7]) == ["7"]


# In a process of its own: threads of earlier tests may be about to end in this one.
THREADS_END = """
import time
from pathlib import Path
from crowdarrow._core import Workers

def threads():
    return len(list(Path("/proc/self/task").iterdir()))

before = threads()
workers = Workers(5)
assert threads() == before + 5
assert workers.map(str, range(9)) == list("012345678")
del workers
for _ in range(2000):
    if threads() == before:
        break
    time.sleep(0.01)
assert threads() == before
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not tell which threads there are")
def test_threads_end_with_what_they_are_for() -> None:
    done = subprocess.run([sys.executable, "-c", THREADS_END], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Slow(io.RawIOBase):
    """Gives half of its bytes, and the rest once it may."""

    def __init__(self, data: bytes) -> None:
        self._half, self._rest = io.BytesIO(data[: len(data) // 2]), io.BytesIO(data[len(data) // 2 :])
        self.asked, self.may = threading.Event(), threading.Event()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if found := self._half.read(size):
            return found
        self.asked.set()
        assert self.may.wait(20), "nothing was decoded while the input was waited for"
        return self._rest.read(size)


def test_who_waits_for_input_lends_its_core(export: Path) -> None:
    slow = Slow(export.read_bytes()[:200_000])
    rows = []
    with open_tables(slow, threads=1, block_bytes=4096) as run:
        for step in run:
            rows.append(sum(batch.num_rows for _, batch in step.batches))
            if slow.asked.wait(0):
                slow.may.set()
    assert slow.may.is_set()
    assert sum(rows) == run.report.rows > 0
