"""`convert`, from options to files, with a fake reader."""

import csv
import importlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from crowdarrow.conversion.run import convert
from crowdarrow.errors import InternalError, OutputError, OutputExistsError, UsageError
from support.fake_tables import SCHEMAS, Opener, batches, leftovers, reject

module = importlib.import_module("crowdarrow.conversion.run")


@pytest.fixture
def opener(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Opener:
    """The fake reader, installed; the test runs in a new folder with an `in.csv`."""
    made = Opener()
    monkeypatch.setattr(module, "open_kinds", made.kinds)
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("the input")
    return made


@pytest.fixture
def open_file(opener: Opener) -> Iterator[BinaryIO]:
    """The input as a file object."""
    assert not opener.opened
    with Path("in.csv").open("rb") as file:
        yield file


def ids(path: str | Path) -> list[int]:
    """The ids in a Parquet file."""
    found: list[int] = pq.ParquetFile(path).read(columns=["classification_id"])[0].to_pylist()
    return found


@pytest.mark.usefixtures("opener")
class TestWhereTablesGo:
    def test_file_contains_the_record_table(self, opener: Opener) -> None:
        report = convert("in.csv", "out.parquet")
        assert opener.asked["tables"] is None
        assert ids("out.parquet") == list(range(1000, 2000))
        assert report.outputs == {"classifications": "out.parquet"}
        assert report.rejects_path is None
        assert sorted(os.listdir()) == ["in.csv", "out.parquet"]

    def test_file_contains_the_named_table(self) -> None:
        convert("in.csv", "out.parquet", table="marks")
        assert pq.read_schema("out.parquet").equals(SCHEMAS["marks"])

    def test_folder_contains_all_tables(self) -> None:
        report = convert("in.csv", "new/folder/")
        assert sorted(os.listdir("new/folder")) == [
            "annotations.parquet",
            "classifications.parquet",
            "crowdarrow.json",
            "marks.parquet",
        ]
        assert report.outputs["marks"] == "new/folder/marks.parquet"
        assert pq.read_table("new/folder/marks.parquet").equals(pa.Table.from_batches(batches("marks", 1000)))

    def test_existing_folder_needs_no_trailing_slash(self) -> None:
        Path("there").mkdir()
        convert("in.csv", "there", tables=["marks"], format="csv")
        assert sorted(os.listdir("there")) == ["crowdarrow.json", "marks.csv"]

    def test_tables_as_text(self) -> None:
        convert("in.csv", "there/", tables="marks,classifications")
        assert sorted(os.listdir("there")) == ["classifications.parquet", "crowdarrow.json", "marks.parquet"]

    def test_stdout(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        report = convert("in.csv", "-", table="marks")
        lines = capfdbinary.readouterr().out.splitlines()
        assert len(lines) == 1001
        assert report.outputs == {"marks": "-"}
        assert os.listdir() == ["in.csv"]

    def test_partitions_of_one_table_are_in_the_output_folder(self) -> None:
        convert("in.csv", "p/", table="marks", partition_by="workflow_id")
        assert sorted(os.listdir("p")) == ["_crowdarrow.json", "workflow_id=7", "workflow_id=8", "workflow_id=9"]
        assert ds.dataset("p", partitioning="hive").count_rows() == 1000

    def test_partitions_of_several_tables_have_a_folder_per_table(self) -> None:
        convert("in.csv", "p/", partition_by=["workflow_id"])
        assert sorted(os.listdir("p")) == ["annotations", "classifications", "crowdarrow.json", "marks"]
        assert sorted(os.listdir("p/marks")) == ["workflow_id=7", "workflow_id=8", "workflow_id=9"]

    def test_symlink_is_followed_and_kept(self) -> None:
        Path("real.parquet").write_text("old")
        Path("link.parquet").symlink_to("real.parquet")
        convert("in.csv", "link.parquet", force=True)
        assert Path("link.parquet").is_symlink()
        assert len(ids("real.parquet")) == 1000


class TestWhatIsWritten:
    def test_footer(self, opener: Opener) -> None:
        opener.setup["rejects"] = {2: [reject(5, b"raw")]}
        Path("w.csv").write_text("workflow_id")
        convert(
            "in.csv",
            "out/",
            workflows="w.csv",
            since="2020-01-01",
            threads=1,
            workflow_id=[7],
            row_group_size=400,
        )
        footer = pq.read_metadata("out/marks.parquet").metadata
        found = {key.decode()[11:]: value.decode() for key, value in footer.items() if key.startswith(b"crowdarrow.")}
        assert json.loads(found.pop("sources")) == [{"name": "in.csv", "size": 123, "sha256": "ab" * 32}]
        options = json.loads(found.pop("options"))
        assert options.pop("workflows")["name"] == "w.csv"
        assert options == {
            "compression": "zstd",
            "row_group_rows": 400,
            "since": "2020-01-01",
            "workflow_id": [7],
        }
        assert found.pop("version")
        assert found.pop("run_id") == json.loads(Path("out/crowdarrow.json").read_text())["run_id"]
        assert found == {
            "kind": "zooniverse.classifications", "table": "marks", "records": "1001", "rows": "1000",
            "rejected": "1", "filtered": "0",
        }  # fmt: skip
        assert opener.asked["digest"] == "blake3"

    def test_output_is_the_same_for_any_number_of_threads(self, opener: Opener) -> None:
        opener.setup["rejects"] = {2: [reject(5, b"raw")]}
        for name, threads in (("a", 1), ("b", 2), ("c", None)):
            convert("in.csv", f"{name}/", threads=threads)
        for path in Path("a").iterdir():
            assert path.read_bytes() == Path("b", path.name).read_bytes() == Path("c", path.name).read_bytes()
        assert Path("a.rejects.csv").read_bytes() == Path("b.rejects.csv").read_bytes()

    def test_report(self, opener: Opener) -> None:
        opener.setup["rejects"] = {0: [reject(1, b"x")]}
        report = convert("in.csv", "out/", report="run.json")
        written = json.loads(Path("run.json").read_text())
        assert written == report.to_dict()
        assert written["records"] == 1001
        assert written["rows"] == 1000
        assert written["rejected"] == 1
        assert written["rejects"] == {"json": 1}
        assert written["rejects_path"] == "out.rejects.csv"
        assert written["tables"] == {"annotations": 1000, "classifications": 1000, "marks": 1000}
        assert written["seconds"] > 0

    def test_options_reach_the_reader(self, opener: Opener) -> None:
        given: dict[str, Any] = {
            "kind": "zooniverse.subjects",
            "columns": ["a"],
            "workflow_id": 3,
            "workflow_version": "1..2",
        }
        given |= {"since": "2020", "until": "2021", "strict": True, "max_rejects": 4, "threads": 1}
        given |= {"max_record_bytes": 99, "encoding": "cp1252", "member": "m"}
        convert(["in.csv"], "out.csv", **given)
        assert opener.asked == {"inputs": ["in.csv"], "tables": None, **given, "columns": ("a",), "workflow_id": (3,)}

    def test_progress_is_called_up_to_the_end(self, opener: Opener) -> None:
        seen: list[Any] = []
        convert("in.csv", "out.csv", progress=seen.append)
        assert seen[-1].rows == 1000
        assert opener.opened[0].closed

    def test_missing_rows_are_an_internal_error(self, opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.sinks.thread.SinkThread.write", lambda *_: None)
        with pytest.raises(InternalError, match="1000 rows of classifications were read, but 0 written"):
            convert("in.csv", "out.csv")
        assert os.listdir() == ["in.csv"]
        assert opener.opened[0].closed


class TestRejects:
    RAW = b'1,"a ""b""\xff\xfe\r\n",,x'

    def test_file_of_rejects_has_the_raw_bytes(self, opener: Opener) -> None:
        opener.setup["rejects"] = {1: [reject(7, self.RAW), reject(8, b"")], 3: [reject(9, b"z")]}
        report = convert("in.csv", "out.parquet")
        assert report.rejects_path == "out.parquet.rejects.csv"
        data = Path("out.parquet.rejects.csv").read_bytes()
        rows = list(csv.reader(data.decode("latin-1").splitlines(keepends=True)))
        assert rows[0] == ["source", "record", "line", "byte_offset", "column", "kind", "message", "raw"]
        assert rows[1] == [
            "in.csv",
            "7",
            "8",
            "70",
            "metadata",
            "json",
            'bad, "x"',
            self.RAW.decode("latin-1"),
        ]
        assert [row[1] for row in rows[1:]] == ["7", "8", "9"]
        assert data.endswith(b',"z"\n')

    def test_oversized_record_is_written_from_its_parts(self, opener: Opener) -> None:
        first, second = reject(1, b'a"', more=True), reject(1, b'"b', more=True)
        opener.setup["rejects"] = {0: [first], 1: [second], 2: [reject(1, b"c"), reject(2, b"d")]}
        report = convert("in.csv", "out.parquet")
        rows = list(csv.reader(Path("out.parquet.rejects.csv").read_text().splitlines()))
        assert [(row[1], row[7]) for row in rows[1:]] == [("1", 'a""bc'), ("2", "d")]
        assert report.rejected == 2

    def test_named_file_of_rejects_is_created_even_if_empty(self, opener: Opener) -> None:
        report = convert("in.csv", "out.csv", rejects="r.csv")
        assert Path("r.csv").read_text() == "source,record,line,byte_offset,column,kind,message,raw\n"
        assert report.rejects_path == "r.csv"
        assert "digest" not in opener.asked

    def test_stdout_has_no_default_file_of_rejects(self, opener: Opener) -> None:
        opener.setup["rejects"] = {0: [reject(1, b"x")]}
        report = convert("in.csv", "-")
        assert report.rejects_path is None
        assert os.listdir() == ["in.csv"]
        convert("in.csv", "-", rejects="r.csv")
        assert Path("r.csv").exists()

    def test_earlier_file_of_rejects_is_removed_only_with_force_and_success(self, opener: Opener) -> None:
        old = "source,record,line,byte_offset,column,kind,message,raw\nold\n"
        Path("out.csv.rejects.csv").write_text(old)
        with pytest.raises(OutputExistsError, match="of an earlier run exists already; `force` replaces it"):
            convert("in.csv", "out.csv")
        opener.setup["fail"] = OSError("broken")
        with pytest.raises(OSError, match="broken"):
            convert("in.csv", "out.csv", force=True)
        assert Path("out.csv.rejects.csv").read_text() == old
        opener.setup["fail"] = None
        convert("in.csv", "out.csv", force=True)
        assert sorted(os.listdir()) == ["in.csv", "out.csv"]

    @pytest.mark.usefixtures("opener")
    def test_other_file_at_the_default_path_of_rejects_is_kept(self) -> None:
        Path("out.csv.rejects.csv").write_text("mine")
        with pytest.raises(OutputExistsError, match="is not a file of rejects"):
            convert("in.csv", "out.csv", force=True)
        assert sorted(os.listdir()) == ["in.csv", "out.csv.rejects.csv"]


@pytest.mark.usefixtures("opener")
class TestErrorsBeforeReading:
    """Errors that are raised before any row is read, and change no file."""

    def check_error(self, opener: Opener, error: type[Exception], match: str, *args: Any, **options: Any) -> None:
        before = sorted(os.listdir())
        with pytest.raises(error, match=match) as caught:
            convert(*args, **options)
        assert "\n" not in str(caught.value)
        assert sorted(os.listdir()) == before
        assert all(not step.report.rows for step in opener.opened)

    @pytest.mark.parametrize(
        ("output", "options", "match"),
        [
            ("out.txt", {}, "must end in"),
            ("out.csv", {"tables": "all"}, "need a folder"),
            ("-", {"tables": ["marks", "annotations"]}, "need a folder"),
            ("out/", {"table": "marks", "tables": "all"}, "exclude each other"),
            ("out/", {"tables": "marks,"}, "empty name"),
            ("out.parquet", {"partition_by": "workflow_id"}, "`partition_by` writes a folder"),
            ("out/", {"partition_by": "workflow_id", "format": "csv"}, "writes Parquet"),
            ("out/", {"format": "feather"}, "must be one of parquet"),
            ("out.csv", {"format": "csv"}, "`format` applies to folders"),
            ("out.csv", {"row_group_size": 5}, "is for Parquet output"),
            (
                "out/",
                {"partition_by": "user", "table": "marks"},
                "no such column in table marks; it could be",
            ),
            ("out/", {"partition_by": "x", "table": "marks"}, "its type is double"),
            ("out/", {"partition_by": "metadata.session", "table": "classifications"}, "no such column"),
            ("out.csv", {"rejects": "out.csv"}, "two outputs would be the same file"),
            ("out.csv", {"report": "out.csv.rejects.csv"}, "two outputs would be the same file"),
        ],
    )
    def test_usage(self, opener: Opener, output: str, options: dict[str, Any], match: str) -> None:
        self.check_error(opener, UsageError, match, "in.csv", output, **options)

    def test_existing_outputs_are_kept_without_force(self, opener: Opener) -> None:
        Path("out.csv").write_text("old")
        Path("out").mkdir()
        Path("out/marks.parquet").write_text("old")
        Path("r.json").write_text("old")
        self.check_error(opener, OutputExistsError, "out.csv exists already; `force` replaces it", "in.csv", "out.csv")
        self.check_error(opener, OutputExistsError, "out/marks.parquet exists already", "in.csv", "out/")
        self.check_error(opener, OutputExistsError, "r.json exists already", "in.csv", "new.csv", report="r.json")
        self.check_error(opener, OutputExistsError, "out.csv exists already", "in.csv", "new.csv", rejects="out.csv")
        convert("in.csv", "out/", force=True)
        assert len(ids("out/marks.parquet")) == 1000

    def test_other_files_in_the_output_folder_are_allowed(self) -> None:
        Path("out").mkdir()
        Path("out/notes.txt").write_text("mine")
        convert("in.csv", "out/")
        assert Path("out/notes.txt").read_text() == "mine"

    def test_missing_folder_of_a_file_is_an_error(self, opener: Opener) -> None:
        self.check_error(
            opener, OutputError, "there is no folder nowhere; create it first", "in.csv", "nowhere/out.csv"
        )

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("how", ["itself", "symlink", "hard link", "glob", "file object", "workflows", "report"])
    def test_output_that_is_an_input_is_an_error(
        self, opener: Opener, how: str, force: bool, request: pytest.FixtureRequest
    ) -> None:
        options: dict[str, Any] = {"force": force}
        given: Any = "in.csv"
        output = "out.csv"
        if how == "itself":
            output = "./in.csv"
        elif how == "symlink":
            Path("out.csv").symlink_to("in.csv")
        elif how == "hard link":
            os.link("in.csv", "out.csv")
        elif how == "glob":
            given, output = "i*.csv", "in.csv"
        elif how == "file object":
            given, output = request.getfixturevalue("open_file"), "in.csv"
        elif how == "workflows":
            Path("w.csv").write_text("w")
            options["workflows"] = output = "w.csv"
        else:
            options["report"] = "in.csv"
        self.check_error(opener, UsageError, "is also the input", given, output, **options)
        assert Path("in.csv").read_text() == "the input"

    def test_table_in_a_folder_that_is_an_input_is_an_error(self, opener: Opener) -> None:
        Path("out").mkdir()
        os.link("in.csv", "out/marks.csv")
        self.check_error(opener, UsageError, "is also the input", "in.csv", "out/", format="csv", force=True)

    def test_folder_with_other_files_is_never_replaced(self, opener: Opener) -> None:
        options: dict[str, Any] = {"table": "marks", "partition_by": "workflow_id"}
        convert("in.csv", "p/", **options)
        self.check_error(opener, OutputExistsError, "the tables of an earlier run", "in.csv", "p/", **options)
        convert("in.csv", "p/", **options, force=True)
        Path("p/workflow_id=7/notes.txt").write_text("mine")
        opener.opened.clear()
        self.check_error(
            opener, OutputExistsError, "contains files that are not partitions", "in.csv", "p/", **options, force=True
        )
        assert Path("p/workflow_id=7/notes.txt").read_text() == "mine"
        assert leftovers(Path()) == []

    def test_folder_of_deeper_partitions_is_never_replaced(self, opener: Opener) -> None:
        deeper = Path("p/workflow_id=7/frame=0/part-0.parquet")
        deeper.parent.mkdir(parents=True)
        deeper.write_text("of a run with two partition columns")
        match = "contains files that are not partitions"
        options: dict[str, Any] = {"table": "marks", "partition_by": "workflow_id", "force": True}
        self.check_error(opener, OutputExistsError, match, "in.csv", "p/", **options)
        assert deeper.exists()

    def test_empty_folder_is_allowed_for_partitions(self) -> None:
        Path("p").mkdir()
        convert("in.csv", "p/", table="marks", partition_by="workflow_id")
        assert ds.dataset("p", partitioning="hive").count_rows() == 1000
