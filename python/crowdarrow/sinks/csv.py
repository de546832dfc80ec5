r"""CSV files: RFC 4180 with LF, UTF-8 (with `excel` after a byte order mark), quotes only where a cell needs them.

The members of a struct become columns named `struct.child`. Lists become JSON text, booleans `true` and `false`.
Times are ISO 8601 with `Z`, with 3 or 6 fraction digits if a shorter form is not exact. Null is an empty cell, and
the empty string is `""`. A table of a single column writes null as `""` too, because most readers skip empty lines.

With `csv_safe`, text cells and column names are escaped as described in `crowdarrow.sinks.formulas`. Columns of other
types are never changed.

`pyarrow.csv` quotes every text cell, so this module builds the lines itself, one batch at a time: it quotes the cells
that need it, then joins all columns into one string array, whose data buffer holds the bytes to write.
"""

import contextlib
import io
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow._core import WorkerPool, to_json_text
from crowdarrow.errors import InternalError, UsageError
from crowdarrow.sinks.formulas import escape_formulas
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.terminal import PlainStream

_BOM = "\ufeff"
_QUOTABLE = '[",\r\n]'
_GZIP_DEFAULT_LEVEL, _GZIP_MAX_LEVEL = 6, 9
_GZIP_BLOCK = 1 << 20
_GZIP_WINDOW = 32 << 10
# Deflate, no flags, no time, no name: equal rows give equal bytes.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_GZIP_END = b"\x03\x00"  # an empty final block


class CsvSink:
    """A CSV file, optionally gzip-compressed, or CSV on stdout."""

    def __init__(self, path: Path | None, schema: pa.Schema, options: SinkOptions, pool: WorkerPool, *,
                 gzipped: bool = False) -> None:  # fmt: skip
        """Create the file (or use stdout if `path` is None) and write the header row."""
        check_compression(options, gzipped=gzipped)
        self.rows = self.pending = 0
        self._path, self._safe, self._pool = path, options.csv_safe or options.excel, pool
        self._size = 0
        self._columns = [name for name, _ in flat_columns(schema)]
        self._single_column = len(self._columns) == 1
        self._file = path.open("xb") if path else _stdout()
        self._gzip = (
            _GzipStream(self._file, options.compression_level or _GZIP_DEFAULT_LEVEL, pool) if gzipped else None
        )
        header = pa.array(self._columns, pa.string())
        header = quote(escape_formulas(header) if self._safe else header)
        # Excel takes CSV without the mark for text of the system's old encoding.
        self._put((_BOM * options.excel + ",".join(header.to_pylist()) + "\n").encode())

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the batch's rows."""
        if batch.num_rows:
            cells = self._pool.map(self._cells, list(flat_arrays(batch)))
            (lines,) = self._pool.map(self._lines, [cells])
            self._put(_bytes_of(lines))
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Do nothing: no rows are pending."""

    def close(self, footer: dict[str, str]) -> None:  # noqa: ARG002 - CSV files have no footer
        """Close the file, then check its size (of gzip, its trailer)."""
        if self._gzip:
            self._gzip.finish()
        self._file.flush()
        if self._path is None:
            return
        self._file.close()
        size = self._path.stat().st_size
        complete = self._gzip.check(self._path) if self._gzip else size == self._size
        if not size or not complete:
            msg = f"internal error: {self._path} does not read back as it was written; please report this"
            raise InternalError(msg)

    def abort(self) -> None:
        """Close the file as it is."""
        if self._path:
            # The caller removes the file, and already reports an error.
            with contextlib.suppress(OSError):
                self._file.close()

    def _lines(self, cells: list[pa.Array]) -> pa.Array:
        if self._single_column:
            cells = [pc.fill_null(cells[0], '""')]
        # `join` puts no separator after the last value, so an empty last column ends the line.
        return pc.binary_join_element_wise(
            *cells[:-1],
            pc.binary_join_element_wise(cells[-1], "\n", "", null_handling="replace", null_replacement=""),
            ",",
            null_handling="replace",
            null_replacement="",
        )

    def _put(self, data: bytes | memoryview) -> None:
        self._size += len(data)
        if self._gzip:
            self._gzip.write(data)
        else:
            self._file.write(data)

    def _cells(self, values: pa.Array) -> pa.Array:
        if pa.types.is_string(values.type):
            return quote(escape_formulas(values) if self._safe else values)
        texts = cell_text(values)
        return quote(texts) if pa.types.is_nested(values.type) else texts


def _stdout() -> BinaryIO:
    if sys.stdout is None:
        msg = "OUTPUT -: there is no stdout; name a file"
        raise UsageError(msg)
    # Only a terminal acts on control characters; a file or a program gets the rows as they are.
    return cast("BinaryIO", PlainStream(sys.stdout.buffer)) if sys.stdout.isatty() else sys.stdout.buffer


def flat_columns(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """CSV columns of a schema: structs are flattened, and a name in use gets the column's number as a suffix."""
    found: list[tuple[str, pa.DataType]] = []
    taken: set[str] = set()

    def add(name: str, kind: pa.DataType) -> None:
        if pa.types.is_struct(kind):
            for child in kind:
                add(f"{name}.{child.name}", child.type)
            return
        unique = name
        while unique in taken:
            unique = f"{unique}_{len(found) + 1}"
        taken.add(unique)
        found.append((unique, kind))

    for field in schema:
        add(field.name, field.type)
    return found


