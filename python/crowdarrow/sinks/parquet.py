"""Parquet files, encoded column by column on several threads.

One thread of pyarrow's writer does 0.3 to 0.5 GB/s of Arrow data, less than what is parsed in that time, and
it has no switch that spreads one file over threads. So each row group's columns are encoded as small files, a few
columns each, and put together by `splice`. Measured on the table of `encoding` with two threads: 0.33 s become
0.20 s without dictionaries, 0.28 s become 0.15 s with them; on one thread it costs nothing. The bytes do not
depend on the number of threads.
"""

import contextlib
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from crowdarrow.errors import InternalError
from crowdarrow.sinks import splice
from crowdarrow.sinks.compression import parquet_settings
from crowdarrow.sinks.encoding import ColumnEncoding, plan_encoding
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.workers import WorkerPool

# Enough for the values of a subject's or user's classifications to meet in one dictionary, few enough that a
# row group being encoded and the next one being gathered stay far below the memory limit.
ROW_GROUP_BYTES = 32 << 20
ROW_GROUP_ROWS = 1 << 20
# Of a row group, to be encoded one by one: several for each of four threads. More find nothing to do: most of a table's
# bytes are in two or three columns.
_SHARES = 16


@dataclass(frozen=True)
class Encoder:
    """Turns the batches of one row group into column chunks."""

    schema: pa.Schema
    settings: dict[str, Any]
    plan: list[ColumnEncoding]

    def columns(self, places: list[int], batches: list[pa.RecordBatch]) -> splice.Part:
        """The chunks of the top-level columns at these places, in this order."""
        fields = [self.schema.field(place) for place in places]
        values = [
            pa.chunked_array([batch.column(place) for batch in batches], field.type)
            for place, field in zip(places, fields, strict=True)
        ]
        table = pa.Table.from_arrays(values, schema=pa.schema(fields))
        plans = [self.plan[place] for place in places]
        stream = pa.BufferOutputStream()
        with pq.ParquetWriter(
            stream, table.schema, store_schema=False,
            use_dictionary=[path for plan in plans for path in plan.dictionary],
            write_statistics=[path for plan in plans for path in plan.statistics],
            **self.settings,
        ) as writer:  # fmt: skip
            writer.write_table(table, row_group_size=table.num_rows)
        return splice.take_apart(memoryview(stream.getvalue()).cast("B"), [leaves(field.type) for field in fields])

    def empty(self, footer: dict[str, str]) -> memoryview:
        """A file of the whole schema without rows."""
        stream = pa.BufferOutputStream()
        with pq.ParquetWriter(stream, self.schema, **self.settings) as writer:
            if footer:
                writer.add_key_value_metadata(footer)
        return memoryview(stream.getvalue()).cast("B")


class RowGroupFile:
    """A Parquet file that grows by whole row groups."""

    def __init__(self, path: Path, pool: WorkerPool) -> None:
        """Make a new file at `path`."""
        self.path, self.rows = path, 0
        self._pool = pool
        self._groups: list[bytes] = []
        self._file: io.BufferedWriter | None = path.open("xb")
        self._position = self._file.write(splice.MAGIC)

    def append(self, batches: list[pa.RecordBatch], encoder: Encoder) -> None:
        """Encode the batches as one row group and write it."""
        sizes = [sum(batch.column(column).nbytes for batch in batches) for column in range(len(encoder.schema))]
        shares = shared_out(sizes)
        parts = self._pool.map(lambda share: encoder.columns(share, batches), shares, size=sum(sizes))
        places = [place for share in shares for place in share]
        made = dict(zip(places, (chunks for part in parts for chunks in part.columns), strict=True))
        chunks = [made[place] for place in range(len(sizes))]
        raw_size = sum(part.raw_size for part in parts)
        file = self._open()
        group = splice.row_group(chunks, parts[0].rows, raw_size, self._position, len(self._groups))
        self._groups.append(group)
        for chunk in chunks:
            self._position += file.write(chunk.body)
        self.rows += sum(batch.num_rows for batch in batches)

    def finish(self, encoder: Encoder, footer: dict[str, str]) -> None:
        """Write the footer, close the file, then check it."""
        self._open().write(splice.footer(encoder.empty(footer), self._groups, self.rows))
        self.release()
        with pq.ParquetFile(self.path) as written:
            found = written.metadata
            entries = found.metadata or {}
            if (
                found.num_rows != self.rows
                or not written.schema_arrow.equals(encoder.schema)
                or any(entries.get(key.encode()) != value.encode() for key, value in footer.items())
            ):
                msg = f"internal error: {self.path} does not read back as it was written; please report this"
                raise InternalError(msg)

    def release(self) -> None:
        """Close the file until there is more to write: of many partitions few are open so."""
        file, self._file = self._file, None
        if file:
            file.close()

    def _open(self) -> io.BufferedWriter:
        if self._file is None:
            self._file = self.path.open("ab")
        return self._file


