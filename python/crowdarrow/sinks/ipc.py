"""Arrow IPC files (also known as Feather version 2), which most Arrow libraries can memory-map, and IPC streams."""

import contextlib
import sys
from pathlib import Path

import pyarrow as pa

from crowdarrow._core import WorkerPool
from crowdarrow.errors import InternalError, UsageError
from crowdarrow.sinks.compression import codec_level
from crowdarrow.sinks.options import SinkOptions


def ipc_codec(options: SinkOptions) -> pa.Codec | None:
    """Codec of the buffers; raises `UsageError` for one that Arrow files do not support."""
    if options.compression not in (None, "none", "zstd"):
        msg = f"`compression` {options.compression}: Arrow files can have zstd or none"
        raise UsageError(msg)
    if options.compression == "zstd":
        return pa.Codec("zstd", codec_level("zstd", options.compression_level))
    if options.compression_level is not None:
        msg = "`compression_level` needs `compression` zstd in Arrow files"
        raise UsageError(msg)
    return None


def _write_options(codec: pa.Codec | None) -> pa.ipc.IpcWriteOptions:
    # Only the worker pool compresses: pyarrow's own thread pool would use additional cores.
    return pa.ipc.IpcWriteOptions(compression=codec, use_threads=False)


class IpcStream:
    """An Arrow IPC stream on stdout, with one record batch for each batch written."""

    def __init__(self, schema: pa.Schema, options: SinkOptions, pool: WorkerPool) -> None:
        """Write the schema.

        Raises:
            UsageError: the process has no stdout, or the options are not those of Arrow files.
        """
        codec = ipc_codec(options)
        if sys.stdout is None:
            msg = "OUTPUT -: there is no stdout; name a file"
            raise UsageError(msg)
        self.rows = self.pending = 0
        self._file = sys.stdout.buffer
        self._pool, self._writer = pool, pa.ipc.new_stream(self._file, schema, options=_write_options(codec))

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the batch."""
        if batch.num_rows:
            self._pool.map(self._writer.write_batch, [batch], size=batch.nbytes)
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Do nothing: no batches are pending."""

    def close(self, footer: dict[str, str]) -> None:  # noqa: ARG002 - Arrow streams have no footer
        """Write the end of the stream."""
        self._writer.close()
        self._file.flush()

    def abort(self) -> None:
        """Leave the stream without its end, so that its reader knows that it is not whole."""


class IpcSink:
    """An Arrow file with one record batch for each batch written. The format has no place for footer entries."""

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, pool: WorkerPool) -> None:
        """Create the file."""
        codec = ipc_codec(options)
        self.rows = self.pending = 0
        self._path = path
        self._file = path.open("xb")
        self._pool, self._writer = pool, pa.ipc.new_file(self._file, schema, options=_write_options(codec))

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the batch."""
        if batch.num_rows:
            self._pool.map(self._writer.write_batch, [batch], size=batch.nbytes)
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Do nothing: no batches are pending."""

    def close(self, footer: dict[str, str]) -> None:  # noqa: ARG002 - Arrow files have no footer entries
        """Close the file, then count the rows that the file has."""
        self._writer.close()
        self._file.close()
        # Counting reads the metadata of the batches, not their data.
        from pyarrow import dataset

        if dataset.dataset(self._path, format="ipc").count_rows() != self.rows:
            msg = f"internal error: {self._path} does not read back as it was written; please report this"
            raise InternalError(msg)

    def abort(self) -> None:
        """Close the file as it is."""
        # The caller removes the file, and already reports an error.
        with contextlib.suppress(OSError):
            self._file.close()
