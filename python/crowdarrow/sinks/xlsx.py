"""Excel workbooks (`.xlsx`) with one sheet, written row by row by XlsxWriter, so memory does not grow with the rows.

Columns are those of CSV. Text, also text that looks like a formula or a link, is always a text cell. Times are Excel's
own, in UTC. What a number of Excel cannot hold is text: integers of more than 15 digits, and times before March 1900.
A table beyond Excel's limits is an error: Excel would silently leave out the rest.
"""

import contextlib
import datetime as dt
import math
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow._core import WorkerPool
from crowdarrow.errors import InternalError, UsageError
from crowdarrow.sinks.csv import cell_text, flat_arrays, flat_columns, iso_times
from crowdarrow.sinks.folder import remove_tree
from crowdarrow.sinks.leftovers import temporary_beside
from crowdarrow.sinks.options import SinkOptions

MAX_ROWS = 1_048_576 - 1  # without the header
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 32_767
"""Length of a cell's text in UTF-16 code units."""
_OLDEST = (3, 2, 5)
_MAX_INTEGER = 10**15 - 1
_DAY = 86_400_000_000  # microseconds
# Serial numbers of times count days from 1899-12-30, because Excel has a 29 February 1900.
_EPOCH = 25_569
_FIRST, _END = ((serial - _EPOCH) * _DAY for serial in (61, 2_958_466))
_TIME_FORMAT = {"num_format": "yyyy-mm-dd hh:mm:ss"}
_TIME_WIDTH = 19
# The time at which a workbook was made would give equal runs different bytes.
_CREATED = dt.datetime(1980, 1, 1)  # noqa: DTZ001 - XlsxWriter takes no time zone


