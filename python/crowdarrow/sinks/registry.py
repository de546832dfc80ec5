"""The output formats: which sink writes each, and how a format is inferred from a file's extension."""

from pathlib import Path

import pyarrow as pa

from crowdarrow._core import WorkerPool
from crowdarrow.errors import UsageError
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.protocol import Sink
from crowdarrow.suggest import close_name

EXTENSIONS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv.gz", ".arrow": "arrow", ".xlsx": "xlsx"}
"""Format by file extension."""
FORMATS = tuple(EXTENSIONS.values())


def format_of(output: str) -> str:
    """Format of a file, inferred from its extension; raises `UsageError` if the extension is unknown."""
    name = Path(output).name.lower()
    for extension in sorted(EXTENSIONS, key=len, reverse=True):
        if name.endswith(extension):
            return EXTENSIONS[extension]
    ending = Path(output).suffix
    close = close_name(ending, EXTENSIONS)
    more = f" (did you mean {output.removesuffix(ending)}{close}?)" if close else ""
    msg = f"`output` {output}: the name must end in {', '.join(EXTENSIONS)}, in / (a folder), or be - (stdout){more}"
    raise UsageError(msg)


def check_options(format: str, options: SinkOptions) -> None:
    """Raise `UsageError` for options that the format does not support."""
    if options.excel and not format.startswith("csv"):
        msg = "`excel` is for CSV output" + ("; .xlsx files are for Excel without it" if format == "xlsx" else "")
        raise UsageError(msg)
    if options.row_group_size is not None and format != "parquet":
        msg = "`row_group_size` is for Parquet output"
        raise UsageError(msg)
    if format == "parquet":
        from crowdarrow.sinks.compression import parquet_codec

        parquet_codec(options)
    elif format == "arrow":
        from crowdarrow.sinks.ipc import ipc_codec

        ipc_codec(options)
    elif format == "xlsx":
        from crowdarrow.sinks.xlsx import check_xlsx

        check_xlsx(options)
    else:
        from crowdarrow.sinks.csv import check_compression

        check_compression(options, gzipped=format == "csv.gz")


def open_sink(
    path: str | Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool | None = None, *,
    format: str | None = None,
) -> Sink:  # fmt: skip
    """Open a sink for a new file at `path`, for a new folder (with `partition_by`), or for stdout (`-`).

    `format` is inferred from the extension of `path` if it is not given. Raises `UsageError` for options that the
    format does not support, and `OSError` if the file cannot be created.
    """
    pool = pool or WorkerPool(1)
    if str(path) == "-":
        return _stdout_sink(schema, options, pool, format)
    return _file_sink(Path(path), schema, options, pool, format or format_of(str(path)))


def _stdout_sink(schema: pa.Schema, options: SinkOptions, pool: WorkerPool, format: str | None) -> Sink:
    if format == "arrow":
        from crowdarrow.sinks.ipc import IpcStream

        return IpcStream(schema, options, pool)
    from crowdarrow.sinks.csv import CsvSink

    return CsvSink(None, schema, options, pool)


def _file_sink(path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool, format: str) -> Sink:
    if format == "parquet":
        if options.partition_by:
            from crowdarrow.sinks.partition import PartitionedSink

            return PartitionedSink(path, schema, options, pool)
        from crowdarrow.sinks.parquet import ParquetSink

        return ParquetSink(path, schema, options, pool)
    if format == "arrow":
        from crowdarrow.sinks.ipc import IpcSink

        return IpcSink(path, schema, options, pool)
    if format == "xlsx":
        from crowdarrow.sinks.xlsx import XlsxSink

        return XlsxSink(path, schema, options, pool)
    from crowdarrow.sinks.csv import CsvSink

    return CsvSink(path, schema, options, pool, gzipped=format == "csv.gz")
