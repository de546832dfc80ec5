"""A run that is killed before any system call of its commit leaves the old outputs or the new ones, never a mix."""

import json
import re
import shutil
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.conversion.options import WriteKeywords
from support.fake_tables import leftovers
from support.syscalls import RENAMES, Call, always_failed, killed, run_with, strace_problem, system_calls

pytestmark = pytest.mark.skipif(bool(strace_problem()), reason=strace_problem() or "")

# One record more in the second run, so that each table differs, and a workflow less, so that a partition goes.
HEADER = b"classification_id,workflow_id,annotations,subject_ids\n"
OLD = HEADER + b'1,7,"[{""task"":""T0"",""value"":1}]",5\n2,8,[],5\n'
NEW = HEADER + b'1,7,"[{""task"":""T0"",""value"":1}]",5\n3,7,[],6\n4,9,[],6\n'


class Output(NamedTuple):
    """An output and the options of the runs that write it."""

    path: str
    options: WriteKeywords


OUTPUTS = {
    "file": Output("out.parquet", {}),
    "folder": Output("out/", {"tables": "classifications,answers"}),
    "partitions": Output("out/", {"table": "classifications", "partition_by": "workflow_id"}),
}
EXCHANGE: tuple[str, ...] = ()
NO_EXCHANGE = (always_failed("renameat2", "EINVAL"),)


def command(output: Output, *more: str) -> list[str]:
    """A run that writes the output from `in.csv`."""
    options = [part for name, value in output.options.items() for part in (f"--{name.replace('_', '-')}", str(value))]
    return [sys.executable, "-m", "crowdarrow", "convert", "in.csv", output.path, *options, *more]


def convert(folder: Path, output: Output, *, force: bool = False) -> ca.Report:
    """The same run in this process."""
    options: WriteKeywords = {**output.options, "force": force}
    return ca.convert(folder / "in.csv", f"{folder}/{output.path}", **options)


def state(folder: Path) -> dict[str, bytes]:
    """The outputs in a folder that a reader sees; hidden files are skipped."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    visible = {name: path for name, path in found.items() if not name.startswith((".", "in.csv", "out/."))}
    return {name: path.read_bytes() for name, path in visible.items()}


def prepared(folder: Path, output: Output, *, with_old: bool) -> Path:
    """A folder with the new input, and the output of the old one."""
    folder.mkdir()
    if with_old:
        (folder / "in.csv").write_bytes(OLD)
        convert(folder, output)
    (folder / "in.csv").write_bytes(NEW)
    return folder


def commit_calls(calls: Sequence[Call]) -> list[Call]:
    """The calls from the first rename on that change something; of several that remove temporary files, the first."""
    first = next(place for place, call in enumerate(calls) if call.name == "renameat2")
    changing = [call for call in calls[first:] if not re.search(r"= -1 \w+ ", call.arguments)]
    return [
        call
        for before, call in pairwise([None, *changing])
        if call and not (before and before.name == call.name == "unlink")
    ]


@pytest.mark.parametrize("faults", [EXCHANGE, NO_EXCHANGE], ids=["exchange", "one by one"])
@pytest.mark.parametrize("with_old", [True, False], ids=["replaced", "created"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_kill_at_each_step_of_the_commit(name: str, with_old: bool, faults: Sequence[str], tmp_path: Path) -> None:
    output = OUTPUTS[name]
    start = prepared(tmp_path / "start", output, with_old=with_old)
    old = state(start)
    whole = Path(shutil.copytree(start, tmp_path / "whole"))
    calls = commit_calls(system_calls(command(output, "--force"), whole, RENAMES, faults))
    new = state(whole)
    assert new != old
    assert len(calls) >= 2
    for number, call in enumerate(calls):
        folder = Path(shutil.copytree(start, tmp_path / str(number)))
        assert run_with(command(output, "--force"), folder, [*faults, killed(call)]).returncode == -9, call
        found = state(folder)
        is_whole = found in (old, new)
        # Moved one by one, the files of a folder may be a mix. It has no manifest then, and the next run ends it.
        if not is_whole:
            assert faults, call
            assert output.path.endswith("/"), call
            assert not any(path.endswith("crowdarrow.json") for path in found), call
        left = leftovers(folder)
        report = convert(folder, output, force=True)
        assert state(folder) == new, call
        assert leftovers(folder) == [], call
        assert not list(folder.glob(".*.lock")), call
        assert bool(report.leftovers) == bool(left), call
        shutil.rmtree(folder)


def test_all_files_of_a_folder_have_the_run_id_of_its_manifest(tmp_path: Path) -> None:
    output = OUTPUTS["folder"]
    folder = prepared(tmp_path / "start", output, with_old=True)
    run_id = json.loads((folder / "out/crowdarrow.json").read_text())["run_id"]
    for path in (folder / "out").glob("*.parquet"):
        assert pq.read_metadata(path).metadata[b"crowdarrow.run_id"].decode() == run_id
