"""Hive-style folders of Parquet files: `column=value/part-0.parquet`."""

import errno
import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow._core import WorkerPool
from crowdarrow.errors import InternalError, OutputError, UsageError
from crowdarrow.options import shown
from crowdarrow.sinks.encoding import EncodingPlan, plan_encoding
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.parquet import ROW_GROUP_BYTES, ParquetSink
from crowdarrow.sinks.protocol import PARTITION_FILE, ROWS_KEY
from crowdarrow.suggest import hint

MAX_PARTITIONS = 1024
# Pending bytes at which rows are distributed to their partitions.
_DISTRIBUTE_BYTES = 24 << 20
_NULL = "__HIVE_DEFAULT_PARTITION__"  # read as null by Hive, Spark, Arrow and DuckDB
# The folder of the text `_NULL`. Hive, Spark and DuckDB compare with null before they decode the name, so they read the
# text. Arrow and Polars decode first: no name makes them read this text.
_NULL_TEXT = "%5F" + _NULL[1:]


def check_partition_columns(columns: tuple[str, ...], schema: pa.Schema, table: str) -> None:
    """Raise `UsageError` unless the table has each column and its values can name folders."""
    for name in columns:
        if name not in schema.names:
            usable = [field.name for field in schema if _can_name_folders(field.type)]
            what = f"no such column in table {table}{hint(name, usable)}; it could be {', '.join(usable)}"
            msg = f"`partition_by` {shown(name, quoted=False)}: {what}"
            raise UsageError(msg)
        kind = schema.field(name).type
        if not _can_name_folders(kind):
            msg = f"`partition_by` {name}: its type is {kind}; whole numbers, text and booleans name folders"
            raise UsageError(msg)
    if len(set(columns)) == len(schema):
        msg = "`partition_by` takes every column of the table; leave at least one for the files"
        raise UsageError(msg)


def _can_name_folders(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_boolean(kind))


