"""What every sink can do, and which one an output's name asks for."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from crowdarrow._core import Workers
from crowdarrow.errors import UsageError
from crowdarrow.sinks.options import MAX_ROW_GROUP_ROWS, SinkOptions

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

ENDINGS = {".parquet": "parquet", ".csv": "csv", ".csv.gz": "csv.gz", ".arrow": "arrow"}
PART = "part-0.parquet"
"""The file in the folder of a partition."""
ROWS_KEY = "crowdarrow.rows"
"""Where a Parquet file's footer says how many rows it has."""
_WORTH_A_THREAD = 1 << 20
# A dictionary of JSON cells outgrows the default of 1 MiB; this is a quarter of what a row group can hold of one
# column. With half of it files of cells that repeat little were 2 to 3 % smaller, and 30 to 60 MB of memory went into
# their dictionaries while they grew.
_DICTIONARY_BYTES = 8 << 20


class Cancelled(Exception):  # noqa: N818 - not an error: it only carries an abort out of a deep call
    """A sink was told to stop while it was at work."""


class Crew:
    """Threads that encode for whichever sink asks. The result never depends on how many there are."""

    def __init__(self, workers: Workers | int = 1) -> None:
        """Use these threads: those of a run, which read and decode as well; or new ones, so many."""
        self._workers = Workers(workers) if isinstance(workers, int) else workers
        self._cancelled = threading.Event()

    def map(
        self, function: Callable[[_Item], _Made], items: Iterable[_Item], *, size: int = _WORTH_A_THREAD
    ) -> list[_Made]:
        """`function` of each item, in order; raises `Cancelled` between two items after `cancel`.

        `size` is how many bytes of Arrow data there are to work on: few are not worth handing over. Not to be called
        within `function`.
        """

        def step(item: _Item) -> _Made:
            if self._cancelled.is_set():
                raise Cancelled
            return function(item)

        return list(map(step, items)) if size < _WORTH_A_THREAD else self._workers.map(step, list(items))

    def run(self, function: Callable[[], _Made]) -> _Made:
        """What `function` gives, on one of the threads."""
        (made,) = self.map(lambda _: function(), [None])
        return made

    def cancel(self) -> None:
        """Let work that was handed out end early."""
        self._cancelled.set()


class Sink(Protocol):
    """One output. Used by one thread at a time; raises `OSError` where the disk or pipe fails."""

    rows: int
    pending: int  # bytes of Arrow data taken but not yet encoded

    def write(self, batch: pa.RecordBatch) -> None:
        """Take a batch of the sink's schema."""

    def flush(self) -> None:
        """Encode what is pending."""

    def close(self, footer: dict[str, str]) -> None:
        """Write the rest, and the footer's entries where the format has a place for them; check the file."""

    def abort(self) -> None:
        """Let go of the file, whatever state it is in; never raises."""


def format_of(output: str) -> str:
    """`parquet`, `csv`, `csv.gz` or `arrow`, by the name's ending."""
    name = Path(output).name.lower()
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if name.endswith(ending):
            return ENDINGS[ending]
    msg = f"OUTPUT {output}: the name must end in {', '.join(ENDINGS)}, in / (a folder), or be - (stdout)"
    raise UsageError(msg)


def codec_level(codec: str, level: int | None) -> int | None:
    """The level to compress with (zstd: 1 unless told); raises `UsageError` for one that does not exist."""
    if level is None:
        return 1 if codec == "zstd" else None
    if codec not in ("zstd", "gzip"):
        msg = f"--compression-level goes with zstd and gzip, not with {codec}"
        raise UsageError(msg)
    low, high = pa.Codec.minimum_compression_level(codec), pa.Codec.maximum_compression_level(codec)
    if not low <= level <= high:
        msg = f"--compression-level {level}: {codec} has levels {low} to {high}"
        raise UsageError(msg)
    return level


def parquet_settings(options: SinkOptions) -> dict[str, Any]:
    """The settings of pyarrow's writer; raises `UsageError` for a codec or level that does not exist.

    It stands here so that options are checked, and reading begins, before `pyarrow.parquet` is loaded.
    """
    codec = options.compression or "zstd"
    if codec not in ("zstd", "snappy", "gzip", "none"):
        msg = f"--compression {codec}: Parquet files can have zstd, snappy, gzip or none"
        raise UsageError(msg)
    return {
        "compression": codec,
        "compression_level": codec_level(codec, options.compression_level),
        "version": "2.6",
        "dictionary_pagesize_limit": _DICTIONARY_BYTES,
    }


def check_options(form: str, options: SinkOptions) -> None:
    """Raise `UsageError` for options that files of the format (as by `format_of`) do not have."""
    rows = options.row_group_size
    if rows is not None and not (form == "parquet" and 1 <= rows <= MAX_ROW_GROUP_ROWS):
        msg = f"--row-group-size {rows}: Parquet files have it, from 1 to {MAX_ROW_GROUP_ROWS}"
        raise UsageError(msg)
    if options.csv_safe and not form.startswith("csv"):
        msg = "--csv-safe is for CSV output"
        raise UsageError(msg)
    if form == "parquet":
        parquet_settings(options)
    elif form == "arrow":
        from crowdarrow.sinks.ipc import ipc_codec

        ipc_codec(options)
    else:
        from crowdarrow.sinks.csv import check_compression

        check_compression(options, gzipped=form == "csv.gz")


def open_sink(path: str | Path, schema: pa.Schema, options: SinkOptions, crew: Crew | None = None, *,
              form: str | None = None) -> Sink:  # fmt: skip
    """A sink for a new file (or folder, with `partition_by`) at `path`, or for CSV on stdout (`-`).

    `form` is the format where the path's ending does not tell it. Raises `UsageError` for options that the
    format does not have, `OSError` where the file cannot be made.
    """
    crew = crew or Crew()
    if str(path) == "-":
        from crowdarrow.sinks.csv import CsvSink

        return CsvSink(None, schema, options, crew)
    form = form or format_of(str(path))
    path = Path(path)
    if form == "parquet":
        if options.partition_by:
            from crowdarrow.sinks.partition import PartitionedSink

            return PartitionedSink(path, schema, options, crew)
        from crowdarrow.sinks.parquet import ParquetSink

        return ParquetSink(path, schema, options, crew)
    if form == "arrow":
        from crowdarrow.sinks.ipc import IpcSink

        return IpcSink(path, schema, options, crew)
    from crowdarrow.sinks.csv import CsvSink

    return CsvSink(path, schema, options, crew, gzipped=form == "csv.gz")