class _Exact(float):
    """A number that is formatted with all its digits; XlsxWriter formats 16, Excel stores up to 17."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return repr(self)


def check_xlsx(options: SinkOptions) -> None:
    """Raise `UsageError` if XlsxWriter is missing, or for options that workbooks do not have."""
    for name in ("compression", "compression_level"):
        if (value := getattr(options, name)) is not None:
            msg = f"`{name}` {value}: .xlsx files have their own compression"
            raise UsageError(msg)
    try:
        import xlsxwriter
    except ImportError as error:
        msg = ".xlsx files need XlsxWriter: pip install 'crowdarrow[excel]'"
        raise UsageError(msg) from error
    # Older ones cut numbers to 16 digits, whatever their type.
    if tuple(map(int, xlsxwriter.__version__.split(".")[:3])) < _OLDEST:
        msg = f".xlsx files need a newer XlsxWriter than {xlsxwriter.__version__}: pip install 'crowdarrow[excel]'"
        raise UsageError(msg)


class XlsxSink:
    """A workbook of one sheet, with a header row that stays in view."""

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool) -> None:
        """Create the file, and a folder beside it for the rows until `close`.

        Raises:
            UsageError: XlsxWriter is missing.
            OSError: the file cannot be created, or the table has more columns than a sheet.
        """
        check_xlsx(options)
        columns = flat_columns(schema)
        if len(columns) > MAX_COLUMNS:
            msg = (
                f"the table has {len(columns):,} columns, and a sheet of Excel {MAX_COLUMNS:,}; choose `columns`, or "
                "write .csv or .parquet"
            )
            raise OSError(msg)
        self.rows = self.pending = 0
        self._path, self._pool = path, pool
        self._names = [name for name, _ in columns]
        self._check_text("the names of columns", pa.array(self._names, pa.string()))
        self._file = path.open("xb")
        self._rows_folder = temporary_beside(path)
        self._rows_folder.mkdir()
        try:
            self._begin([kind for _, kind in columns])
        except BaseException:
            self.abort()
            raise

    def _begin(self, kinds: Sequence[pa.DataType]) -> None:
        """Start the sheet and write its header."""
        from xlsxwriter import Workbook

        self._book = Workbook(self._file, {"constant_memory": True, "tmpdir": str(self._rows_folder)})
        self._book.use_zip64()
        self._book.set_properties({"created": _CREATED})
        self._sheet = self._book.add_worksheet()
        self._plain, time = self._book.add_format(), self._book.add_format(_TIME_FORMAT)
        self._formats = [time if pa.types.is_timestamp(kind) else None for kind in kinds]
        for index, form in enumerate(self._formats):
            if form:
                self._sheet.set_column(index, index, _TIME_WIDTH)
        self._sheet.freeze_panes(1, 0)
        self._put_row(0, self._names)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the batch's rows."""
        if self.rows + batch.num_rows > MAX_ROWS:
            msg = (
                f"the table has more than {MAX_ROWS:,} rows, which is all that a sheet of Excel holds below its "
                "header; choose fewer records (`since`, `until`, `workflow_id`), or write .csv or .parquet"
            )
            raise OSError(msg)
        if batch.num_rows:
            self._pool.map(self._append, [batch], size=batch.nbytes)
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Do nothing: no batches are pending."""

    def close(self, footer: dict[str, str]) -> None:  # noqa: ARG002 - workbooks have no footer entries
        """Complete the workbook, then check what the file contains."""
        from xlsxwriter.exceptions import FileCreateError

        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from error
        self._file.close()
        remove_tree(self._rows_folder)
        with zipfile.ZipFile(self._path) as written:
            if written.testzip() is not None:
                msg = f"internal error: {self._path} does not read back as it was written; please report this"
                raise InternalError(msg)

    def abort(self) -> None:
        """Close the file as it is."""
        # The caller removes the file, and already reports an error.
        rows = getattr(getattr(self, "_sheet", None), "row_data_fh", None)
        for file in (self._file, rows):
            with contextlib.suppress(OSError):
                if file is not None:
                    file.close()
        with contextlib.suppress(OSError):
            remove_tree(self._rows_folder)

    def _append(self, batch: pa.RecordBatch) -> None:
        columns = [self._values(name, values) for name, values in zip(self._names, flat_arrays(batch), strict=True)]
        for row, values in enumerate(zip(*columns, strict=True), self.rows + 1):
            self._put_row(row, values)

    def _put_row(self, row: int, values: Sequence[Any]) -> None:
        sheet = self._sheet
        for column, value in enumerate(values):
            if value is None:
                continue
            if isinstance(value, str):
                if value.startswith("<r>"):
                    # XlsxWriter would take such text for the markup of a cell.
                    sheet.write_rich_string(row, column, self._plain, value[:1], self._plain, value[1:])
                else:
                    sheet.write_string(row, column, value)
            elif isinstance(value, bool):
                sheet.write_boolean(row, column, value)
            else:
                sheet.write_number(row, column, value, self._formats[column])

    def _values(self, name: str, values: pa.Array) -> list[Any]:
        """The cells of a column: text, numbers, booleans, or None."""
        kind = values.type
        if pa.types.is_boolean(kind):
            return list(values.to_pylist())
        if pa.types.is_integer(kind):
            return [one if one is None or abs(one) <= _MAX_INTEGER else str(one) for one in values.to_pylist()]
        if pa.types.is_floating(kind):
            return [
                one if one is None else _Exact(one) if math.isfinite(one) else text
                for one, text in zip(values.to_pylist(), cell_text(values).to_pylist(), strict=True)
            ]
        if pa.types.is_timestamp(kind):
            return list(_times(values))
        texts = values if pa.types.is_string(kind) else cell_text(values)
        self._check_text(name, texts)
        return list(texts.to_pylist())

    def _check_text(self, name: str, texts: pa.Array) -> None:
        long = pc.indices_nonzero(pc.greater(pc.binary_length(texts), MAX_CHARACTERS))
        for index in long.to_pylist():
            characters = len(texts[index].as_py().encode("utf-16-le")) // 2
            if characters > MAX_CHARACTERS:
                msg = (
                    f"{name}: {characters:,} characters in row {self.rows + 1 + index:,}, and a cell of Excel holds "
                    f"{MAX_CHARACTERS:,}; leave the column out (`columns`), or write .csv or .parquet"
                )
                raise OSError(msg)


def _times(values: pa.Array) -> Iterator[_Exact | str | None]:
    """Times as serial numbers of Excel; as ISO 8601 where Excel has none."""
    texts = iso_times(values)
    for index, ticks in enumerate(values.cast(pa.int64()).to_pylist()):
        if ticks is None:
            yield None
        else:
            yield _Exact(ticks / _DAY + _EPOCH) if _FIRST <= ticks < _END else texts[index].as_py()
