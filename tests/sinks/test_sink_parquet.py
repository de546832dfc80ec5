"""The Parquet sink: what other readers read, how files are encoded, and what footers contain."""

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from crowdarrow._core import ParquetWriter, WorkerPool
from crowdarrow.errors import InternalError, OutputError
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.registry import open_sink
from support.fake_tables import SCHEMAS, batches
from support.sink_files import table, write


class TestParquet:
    def test_values_and_schema_round_trip_in_every_reader(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts, row_group_size=200)
        assert pq.read_table(path).equals(table(parts))
        assert pl.read_parquet(path).to_dicts() == table(parts).to_pylist()
        frame = pd.read_parquet(path, dtype_backend="pyarrow")
        assert str(frame["created_at"].dtype) == "timestamp[us, tz=UTC][pyarrow]"
        assert frame["annotations"].tolist() == table(parts)["annotations"].to_pylist()
        query = f"select classification_id, metadata.viewport.height from '{path}' order by 1"
        rows = duckdb.execute(query).fetchall()
        assert [row[0] for row in rows] == table(parts)["classification_id"].to_pylist()
        assert [row[1] for row in rows] == [None if n % 4 == 1 else 719.5 for n in range(500)]
        types = dict(duckdb.execute(f"select column_name, column_type from (describe from '{path}')").fetchall())
        assert types["created_at"] == "TIMESTAMP WITH TIME ZONE"
        assert types["subject_ids"] == "BIGINT[]"
        assert types["metadata"].startswith('STRUCT("session" VARCHAR, viewport STRUCT(width DOUBLE, height DOUBLE)')

    def test_row_group_size_is_exact(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("classifications", 500), row_group_size=150)
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

    def test_many_row_groups(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts, row_group_size=10)
        assert pq.read_metadata(path).num_row_groups == 50
        assert pq.read_table(path).equals(table(parts))

    def test_column_chunks_are_contiguous(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("classifications", 500), row_group_size=200)
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

    def test_metadata_equals_that_of_a_file_written_by_pyarrow(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts)
        ours = pq.read_metadata(path)
        columns = [ours.row_group(0).column(n) for n in range(ours.num_columns)]
        pq.write_table(
            table(parts), tmp_path / "b.parquet", compression="zstd",
            use_dictionary=[column.path_in_schema for column in columns if column.has_dictionary_page],
            write_statistics=[column.path_in_schema for column in columns if column.statistics is not None],
        )  # fmt: skip
        theirs = pq.read_metadata(tmp_path / "b.parquet")
        assert ours.schema == theirs.schema
        for number, column in enumerate(columns):
            other = theirs.row_group(0).column(number)
            for name in ("physical_type", "num_values", "path_in_schema", "compression", "has_dictionary_page"):
                assert getattr(column, name) == getattr(other, name)
            if column.statistics is not None:
                assert column.statistics.null_count == other.statistics.null_count
                # Minimum and maximum of floats have a column order that pyarrow does not read yet.
                if column.physical_type != "DOUBLE":
                    assert (column.statistics.min, column.statistics.max) == (
                        other.statistics.min,
                        other.statistics.max,
                    )

    def test_repeated_values_get_a_dictionary_and_short_text_statistics(self, tmp_path: Path) -> None:
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

    def test_numbers_repeated_only_in_adjacent_rows_get_no_dictionary(self, tmp_path: Path) -> None:
        # Each record has three rows. Only its id and its time are unique.
        records = range(4000)
        batch = pa.record_batch(
            {
                "classification_id": [record for record in records for _ in range(3)],
                "created_at": pa.array(
                    [record * 10**6 for record in records for _ in range(3)], pa.timestamp("us", "UTC")
                ),
                "user_id": [record * 7 % 90 for record in records for _ in range(3)],
                "annotation_index": [index for _ in records for index in range(3)],
                "task": ["T0" for _ in records for _ in range(3)],
            }
        )
        group = pq.read_metadata(write(tmp_path / "a.parquet", [batch], batch.schema)).row_group(0)
        found = {group.column(n).path_in_schema: group.column(n).has_dictionary_page for n in range(5)}
        assert found == {
            "classification_id": False, "created_at": False, "user_id": True, "annotation_index": True, "task": True,
        }  # fmt: skip

    def test_repeated_long_text_gets_a_dictionary(self, tmp_path: Path) -> None:
        subjects = [f'{{"{n}":"{"x" * 3000}"}}' for n in range(1500)]
        batch = pa.record_batch({"subject_data": [subjects[n * 7 % 1500] for n in range(6000)]})
        path = write(tmp_path / "a.parquet", [batch], batch.schema, compression="none")
        chunk = pq.read_metadata(path).row_group(0).column(0)
        assert chunk.has_dictionary_page
        assert chunk.total_compressed_size < 1500 * 3100

    def test_footer_entries(self, tmp_path: Path) -> None:
        path = write(tmp_path / "a.parquet", batches("marks", 10), SCHEMAS["marks"], footer={"k": "väl", "l": ""})
        meta = pq.read_metadata(path).metadata
        assert meta[b"k"] == "väl".encode()
        assert meta[b"l"] == b""
        assert pq.read_schema(path).equals(SCHEMAS["marks"])

    @pytest.mark.parametrize("codec", ["zstd", "snappy", "gzip", "none"])
    def test_codec_is_used(self, tmp_path: Path, codec: str) -> None:
        parts = batches("classifications", 300)
        path = write(tmp_path / "a.parquet", parts, compression=codec)
        found = pq.read_metadata(path).row_group(0).column(0).compression
        assert found == ("UNCOMPRESSED" if codec == "none" else codec.upper())
        assert pq.read_table(path).equals(table(parts))

    def test_higher_level_gives_a_smaller_file(self, tmp_path: Path) -> None:
        parts = batches("classifications", 3000)
        small = write(tmp_path / "a.parquet", parts, compression="zstd", compression_level=15).stat().st_size
        assert small < write(tmp_path / "b.parquet", parts).stat().st_size