class _BufferedFile:
    """A file object for pyarrow that is open only during `save`, because there may be many partitions."""

    def __init__(self, path: Path) -> None:
        self.path, self.closed = path, False
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: `save` writes the bytes."""

    def close(self) -> None:
        self.closed = True

    def save(self) -> None:
        with self.path.open("ab") as file:
            file.writelines(self._chunks)
        self._chunks.clear()


class _Partition:
    """The Parquet file of one partition. Rows are kept in an Arrow file beside it until they fill a row group.

    Attributes:
        rows: number of rows that belong to the partition, counted by the caller before `append`.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool, encoding: EncodingPlan | None
    ) -> None:  # fmt: skip
        self._schema, self._exact = schema, options.row_group_size is not None
        self._sink = ParquetSink(path, schema, options, pool, encoding=encoding)
        self._spill = _BufferedFile(path.with_suffix(".waiting"))
        self._writer: pa.RecordBatchStreamWriter | None = None
        self.rows = self._bytes = 0
        self._lock = threading.Lock()  # two threads that write to one Arrow file corrupt it

    def append(self, rows: pa.Table) -> None:
        with self._lock:
            if self._writer is None:
                options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
                self._writer = pa.ipc.new_stream(self._spill, self._schema, options=options)
            self._writer.write_table(rows)
            self._spill.save()
            self._bytes += rows.nbytes

    def encode_if_full(self) -> None:
        # Row groups of an exact size are cut at the end, when all rows are known.
        if self._bytes >= ROW_GROUP_BYTES and not self._exact:
            self._encode()
            self._sink.flush()
            self._sink.release()

    def finish(self, footer: dict[str, str]) -> None:
        self._encode()
        if self._sink.rows != self.rows:
            msg = (
                f"internal error: {self._sink.rows} of {self.rows} rows are in {self._spill.path.parent}; "
                "no file was changed; please report this"
            )
            raise InternalError(msg)
        self._sink.close({**footer, ROWS_KEY: str(self._sink.rows)} if footer else {})

    def abort(self) -> None:
        self._sink.abort()

    def _encode(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._spill.save()
        with pa.OSFile(os.fsencode(self._spill.path)) as file, pa.ipc.open_stream(file) as batches:
            for batch in batches:
                self._sink.write(batch)
        self._spill.path.unlink()
        self._writer, self._bytes = None, 0


class PartitionedSink:
    """A folder of Parquet files. The partition columns are in the folders' names and not in the files.

    Pending rows are distributed to the partitions, which keep them on disk (compressed, in the output folder) until
    they fill a row group of the usual size. Memory does not grow with the number of partitions, and no small row
    groups are written.
    """

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool) -> None:
        """Create the folder."""
        self.rows = self.pending = 0
        self._root, self._schema, self._options, self._pool = path, schema, options, pool
        self._by = options.partition_by
        self._kept = [column for column, field in enumerate(schema) if field.name not in self._by]
        self._batches: list[pa.RecordBatch] = []
        self._partitions: dict[tuple[str, ...], _Partition] = {}
        self._encoding: EncodingPlan | None = None
        path.mkdir()

    def write(self, batch: pa.RecordBatch) -> None:
        """Keep the batch; distribute the rows once enough are pending."""
        if batch.num_rows:
            self.rows += batch.num_rows
            self.pending += batch.nbytes
            self._batches.append(batch)
            if self.pending >= _DISTRIBUTE_BYTES:
                self.flush()

    def flush(self) -> None:
        """Distribute the pending rows."""
        if self._batches:
            for partition in self._distribute():
                partition.encode_if_full()

    def close(self, footer: dict[str, str]) -> None:
        """Encode the remaining rows, write all footers and verify the files."""
        self.flush()
        if not self._partitions:  # without rows, a single file with all columns states the schema
            path = self._root / PARTITION_FILE
            self._partitions[()] = _Partition(path, self._schema, self._options, self._pool, None)
        for partition in self._partitions.values():
            partition.finish(footer)
        if (written := sum(partition.rows for partition in self._partitions.values())) != self.rows:
            msg = (
                f"internal error: {self.rows} rows were received, but the partitions have {written}; "
                "no file was changed; please report this"
            )
            raise InternalError(msg)

    def abort(self) -> None:
        """Close all files as they are."""
        self._batches.clear()
        for partition in self._partitions.values():
            partition.abort()

    def _distribute(self) -> list[_Partition]:
        """Append the pending rows to their partitions; returns the partitions that received rows."""
        table = pa.Table.from_batches(self._batches, self._schema)
        self._batches, self.pending = [], 0
        codes, names = self._codes(table)
        order = pc.sort_indices(codes)  # stable: rows of a partition keep the order of the input
        # A single chunk: otherwise each call of `take` would concatenate all chunks again.
        values = table.select(self._kept).combine_chunks()
        del table
        # One encoding plan for all partitions: planning for each of many small files takes longer than encoding them.
        self._encoding = self._encoding or plan_encoding(values.to_batches(), values.schema)
        parts, start = [], 0
        for run in pc.value_counts(codes.take(order)).to_pylist():
            partition = self._partition(names[run["values"]], values.schema)
            parts.append((partition, order.slice(start, run["counts"])))
            partition.rows += run["counts"]
            start += run["counts"]
        if len({partition for partition, _ in parts}) != len(parts):  # each is given to one thread
            msg = "internal error: two values of `partition_by` have the same folder; please report this"
            raise InternalError(msg)
        self._pool.map(lambda part: part[0].append(values.take(part[1])), parts)
        return [partition for partition, _ in parts]

    def _codes(self, table: pa.Table) -> tuple[pa.Array, list[tuple[str, ...]]]:
        """Partition number of each row, by first appearance, and the folder names of each partition."""
        combined: Any = pa.scalar(0, pa.int64())
        columns: list[list[str]] = []
        for name in self._by:
            encoded = table[name].combine_chunks().dictionary_encode(null_encoding="encode")
            folders = [_folder(name, value) for value in encoded.dictionary.to_pylist()]
            code = encoded.indices.cast(pa.int64())
            combined = pc.add(pc.multiply(combined, len(folders)), code)
            columns.append(folders)
        encoded = combined.dictionary_encode()
        names = []
        for number in encoded.dictionary.to_pylist():
            path, rest = [], number
            for folders in reversed(columns):
                rest, index = divmod(rest, len(folders))
                path.append(folders[index])
            names.append(tuple(reversed(path)))
        return encoded.indices, names

    def _partition(self, name: tuple[str, ...], schema: pa.Schema) -> _Partition:
        found = self._partitions.get(name)
        if found is None:
            if len(self._partitions) == MAX_PARTITIONS:
                msg = (
                    f"`partition_by` {','.join(self._by)} makes more than {MAX_PARTITIONS} partitions; "
                    "choose columns with fewer values, or filter the rows"
                )
                raise OutputError(msg)
            folder = self._root.joinpath(*name)
            try:
                folder.mkdir(parents=True)
            except OSError as error:
                if error.errno != errno.ENAMETOOLONG:
                    raise
                values = shown(unquote("/".join(name)))
                msg = f"`partition_by` {','.join(self._by)}: a value is too long to name a folder: {values}"
                raise OutputError(msg) from error
            found = _Partition(folder / PARTITION_FILE, schema, self._options, self._pool, self._encoding)
            self._partitions[name] = found
        return found


def _folder(column: str, value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    name = _NULL if value is None else _NULL_TEXT if text == _NULL else quote(text, safe=" ")
    return f"{quote(column, safe='')}={name}"
