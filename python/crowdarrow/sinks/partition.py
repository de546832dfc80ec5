"""Parquet in hive-style folders, `column=value/part-0.parquet`, for `--partition-by`."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.errors import OutputError, UsageError
from crowdarrow.sinks.base import PART, ROWS_KEY, Crew, parquet_settings
from crowdarrow.sinks.encoding import plan_encoding
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.parquet import ROW_GROUP_BYTES, Encoder, ParquetSink

MAX_PARTITIONS = 1024
_DEALT_BYTES = 24 << 20
_NULL = "__HIVE_DEFAULT_PARTITION__"  # what Hive, Spark, Arrow and DuckDB read as null


def check_partition_columns(columns: tuple[str, ...], schema: pa.Schema, table: str) -> None:
    """Raise `UsageError` unless each column is there and has a type whose values can name a folder."""
    for name in columns:
        if name not in schema.names:
            fit = ", ".join(field.name for field in schema if _can_name_folders(field.type))
            msg = f"--partition-by {name}: no such column in table {table}; it could be {fit}"
            raise UsageError(msg)
        kind = schema.field(name).type
        if not _can_name_folders(kind):
            msg = f"--partition-by {name}: its type is {kind}; whole numbers, text and booleans name folders"
            raise UsageError(msg)
    if len(set(columns)) == len(schema):
        msg = "--partition-by takes every column of the table; leave at least one for the files"
        raise UsageError(msg)


def _can_name_folders(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind))


class _LateFile:
    """A file for pyarrow to write to that is open only while `settle` runs, since partitions may be many."""

    def __init__(self, path: Path) -> None:
        self.path, self.closed = path, False
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing; `settle` writes."""

    def close(self) -> None:
        self.closed = True

    def settle(self) -> None:
        with self.path.open("ab") as file:
            file.writelines(self._parts)
        self._parts.clear()


