"""Each sort of output under each sort of fault: the old one or the new one, whole; one line; nothing left behind."""

import itertools
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from support.fake_tables import leftovers
from support.faulty_calls import CALLS, Fault, build, counted_calls, preload_problem, run, run_with_fault
from support.syscalls import RENAMES, Call, failed, killed, run_with, strace_problem, system_calls

needs_preload = pytest.mark.skipif(bool(preload_problem()), reason=preload_problem() or "")
needs_strace = pytest.mark.skipif(bool(strace_problem()), reason=strace_problem() or "")

HEADER = b"classification_id,workflow_id,annotations,subject_ids\n"
OLD = HEADER + b'1,7,"[{""task"":""T0"",""value"":1}]",5\n2,8,[],5\nx,8,[],5\n'
NEW = HEADER + b'1,7,"[{""task"":""T0"",""value"":1}]",5\n3,7,[],6\n4,9,[],6\ny,9,[],5\nz,9,[],5\n'


class Output(NamedTuple):
    """A sort of output."""

    arguments: tuple[str, ...]
    """Of the command that writes it."""
    name: str
    """Of its file or folder."""


OUTPUTS = {
    "file": Output(("out.parquet",), "out.parquet"),
    "csv": Output(("out.csv",), "out.csv"),
    "arrow": Output(("out.arrow",), "out.arrow"),
    "folder": Output(("out/", "--tables", "classifications,answers"), "out"),
    "partitions": Output(("out/", "--table", "classifications", "--partition-by", "workflow_id"), "out"),
    "rejects": Output(("out.parquet", "--rejects", "bad.csv"), "bad.csv"),
    "report": Output(("out.parquet", "--report", "run.json"), "run.json"),
}
FULL = ("ENOSPC", "EIO", "EDQUOT")
ERRORS = {"create": ("EROFS", "EACCES", *FULL), "write": FULL, "fsync": FULL, "close": FULL}
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGKILL")
CONVERTED_WITH_REJECTS = 3


class Start(NamedTuple):
    """A folder with the outputs of an earlier run and the input of the next one."""

    folder: Path
    command: list[str]
    file: str
    """Part of the path of each file that the run writes for the output, and for no other."""
    old: dict[str, bytes]
    new: dict[str, bytes]