class TestVerification:
    @pytest.mark.parametrize("fault", ["rows", "schema", "missing entry", "wrong entry"])
    @pytest.mark.parametrize("partition_by", [(), ("workflow_id",)])
    def test_file_that_reads_back_differently_is_an_error(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, partition_by: tuple[str, ...]
    ) -> None:
        class FaultyWriter:
            def __init__(self, path: Path, schema: pa.Schema, **options: Any) -> None:
                if fault == "schema":
                    schema = schema.set(0, schema.field(0).with_nullable(nullable=False))
                self._writer = ParquetWriter(path, schema, **options)

            def write_row_group(self, batches: list[pa.RecordBatch]) -> None:
                self._writer.write_row_group([batch.slice(1) for batch in batches] if fault == "rows" else batches)

            def finish(self, entries: list[tuple[str, str]]) -> None:
                (key, value), *rest = entries
                changed = {"missing entry": rest, "wrong entry": [(key, value + "x"), *rest]}
                self._writer.finish(changed.get(fault, entries))

            def release(self) -> None:
                self._writer.release()

            def abort(self) -> None:
                self._writer.abort()

        monkeypatch.setattr("crowdarrow.sinks.parquet.ParquetWriter", FaultyWriter)
        with pytest.raises(InternalError, match="does not read back as it was written"):
            write(
                tmp_path / "a.parquet", batches("marks", 10), SCHEMAS["marks"], footer={"a": "b", "c": "d"},
                partition_by=partition_by,
            )  # fmt: skip

    def test_cancelled_pool_ends_the_encoding(self, tmp_path: Path) -> None:
        pool = WorkerPool(1)
        sink = open_sink(tmp_path / "a.parquet", SCHEMAS["marks"], SinkOptions(), pool)
        sink.write(batches("marks", 10)[0])
        pool.cancel()
        with pytest.raises(InternalError, match="cancelled"):
            sink.flush()
        sink.abort()


class TestPartitions:
    def test_each_value_has_a_folder_whose_rows_keep_their_order(self, tmp_path: Path) -> None:
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
        query = f"select workflow_id, count(*) from '{root}/**/*.parquet' group by 1 order by 1"
        assert duckdb.execute(query).fetchall() == [(7, 167), (8, 167), (9, 166)]

    def test_number_of_threads_does_not_change_the_bytes(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        roots = [
            write(
                tmp_path / f"{threads}.parquet",
                parts,
                partition_by=("workflow_id",),
                row_group_size=120,
                threads=threads,
            )
            for threads in (1, 3)
        ]
        left, right = (
            {file.relative_to(root): file.read_bytes() for file in root.rglob("*.parquet")} for root in roots
        )
        assert left == right
        meta = pq.read_metadata(roots[0] / "workflow_id=7/part-0.parquet")
        assert [meta.row_group(n).num_rows for n in range(meta.num_row_groups)] == [120, 47]

    def test_rows_are_kept_until_they_fill_a_row_group(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        parts = batches("classifications", 2000)
        monkeypatch.setattr("crowdarrow.sinks.partition._DISTRIBUTE_BYTES", 2 * parts[0].nbytes)
        monkeypatch.setattr("crowdarrow.sinks.partition.ROW_GROUP_BYTES", 3 * parts[0].nbytes)
        root = write(tmp_path / "p.parquet", parts, partition_by=("workflow_id",))
        assert sorted(path.name for path in root.rglob("*") if path.is_file()) == ["part-0.parquet"] * 3
        for file in root.rglob("*.parquet"):
            meta = pq.read_metadata(file)
            assert meta.num_row_groups == 2
        read = ds.dataset(root, partitioning="hive").to_table(columns=["classification_id"])
        assert sorted(read[0].to_pylist()) == list(range(1000, 3000))

    def test_text_in_folder_names_is_escaped_and_round_trips(self, tmp_path: Path) -> None:
        names = ["a/b", "..", "ä=%", "", None, "x y"]
        batch = pa.record_batch({"name": names, "n": list(range(6))})
        root = write(tmp_path / "p.parquet", [batch], batch.schema, partition_by=("name",))
        read = ds.dataset(root, partitioning=ds.partitioning(pa.schema([("name", pa.string())]), flavor="hive"))
        rows = sorted(read.to_table().to_pylist(), key=lambda row: row["n"])
        assert [row["name"] for row in rows] == names

    def test_empty_table_has_a_schema(self, tmp_path: Path) -> None:
        root = write(tmp_path / "p.parquet", [], partition_by=("workflow_id",))
        assert ds.dataset(root).to_table().equals(table([]))

    def test_too_many_partitions_are_an_error_with_advice(self, tmp_path: Path) -> None:
        batch = pa.record_batch({"id": list(range(2000)), "n": list(range(2000))})
        with pytest.raises(OutputError, match="more than 1024 partitions; choose columns with fewer values"):
            write(tmp_path / "p.parquet", [batch], batch.schema, partition_by=("id",))