def shared_out(sizes: list[int]) -> list[list[int]]:
    """The places of columns of these many bytes, as shares to encode one by one: the one with most bytes first.

    A large column is a share of its own. Small ones are put together, since a file made of one takes longer than its
    values do. The last ones to be handed out, small ones then, even out the threads' work.
    """
    order = sorted(range(len(sizes)), key=lambda place: -sizes[place])
    least = sum(sizes) / _SHARES
    shares: list[list[int]] = []
    size = math.inf
    for place in order:
        if size + sizes[place] > least:
            shares.append([])
            size = 0
        shares[-1].append(place)
        size += sizes[place]
    return shares


def leaves(kind: pa.DataType) -> int:
    """How many column chunks Parquet has for a column of this type."""
    if pa.types.is_struct(kind):
        return sum(leaves(child.type) for child in kind)
    return leaves(kind.value_type) if pa.types.is_list(kind) else 1


class ParquetSink:
    """One Parquet file. Row groups are cut by the rows alone, never by timing."""

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool, *,
                 encoder: Encoder | None = None) -> None:  # fmt: skip
        """Make a new file at `path`; without an `encoder` the first row group tells how to encode."""
        self.rows = self.pending = 0
        self._schema, self._settings, self._encoder = schema, parquet_settings(options), encoder
        self._exact, self._limit = options.row_group_size, options.row_group_size or ROW_GROUP_ROWS
        self._gathered: list[pa.RecordBatch] = []
        self._gathered_rows = 0
        self._file = RowGroupFile(path, pool)

    def write(self, batch: pa.RecordBatch) -> None:
        """Gather the batch; encode a row group whenever one is full."""
        self.rows += batch.num_rows
        while batch.num_rows:
            part = batch.slice(0, self._limit - self._gathered_rows)
            batch = batch.slice(part.num_rows)
            self._gathered.append(part)
            self._gathered_rows += part.num_rows
            self.pending += part.nbytes
            if self._gathered_rows == self._limit or (not self._exact and self.pending >= ROW_GROUP_BYTES):
                self._encode()

    def flush(self) -> None:
        """Encode what is gathered as a row group, unless row groups have an exact number of rows."""
        if not self._exact:
            self._encode()

    def close(self, footer: dict[str, str]) -> None:
        """Encode the last row group, write the footer and check the file."""
        self._encode()
        self._file.finish(self._encoder or self._make_encoder(), footer)

    def release(self) -> None:
        """Close the file until there is more to write."""
        self._file.release()

    def abort(self) -> None:
        """Close the file as it is."""
        self._gathered.clear()
        # The file is about to be removed, and the error that led here is being reported.
        with contextlib.suppress(OSError):
            self._file.release()

    def _make_encoder(self) -> Encoder:
        return Encoder(self._schema, self._settings, plan_encoding(self._gathered, self._schema))

    def _encode(self) -> None:
        if self._gathered:
            self._encoder = self._encoder or self._make_encoder()
            self._file.append(self._gathered, self._encoder)
            self._gathered, self._gathered_rows, self.pending = [], 0, 0
