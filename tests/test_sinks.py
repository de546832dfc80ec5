"""Sinks: what is in the files, and that it depends on the rows alone."""

import csv
import gzip
import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from fake_tables import SCHEMAS, TIME, batches, classification

from crowdarrow.errors import OutputError, UsageError
from crowdarrow.sinks import Crew, SinkOptions, SinkThread, check_options, format_of, open_sink
from crowdarrow.sinks.base import Sink

SCHEMA = SCHEMAS["classifications"]
FORMATS = ["parquet", "csv", "csv.gz", "arrow"]


def write(
    path: Path, parts: list[pa.RecordBatch], schema: pa.Schema = SCHEMA, *, threads: int = 2,
    footer: dict[str, str] | None = None, **options: object,
) -> Path:  # fmt: skip
    """Write the batches the way a run does."""
    crew = Crew(threads)
    sink = open_sink(path, schema, SinkOptions(**options), crew)  # type: ignore[arg-type]
    with SinkThread({"t": sink}, crew) as thread:
        for part in parts:
            thread.write("t", part)
        thread.close({"t": footer or {}})
    return path


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size` bytes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def table(parts: list[pa.RecordBatch], schema: pa.Schema = SCHEMA) -> pa.Table:
    """The batches as one table."""
    return pa.Table.from_batches(parts, schema)


def recut(whole: pa.Table, seed: int) -> list[pa.RecordBatch]:
    """The same rows in batches of other sizes, empty ones among them."""
    chance, parts, start = random.Random(seed), [], 0
    whole = whole.combine_chunks()
    while start < whole.num_rows:
        size = chance.randrange(0, 90)
        parts += whole.slice(start, size).to_batches() or [pa.RecordBatch.from_pylist([], whole.schema)]
        start += size
    return parts


class TestEverySink:
    @pytest.mark.parametrize("form", FORMATS)
    def test_same_rows_give_same_bytes_whatever_the_threads(self, tmp_path: Path, form: str) -> None:
        parts = batches("classifications", 700)
        files = [
            write(tmp_path / f"{threads}{again}.{form}", parts, threads=threads, footer={"a": "b"}).read_bytes()
            for threads in (1, 2, 4)
            for again in (1, 2)
        ]
        assert len(set(files)) == 1

    @pytest.mark.parametrize("form", ["parquet", "csv", "csv.gz"])
    def test_same_rows_give_same_bytes_however_cut(self, tmp_path: Path, form: str) -> None:
        parts = batches("classifications", 700)
        options = {"row_group_rows": 256} if form == "parquet" else {}
        files = [write(tmp_path / f"0.{form}", parts, **options)]
        files += [write(tmp_path / f"{n}.{form}", recut(table(parts), n), **options) for n in (1, 2)]
        assert len({file.read_bytes() for file in files}) == 1

    @pytest.mark.parametrize("form", FORMATS)
    def test_an_empty_table_is_a_valid_file(self, tmp_path: Path, form: str) -> None:
        path = write(tmp_path / f"empty.{form}", [])
        if form == "parquet":
            assert pq.read_table(path).equals(table([]))
            assert duckdb.sql(f"select count(*) from '{path}'").fetchall() == [(0,)]
            assert pl.read_parquet(path).height == 0
        elif form == "arrow":
            assert pa.ipc.open_file(path).read_all().equals(table([]))
        else:
            opened = gzip.open(path, "rt") if form == "csv.gz" else path.open()
            with opened as file:
                assert file.read().count("\n") == 1

    @pytest.mark.parametrize("form", FORMATS)
    def test_an_error_of_the_disk_is_raised_where_the_rows_come_from(
        self, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("crowdarrow.sinks.parquet.ROW_GROUP_BYTES", 50_000)
        parts, crew = batches("classifications", 1000), Crew(2)
        sink = open_sink(tmp_path / f"a.{form}", SCHEMA, SinkOptions(), crew)
        with (
            file_size_limit(10_000),
            pytest.raises(OutputError, match=r"^cannot write out: file too large; the file would be larger"),
            SinkThread({"t": sink}, crew, {"t": "out"}) as thread,
        ):
            for part in parts:
                thread.write("t", part)
            thread.close({})


class Slow:
    """A sink that keeps the order in which things happen."""

    def __init__(self, fail_at: int = -1) -> None:
        self.rows = self.pending = 0
        self.events: list[str] = []
        self._fail_at = fail_at

    def write(self, batch: pa.RecordBatch) -> None:
        if len(self.events) == self._fail_at:
            msg = "broken"
            raise ValueError(msg)
        self.events.append(f"write {batch.num_rows}")
        self.pending += batch.nbytes

    def flush(self) -> None:
        self.events.append("flush")
        self.pending = 0

    def close(self, footer: dict[str, str]) -> None:
        self.events.append(f"close {footer}")

    def abort(self) -> None:
        self.events.append("abort")


class TestSinkThread:
    def test_batches_arrive_in_order_then_the_footer(self) -> None:
        sink: Sink = Slow()
        with SinkThread({"t": sink}, Crew(1)) as thread:
            for size in (1, 2, 3):
                thread.write("t", batches("marks", size)[0])
            thread.close({"t": {"a": "b"}})
        assert sink.events == ["write 1", "write 2", "write 3", "close {'a': 'b'}"]

    def test_an_error_reaches_the_writer_and_aborts_every_sink(self) -> None:
        broken, fine = Slow(fail_at=1), Slow()
        with pytest.raises(ValueError, match="broken"):
            with SinkThread({"a": broken, "b": fine}, Crew(1)) as thread:
                for _ in range(1000):
                    thread.write("a", batches("marks", 10)[0])
                thread.close({})
        assert broken.events[-1] == fine.events[-1] == "abort"

    def test_leaving_by_an_error_aborts(self) -> None:
        sink = Slow()
        with pytest.raises(KeyboardInterrupt):
            with SinkThread({"t": sink}, Crew(1)) as thread:
                thread.write("t", batches("marks", 10)[0])
                raise KeyboardInterrupt
        assert sink.events[-1] == "abort"
        assert not [event for event in sink.events if event.startswith("close")]

    def test_what_is_gathered_is_bounded_over_all_tables(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.sinks.thread.GATHERED_BYTES", 5000)
        sinks = {"a": Slow(), "b": Slow()}
        with SinkThread(sinks, Crew(1)) as thread:
            for _ in range(20):
                thread.write("a", batches("marks", 10)[0])
                thread.write("b", batches("marks", 20)[0])
            thread.close({})
        assert "flush" in sinks["b"].events
        assert sum(sink.pending for sink in sinks.values()) <= 5000

    def test_writing_waits_while_too_much_is_queued(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.sinks.thread.QUEUE_BYTES", 1)
        sink = Slow()
        with SinkThread({"t": sink}, Crew(1)) as thread:
            for written in range(20):
                thread.write("t", batches("marks", 10)[0])
                assert len(sink.events) >= written - 1
            thread.close({})
        assert sink.events.count("write 10") == 20


class TestParquet:
    def test_rows_and_types_come_back_in_every_reader(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts, row_group_rows=200)
        assert pq.read_table(path).equals(table(parts))
        assert pl.read_parquet(path)["metadata"].to_list() == table(parts)["metadata"].to_pylist()
        query = f"select list(classification_id order by classification_id), sum(metadata.viewport.height) from '{path}'"
        ids, heights = duckdb.sql(query).fetchall()[0]
        assert ids == table(parts)["classification_id"].to_pylist()
        assert heights == 375 * 719.5

    def test_row_groups_have_exactly_the_rows_asked_for(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("classifications", 500), row_group_rows=150)
        meta = pq.read_metadata(path)
        assert [meta.row_group(n).num_rows for n in range(meta.num_row_groups)] == [150, 150, 150, 50]

    def test_row_groups_are_cut_by_bytes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        parts = batches("classifications", 1000)
        monkeypatch.setattr("crowdarrow.sinks.parquet.ROW_GROUP_BYTES", 3 * parts[0].nbytes)
        path = write(tmp_path / "a.parquet", parts)
        meta = pq.read_metadata(path)
        rows = [meta.row_group(n).num_rows for n in range(meta.num_row_groups)]
        assert sum(rows) == 1000
        assert all(200 <= count <= 400 for count in rows[:-1])
        assert pq.read_table(path).equals(table(parts))

    def test_more_row_groups_than_a_short_thrift_list_has(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts, row_group_rows=10)
        assert pq.read_metadata(path).num_row_groups == 50
        assert pq.read_table(path).equals(table(parts))

    def test_chunks_stand_one_after_the_other_up_to_the_footer(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("classifications", 500), row_group_rows=200)
        meta, position = pq.read_metadata(path), 4
        for group in range(meta.num_row_groups):
            found = meta.row_group(group)
            for column in range(found.num_columns):
                chunk = found.column(column)
                assert (chunk.dictionary_page_offset or chunk.data_page_offset) == position
                position += chunk.total_compressed_size
            assert found.total_byte_size == sum(
                found.column(column).total_uncompressed_size for column in range(found.num_columns)
            )
        assert position == path.stat().st_size - meta.serialized_size - 8

    def test_a_file_equals_the_one_pyarrow_writes_in_all_but_place(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts)
        ours = pq.read_metadata(path).row_group(0)
        other = tmp_path / "b.parquet"
        names = [ours.column(n).path_in_schema for n in range(ours.num_columns)]
        pq.write_table(
            table(parts), other, compression="zstd", compression_level=1, dictionary_pagesize_limit=16 << 20,
            use_dictionary=[name for n, name in enumerate(names) if ours.column(n).has_dictionary_page],
            write_statistics=[name for n, name in enumerate(names) if ours.column(n).statistics is not None],
        )  # fmt: skip
        theirs = pq.read_metadata(other)
        assert theirs.schema == pq.read_metadata(path).schema
        for number in range(ours.num_columns):
            left, right = ours.column(number).to_dict(), theirs.row_group(0).column(number).to_dict()
            for place in ("data_page_offset", "dictionary_page_offset", "file_offset"):
                assert (left.pop(place) is None) == (right.pop(place) is None)
            assert left == right

    def test_dictionaries_where_values_repeat_statistics_where_text_is_short(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("classifications", 6000))
        group = pq.read_metadata(path).row_group(0)
        found = {group.column(n).path_in_schema: group.column(n) for n in range(group.num_columns)}
        assert not found["classification_id"].has_dictionary_page
        assert not found["annotations"].has_dictionary_page
        for name in ("workflow_version", "metadata.session", "metadata.viewport.width", "user_name"):
            assert found[name].has_dictionary_page, name
        assert not found["gold_standard"].has_dictionary_page
        assert found["classification_id"].statistics.min == 1000
        assert found["metadata.session"].statistics is not None
        long = pa.record_batch({"json": [f'{{"a":"{n:0200}"}}' for n in range(50)]})
        group = pq.read_metadata(write(tmp_path / "b.parquet", [long], long.schema)).row_group(0)
        assert group.column(0).statistics is None

    def test_long_text_that_repeats_gets_a_dictionary_too(self, tmp_path: Path) -> None:
        subjects = [f'{{"{n}":"{"x" * 3000}"}}' for n in range(1500)]
        batch = pa.record_batch({"subject_data": [subjects[n * 7 % 1500] for n in range(6000)]})
        path = write(tmp_path / "a.parquet", [batch], batch.schema, compression="none")
        chunk = pq.read_metadata(path).row_group(0).column(0)
        assert chunk.has_dictionary_page
        assert chunk.total_compressed_size < 1500 * 3100

    def test_footer(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("marks", 10), SCHEMAS["marks"], footer={"k": "väl", "l": ""})
        meta = pq.read_metadata(path).metadata
        assert meta[b"k"] == "väl".encode()
        assert meta[b"l"] == b""
        assert pq.read_schema(path).equals(SCHEMAS["marks"])

    @pytest.mark.parametrize("codec", ["zstd", "snappy", "gzip", "none"])
    def test_compression(self, tmp_path: Path, codec: str) -> None:
        parts = batches("classifications", 300)
        path = write(tmp_path / "a.parquet", parts, compression=codec)
        found = pq.read_metadata(path).row_group(0).column(0).compression
        assert found == ("UNCOMPRESSED" if codec == "none" else codec.upper())
        assert pq.read_table(path).equals(table(parts))

    def test_a_level_makes_a_difference(self, tmp_path: Path) -> None:
        parts = batches("classifications", 3000)
        small = write(tmp_path / "a.parquet", parts, compression="zstd", compression_level=15).stat().st_size
        assert small < write(tmp_path / "b.parquet", parts).stat().st_size


class TestPartitions:
    def test_each_value_has_its_folder_and_rows_keep_their_order(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        root = write(tmp_path / "p.parquet", parts, partition_by=("workflow_id", "gold_standard"), footer={"a": "b"})
        whole = table(parts).to_pylist()
        files = sorted(root.rglob("*.parquet"))
        assert [str(file.relative_to(root)) for file in files] == [
            "workflow_id=7/gold_standard=__HIVE_DEFAULT_PARTITION__/part-0.parquet",
            "workflow_id=8/gold_standard=true/part-0.parquet",
            "workflow_id=9/gold_standard=false/part-0.parquet",
        ]
        for file, workflow in zip(files, (7, 8, 9), strict=True):
            found = pq.ParquetFile(file).read()
            assert found["classification_id"].to_pylist() == [
                row["classification_id"] for row in whole if row["workflow_id"] == workflow
            ]
            assert "workflow_id" not in found.column_names
            assert pq.read_metadata(file).metadata[b"crowdarrow.rows"] == str(found.num_rows).encode()
        read = ds.dataset(root, partitioning="hive").to_table()
        assert sorted(read["classification_id"].to_pylist()) == [row["classification_id"] for row in whole]
        assert duckdb.sql(f"select workflow_id, count(*) from '{root}/**/*.parquet' group by 1 order by 1").fetchall() == [
            (7, 167), (8, 167), (9, 166),
        ]  # fmt: skip

    def test_the_same_bytes_for_any_threads_and_several_row_groups(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        roots = [
            write(tmp_path / f"{threads}.parquet", parts, partition_by=("workflow_id",), row_group_rows=120, threads=threads)
            for threads in (1, 3)
        ]
        left, right = ({file.relative_to(root): file.read_bytes() for file in root.rglob("*.parquet")} for root in roots)
        assert left == right
        assert pq.read_metadata(roots[0] / "workflow_id=7/part-0.parquet").num_row_groups == 5

    def test_odd_texts_are_escaped_and_come_back(self, tmp_path: Path) -> None:
        names = ["a/b", "..", "ä=%", "", None, "x y"]
        batch = pa.record_batch({"name": names, "n": list(range(6))})
        root = write(tmp_path / "p.parquet", [batch], batch.schema, partition_by=("name",))
        read = ds.dataset(root, partitioning=ds.partitioning(pa.schema([("name", pa.string())]), flavor="hive"))
        rows = sorted(read.to_table().to_pylist(), key=lambda row: row["n"])
        assert [row["name"] for row in rows] == names

    def test_no_rows_still_have_a_schema(self, tmp_path: Path) -> None:
        root = write(tmp_path / "p.parquet", [], partition_by=("workflow_id",))
        assert ds.dataset(root).to_table().equals(table([]))

    def test_too_many_partitions_say_what_to_do(self, tmp_path: Path) -> None:
        batch = pa.record_batch({"id": list(range(2000)), "n": list(range(2000))})
        with pytest.raises(OutputError, match="more than 1024 partitions; choose columns with fewer values"):
            write(tmp_path / "p.parquet", [batch], batch.schema, partition_by=("id",))


def csv_text(path: Path, parts: list[pa.RecordBatch], schema: pa.Schema, **options: object) -> str:
    """The CSV file of the batches."""
    return write(path / "a.csv", parts, schema, **options).read_bytes().decode()


class TestCsv:
    def test_by_hand(self, tmp_path: Path) -> None:
        assert csv_text(tmp_path, [batches("classifications", 5)[0].slice(1)], SCHEMA).splitlines(keepends=False) == [
            "classification_id,user_name,workflow_id,workflow_name,workflow_version,created_at,gold_standard,"
            "metadata.session,metadata.viewport.width,metadata.viewport.height,metadata.user_group_ids,"
            "metadata.classifier_version,annotations,subject_ids",
            f'1001,"",8,Workflow 8,12.4,2017-07-14T02:40:07Z,true,{1:064x},,,[],2.1,'
            f'"[{{""task"":""T0"",""value"":""{"9e3779b1" * 9}""}}]","[1,1]"',
            f'1002,ann,9,Workflow 9,9.1,2017-07-14T02:40:14.123Z,false,{2:064x},1282,719.5,"[1,2]",,'
            f'"[{{""task"":""T0"",""value"":""{"3c6ef362" * 9}""}}]","[2,2]"',
            f'1003,"say ""hi"", you',
            f'",7,Workflow 7,12.34,,,{3:064x},1280,719.5,,2.1,'
            f'"[{{""task"":""T0"",""value"":""{"daa66d13" * 9}""}}]","[3,3]"',
            f'1004,=1+1,8,Workflow 8,12.4,2017-07-14T02:40:28Z,true,{4:064x},1281,719.5,[],,'
            f'"[{{""task"":""T0"",""value"":""{"78dde6c4" * 9}""}}]","[4,4]"',
        ]

    def test_python_reads_every_cell_back(self, tmp_path: Path) -> None:
        parts = batches("classifications", 300)
        rows = list(csv.DictReader(io.StringIO(csv_text(tmp_path, parts, SCHEMA), newline="")))
        assert len(rows) == 300
        for number, row in enumerate(rows):
            made = classification(number)
            assert row["user_name"] == (made["user_name"] or "")
            assert row["annotations"] == made["annotations"]
            assert json.loads(row["subject_ids"]) == made["subject_ids"]
            assert row["gold_standard"] == {None: "", True: "true", False: "false"}[made["gold_standard"]]

    def test_times_have_the_digits_they_need(self, tmp_path: Path) -> None:
        ticks = [0, 1_500_000, 1_500_001, -1, None, 253402300799000000, -62135596800000000, 1_000]
        batch = pa.record_batch({"t": pa.array(ticks, TIME), "n": [0] * 8})
        assert [line.split(",")[0] for line in csv_text(tmp_path, [batch], batch.schema).splitlines()[1:]] == [
            "1970-01-01T00:00:00Z", "1970-01-01T00:00:01.500Z", "1970-01-01T00:00:01.500001Z",
            "1969-12-31T23:59:59.999999Z", "", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z",
            "1970-01-01T00:00:00.001Z",
        ]  # fmt: skip

    def test_quotes_only_where_a_cell_or_name_needs_them(self, tmp_path: Path) -> None:
        batch = pa.record_batch({"a,b": ["x y", " x", "\r", "a\nb", 'q"', "é;\t", ""], 'c"': list(range(7))})
        assert csv_text(tmp_path, [batch], batch.schema) == (
            '"a,b","c"""\nx y,0\n x,1\n"\r",2\n"a\nb",3\n"q""",4\né;\t,5\n"",6\n'
        )

    def test_a_single_null_is_not_an_empty_line(self, tmp_path: Path) -> None:
        batch = pa.record_batch({"a": ["x", None, ""]})
        assert csv_text(tmp_path, [batch], batch.schema) == 'a\nx\n""\n""\n'

    def test_numbers_come_back_exactly(self, tmp_path: Path) -> None:
        numbers = [0.1, 1e300, 5e-324, -0.0, 123456789012345.67, 1 / 3, None]
        batch = pa.record_batch({"x": pa.array(numbers), "n": [2**63 - 1] * 7})
        lines = csv_text(tmp_path, [batch], batch.schema).splitlines()[1:]
        assert [float(x) if x else None for x, _ in (line.split(",") for line in lines)] == numbers
        assert lines[0].endswith(",9223372036854775807")

    def test_csv_safe_guards_text_and_names_only(self, tmp_path: Path) -> None:
        texts = ["=1", "+1", "-1", "@a", "\tx", "\rx", "a=1", "", None]
        batch = pa.record_batch({"=name": texts, "n": [-1] * 9})
        assert csv_text(tmp_path, [batch], batch.schema, csv_safe=True) == (
            "'=name,n\n'=1,-1\n'+1,-1\n'-1,-1\n'@a,-1\n'\tx,-1\n\"'\rx\",-1\na=1,-1\n\"\",-1\n,-1\n"
        )

    def test_a_name_that_a_struct_took_is_made_another(self, tmp_path: Path) -> None:
        schema = pa.schema([("m", pa.struct([("a", pa.int64())])), ("m.a", pa.string())])
        assert csv_text(tmp_path, [], schema) == "m.a,m.a_2\n"

    def test_a_null_struct_is_empty_cells(self, tmp_path: Path) -> None:
        kind = pa.struct([("a", pa.string()), ("b", pa.struct([("c", pa.int64())]))])
        batch = pa.record_batch({"m": pa.array([None, {"a": "", "b": None}, {"a": None, "b": {"c": 1}}], kind)})
        assert csv_text(tmp_path, [batch], batch.schema) == 'm.a,m.b.c\n,\n"",\n,1\n'

    def test_sliced_batches(self, tmp_path: Path) -> None:
        whole = batches("classifications", 50)[0]
        parts = [whole.slice(n * 7, 7) for n in range(8)]
        (tmp_path / "b").mkdir()
        assert csv_text(tmp_path, parts, SCHEMA) == csv_text(tmp_path / "b", [whole], SCHEMA)

    def test_gzip_is_one_member_with_the_same_text(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.sinks.csv._GZIP_BLOCK", 10_000)
        parts = batches("classifications", 1000)
        plain = csv_text(tmp_path, parts, SCHEMA).encode()
        packed = write(tmp_path / "a.csv.gz", parts).read_bytes()
        assert gzip.decompress(packed) == plain
        assert packed[4:8] == bytes(4)
        assert len(packed) < len(gzip.compress(plain)) * 1.1

    def test_stdout(self, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
        sink = open_sink("-", SCHEMAS["marks"], SinkOptions())
        sink.write(batches("marks", 2)[0])
        sink.close({})
        assert capfdbinary.readouterr().out == b"classification_id,workflow_id,x,text\n1000,7,0,t0\n1001,8,1.5,t1\n"


class TestArrow:
    @pytest.mark.parametrize("codec", [None, "zstd"])
    def test_rows_and_types_come_back(self, tmp_path: Path, codec: str | None) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.arrow", parts, compression=codec)
        assert pa.ipc.open_file(path).read_all().equals(table(parts))
        assert pl.read_ipc(path).height == 500


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "form"),
        [("a.parquet", "parquet"), ("A.CSV", "csv"), ("a.csv.gz", "csv.gz"), ("x/.b.arrow", "arrow")],
    )
    def test_the_ending_decides(self, name: str, form: str) -> None:
        assert format_of(name) == form

    @pytest.mark.parametrize("name", ["a.txt", "a", "a.gz", "a.parquet.tmp"])
    def test_other_endings_are_refused(self, name: str) -> None:
        with pytest.raises(UsageError, match="must end in"):
            format_of(name)

    @pytest.mark.parametrize(
        ("form", "options", "message"),
        [
            ("parquet", {"compression": "brotli"}, "can have zstd, snappy, gzip or none"),
            ("parquet", {"compression": "zstd", "compression_level": 23}, "levels -?[0-9]+ to 22"),
            ("parquet", {"compression": "snappy", "compression_level": 1}, "not with snappy"),
            ("parquet", {"row_group_rows": 0}, "from 1 to"),
            ("parquet", {"csv_safe": True}, "--csv-safe is for CSV"),
            ("csv", {"row_group_rows": 5}, "Parquet files have it"),
            ("csv", {"compression": "zstd"}, r"\.csv\.gz"),
            ("csv", {"compression_level": 3}, "levels 1 to 9"),
            ("csv.gz", {"compression_level": 10}, "levels 1 to 9"),
            ("arrow", {"compression": "snappy"}, "Arrow files can have"),
            ("arrow", {"compression_level": 3}, "--compression zstd only"),
        ],
    )
    def test_options_a_format_does_not_have(self, form: str, options: dict[str, object], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            check_options(form, SinkOptions(**options))  # type: ignore[arg-type]
