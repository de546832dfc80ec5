"""Parquet files. The engine encodes the columns of a row group in parallel."""

from pathlib import Path

import pyarrow as pa

from crowdarrow._core import Batch, ParquetWriter, WorkerPool
from crowdarrow.errors import InternalError
from crowdarrow.sinks.compression import parquet_codec
from crowdarrow.sinks.encoding import EncodingPlan, plan_encoding
from crowdarrow.sinks.options import SinkOptions

# Large enough for the repeated values of many rows to share one dictionary. Small enough that one row group being
# encoded and the next one being filled stay far below the memory limit.
ROW_GROUP_BYTES = 32 << 20
ROW_GROUP_ROWS = 1 << 20


class ParquetSink:
    """A Parquet file. Where row groups are cut depends only on the rows, never on timing."""

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool, *,
                 encoding: EncodingPlan | None = None) -> None:  # fmt: skip
        """Create the file. Without `encoding`, the encoding is planned from the first row group."""
        self.rows = self.pending = 0
        self._path, self._schema, self._pool = path, schema, pool
        self._codec, self._level = parquet_codec(options)
        self._exact, self._limit = options.row_group_size, options.row_group_size or ROW_GROUP_ROWS
        self._batches: list[pa.RecordBatch | Batch] = []
        self._batch_rows = 0
        self._encoding = encoding
        self._file: ParquetWriter | None = None
        path.touch(exist_ok=False)

    def write(self, batch: pa.RecordBatch | Batch) -> None:
        """Keep the batch; encode a row group once it is full."""
        rows, start = batch.num_rows, 0
        self.rows += rows
        while start < rows:
            room = self._limit - self._batch_rows
            part = batch if not start and rows <= room else batch.slice(start, room)
            start += part.num_rows
            self._batches.append(part)
            self._batch_rows += part.num_rows
            self.pending += part.nbytes
            if self._batch_rows == self._limit or (not self._exact and self.pending >= ROW_GROUP_BYTES):
                self._encode()

    def flush(self) -> None:
        """Encode the pending rows as a row group, unless row groups have an exact size."""
        if not self._exact:
            self._encode()

    def close(self, footer: dict[str, str]) -> None:
        """Encode the last row group, write the footer and verify the file."""
        self._encode()
        self._open().finish(list(footer.items()))
        rows, schema, entries = _facts(self._path)
        if (
            rows != self.rows
            or not schema.equals(self._schema)
            or any(entries.get(key.encode()) != value.encode() for key, value in footer.items())
        ):
            msg = f"internal error: {self._path} does not read back as it was written; please report this"
            raise InternalError(msg)

    def release(self) -> None:
        """Close the file until the next row group is written."""
        if self._file:
            self._file.release()

    def abort(self) -> None:
        """Close the file as it is."""
        self._batches.clear()
        if self._file:
            self._file.abort()

    def _encode(self) -> None:
        if self._batches:
            self._open().write_row_group(self._batches)
            self._batches, self._batch_rows, self.pending = [], 0, 0

    def _open(self) -> ParquetWriter:
        if self._file is None:
            encoding = self._encoding or plan_encoding(self._batches, self._schema)
            self._file = ParquetWriter(
                self._path, self._schema, pool=self._pool, compression=self._codec, level=self._level,
                dictionary=encoding.dictionary, statistics=encoding.statistics,
            )  # fmt: skip
        return self._file


def _facts(path: Path) -> tuple[int, pa.Schema, dict[bytes, bytes]]:
    """The rows, the schema and the entries of the footer of a Parquet file, as pyarrow reads it."""
    with path.open("rb") as file:  # pyarrow takes no name of bytes
        try:
            from pyarrow._parquet import ParquetReader
        except ImportError:
            import pyarrow.parquet as pq

            with pq.ParquetFile(file) as written:
                return written.metadata.num_rows, written.schema_arrow, written.metadata.metadata or {}
        # What `pyarrow.parquet` reads with; it also loads all file systems and TLS, a tenth of the time of a small run.
        reader = ParquetReader()
        reader.open(file)
        return reader.metadata.num_rows, reader.schema_arrow, reader.metadata.metadata or {}
