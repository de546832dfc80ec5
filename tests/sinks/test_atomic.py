"""Outputs are whole or not there, whatever happens on the way."""

import errno
import importlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from crowdarrow.conversion.run import convert
from crowdarrow.errors import OutputError, RejectedError
from crowdarrow.sinks import atomic
from crowdarrow.sinks.atomic import Staging, output_error
from support.fake_tables import Opener, leftovers, reject

module = importlib.import_module("crowdarrow.conversion.run")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def tree(folder: Path) -> dict[str, str]:
    """All files below a folder with their text."""
    return {str(path.relative_to(folder)): path.read_text("latin-1") for path in folder.rglob("*") if path.is_file()}


class TestStaging:
    def test_all_names_appear_at_once(self, here: Path) -> None:
        with Staging() as staging:
            for name in ("a", "b"):
                staging.add(here / name).write_text(f"new {name}")
            assert not (here / "a").exists()
            assert len(leftovers(here)) == 2
            staging.commit()
        assert tree(here) == {"a": "new a", "b": "new b"}

    def test_without_commit_nothing_stays(self, here: Path) -> None:
        (here / "a").write_text("old")
        with Staging() as staging:
            staging.make_folder(here / "new" / "deep")
            staging.add(here / "a").write_text("new")
            staging.add(here / "new" / "deep" / "b").write_text("new")
            folder = staging.add(here / "c")
            folder.mkdir()
            (folder / "x").write_text("new")
        assert tree(here) == {"a": "old"}
        assert os.listdir(here) == ["a"]

    def test_what_is_written_reaches_the_disk_before_the_end(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(atomic, "_SYNC_SECONDS", 0.01)
        synced = threading.Event()
        sync = os.fsync

        def tell(handle: int) -> None:
            sync(handle)
            synced.set()

        monkeypatch.setattr(os, "fsync", tell)
        with Staging() as staging:
            staging.add(here / "later")  # not there yet
            staging.add(here / "a").write_text("new")
            assert synced.wait(10)
            staging.drop(staging.add(here / "dropped"))
        assert tree(here) == {}

    def test_an_error_of_the_disk_while_writing_goes_on_is_told_at_the_end(
        self, here: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # The system tells of a block that it could not write once: a later sync of the same file is fine.
        (here / "a").write_text("old")
        monkeypatch.setattr(atomic, "_SYNC_SECONDS", 0.01)
        failed = threading.Event()

        def fail(_handle: int) -> None:
            if not failed.is_set():
                failed.set()
                raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(os, "fsync", fail)
        with Staging() as staging:
            staging.add(here / "a").write_text("new")
            assert failed.wait(10)
            with pytest.raises(OutputError, match="a: input/output error"):
                staging.commit()
        assert tree(here) == {"a": "old"}

    @pytest.mark.parametrize("links", [True, False])
    @pytest.mark.parametrize("failing", [0, 1, 2])
    def test_a_rename_that_fails_puts_everything_back(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, failing: int, links: bool
    ) -> None:
        (here / "a").write_text("old")
        (here / "p").mkdir()
        (here / "p" / "x").write_text("old")
        before = tree(here)
        rename, count = Path.replace, 0
        if not links:
            monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("no links here")))

        def broken(source: Path, target: Path) -> Path:
            nonlocal count
            if source.suffix == ".tmp":
                count += 1
                if count == failing + 1:
                    raise OSError(28, "No space left on device")
            return rename(source, target)

        monkeypatch.setattr(Path, "replace", broken)
        with Staging() as staging:
            staging.add(here / "p").mkdir()
            staging.add(here / "a").write_text("new")
            staging.add(here / "b").write_text("new")
            with pytest.raises(OutputError, match="no space left on device; free some space"):
                staging.commit()
        after = tree(here)
        assert after == before
        assert leftovers(here) == []

    def test_a_folder_takes_the_place_of_a_folder(self, here: Path) -> None:
        (here / "p").mkdir()
        (here / "p" / "old").write_text("old")
        with Staging() as staging:
            folder = staging.add(here / "p")
            folder.mkdir()
            (folder / "new").write_text("new")
            staging.commit()
        assert tree(here) == {"p/new": "new"}

    def test_long_names(self, here: Path) -> None:
        name = "ä" * 120 + ".csv"
        with Staging() as staging:
            staging.add(here / name).write_text("new")
            staging.commit()
        assert os.listdir(here) == [name]

    def test_stale_files_go_only_on_commit(self, here: Path) -> None:
        (here / "stale").write_text("old")
        with Staging() as staging:
            staging.remove_on_commit(here / "stale")
        assert (here / "stale").exists()
        with Staging() as staging:
            staging.remove_on_commit(here / "stale")
            staging.commit()
        assert not (here / "stale").exists()

    def test_a_folder_that_cannot_be_made(self, here: Path) -> None:
        (here / "file").write_text("")
        with pytest.raises(OutputError, match="a part of the path is a file"), Staging() as staging:
            staging.make_folder(here / "file" / "x")

    @pytest.mark.parametrize(
        ("number", "advice"),
        [(28, "free some space"), (13, "you may write to"), (30, "you may write to"), (5, "nothing was")],
    )
    def test_messages_say_what_to_do_in_one_line(self, number: int, advice: str) -> None:
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
    ("out/", {}),
    ("out/", {"partition_by": "workflow_id"}),
    ("out/", {"partition_by": "workflow_id", "table": "marks"}),
]


class TestRuns:
    @pytest.mark.parametrize("error", [RejectedError("strict"), KeyboardInterrupt(), MemoryError()])
    @pytest.mark.parametrize(("output", "options"), OUTPUTS)
    def test_a_run_that_ends_early_leaves_all_as_it_was(
        self,
        here: Path,
        monkeypatch: pytest.MonkeyPatch,
        output: str,
        options: dict[str, Any],
        error: BaseException,
    ) -> None:
        opener = Opener(rejects={0: [reject(1, b"x", more=True)]})
        monkeypatch.setattr(module, "read_tables", opener)
        convert("in.csv", output, report="r.json", **options)
        before = tree(here)
        opener.setup |= {"fail": error, "rows": 500}
        with pytest.raises(type(error)):
            convert("in.csv", output, report="r.json", force=True, **options)
        assert opener.opened[-1].closed
        assert tree(here) == before
        assert leftovers(here) == []

    @pytest.mark.parametrize(("output", "options"), OUTPUTS)
    def test_a_first_run_that_ends_early_leaves_nothing(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, output: str, options: dict[str, Any]
    ) -> None:
        monkeypatch.setattr(module, "read_tables", Opener(fail=KeyboardInterrupt(), rejects={0: [reject(1, b"x")]}))
        with pytest.raises(KeyboardInterrupt):
            convert("in.csv", output, report="r.json", **options)
        assert os.listdir(here) == []

    @pytest.mark.parametrize(("output", "options"), OUTPUTS)
    def test_force_replaces_everything_of_the_earlier_run(
        self, here: Path, monkeypatch: pytest.MonkeyPatch, output: str, options: dict[str, Any]
    ) -> None:
        opener = Opener(rejects={0: [reject(1, b"x")]})
        monkeypatch.setattr(module, "read_tables", opener)
        convert("in.csv", output, **options)
        first = tree(here)
        opener.setup = {"rows": 300}
        convert("in.csv", output, force=True, **options)
        second = tree(here)
        assert second.keys() == first.keys() - {"out.rejects.csv", f"{output}.rejects.csv"}
        assert all(second[name] != first[name] for name in second)
        assert leftovers(here) == []
