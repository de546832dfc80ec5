"""All sinks: equal rows give equal bytes, errors are raised to the caller, unsupported options are rejected."""

import gzip
import random
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from crowdarrow._core import WorkerPool
from crowdarrow.errors import OutputError, UsageError
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.registry import check_options, format_of, open_sink
from crowdarrow.sinks.thread import SinkThread
from support.fake_tables import batches
from support.sink_files import SCHEMA, file_size_limit, table, write

FORMATS = ["parquet", "csv", "csv.gz", "arrow", "xlsx"]


def recut(whole: pa.Table, seed: int) -> list[pa.RecordBatch]:
    """The same rows in batches of other sizes, some of them empty."""
    chance, start = random.Random(seed), 0  # noqa: S311 - repeatable
    parts: list[pa.RecordBatch] = []
    whole = whole.combine_chunks()
    while start < whole.num_rows:
        size = chance.randrange(0, 90)
        parts += whole.slice(start, size).to_batches() or [pa.RecordBatch.from_pylist([], whole.schema)]
        start += size
    return parts


class TestEverySink:
    @pytest.mark.parametrize("form", FORMATS)
    def test_number_of_threads_does_not_change_the_bytes(self, tmp_path: Path, form: str) -> None:
        parts = batches("classifications", 700)
        files = [
            write(tmp_path / f"{threads}{attempt}.{form}", parts, threads=threads, footer={"a": "b"}).read_bytes()
            for threads in (1, 2, 4)
            for attempt in (1, 2)
        ]
        assert len(set(files)) == 1

    @pytest.mark.parametrize("form", ["parquet", "csv", "csv.gz", "xlsx"])
    def test_batch_sizes_do_not_change_the_bytes(self, tmp_path: Path, form: str) -> None:
        parts = batches("classifications", 700)
        options: dict[str, Any] = {"row_group_size": 256} if form == "parquet" else {}
        files = [write(tmp_path / f"0.{form}", parts, **options)]
        files += [write(tmp_path / f"{n}.{form}", recut(table(parts), n), **options) for n in (1, 2)]
        assert len({file.read_bytes() for file in files}) == 1

    @pytest.mark.parametrize("form", FORMATS)
    def test_empty_table_is_a_valid_file(self, tmp_path: Path, form: str) -> None:
        path = write(tmp_path / f"empty.{form}", [])
        if form == "parquet":
            assert pq.read_table(path).equals(table([]))
            assert duckdb.execute(f"select count(*) from '{path}'").fetchall() == [(0,)]
            assert pl.read_parquet(path).height == 0
        elif form == "arrow":
            assert pa.ipc.open_file(path).read_all().equals(table([]))
        elif form == "xlsx":
            assert pd.read_excel(path).shape == (0, 16)
        else:
            text = path.read_bytes()
            assert (gzip.decompress(text) if form == "csv.gz" else text).count(b"\n") == 1

    @pytest.mark.parametrize("form", FORMATS)
    def test_disk_error_is_raised_to_the_writer(
        self, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("crowdarrow.sinks.parquet.ROW_GROUP_BYTES", 50_000)
        parts, pool = batches("classifications", 1000), WorkerPool(2)
        sink = open_sink(tmp_path / f"a.{form}", SCHEMA, SinkOptions(), pool)
        with (
            file_size_limit(10_000),
            pytest.raises(OutputError, match=r"^cannot write out: file too large; it would be larger"),
            SinkThread({"t": sink}, pool, {"t": "out"}) as thread,
        ):
            feed(thread, "t", parts)


class RecordingSink:
    """A sink that records its calls."""

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


def feed(thread: SinkThread, table: str, parts: list[pa.RecordBatch]) -> None:
    """Write the batches, then close."""
    for part in parts:
        thread.write(table, part)
    thread.close({})


def interrupted(thread: SinkThread) -> None:
    """Write a batch, then raise."""
    thread.write("t", batches("marks", 10)[0])
    raise KeyboardInterrupt


class TestSinkThread:
    def test_batches_are_written_in_order_before_close(self) -> None:
        sink = RecordingSink()
        with SinkThread({"t": sink}, WorkerPool(1)) as thread:
            for size in (1, 2, 3):
                thread.write("t", batches("marks", size)[0])
            thread.close({"t": {"a": "b"}})
        assert sink.events == ["write 1", "write 2", "write 3", "close {'a': 'b'}"]

    def test_error_is_raised_to_the_writer_and_aborts_all_sinks(self) -> None:
        failing, other = RecordingSink(fail_at=1), RecordingSink()
        thread = SinkThread({"a": failing, "b": other}, WorkerPool(1))
        with pytest.raises(ValueError, match="broken"), thread:
            feed(thread, "a", batches("marks", 10) * 1000)
        assert failing.events[-1] == other.events[-1] == "abort"

    def test_exception_in_the_context_aborts(self) -> None:
        sink = RecordingSink()
        with pytest.raises(KeyboardInterrupt), SinkThread({"t": sink}, WorkerPool(1)) as thread:
            interrupted(thread)
        assert sink.events[-1] == "abort"
        assert not [event for event in sink.events if event.startswith("close")]

    def test_pending_bytes_are_limited_over_all_sinks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.sinks.thread.PENDING_BYTES", 5000)
        sinks = {"a": RecordingSink(), "b": RecordingSink()}
        with SinkThread(sinks, WorkerPool(1)) as thread:
            for _ in range(20):
                thread.write("a", batches("marks", 10)[0])
                thread.write("b", batches("marks", 20)[0])
            thread.close({})
        assert "flush" in sinks["b"].events
        assert sum(sink.pending for sink in sinks.values()) <= 5000

    def test_write_blocks_while_the_queue_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("crowdarrow.sinks.thread.QUEUE_BYTES", 1)
        sink = RecordingSink()
        with SinkThread({"t": sink}, WorkerPool(1)) as thread:
            for written in range(20):
                thread.write("t", batches("marks", 10)[0])
                assert len(sink.events) >= written - 1
            thread.close({})
        assert sink.events.count("write 10") == 20


class TestArrow:
    @pytest.mark.parametrize("codec", [None, "zstd"])
    def test_values_and_schema_round_trip(self, tmp_path: Path, codec: str | None) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.arrow", parts, compression=codec)
        assert pa.ipc.open_file(path).read_all().equals(table(parts))
        assert pl.read_ipc(path).height == 500


class TestOptions:
    @pytest.mark.parametrize(
        ("name", "form"),
        [
            ("a.parquet", "parquet"),
            ("A.CSV", "csv"),
            ("a.csv.gz", "csv.gz"),
            ("x/.b.arrow", "arrow"),
            ("a.XLSX", "xlsx"),
        ],
    )
    def test_format_is_inferred_from_the_extension(self, name: str, form: str) -> None:
        assert format_of(name) == form

    @pytest.mark.parametrize("name", ["a.txt", "a", "a.gz", "a.parquet.tmp"])
    def test_unknown_extension_is_rejected(self, name: str) -> None:
        with pytest.raises(UsageError, match="must end in"):
            format_of(name)

    @pytest.mark.parametrize(
        ("form", "options", "message"),
        [
            ("parquet", {"compression": "brotli"}, "must be one of zstd, snappy, gzip, none"),
            ("parquet", {"compression": "zstd", "compression_level": 23}, "levels -?[0-9]+ to 22"),
            ("parquet", {"compression": "snappy", "compression_level": 1}, "not to snappy"),
            ("parquet", {"row_group_size": 0}, "must be at least 1"),
            ("csv", {"row_group_size": 5}, "is for Parquet output"),
            ("csv", {"compression": "zstd"}, r"\.csv\.gz"),
            ("csv", {"compression_level": 3}, "levels 1 to 9"),
            ("csv.gz", {"compression_level": 10}, "levels 1 to 9"),
            ("xlsx", {"compression": "gzip"}, "have their own compression"),
            ("xlsx", {"excel": True}, "for CSV output; .xlsx files are for Excel without it"),
            ("arrow", {"compression": "snappy"}, "Arrow files can have"),
            ("arrow", {"compression_level": 3}, "`compression` zstd in Arrow files"),
        ],
    )
    def test_unsupported_option_is_rejected(self, form: str, options: dict[str, Any], message: str) -> None:
        with pytest.raises(UsageError, match=message):
            check_options(form, SinkOptions(**options))
