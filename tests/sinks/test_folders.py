"""A folder of tables is one thing: its manifest, and what writing into it again replaces and removes."""

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.conversion.options import Format
from support.fake_tables import leftovers
from support.output_folders import limit_system

HEADER = b"classification_id,workflow_id,annotations,subject_ids\n"
EXPORT = HEADER + b'1,7,"[{""task"":""T0"",""value"":1}]",5\n2,8,[],5\n'
SUBJECTS = b"subject_id,metadata,subject_set_id\n5,{},1\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new current directory with exports."""
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_bytes(EXPORT)
    Path("subjects.csv").write_bytes(SUBJECTS)
    return tmp_path


def manifest(path: str = "out/crowdarrow.json") -> Any:
    return json.loads(Path(path).read_text("utf-8"))


def run_ids(folder: str) -> set[str]:
    """The run ids in the footers of all Parquet files below a folder."""
    footers = [pq.read_metadata(path).metadata for path in Path(folder).rglob("*.parquet")]
    return {footer[b"crowdarrow.run_id"].decode() for footer in footers}


def files(folder: str = "out") -> list[str]:
    """All files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


@pytest.mark.usefixtures("here")
class TestManifest:
    def test_manifest_describes_the_run(self) -> None:
        Path("in.csv").write_bytes(EXPORT + b"broken\n")
        report = ca.convert("in.csv", "out/", tables="answers,marks", report="out.json", digest="sha256")
        found = manifest()
        assert found["version"] == ca.__version__
        assert found["format"] == "parquet"
        assert [(one["name"], one["size"], len(one["sha256"])) for one in found["inputs"]] == [
            ("in.csv", Path("in.csv").stat().st_size, 64)
        ]
        assert found["tables"]["answers"] == {"kind": report.kind, "rows": 1, "files": ["answers.parquet"]}
        assert found["tables"]["marks"]["rows"] == 0
        assert found["files"] == ["answers.parquet", "marks.parquet"]
        assert run_ids("out") == {found["run_id"]} == {report.run_id}
        assert json.loads(Path("out.json").read_text())["run_id"] == found["run_id"]

    @pytest.mark.parametrize("format", ["csv", "csv.gz", "arrow", "xlsx"])
    def test_each_format_has_a_manifest_with_digests(self, format: Format) -> None:
        ca.convert("in.csv", "out/", tables="answers", format=format)
        assert manifest()["tables"]["answers"]["files"] == [f"answers.{format}"]
        assert len(manifest()["inputs"][0]["blake3"]) == 64

    def test_several_kinds_have_one_manifest(self) -> None:
        Path("in.csv").write_bytes(EXPORT + b"broken\n")
        ca.convert(["in.csv", "subjects.csv"], "out/", tables="classifications,media", report="out.json")
        found = manifest()
        assert files() == sorted([*found["files"], "crowdarrow.json"])
        assert "zooniverse.classifications.rejects.csv" in found["files"]
        assert [one["name"] for one in found["inputs"]] == ["in.csv", "subjects.csv"]
        assert [one["kind"] for one in found["inputs"]] == ["zooniverse.classifications", "zooniverse.subjects"]
        assert found["tables"]["zooniverse.subjects/media"]["files"] == ["zooniverse.subjects/media.parquet"]
        assert run_ids("out") == {found["run_id"]}
        assert json.loads(Path("out.json").read_text())["run_id"] == found["run_id"]

    def test_labels_are_an_input(self) -> None:
        Path("w.csv").write_bytes(b"workflow_id,version,minor_version,tasks,strings\n7,1,1,{},{}\n")
        ca.convert("in.csv", "out/", tables="answers", workflows="w.csv")
        assert [one["name"] for one in manifest()["inputs"]] == ["in.csv", "w.csv"]
        assert manifest()["inputs"][1]["option"] == "workflows"

    def test_same_run_gives_the_same_bytes(self) -> None:
        for name, threads in (("a", 1), ("b", 3)):
            ca.convert(["in.csv", "subjects.csv"], f"{name}/", threads=threads)
        assert files("a") == files("b")
        for name in files("a"):
            assert Path("a", name).read_bytes() == Path("b", name).read_bytes()

    def test_run_id_depends_on_the_input_and_the_options(self) -> None:
        ids = {ca.convert("in.csv", "a/").run_id, ca.convert("in.csv", "b/", workflow_id=7).run_id}
        ids.add(ca.convert("in.csv", "c/", format="csv").run_id)
        Path("in.csv").write_bytes(EXPORT.replace(b"1,7", b"9,7"))
        ids.add(ca.convert("in.csv", "d/").run_id)
        assert len(ids) == 4

    def test_folder_of_one_partitioned_table_stays_readable(self) -> None:
        ca.convert("in.csv", "out/", table="classifications", partition_by="workflow_id")
        assert ds.dataset("out", partitioning="hive").count_rows() == 2
        found = manifest("out/_crowdarrow.json")
        assert found["tables"]["classifications"]["files"] == found["files"]
        assert run_ids("out") == {found["run_id"]}

    def test_report_and_rejects_in_the_folder_belong_to_it(self) -> None:
        Path("out").mkdir()
        ca.convert("in.csv", "out/", tables="answers", report="out/run.json", rejects="out/r.csv")
        assert manifest()["files"] == ["answers.parquet", "r.csv", "run.json"]
        ca.convert("in.csv", "out/", tables="answers", force=True)
        assert files() == ["answers.parquet", "crowdarrow.json"]

    def test_manifest_is_no_export(self) -> None:
        ca.convert("in.csv", "out/", tables="answers")
        with pytest.raises(ca.NotAnExportError, match="is a manifest of crowdarrow"):
            ca.inspect("out/crowdarrow.json")


@pytest.mark.usefixtures("here")
class TestSecondRun:
    @pytest.mark.parametrize(
        "options", [{"tables": "marks"}, {"format": "csv"}, {"partition_by": "workflow_id", "table": "classifications"}]
    )
    def test_other_tables_or_another_format_are_refused_without_force(self, options: Any) -> None:
        ca.convert("in.csv", "out/", tables="answers")
        before = {name: Path("out", name).read_bytes() for name in files()}
        with pytest.raises(ca.OutputExistsError, match="out has the tables of an earlier run"):
            ca.convert("in.csv", "out/", **options)
        assert {name: Path("out", name).read_bytes() for name in files()} == before

    @pytest.mark.parametrize("system", ["exchange", "links", "neither"])
    @pytest.mark.parametrize("others", [[], ["notes.txt"], ["old/notes.txt", "zooniverse.subjects/notes.txt"]])
    def test_force_removes_what_the_manifest_names_and_nothing_else(
        self, others: list[str], system: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ca.convert(["in.csv", "subjects.csv"], "out/")
        for name in others:
            Path("out", name).parent.mkdir(exist_ok=True)
            Path("out", name).write_text("mine")
        limit_system(monkeypatch, system)
        ca.convert("in.csv", "out/", tables="answers", format="csv", force=True)
        assert files() == sorted(["answers.csv", "crowdarrow.json", *others])
        assert all(Path("out", name).read_text() == "mine" for name in others)
        assert sorted(path.name for path in Path("out").iterdir()) == sorted(
            {"answers.csv", "crowdarrow.json", *(name.split("/")[0] for name in others)}
        )
        assert leftovers(Path()) == []

    def test_current_directory_is_not_exchanged(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ca.convert("in.csv", "out/")
        before = Path("out").stat().st_ino
        monkeypatch.chdir("out")
        ca.convert("../in.csv", ".", tables="answers", force=True)
        assert Path().stat().st_ino == before
        assert files(".") == ["answers.parquet", "crowdarrow.json"]

    def test_link_in_the_folder_is_replaced_and_its_file_kept(self) -> None:
        ca.convert("in.csv", "out/", tables="answers")
        Path("mine.parquet").write_text("mine")
        Path("out/answers.parquet").unlink()
        Path("out/answers.parquet").symlink_to("../mine.parquet")
        ca.convert("in.csv", "out/", tables="answers", force=True)
        assert Path("mine.parquet").read_text() == "mine"
        assert run_ids("out") == {manifest()["run_id"]}

    @pytest.mark.parametrize("name", ["../in.csv", "/etc/hostname", "a/../../in.csv", "link/in.csv", ""])
    def test_manifest_that_names_files_elsewhere_removes_none(self, name: str) -> None:
        ca.convert("in.csv", "out/", tables="answers")
        Path("out/link").symlink_to("..")
        Path("out/crowdarrow.json").write_text(json.dumps(manifest() | {"files": ["answers.parquet", name]}))
        if name == "link/in.csv":
            ca.convert("in.csv", "out/", tables="marks", force=True)
        else:
            with pytest.raises(ca.OutputExistsError, match="is not a manifest of crowdarrow"):
                ca.convert("in.csv", "out/", tables="marks", force=True)
        assert Path("in.csv").exists()
        assert Path("/etc/hostname").exists() or name != "/etc/hostname"

    @pytest.mark.parametrize("text", ["{}", "[]", "not json", '{"files": 1, "run_id": "a"}'])
    def test_other_file_with_the_name_of_the_manifest_is_never_replaced(self, text: str) -> None:
        Path("out").mkdir()
        Path("out/crowdarrow.json").write_text(text)
        with pytest.raises(ca.OutputExistsError, match=r"crowdarrow\.json exists and is not a manifest"):
            ca.convert("in.csv", "out/", force=True)
        assert Path("out/crowdarrow.json").read_text() == text

    def test_table_of_a_folder_is_not_replaced_alone(self) -> None:
        ca.convert(["in.csv", "subjects.csv"], "out/")
        with pytest.raises(ca.OutputExistsError, match="is one of the tables of an earlier run"):
            ca.convert("in.csv", "out/zooniverse.classifications/answers.parquet", table="answers", force=True)
        with pytest.raises(ca.OutputExistsError, match="is one of the tables of an earlier run"):
            ca.convert("in.csv", "out/zooniverse.classifications/", force=True)
        with pytest.raises(ca.OutputExistsError, match="out has the tables of an earlier run"):
            ca.convert("in.csv", "out/answers.csv", table="answers")
        ca.convert("in.csv", "out/answers.csv", table="answers", force=True)
        assert "answers.csv" in files()

    def test_partitions_of_a_run_without_manifest_are_replaced_as_a_whole(self) -> None:
        ca.convert("in.csv", "out/", table="classifications", partition_by="workflow_id")
        Path("out/_crowdarrow.json").unlink()
        Path("in.csv").write_bytes(HEADER + b"1,9,[],5\n")
        with pytest.raises(ca.OutputExistsError, match="not empty"):
            ca.convert("in.csv", "out/", table="classifications", partition_by="workflow_id")
        ca.convert("in.csv", "out/", table="classifications", partition_by="workflow_id", force=True)
        assert files() == ["_crowdarrow.json", "workflow_id=9/part-0.parquet"]

    def test_file_in_place_of_the_folder_is_an_error(self) -> None:
        Path("out").write_text("mine")
        with pytest.raises(ca.OutputError, match="out is a file, not a folder"):
            ca.convert("in.csv", "out/", force=True)

    def test_summary_and_flags(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["convert", "in.csv", "out/", "--quiet"]) == 0
        assert run(["convert", "in.csv", "out/", "--tables", "marks"]) == 1
        assert capsys.readouterr().err == (
            "crowdarrow: out has the tables of an earlier run (crowdarrow.json); --force replaces them\n"
        )


@pytest.mark.usefixtures("here")
@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
class TestPermissions:
    @pytest.fixture(autouse=True)
    def _umask(self) -> Any:
        before = os.umask(0o027)
        yield
        os.umask(before)

    @staticmethod
    def mode(path: str) -> int:
        return stat.S_IMODE(Path(path).stat().st_mode)

    @pytest.mark.parametrize("system", ["exchange", "links", "neither"])
    def test_file_keeps_the_mode_of_what_it_replaces(self, system: str, monkeypatch: pytest.MonkeyPatch) -> None:
        limit_system(monkeypatch, system)
        Path("in.csv").write_bytes(EXPORT + b"broken\n")
        ca.convert("in.csv", "out.csv", report="run.json")
        names = ("out.csv", "out.csv.rejects.csv", "run.json")
        assert [self.mode(name) for name in names] == [0o640] * 3
        for name, mode in zip(names, (0o600, 0o644, 0o660), strict=True):
            Path(name).chmod(mode)
        ca.convert("in.csv", "out.csv", report="run.json", force=True)
        assert [self.mode(name) for name in names] == [0o600, 0o644, 0o660]

    @pytest.mark.parametrize("others", [False, True])
    def test_folder_keeps_its_mode_and_those_of_its_files(self, others: bool) -> None:
        ca.convert("in.csv", "out/", tables="answers,marks")
        assert (self.mode("out"), self.mode("out/marks.parquet")) == (0o750, 0o640)
        Path("out").chmod(0o770)
        Path("out/marks.parquet").chmod(0o600)
        if others:
            Path("out/notes.txt").write_text("mine")
        ca.convert("in.csv", "out/", tables="answers,marks", force=True)
        assert self.mode("out") == 0o770
        assert (self.mode("out/marks.parquet"), self.mode("out/answers.parquet")) == (0o600, 0o640)


class TestMounts:
    """An output folder that is a mount point, as a volume of a container, can't be exchanged."""

    @pytest.mark.parametrize("how", [["-t", "tmpfs", "tmpfs"], ["--bind", "elsewhere"]])
    @pytest.mark.usefixtures("here")
    def test_mount_point_is_written_file_by_file(self, how: list[str]) -> None:
        Path("elsewhere").mkdir()
        Path("out").mkdir()
        done = subprocess.run(["mount", *how, "out"], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
        try:
            ca.convert("in.csv", "out/")
            ca.convert("in.csv", "out/", tables="answers", force=True)
            assert files() == ["answers.parquet", "crowdarrow.json"]
            assert leftovers(Path()) == []
        finally:
            subprocess.run(["umount", "--lazy", "out"], check=True)
        assert os.listdir("out") == []
