"""Too little memory or too few threads: one line that says so, and nothing is left behind."""

import contextlib
import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import PIPE

import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.read.resources import check_memory

COLUMNS = (
    "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,gold_standard,"
    "expert,metadata,annotations,subject_data,subject_ids"
)
ROW = '{number},u,,ip,5,wf,1.1,2020-01-01 00:00:00 UTC,,,{{}},"[{{""task"":""T0"",""value"":""{text}""}}]",{{}},9'
TOO_LITTLE = re.compile(r"crowdarrow: (not enough memory|cannot start).*; .*(raise the limit|lower --threads).*\n")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other limits")


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("resources") / "in.csv"
    rows = (ROW.format(number=number, text="x" * 500) for number in range(4000))
    path.write_text("\n".join([COLUMNS, *rows, ""]))
    return path


def convert(export: Path, folder: Path, *prefix: str) -> subprocess.CompletedProcess[str]:
    folder.chmod(0o777)
    arguments = ["convert", str(export), "out/", "--threads", "2", "--quiet"]
    environment = {key: value for key, value in os.environ.items() if key != "CROWDARROW_DEBUG"}
    return subprocess.run(
        [*prefix, sys.executable, "-m", "crowdarrow", *arguments],
        cwd=folder, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("mebibytes", [60, 130, 350])
def test_too_little_memory_is_one_line(mebibytes: int, export: Path, tmp_path: Path) -> None:
    """Each of these limits is reached at another place: a library, a thread, a block, an allocation of Arrow's."""
    done = convert(export, tmp_path, "prlimit", f"--as={mebibytes << 20}")
    assert (done.returncode, done.stdout) == (1, "")
    assert TOO_LITTLE.fullmatch(done.stderr), done.stderr
    assert not list(tmp_path.iterdir())


def test_refused_allocation_of_the_engine_is_one_line(tmp_path: Path) -> None:
    """Records of 20 MB: the run begins, and an allocation that is refused ends its process."""
    export = tmp_path / "in.csv"
    rows = (ROW.format(number=number, text="x" * 20_000_000) for number in range(6))
    export.write_text("\n".join([COLUMNS, *rows, ""]))
    done = convert(export, tmp_path, "prlimit", f"--as={530 << 20}")
    assert (done.returncode, done.stdout) == (1, "")
    assert TOO_LITTLE.fullmatch(done.stderr), done.stderr
    assert list(tmp_path.iterdir()) == [export]


def test_enough_memory_under_a_limit_converts_all(export: Path, tmp_path: Path) -> None:
    done = convert(export, tmp_path, "prlimit", f"--as={700 << 20}")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out" / "answers.parquet").exists()


@pytest.mark.parametrize("processes", [1, 3])
def test_too_few_threads_is_one_line(processes: int, export: Path, tmp_path: Path) -> None:
    limit = ["prlimit", f"--nproc={processes}"]
    if os.geteuid() == 0:
        # The limit is not for root: another user, who may read the files of the tests.
        if not shutil.which("setpriv"):
            pytest.skip("setpriv is not installed")
        reading = "+dac_override,+dac_read_search"
        limit = [
            "setpriv", "--reuid=65534", "--clear-groups", f"--inh-caps=-all,{reading}", f"--ambient-caps={reading}",
            "--bounding-set=-sys_admin,-sys_resource", *limit,
        ]  # fmt: skip
    done = convert(export, tmp_path, *limit)
    assert (done.returncode, done.stdout) == (1, "")
    assert TOO_LITTLE.fullmatch(done.stderr), done.stderr
    assert not list(tmp_path.iterdir())


@contextlib.contextmanager
def waiting_run(folder: Path, output: str = "out/") -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A run under a limit that waits for its input, and the process that does its work."""
    command = ["prlimit", f"--as={2 << 30}", sys.executable, "-m", "crowdarrow", "convert", "-", output, "--quiet"]
    with subprocess.Popen(command, cwd=folder, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) as parent:
        assert parent.stdin
        parent.stdin.write(f"{COLUMNS}\n" + ROW.format(number=1, text="x" * 2_000_000) + "\n1,")
        parent.stdin.flush()
        children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
        wait_until(lambda: children.read_text() and list(folder.iterdir()))
        yield parent, int(children.read_text())


def wait_until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def has_ended(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize(("number", "what"), [(signal.SIGTERM, "terminated"), (signal.SIGINT, "interrupted")])
def test_signals_reach_a_limited_run(number: signal.Signals, what: str, tmp_path: Path) -> None:
    with waiting_run(tmp_path) as (parent, _):
        parent.send_signal(number)
        _, message = parent.communicate()
    assert (parent.returncode, message) == (128 + number, f"crowdarrow: {what}; no output was changed\n")
    assert not list(tmp_path.iterdir())


def test_limited_run_that_the_system_kills_is_one_line(tmp_path: Path) -> None:
    with waiting_run(tmp_path) as (parent, child):
        os.kill(child, signal.SIGKILL)
        _, message = parent.communicate()
    assert parent.returncode == 1
    assert re.fullmatch(r"crowdarrow: the process ended with signal 9, perhaps because memory .*\n", message)
    assert not list(tmp_path.iterdir())


def test_limited_run_to_a_store_that_the_system_kills_leaves_no_files(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with waiting_run(tmp_path, f"s3://{bucket}/out/") as (parent, child):
        os.kill(child, signal.SIGKILL)
        parent.communicate()
    assert parent.returncode == 1
    assert not list(tmp_path.iterdir())


def test_limited_run_ends_with_its_parent(tmp_path: Path) -> None:
    with waiting_run(tmp_path) as (parent, child):
        parent.kill()
        wait_until(lambda: has_ended(child))


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        pa.ArrowMemoryError("malloc of size 4441216 failed"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
        ImportError("libarrow.so.2600: failed to map segment from shared object"),
        ca.ResourceError("cannot start 2 threads: Resource temporarily unavailable (os error 11); lower `threads`"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_errors_of_libraries_are_one_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("crowdarrow.inspection.inspection.inspect", fail)
    assert run(["inspect", "in.csv"]) == 1
    assert TOO_LITTLE.fullmatch(capsys.readouterr().err)


def test_memory_that_no_system_has_is_refused_before_the_run() -> None:
    with pytest.raises(ca.ResourceError, match=r"needs another [0-9,]+ MiB of address space; raise the limit"):
        check_memory(1 << 40, None)
    check_memory(1, 1000)
