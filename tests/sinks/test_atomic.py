"""Outputs appear complete and together, or nothing changes."""

import contextlib
import errno
import importlib
import os
import stat
import threading
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from crowdarrow.conversion.run import convert
from crowdarrow.errors import OutputError, RejectedError
from crowdarrow.sinks import atomic
from crowdarrow.sinks.atomic import Staging, output_error
from crowdarrow.sinks.rename import rename_new
from support.fake_tables import Opener, leftovers, reject
from support.output_folders import fail_step, limit_system, make_folder, tree, write_folder

module = importlib.import_module("crowdarrow.conversion.run")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new folder, as the current directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


class TestStaging:
    def test_outputs_appear_only_on_commit(self, here: Path) -> None:
        with Staging() as staging:
            for name in ("a", "b"):
                staging.add(here / name).write_text(f"new {name}")
            assert not (here / "a").exists()
            assert len(leftovers(here)) == 2
            staging.commit()
        assert tree(here) == {"a": "new a", "b": "new b"}

    def test_without_commit_nothing_changes(self, here: Path) -> None:
        (here / "a").write_text("old")
        with Staging(force=True) as staging:
            staging.add(here / "a").write_text("new")
            staging.folder(here / "new" / "deep")
            staging.add(here / "new" / "deep" / "sub" / "x").write_text("new")
        assert tree(here) == {"a": "old"}
        assert os.listdir(here) == ["a"]

    def test_written_data_is_synced_before_the_commit(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(atomic, "_SYNC_SECONDS", 0.01)
        synced = threading.Event()
        sync = os.fsync

        def record(handle: int) -> None:
            sync(handle)
            synced.set()

        monkeypatch.setattr(os, "fsync", record)
        with Staging() as staging:
            staging.add(here / "later")  # not created yet
            staging.add(here / "a").write_text("new")
            assert synced.wait(10)
            staging.drop(staging.add(here / "dropped"))
        assert tree(here) == {}

    def test_error_of_an_early_sync_is_raised_by_commit(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # The system reports a failed write once: a later sync of the same file succeeds.
        (here / "a").write_text("old")
        monkeypatch.setattr(atomic, "_SYNC_SECONDS", 0.01)
        failed = threading.Event()

        def fail(_handle: int) -> None:
            if not failed.is_set():
                failed.set()
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(os, "fsync", fail)
        with Staging(force=True) as staging:
            staging.add(here / "a").write_text("new")
            assert failed.wait(10)
            with pytest.raises(OutputError, match="a: input/output error"):
                staging.commit()
        assert tree(here) == {"a": "old"}

    @pytest.mark.parametrize("system", ["exchange", "links", "neither"])
    def test_failed_step_restores_earlier_outputs(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, system: str
    ) -> None:
        limit_system(monkeypatch, system)
        make_folder(here / "p", {"x": "old", "y": "old"})
        (here / "a").write_text("old")
        (here / "stale").write_text("old")
        before = tree(here)
        for failing in range(1, 100):
            with monkeypatch.context() as patch, Staging(force=True) as staging:
                staging.remove_on_commit(here / "stale")
                staging.folder(here / "p")
                write_folder(staging, here / "p", {"x": "new", "z": "new"})
                staging.add(here / "a").write_text("new")
                staging.add(here / "b").write_text("new")
                steps = fail_step(patch, failing)
                with contextlib.suppress(OutputError):
                    staging.commit()
                patch.undo()
            if steps() < failing:
                break
            assert tree(here) == before, failing
            assert leftovers(here) == []
        assert failing > 4
        assert tree(here) == {"a": "new", "b": "new", "p/x": "new", "p/z": "new", "p/crowdarrow.json": ANY}
        assert leftovers(here) == []

    def test_commit_syncs_outputs_then_renames_then_syncs_folders(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # A renamed file survives a power cut only if its data and then its folder were synced.
        events: list[str] = []
        sync, rename = os.fsync, rename_new

        def record_sync(handle: int) -> None:
            found = os.fstat(handle)
            paths = [here, *here.rglob("*")]
            (path,) = (
                path for path in paths if (path.stat().st_dev, path.stat().st_ino) == (found.st_dev, found.st_ino)
            )
            events.append(f"sync {'data' if path.suffix == '.tmp' else path.relative_to(here)}")
            sync(handle)

        def record_rename(source: Path, target: Path) -> None:
            events.append(f"rename {target.relative_to(here)}")
            rename(source, target)

        monkeypatch.setattr(atomic, "_SYNC_SECONDS", 60)
        monkeypatch.setattr(os, "fsync", record_sync)
        monkeypatch.setattr("crowdarrow.sinks.file.rename_new", record_rename)
        with Staging() as staging:
            staging.make_folder(here / "sub")
            for name in ("a", "sub/b"):
                staging.add(here / name).write_text("new")
            staging.commit()
        assert events[:4] == ["sync data", "sync data", "rename a", "rename sub/b"]
        assert sorted(events[4:]) == ["sync .", "sync sub"]

    def test_folder_that_cannot_be_synced_is_not_an_error(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        sync = os.fsync

        def fail_on_folders(handle: int) -> None:
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
            sync(handle)

        monkeypatch.setattr(os, "fsync", fail_on_folders)
        with Staging() as staging:
            staging.add(here / "a").write_text("new")
            staging.commit()
        assert tree(here) == {"a": "new"}

    def test_long_target_name(self, here: Path) -> None:
        name = "ä" * 120 + ".csv"
        with Staging() as staging:
            staging.add(here / name).write_text("new")
            staging.commit()
        assert os.listdir(here) == [name]

    def test_stale_files_are_removed_only_on_commit(self, here: Path) -> None:
        (here / "stale").write_text("old")
        with Staging() as staging:
            staging.remove_on_commit(here / "stale")
        assert (here / "stale").exists()
        with Staging() as staging:
            staging.remove_on_commit(here / "stale")
            staging.commit()
        assert not (here / "stale").exists()

    def test_folder_that_cannot_be_made(self, here: Path) -> None:
        (here / "file").write_text("")
        with pytest.raises(OutputError, match="a part of the path is a file"), Staging() as staging:
            staging.make_folder(here / "file" / "x")

    @pytest.mark.parametrize(
        ("number", "advice"),
        [(28, "free some space"), (13, "you may write to"), (30, "you may write to"), (5, "nothing was")],
    )
    def test_message_is_one_line_with_advice(self, number: int, advice: str) -> None:
        error = output_error(OSError(number, os.strerror(number)), "out.csv")
        assert str(error).startswith("cannot write out.csv: ")
        assert advice in str(error)
        assert "\n" not in str(error)
        assert error.errno == number


OUTPUTS = [
    ("out.parquet", {}),
    ("out.csv", {}),
    ("out.csv.gz", {}),
    ("out.arrow", {}),
    ("out.xlsx", {}),
    ("out/", {}),
    ("out/", {"partition_by": "workflow_id"}),
    ("out/", {"partition_by": "workflow_id", "table": "marks"}),
]


class TestRuns:
    @pytest.mark.parametrize("error", [RejectedError("strict"), KeyboardInterrupt(), MemoryError()])
    @pytest.mark.parametrize(("output", "options"), OUTPUTS)
    def test_interrupted_run_keeps_earlier_outputs(
        self,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
        output: str,
        options: dict[str, Any],
        error: BaseException,
    ) -> None:
        opener = Opener(rejects={0: [reject(1, b"x", more=True)]})
        monkeypatch.setattr(module, "open_kinds", opener.kinds)
        convert("in.csv", output, report="r.json", **options)
        before = tree(here)
        opener.setup |= {"fail": error, "rows": 500}
        with pytest.raises(type(error)):
            convert("in.csv", output, report="r.json", force=True, **options)
        assert opener.opened[-1].closed
        assert tree(here) == before
        assert leftovers(here) == []

    @pytest.mark.parametrize(("output", "options"), OUTPUTS)
    def test_interrupted_first_run_leaves_no_files(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, output: str, options: dict[str, Any]
    ) -> None:
        monkeypatch.setattr(
            module, "open_kinds", Opener(fail=KeyboardInterrupt(), rejects={0: [reject(1, b"x")]}).kinds
        )
        with pytest.raises(KeyboardInterrupt):
            convert("in.csv", output, report="r.json", **options)
        assert os.listdir(here) == []

    @pytest.mark.parametrize(("output", "options"), OUTPUTS)
    def test_force_replaces_all_outputs_of_an_earlier_run(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, output: str, options: dict[str, Any]
    ) -> None:
        opener = Opener(rejects={0: [reject(1, b"x")]})
        monkeypatch.setattr(module, "open_kinds", opener.kinds)
        convert("in.csv", output, **options)
        first = tree(here)
        opener.setup = {"rows": 300}
        convert("in.csv", output, force=True, **options)
        second = tree(here)
        assert second.keys() == first.keys() - {"out.rejects.csv", f"{output}.rejects.csv"}
        assert all(second[name] != first[name] for name in second)
        assert leftovers(here) == []
