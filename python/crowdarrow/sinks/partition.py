"""Parquet in hive-style folders, `column=value/part-0.parquet`, for `--partition-by`."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.errors import OutputError, UsageError
from crowdarrow.sinks.base import Crew, SinkOptions
from crowdarrow.sinks.encoding import plan_encoding
from crowdarrow.sinks.parquet import ROW_GROUP_BYTES, ROW_GROUP_ROWS, Encoder, RowGroupFile, parquet_settings

MAX_PARTITIONS = 1024
ROWS_KEY = "crowdarrow.rows"
PART = "part-0.parquet"
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


class PartitionedSink:
    """A folder of Parquet files; a row's partition columns stand in its folder's name, not in the file.

    Rows are gathered up to a row group's size, then dealt out: each partition with rows among them gets one
    row group, in input order. With `row_group_rows` at most that many rows are gathered.
    """

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, crew: Crew) -> None:
        """Make the new folder `path`."""
        self.rows = self.pending = 0
        self._by, self._crew = options.partition_by, crew
        kept = [column for column, field in enumerate(schema) if field.name not in self._by]
        self._kept = kept
        self._schema, self._settings = schema, parquet_settings(options)
        self._file_schema = pa.schema([schema.field(column) for column in kept])
        self._limit = options.row_group_rows or ROW_GROUP_ROWS
        self._gathered: list[pa.RecordBatch] = []
        self._gathered_rows = 0
        self._files: dict[tuple[str, ...], RowGroupFile] = {}
        self._encoder: Encoder | None = None
        self._root = path
        path.mkdir()

    def write(self, batch: pa.RecordBatch) -> None:
        """Gather the batch; deal rows out whenever enough have come together."""
        self.rows += batch.num_rows
        while batch.num_rows:
            part = batch.slice(0, self._limit - self._gathered_rows)
            batch = batch.slice(part.num_rows)
            self._gathered.append(part)
            self._gathered_rows += part.num_rows
            self.pending += part.nbytes
            if self._gathered_rows == self._limit or self.pending >= ROW_GROUP_BYTES:
                self.flush()

    def flush(self) -> None:
        """Write what is gathered, one row group for each partition that has rows in it."""
        if not self._gathered:
            return
        table = pa.Table.from_batches(self._gathered, self._schema)
        self._gathered, self._gathered_rows, self.pending = [], 0, 0
        codes, names = self._codes(table)
        order = pc.sort_indices(codes)  # stable, so the input's order holds within a partition
        # One chunk, or else each partition's take would put all chunks together anew.
        values = table.select(self._kept).combine_chunks()
        if self._encoder is None:
            plan = plan_encoding(values.to_batches(), self._file_schema)
            self._encoder = Encoder(self._file_schema, self._settings, plan)
        start = 0
        for run in pc.value_counts(codes.take(order)).to_pylist():
            rows = values.take(order.slice(start, run["counts"]))
            start += run["counts"]
            file = self._file(names[run["values"]])
            file.append(rows.to_batches(), self._encoder)
            file.park()

    def close(self, footer: dict[str, str]) -> None:
        """Write the rest and all footers, and check the files."""
        self.flush()
        if self._encoder is None:  # no rows: one file that has all columns says so
            plan = plan_encoding([], self._schema)
            RowGroupFile(self._root / PART, self._crew).finish(
                Encoder(self._schema, self._settings, plan), footer
            )
            return
        for file in self._files.values():
            file.finish(self._encoder, {**footer, ROWS_KEY: str(file.rows)} if footer else {})

    def abort(self) -> None:
        """Nothing is held open between two flushes."""
        self._gathered.clear()

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

    def _file(self, name: tuple[str, ...]) -> RowGroupFile:
        file = self._files.get(name)
        if file is None:
            if len(self._files) == MAX_PARTITIONS:
                msg = (
                    f"--partition-by {','.join(self._by)} makes more than {MAX_PARTITIONS} partitions; "
                    "choose columns with fewer values, or narrow the rows (--workflow-id, --since, --until)"
                )
                raise OutputError(msg)
            folder = self._root.joinpath(*name)
            folder.mkdir(parents=True)
            file = self._files[name] = RowGroupFile(folder / PART, self._crew)
        return file


def _folder(column: str, value: object) -> str:
    text = _NULL if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"{quote(column, safe='')}={quote(text, safe=' ')}"