def state(folder: Path) -> dict[str, bytes]:
    """The files that a reader sees, without the input; of a report, what does not depend on time."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    visible = {name: path.read_bytes() for name, path in found.items() if not name.startswith((".", "in.csv", "out/."))}
    if report := visible.get("run.json"):
        visible["run.json"] = report if not report.endswith(b"}\n") else report[: report.index(b'"seconds"')]
    return visible


def command(output: Output) -> list[str]:
    return [sys.executable, "-m", "crowdarrow", "convert", "in.csv", *output.arguments, "--force", "--quiet"]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module", params=OUTPUTS)
def start(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Start:
    output = OUTPUTS[request.param]
    folder = tmp_path_factory.mktemp(request.param)
    whole = folder / "whole"
    whole.mkdir()
    states = []
    for content in (OLD, NEW):
        (whole / "in.csv").write_bytes(content)
        assert run(command(output), whole, {}).returncode == CONVERTED_WITH_REJECTS
        states.append(state(whole))
        if content is OLD:
            shutil.copytree(whole, folder / "start")
    (folder / "start" / "in.csv").write_bytes(NEW)
    old, new = states
    assert all(old.get(name) != new.get(name) for name in old | new)
    return Start(folder / "start", command(output), f"/work/.{output.name}.", old, new)


@pytest.fixture
def copies(start: Start, tmp_path: Path) -> Iterator[Path]:
    """Fresh copies of the start, one for each run."""
    return (Path(shutil.copytree(start.folder, tmp_path / f"run{number}" / "work")) for number in range(1000))


def check(start: Start, folder: Path, status: int, errors: str, what: object) -> None:
    """Check the folder after a run with a fault that the run could answer."""
    found = state(folder)
    if status == CONVERTED_WITH_REJECTS:
        assert found == start.new, what
    else:
        assert found == start.old, what
        assert len(errors.splitlines()) == 1, (what, errors)
        assert "internal error" not in errors, (what, errors)
    assert leftovers(folder) == [], what
    assert not list(folder.rglob(".*.lock")), what


def check_killed(start: Start, folder: Path, what: object) -> None:
    """Check the folder after a run that was killed, and after the next run."""
    found = state(folder)
    for name in start.old.keys() | start.new.keys():
        assert found.get(name) in (start.old.get(name), start.new.get(name)), (what, name)
    if any(name.startswith("out/") for name in start.old):  # a folder is one thing
        tables = {name: content for name, content in found.items() if name.startswith("out/")}
        assert tables in (
            {name: content for name, content in whole.items() if name.startswith("out/")}
            for whole in (start.old, start.new)
        ), what
    again = run(start.command, folder, {})
    assert again.returncode == CONVERTED_WITH_REJECTS, (what, again.stderr)
    assert state(folder) == start.new, what
    assert leftovers(folder) == [], what
    assert not list(folder.rglob(".*.lock")), what


@needs_preload
@pytest.mark.parametrize("call", CALLS)
def test_error_at_a_call_on_the_files_of_an_output(
    start: Start, call: str, library: Path, copies: Iterator[Path]
) -> None:
    """Each error at the first and at the last of the calls."""
    count = counted_calls(library, start.command, next(copies), start.file)[call]
    assert count, call
    for error in ERRORS[call]:
        for place in sorted({1, count}):
            folder, fault = next(copies), Fault(call, place, error)
            done = run_with_fault(library, start.command, folder, start.file, fault)
            assert done.returncode in (1, CONVERTED_WITH_REJECTS), (fault, done.stderr)
            check(start, folder, done.returncode, done.stderr, fault)


@needs_preload
@pytest.mark.parametrize("name", SIGNALS)
def test_signal_while_an_output_is_written(start: Start, name: str, library: Path, copies: Iterator[Path]) -> None:
    count = counted_calls(library, start.command, next(copies), start.file)
    for call, place in (("create", 1), ("write", count["write"]), ("fsync", count["fsync"])):
        folder, fault = next(copies), Fault(call, place, name)
        done = run_with_fault(library, start.command, folder, start.file, fault)
        if name == "SIGKILL":
            assert done.returncode == -9, fault
            check_killed(start, folder, fault)
        else:
            check(start, folder, done.returncode, done.stderr, fault)


def name_calls(start: Start, folder: Path) -> list[Call]:
    """The calls of a run that change names, from the first rename on."""
    calls = system_calls(start.command, folder, RENAMES, status=CONVERTED_WITH_REJECTS)
    first = next(place for place, call in enumerate(calls) if call.name in {"rename", "renameat2", "link", "linkat"})
    return calls[first:]


@needs_strace
def test_error_at_each_call_that_changes_names(start: Start, copies: Iterator[Path]) -> None:
    """The errors take turns. What cannot be removed stays, so removals are left out."""
    calls = [call for call in name_calls(start, next(copies)) if call.name not in {"unlink", "unlinkat", "rmdir"}]
    for call, error in zip(calls, itertools.cycle(FULL), strict=False):
        folder = next(copies)
        done = run_with(start.command, folder, [failed(call, error)])
        check(start, folder, done.returncode, done.stderr, (call, error))


@needs_strace
def test_kill_at_each_call_that_changes_names(start: Start, copies: Iterator[Path]) -> None:
    for call in name_calls(start, next(copies)):
        folder = next(copies)
        assert run_with(start.command, folder, [killed(call)]).returncode == -9, call
        check_killed(start, folder, call)


@pytest.mark.skipif(not shutil.which("prlimit"), reason="needs prlimit")
@pytest.mark.parametrize("size", [0, 60])
def test_limit_of_the_file_size(start: Start, size: int, copies: Iterator[Path]) -> None:
    folder = next(copies)
    done = run(["prlimit", f"--fsize={size}", *start.command], folder, {})
    assert done.returncode == 1
    check(start, folder, done.returncode, done.stderr, size)
