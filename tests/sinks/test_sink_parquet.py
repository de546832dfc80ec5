"""Parquet: what other readers find in the files, and what is in their footers."""

from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from crowdarrow.errors import OutputError
from support.fake_tables import SCHEMAS, batches
from support.sink_files import table, write


class TestParquet:
    def test_rows_and_types_come_back_in_every_reader(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts, row_group_size=200)
        assert pq.read_table(path).equals(table(parts))
        assert pl.read_parquet(path)["metadata"].to_list() == table(parts)["metadata"].to_pylist()
        query = f"select classification_id, metadata.viewport.height from '{path}' order by 1"
        rows = duckdb.execute(query).fetchall()
        assert [row[0] for row in rows] == table(parts)["classification_id"].to_pylist()
        assert [row[1] for row in rows] == [None if n % 4 == 1 else 719.5 for n in range(500)]

    def test_row_groups_have_exactly_the_rows_asked_for(self, tmp_path: Path) -> None:
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

    def test_more_row_groups_than_a_short_thrift_list_has(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts, row_group_size=10)
        assert pq.read_metadata(path).num_row_groups == 50
        assert pq.read_table(path).equals(table(parts))

    def test_chunks_stand_one_after_the_other_up_to_the_footer(self, tmp_path: Path) -> None:
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

    def test_a_file_equals_the_one_pyarrow_writes_in_all_but_place(self, tmp_path: Path) -> None:
        parts = batches("classifications", 500)
        path = write(tmp_path / "a.parquet", parts)
        ours = pq.read_metadata(path).row_group(0)
        other = tmp_path / "b.parquet"
        names = [ours.column(n).path_in_schema for n in range(ours.num_columns)]
        pq.write_table(
            table(parts), other, compression="zstd", compression_level=1, dictionary_pagesize_limit=8 << 20,
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

    def test_numbers_that_repeat_in_neighbouring_rows_alone_get_no_dictionary(self, tmp_path: Path) -> None:
        # Each record gives three rows: its id is new, its user and its place in the list are not.
        records = range(4000)
        batch = pa.record_batch(
            {
                "classification_id": [record for record in records for _ in range(3)],
                "created_at": pa.array(
                    [record * 10**6 for record in records for _ in range(3)], pa.timestamp("us", "UTC")
                ),
                "user_id": [record * 7 % 90 for record in records for _ in range(3)],
                "annotation_index": [place for _ in records for place in range(3)],
                "task": ["T0" for _ in records for _ in range(3)],
            }
        )
        group = pq.read_metadata(write(tmp_path / "a.parquet", [batch], batch.schema)).row_group(0)
        found = {group.column(n).path_in_schema: group.column(n).has_dictionary_page for n in range(5)}
        assert found == {
            "classification_id": False, "created_at": False, "user_id": True, "annotation_index": True, "task": True,
        }  # fmt: skip

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
        query = f"select workflow_id, count(*) from '{root}/**/*.parquet' group by 1 order by 1"
        assert duckdb.execute(query).fetchall() == [(7, 167), (8, 167), (9, 166)]

    def test_the_same_bytes_for_any_threads_and_several_row_groups(self, tmp_path: Path) -> None:
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

    def test_rows_wait_until_they_fill_a_row_group(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