def quote(text: pa.Array) -> pa.Array:
    """Quote the cells that are empty or contain a quote, a comma or a line end."""
    needs_quotes = pc.or_(pc.match_substring_regex(text, _QUOTABLE), pc.equal(text, ""))
    if not pc.any(needs_quotes).as_py():
        return text
    inner = pc.replace_substring(text, '"', '""')
    return pc.if_else(needs_quotes, pc.binary_join_element_wise('"', inner, '"', ""), text)


def cell_text(values: pa.Array) -> pa.Array:
    """Values that are not text as the text of CSV cells, without quotes."""
    if pa.types.is_timestamp(values.type):
        return iso_times(values)
    if pa.types.is_nested(values.type):
        return pa.array(to_json_text(values))
    return values.cast(pa.string())


def iso_times(times: pa.Array) -> pa.Array:
    """Times (us, UTC) as `YYYY-MM-DDTHH:MM:SSZ`, with 3 or 6 fraction digits if fewer are not exact."""
    ticks = times.cast(pa.int64())
    # Formatting a timestamp without a time zone is ten times as fast.
    text = times.cast(pa.timestamp("us")).cast(pa.string())
    for end, unit in ((-3, 1_000), (-4, 1_000_000)):
        exact = pc.equal(pc.multiply(pc.divide(ticks, unit), unit), ticks)
        if not pc.any(exact).as_py():
            break  # no whole milliseconds implies no whole seconds
        text = pc.if_else(exact, pc.binary_slice(text.cast(pa.binary()), 0, end).cast(pa.string()), text)
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T", max_replacements=1), "Z", "")


def flat_arrays(batch: pa.RecordBatch) -> Iterator[pa.Array]:
    """The columns of `flat_columns` of a batch."""

    def leaves(values: pa.Array) -> Iterator[pa.Array]:
        if pa.types.is_struct(values.type):
            for child in values.flatten():
                yield from leaves(child)
        else:
            yield values

    for column in batch.columns:
        yield from leaves(column)


def _bytes_of(lines: pa.Array) -> memoryview:
    _, offsets, data = lines.buffers()
    positions = memoryview(offsets).cast("i")
    return memoryview(data)[positions[lines.offset] : positions[lines.offset + len(lines)]]


def check_compression(options: SinkOptions, *, gzipped: bool) -> None:
    """Raise `UsageError` for a codec or level that CSV files do not support."""
    if options.compression not in (None, "gzip" if gzipped else "none"):
        msg = f"`compression` {options.compression}: CSV is written plain (.csv) or with gzip (.csv.gz)"
        raise UsageError(msg)
    level = options.compression_level
    if level is not None and not (gzipped and 1 <= level <= _GZIP_MAX_LEVEL):
        msg = f"`compression_level` {level}: .csv.gz has levels 1 to 9, .csv none"
        raise UsageError(msg)


class _GzipStream:
    """A gzip member, deflated in blocks on several threads; the dictionary of a block is the end of the previous one.

    This is the method of pigz. Any gzip reader can read the result, and the number of threads does not change it.
    """

    def __init__(self, file: BinaryIO | io.BufferedWriter, level: int, pool: WorkerPool) -> None:
        self._file, self._level, self._pool = file, level, pool
        self._crc, self._raw, self._written = 0, 0, len(_GZIP_HEADER)
        self._pending = bytearray()
        self._window = b""
        file.write(_GZIP_HEADER)

    def write(self, data: bytes | memoryview) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._raw += len(data)
        self._pending += data
        self._deflate(len(self._pending) // _GZIP_BLOCK * _GZIP_BLOCK)

    def finish(self) -> None:
        self._deflate(len(self._pending))
        self._written += self._file.write(_GZIP_END + self._trailer())

    def check(self, path: Path) -> bool:
        with path.open("rb") as file:
            file.seek(-8, io.SEEK_END)
            return file.read() == self._trailer() and file.tell() == self._written

    def _trailer(self) -> bytes:
        return self._crc.to_bytes(4, "little") + (self._raw & 0xFFFFFFFF).to_bytes(4, "little")

    def _deflate(self, size: int) -> None:
        if not size:
            return
        data = bytes(self._pending[:size])
        del self._pending[:size]
        for block in self._pool.map(lambda start: self._block(data, start), range(0, size, _GZIP_BLOCK)):
            self._written += self._file.write(block)
        self._window = data[-_GZIP_WINDOW:]

    def _block(self, data: bytes, start: int) -> bytes:
        dictionary = data[max(0, start - _GZIP_WINDOW) : start] if start else self._window
        compressor = zlib.compressobj(self._level, wbits=-15, zdict=dictionary)
        return compressor.compress(data[start : start + _GZIP_BLOCK]) + compressor.flush(zlib.Z_SYNC_FLUSH)
