"""Arrow IPC files (also known as Feather 2), which most Arrow libraries can map into memory."""

import contextlib
from pathlib import Path

import pyarrow as pa

from crowdarrow.errors import InternalError, UsageError
from crowdarrow.sinks.base import Crew, codec_level
from crowdarrow.sinks.options import SinkOptions


def ipc_codec(options: SinkOptions) -> pa.Codec | None:
    """The codec for the buffers; raises `UsageError` for one that Arrow files cannot have."""
    if options.compression not in (None, "none", "zstd"):
        msg = f"--compression {options.compression}: Arrow files can have zstd or none"
        raise UsageError(msg)
    if options.compression == "zstd":
        return pa.Codec("zstd", codec_level("zstd", options.compression_level))
    if options.compression_level is not None:
        msg = "--compression-level: Arrow files have one with --compression zstd only"
        raise UsageError(msg)
    return None


class IpcSink:
    """One Arrow file, with a record batch for each one written. It has no place for a late footer."""

    def __init__(self, path: Path, schema: pa.Schema, options: SinkOptions, crew: Crew) -> None:
        """Make a new file at `path`."""
        codec = ipc_codec(options)
        self.rows = self.pending = 0
        self._path = path
        self._file = path.open("xb")
        # One thread, that of the crew: what pyarrow's pool would do besides would be on another core.
        written = pa.ipc.IpcWriteOptions(compression=codec, use_threads=False)
        self._crew, self._writer = crew, pa.ipc.new_file(self._file, schema, options=written)

    def write(self, batch: pa.RecordBatch) -> None:
        """Write the batch."""
        if batch.num_rows:
            self._crew.map(self._writer.write_batch, [batch], size=batch.nbytes)
            self.rows += batch.num_rows

    def flush(self) -> None:
        """Nothing is kept back."""

    def close(self, footer: dict[str, str]) -> None:  # noqa: ARG002 - the footer is written from the schema alone
        """Write the file's own footer, close it, then read it back and count."""
        self._writer.close()
        self._file.close()
        # Only the metadata is read for counting, not the batches.
        from pyarrow import dataset

        if dataset.dataset(self._path, format="ipc").count_rows() != self.rows:
            msg = f"internal error: {self._path} does not read back as it was written; please report this"
            raise InternalError(msg)

    def abort(self) -> None:
        """Close the file as it is."""
        # The file is about to be removed, and the error that led here is being reported.
        with contextlib.suppress(OSError):
            self._file.close()
