"""`threads` is what a run keeps busy at once, whichever of its threads are at work."""

import io
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from crowdarrow._core import Cores
from crowdarrow.reader import open_tables
from crowdarrow.synthetic import generate_classifications

# A little goes on beside the work: the system copies pages, and threads wake each other.
AND_A_LITTLE = 1.2


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export that takes a core several times as long as the start of a process."""
    path = tmp_path_factory.mktemp("cores") / "export.csv"
    generate_classifications(path, records=12_000, seed=5)
    return path


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
def test_no_more_threads_within_than_there_are_cores(count: int) -> None:
    cores, within, most = Cores(count), [0], [0]
    lock = threading.Lock()

    def work() -> None:
        for _ in range(50):
            with cores:
                with lock:
                    within[0] += 1
                    most[0] = max(most[0], within[0])
                time.sleep(0.0002)
                with lock:
                    within[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert within == [0]
    assert most == [count]


def test_a_core_is_given_back_after_an_error() -> None:
    cores = Cores(1)
    with pytest.raises(KeyError), cores:
        raise KeyError
    with cores:
        pass


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
