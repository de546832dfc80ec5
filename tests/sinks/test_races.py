"""Other programs and other runs at the same outputs, and what killed runs left."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.sinks.atomic import Staging
from crowdarrow.sinks.manifest import has_others
from support.fake_tables import leftovers
from support.output_folders import limit_system, make_folder, tree, write_folder

EXPORT = b"classification_id,workflow_id,annotations,subject_ids\n1,7,[],5\nbroken\n"
GONE = 2**22 + 1  # above the greatest process number of Linux


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new current directory with an export."""
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(EXPORT)
    return tmp_path


def during_the_run(monkeypatch: pytest.MonkeyPatch, function: Callable[[], Any]) -> None:
    """Call a function just before the commit."""
    commit = Staging.commit

    def late(staging: Staging, **then: Any) -> None:
        function()
        commit(staging, **then)

    monkeypatch.setattr(Staging, "commit", late)


class TestFilesThatAppear:
    @pytest.mark.parametrize("system", ["exchange", "links", "neither"])
    @pytest.mark.parametrize("name", ["out.parquet", "out.parquet.rejects.csv", "run.json"])
    def test_file_that_appears_is_kept_and_the_temporary_named(
        self, name: str, system: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limit_system(monkeypatch, system)
        during_the_run(monkeypatch, lambda: Path(name).write_text("other"))
        with pytest.raises(ca.OutputExistsError, match=f"{name}: .*{name} was created during the run") as caught:
            ca.convert("in.csv", "out.parquet", report="run.json")
        assert Path(name).read_text() == "other"
        kept = [Path(path) for path in str(caught.value).rpartition(" kept in ")[2].split(", ")]
        assert len(kept) == 3
        assert all(path.stat().st_size > 0 for path in kept)
        visible = {path for path in os.listdir() if not path.startswith(".")}
        assert visible == {"in.csv", name}

    @pytest.mark.parametrize("system", ["exchange", "links", "neither"])
    @pytest.mark.parametrize("is_there", [False, True])
    def test_table_that_appears_in_a_folder_is_kept(
        self, is_there: bool, system: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limit_system(monkeypatch, system)
        if is_there:
            Path("out").mkdir()
            Path("out/notes.txt").write_text("mine")

        def appear() -> None:
            Path("out").mkdir(exist_ok=True)
            Path("out/marks.parquet").write_text("other")

        during_the_run(monkeypatch, appear)
        with pytest.raises(ca.OutputExistsError, match=r"marks\.parquet was created during the run") as caught:
            ca.convert("in.csv", "out/")
        expected = {"marks.parquet": "other"} | ({"notes.txt": "mine"} if is_there else {})
        found = {name: text for name, text in tree(Path("out")).items() if not name.startswith(".")}
        assert found == expected
        assert Path(str(caught.value).rpartition(", ")[2], "crowdarrow.json").exists()

    def test_file_that_appears_in_a_folder_that_is_replaced_is_brought_over(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the check of the folder and the exchange."""
        ca.convert("in.csv", "out/")

        def late(*arguments: Any) -> bool:
            result = has_others(*arguments)
            Path("out/notes.txt").write_text("mine")
            return result

        monkeypatch.setattr("crowdarrow.sinks.folder.has_others", late)
        ca.convert("in.csv", "out/", force=True)
        assert Path("out/notes.txt").read_text() == "mine"
        assert leftovers(Path()) == []

    def test_device_that_appears_is_not_replaced(self, monkeypatch: pytest.MonkeyPatch) -> None:
        during_the_run(monkeypatch, lambda: os.mkfifo("out.csv"))
        with pytest.raises(ca.OutputExistsError):
            ca.convert("in.csv", "out.csv", force=True)
        assert Path("out.csv").is_fifo()


class TestLocks:
    @pytest.mark.parametrize("output", ["out.csv", "out/"])
    @pytest.mark.parametrize("force", [False, True])
    def test_second_run_to_an_output_says_that_another_writes_it(self, output: str, force: bool) -> None:
        with Staging() as staging:
            staging.claim(output)
            match = rf"cannot write out(\.csv)?: another run \(process {os.getpid()}\) is writing it"
            with pytest.raises(ca.OutputError, match=match):
                ca.convert("in.csv", output, force=force)
        ca.convert("in.csv", output, force=force)
        assert not list(Path().glob(".*"))

    def test_rejects_and_report_are_locked_too(self) -> None:
        with Staging() as staging:
            staging.claim("shared.json")
            for name in ("rejects", "report"):
                options: Any = {name: "shared.json"}
                with pytest.raises(ca.OutputError, match="another run"):
                    ca.convert("in.csv", "out.csv", **options)
        assert os.listdir() == ["in.csv"]

    def test_lock_of_a_killed_process_is_taken_over(self) -> None:
        program = (
            "import os, signal; from crowdarrow.sinks.atomic import Staging\n"
            "staging = Staging(); staging.claim('out.csv'); staging.add('out.csv').write_text('part')\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
        assert len(list(Path().glob(".out.csv.*"))) == 2
        report = ca.convert("in.csv", "out.csv")
        assert len(report.leftovers) == 1
        assert not list(Path().glob(".*"))

    def test_file_at_the_lock_is_not_followed(self) -> None:
        Path("mine").write_text("mine")
        Path(".out.csv.lock").symlink_to("mine")
        with pytest.raises(ca.OutputError):
            ca.convert("in.csv", "out.csv")
        assert Path("mine").read_text() == "mine"


class TestLeftovers:
    def test_temporary_of_a_killed_run_is_removed_and_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        from crowdarrow.cli import run

        Path(f".out.csv.{GONE}-0011223344556677.tmp").write_text("part")
        Path(f".out.csv.{GONE}-0011223344556677.old").write_text("old")
        Path("out.csv").write_text("old")
        assert run(["convert", "in.csv", "out.csv", "--force"]) == 3
        assert f"after runs that were killed: removed {Path.cwd()}/.out.csv.{GONE}" in capsys.readouterr().err
        assert not list(Path().glob(".*"))

    def test_temporary_with_the_number_of_another_process_is_removed(self) -> None:
        """The system gives numbers again. Who has the lock knows that the run has ended."""
        other = Path(f".out.csv.{os.getppid()}-0011223344556677.tmp")
        other.write_text("part")
        names = (f".out.csv.{GONE}-xyz.tmp", f".out.csvx.{GONE}-0011223344556677.tmp", f"out.csv.{GONE}-00112233.tmp")
        for name in names:
            Path(name).write_text("mine")
        assert ca.convert("in.csv", "out.csv").leftovers == [f"removed {other.absolute()}"]
        assert all(Path(name).exists() for name in names)

    @pytest.mark.skipif(os.name == "nt", reason="needs flock")
    def test_without_locks_the_temporary_of_a_process_that_runs_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

        monkeypatch.setattr("fcntl.flock", refuse)
        for process in (os.getppid(), GONE):
            Path(f".out.csv.{process}-0011223344556677.tmp").write_text("part")
        assert ca.convert("in.csv", "out.csv").leftovers == [
            f"removed {Path.cwd()}/.out.csv.{GONE}-0011223344556677.tmp"
        ]
        assert Path(f".out.csv.{os.getppid()}-0011223344556677.tmp").read_text() == "part"

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
    def test_files_of_another_user_are_no_leftovers(self, here: Path) -> None:
        """Anyone may write to a folder like /tmp."""
        make_folder(here / "out", {"x": "old"})
        for ending, files in (("tmp", {"y": "new"}), ("old", {"x": "planted"})):
            planted = here / f".out.{GONE}-0011223344556677.{ending}"
            make_folder(planted, files)
            os.chown(planted, 12345, -1)
        with Staging(force=True) as staging:
            staging.claim(here / "out")
            assert staging.leftovers == []
        assert tree(here / "out")["x"] == "old"

    @pytest.mark.parametrize("output", ["out.csv", "out/"])
    def test_earlier_output_that_a_killed_run_moved_away_is_restored(self, output: str) -> None:
        """As versions before the exchange left it."""
        ca.convert("in.csv", output)
        name = Path(output).name
        before = tree(Path())
        Path(name).rename(f".{name}.{GONE}-00112233.old")
        with pytest.raises(ca.OutputExistsError):
            ca.convert("in.csv", output)
        assert tree(Path()) == before

    def test_folder_of_a_killed_run_that_others_added_to_is_kept(self, here: Path) -> None:
        make_folder(here / "out", {"x": "old"})
        stage = here / f".out.{GONE}-0011223344556677.tmp"
        make_folder(stage, {"x": "older"})
        (stage / "notes.txt").write_text("mine")
        with Staging(force=True) as staging:
            staging.claim(here / "out")
            (kept,) = here.glob("out.kept*")
            assert staging.leftovers == [f"kept {kept}"]
        assert tree(kept) == {"notes.txt": "mine"}

    @pytest.mark.parametrize("steps", range(1, 9))
    def test_commit_that_moves_files_one_by_one_is_undone_by_the_next_run(self, here: Path, steps: int) -> None:
        make_folder(here / "out", {"x": "old", "y": "old", "sub/z": "old"})
        (here / "out/notes.txt").write_text("mine")
        before = tree(here / "out")
        program = f"""
import os, signal, sys
sys.path[:0] = {sys.path!r}
from pathlib import Path
from crowdarrow.sinks.atomic import Staging
from crowdarrow.sinks.manifest import has_others
from support.output_folders import write_folder
count = 0
for name in ("rename", "replace"):
    def step(*arguments, function=getattr(Path, name)):
        global count
        count += 1
        if count == {steps}:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    setattr(Path, name, step)
with Staging(force=True) as staging:
    staging.folder("out")
    write_folder(staging, Path("out").absolute(), {{"x": "new", "w": "new", "new/v": "new"}})
    staging.commit()
"""
        done = subprocess.run([sys.executable, "-c", program], check=False)
        if done.returncode == 0:
            assert steps > 4
            return
        assert done.returncode == -9
        assert not (here / "out/crowdarrow.json").exists() or tree(here / "out").items() >= before.items()
        with Staging(force=True) as staging:
            staging.claim(here / "out")
            assert len(staging.leftovers) == 1
            assert {name: text for name, text in tree(here / "out").items() if "lock" not in name} == before
        assert sorted(path.name for path in here.iterdir()) == ["in.csv", "out"]


def test_write_folder_and_make_folder_agree(here: Path) -> None:
    """The support of these tests writes what a run writes: files and a manifest that names them."""
    make_folder(here / "a", {"x": "1"})
    with Staging(force=True) as staging:
        staging.folder(here / "a")
        write_folder(staging, here / "a", {"y": "2"})
        staging.commit()
    assert sorted(tree(here / "a")) == ["crowdarrow.json", "y"]