class _Partition:
    """One Parquet file. Its rows wait in an Arrow file beside it until they fill a row group."""

    def __init__(self, path: Path, encoder: Encoder, options: SinkOptions, crew: Crew) -> None:
        self._schema, self._exact = encoder.schema, options.row_group_size is not None
        self._sink = ParquetSink(path, encoder.schema, options, crew, encoder=encoder)
        self._sink.park()
        self._waiting = _LateFile(path.with_suffix(".waiting"))
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._bytes = 0

    def append(self, rows: pa.Table) -> None:
        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
            self._writer = pa.ipc.new_stream(self._waiting, self._schema, options=options)
        self._writer.write_table(rows)
        self._waiting.settle()
        self._bytes += rows.nbytes

    def encode_if_full(self) -> None:
        # Row groups of an exact number of rows are cut at the end, over all of the rows.
        if self._bytes >= ROW_GROUP_BYTES and not self._exact:
            self._encode()
            self._sink.flush()
            self._sink.park()

    def finish(self, footer: dict[str, str]) -> None:
        self._encode()
        self._sink.close({**footer, ROWS_KEY: str(self._sink.rows)} if footer else {})

    def abort(self) -> None:
        self._sink.abort()

    def _encode(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._waiting.settle()
        with pa.OSFile(str(self._waiting.path)) as file, pa.ipc.open_stream(file) as batches:
            for batch in batches:
                self._sink.write(batch)
        self._waiting.path.unlink()
        self._writer, self._bytes = None, 0


class PartitionedSink:
    """A folder of Parquet files; a row's partition columns stand in its folder's name, not in the file.

    Rows are gathered, then dealt out to the partitions, where they wait on disk (compressed, in the output's
    folder) until there are enough of them for a row group of the usual size: memory does not grow with the
    number of partitions, and files do not fall to pieces.
    """

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, crew: Crew) -> None:
        """Make the new folder `path`."""
        self.rows = self.pending = 0
        self._root, self._schema, self._options, self._crew = path, schema, options, crew
        self._by = options.partition_by
        self._kept = [column for column, field in enumerate(schema) if field.name not in self._by]
        self._gathered: list[pa.RecordBatch] = []
        self._partitions: dict[tuple[str, ...], _Partition] = {}
        self._encoder: Encoder | None = None
        path.mkdir()

    def write(self, batch: pa.RecordBatch) -> None:
        """Gather the batch; deal rows out whenever enough have come together."""
        if batch.num_rows:
            self.rows += batch.num_rows
            self.pending += batch.nbytes
            self._gathered.append(batch)
            if self.pending >= _DEALT_BYTES:
                self.flush()

    def flush(self) -> None:
        """Deal out what is gathered."""
        if self._gathered:
            for partition in self._deal_out():
                partition.encode_if_full()

    def close(self, footer: dict[str, str]) -> None:
        """Write the rest and all footers, and check the files."""
        self.flush()
        if not self._partitions:  # no rows: one file that has all columns says so
            encoder = self._make_encoder(pa.Table.from_batches([], self._schema))
            self._partitions[()] = _Partition(self._root / PART, encoder, self._options, self._crew)
        for partition in self._partitions.values():
            partition.finish(footer)

    def abort(self) -> None:
        """Let go of all files."""
        self._gathered.clear()
        for partition in self._partitions.values():
            partition.abort()

    def _deal_out(self) -> list[_Partition]:
        """Give each partition its rows of what is gathered; the partitions that got some."""
        table = pa.Table.from_batches(self._gathered, self._schema)
        self._gathered, self.pending = [], 0
        codes, names = self._codes(table)
        order = pc.sort_indices(codes)  # stable, so the input's order holds within a partition
        # One chunk, or else each partition's take would put all chunks together anew.
        values = table.select(self._kept).combine_chunks()
        del table
        # One plan for all: making one for each of many small files would take longer than encoding them.
        self._encoder = self._encoder or self._make_encoder(values)
        shares, start = [], 0
        for run in pc.value_counts(codes.take(order)).to_pylist():
            shares.append((self._partition(names[run["values"]], self._encoder), order.slice(start, run["counts"])))
            start += run["counts"]
        self._crew.map(lambda share: share[0].append(values.take(share[1])), shares)
        return [partition for partition, _ in shares]

    def _codes(self, table: pa.Table) -> tuple[pa.Array, list[tuple[str, ...]]]:
        """For each row the number of its partition (by first appearance), and the partitions' folders."""
        combined: Any = pa.scalar(0, pa.int64())
        columns: list[list[str]] = []
        for name in self._by:
            encoded = table[name].combine_chunks().dictionary_encode(null_encoding="encode")
            texts = [_folder(name, value) for value in encoded.dictionary.to_pylist()]
            code = encoded.indices.cast(pa.int64())
            combined = pc.add(pc.multiply(combined, len(texts)), code)
            columns.append(texts)
        encoded = combined.dictionary_encode()
        names = []
        for number in encoded.dictionary.to_pylist():
            parts, rest = [], number
            for texts in reversed(columns):
                rest, place = divmod(rest, len(texts))
                parts.append(texts[place])
            names.append(tuple(reversed(parts)))
        return encoded.indices, names

    def _make_encoder(self, values: pa.Table) -> Encoder:
        plan = plan_encoding(values.to_batches(), values.schema)
        return Encoder(values.schema, parquet_settings(self._options), plan)

    def _partition(self, name: tuple[str, ...], encoder: Encoder) -> _Partition:
        found = self._partitions.get(name)
        if found is None:
            if len(self._partitions) == MAX_PARTITIONS:
                msg = (
                    f"--partition-by {','.join(self._by)} makes more than {MAX_PARTITIONS} partitions; "
                    "choose columns with fewer values, or narrow the rows (--workflow-id, --since, --until)"
                )
                raise OutputError(msg)
            folder = self._root.joinpath(*name)
            folder.mkdir(parents=True)
            found = _Partition(folder / PART, encoder, self._options, self._crew)
            self._partitions[name] = found
        return found


def _folder(column: str, value: object) -> str:
    text = _NULL if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{quote(column, safe='')}={quote(text, safe=' ')}"
