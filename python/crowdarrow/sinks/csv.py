r"""CSV files: RFC 4180 with LF, UTF-8 without a byte order mark, quotes only where a cell needs them.

Structs become `struct.child` columns, lists JSON text, times ISO 8601 with `Z` (with 3 or 6 fraction digits
where a shorter form is not exact), booleans `true` and `false`. Null is an empty cell and the empty string
`""`. A table of a single column writes null as `""`: most readers pass over an empty line, and a row would
be lost.

With `csv_safe` a text cell (or column name) that begins with `=`, `+`, `-`, `@`, TAB or CR gets a leading
`'`, so that no spreadsheet takes a volunteer's text for a formula. Typed columns are never changed.

pyarrow.csv quotes every text cell, so rows are put together here, a batch at a time: cells that hold a quote,
comma or line end are quoted, then all columns are joined into one array, whose buffer is the file's bytes.
"""

import contextlib
import io
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.errors import InternalError, UsageError
from crowdarrow.sinks.base import Crew
from crowdarrow.sinks.options import SinkOptions

_QUOTABLE = '[",\r\n]'
_FORMULA = "^[=+\\-@\t\r]"
_GZIP_LEVEL, _GZIP_BEST = 6, 9
_GZIP_BLOCK = 1 << 20
_GZIP_WINDOW = 32 << 10
# Deflate, no flags, no time, no name: the same rows give the same bytes.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_GZIP_END = b"\x03\x00"  # an empty last block


class CsvSink:
    """CSV in a new file, gzip-compressed if asked, or on stdout."""

    def __init__(self, path: Path | None, schema: pa.Schema, options: SinkOptions, crew: Crew, *,
                 gzipped: bool = False) -> None:  # fmt: skip
        """Make a new file at `path` (stdout without one) and write the header row."""
        check_compression(options, gzipped=gzipped)
        self.rows = self.pending = 0
        self._path, self._safe, self._crew = path, options.csv_safe, crew
        self._size = 0
        self._columns = [name for name, _ in flat_columns(schema)]
        self._lone = len(self._columns) == 1
        self._file = path.open("xb") if path else _stdout()
        self._gzip = _GzipStream(self._file, options.compression_level or _GZIP_LEVEL, crew) if gzipped else None
        header = pa.array(self._columns, pa.string())
        header = quoted(guarded(header) if self._safe else header)
        self._put((",".join(header.to_pylist()) + "\n").encode())

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the batch's rows."""
        if batch.num_rows:
            cells = self._crew.map(self._cells, _flat(batch))
            lines = self._crew.run(lambda: self._lines(cells))
            self._put(_bytes_of(lines))
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self, footer: dict[str, str]) -> None:  # noqa: ARG002 - CSV has no place for a footer
        """End the file and check that all that was written is there."""
        if self._gzip:
            self._gzip.finish()
        self._file.flush()
        if self._path is None:
            return
        self._file.close()
        size = self._path.stat().st_size
        whole = self._gzip.check(self._path) if self._gzip else size == self._size
        if not size or not whole:
            msg = f"internal error: {self._path} does not read back as it was written; please report this"
            raise InternalError(msg)

    def abort(self) -> None:
        """Close the file as it is."""
        if self._path:
            # The file is about to be removed, and the error that led here is being reported.
            with contextlib.suppress(OSError):
                self._file.close()

    def _lines(self, cells: list[pa.Array]) -> pa.Array:
        if self._lone:
            cells = [pc.fill_null(cells[0], '""')]
        # An array's last cell has no separator behind it, so a line ends by an empty last column.
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
        kind = values.type
        if pa.types.is_string(kind):
            return quoted(guarded(values) if self._safe else values)
        if pa.types.is_timestamp(kind):
            return iso_times(values)
        if pa.types.is_nested(kind):
            from crowdarrow._core import to_json_text

            return quoted(pa.array(to_json_text(values)))
        return values.cast(pa.string())


def _stdout() -> BinaryIO:
    if sys.stdout is None:
        msg = "OUTPUT -: there is no stdout; name a file"
        raise UsageError(msg)
    return sys.stdout.buffer


def flat_columns(schema: pa.Schema) -> list[tuple[str, pa.DataType]]:
    """The CSV columns of a schema: structs taken apart, a name that is taken made its own by its place."""
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


def quoted(text: pa.Array) -> pa.Array:
    """Cells as they stand in a CSV file: in quotes if empty, or if a quote, comma or line end is in them."""
    odd = pc.or_(pc.match_substring_regex(text, _QUOTABLE), pc.equal(text, ""))
    if not pc.any(odd).as_py():
        return text
    inner = pc.replace_substring(text, '"', '""')
    return pc.if_else(odd, pc.binary_join_element_wise('"', inner, '"', ""), text)


def guarded(text: pa.Array) -> pa.Array:
    """Cells with a leading `'` where a spreadsheet would take them for a formula."""
    formula = pc.match_substring_regex(text, _FORMULA)
    if not pc.any(formula).as_py():
        return text
    return pc.if_else(formula, pc.binary_join_element_wise("'", text, ""), text)


def iso_times(times: pa.Array) -> pa.Array:
    """Times (us, UTC) as `YYYY-MM-DDTHH:MM:SSZ`, with 3 fraction digits where those are needed, or else 6."""
    ticks = times.cast(pa.int64())
    # Without its zone (UTC) an array is formatted ten times as fast.
    text = times.cast(pa.timestamp("us")).cast(pa.string())
    for cut, step in ((-3, 1_000), (-4, 1_000_000)):
        exact = pc.equal(pc.multiply(pc.divide(ticks, step), step), ticks)
        if not pc.any(exact).as_py():
            break  # what is no whole number of milliseconds is none of seconds either
        text = pc.if_else(exact, pc.binary_slice(text.cast(pa.binary()), 0, cut).cast(pa.string()), text)
    return pc.binary_join_element_wise(pc.replace_substring(text, " ", "T", max_replacements=1), "Z", "")


def _flat(batch: pa.RecordBatch) -> Iterator[pa.Array]:
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
    """Raise `UsageError` for a codec or level that a CSV file cannot have."""
    if options.compression not in (None, "gzip" if gzipped else "none"):
        msg = f"--compression {options.compression}: CSV is written plain (.csv) or with gzip (.csv.gz)"
        raise UsageError(msg)
    level = options.compression_level
    if level is not None and not (gzipped and 1 <= level <= _GZIP_BEST):
        msg = f"--compression-level {level}: .csv.gz has levels 1 to 9, .csv none"
        raise UsageError(msg)


class _GzipStream:
    """One gzip member, deflated in blocks on several threads, each knowing the end of the one before.

    This is how pigz does it: any gzip reader reads it, and the bytes do not depend on the number of threads.
    """

    def __init__(self, file: BinaryIO | io.BufferedWriter, level: int, crew: Crew) -> None:
        self._file, self._level, self._crew = file, level, crew
        self._crc, self._raw, self._written = 0, 0, len(_GZIP_HEADER)
        self._waiting = bytearray()
        self._window = b""
        file.write(_GZIP_HEADER)

    def write(self, data: bytes | memoryview) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._raw += len(data)
        self._waiting += data
        self._deflate(len(self._waiting) // _GZIP_BLOCK * _GZIP_BLOCK)

    def finish(self) -> None:
        self._deflate(len(self._waiting))
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
        data = bytes(self._waiting[:size])
        del self._waiting[:size]
        for block in self._crew.map(lambda start: self._block(data, start), range(0, size, _GZIP_BLOCK)):
            self._written += self._file.write(block)
        self._window = data[-_GZIP_WINDOW:]

    def _block(self, data: bytes, start: int) -> bytes:
        before = data[max(0, start - _GZIP_WINDOW) : start] if start else self._window
        packer = zlib.compressobj(self._level, wbits=-15, zdict=before)
        return packer.compress(data[start : start + _GZIP_BLOCK]) + packer.flush(zlib.Z_SYNC_FLUSH)
