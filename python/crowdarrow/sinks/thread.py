"""The thread that feeds the sinks of a run, so that encoding and reading overlap."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

import pyarrow as pa

from crowdarrow._core import Batch, WorkerPool
from crowdarrow.errors import CrowdarrowError, InternalError
from crowdarrow.sinks.atomic import output_error
from crowdarrow.sinks.protocol import Sink

# About as much as is read while one row group is encoded. A longer queue uses more memory and is no faster.
QUEUE_BYTES = 8 << 20
# Upper bound of the pending bytes of all sinks of a run. Above it the sink with the most pending bytes is flushed.
PENDING_BYTES = 48 << 20


class SinkThread:
    """A thread that writes batches to the sinks of a run, in the order in which they were queued.

    The bytes of a file depend only on the batches and their order. An exception that a sink raises is raised by the
    next call of `write` or `close`. Leaving the context without `close` aborts all sinks.
    """

    def __init__(
        self, sinks: Mapping[str, Sink], pool: WorkerPool, targets: Mapping[str, str] | None = None
    ) -> None:  # fmt: skip
        """Start the thread. `sinks` is by table name; `targets` are the paths to name in error messages."""
        self._sinks, self._pool, self._targets = sinks, pool, targets or {}
        self._table = ""
        self._queue: deque[tuple[str, pa.RecordBatch | Batch, int]] = deque()
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._ending = self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="crowdarrow-sinks", daemon=True)
        self._thread.start()

    def write(self, table: str, batch: pa.RecordBatch | Batch) -> None:
        """Queue a batch, of the engine only for a Parquet file. Blocks while the queue is full."""
        size = batch.nbytes
        with self._changed:
            while self._queued_bytes and self._queued_bytes + size > QUEUE_BYTES and not self._error:
                self._changed.wait()
            self._raise()
            self._queue.append((table, batch, size))
            self._queued_bytes += size
            self._changed.notify_all()

    def finish(self) -> None:
        """Wait until the queue is empty, then encode the pending batches, which uses less memory until `close`."""
        self._end()
        self._for_each(lambda _, sink: sink.flush())

    def close(self, footers: Mapping[str, dict[str, str]]) -> None:
        """Wait until the queue is empty, then close each sink with its footer."""
        self._end()
        self._for_each(lambda table, sink: sink.close(footers.get(table, {})))
        self._closed = True

    def _end(self) -> None:
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._join()
        self._raise()

    def _for_each(self, function: Callable[[str, Sink], None]) -> None:
        for table, sink in self._sinks.items():
            self._table = table
            try:
                function(table, sink)
            except OSError as error:
                self._error = error
                self._raise()

    def __enter__(self) -> Self:
        """Return `self`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Abort all sinks unless they are closed."""
        if not self._closed:
            self._pool.cancel()
            with self._changed:
                self._error = self._error or InternalError("cancelled")
                self._queue.clear()
                self._changed.notify_all()
            self._thread.join()
            for sink in self._sinks.values():
                sink.abort()

    def _join(self) -> None:
        # With a timeout: on some platforms Ctrl-C is not seen during an unbounded join.
        while self._thread.is_alive():
            self._thread.join(0.2)

    def _raise(self) -> None:
        if isinstance(self._error, OSError) and not isinstance(self._error, (CrowdarrowError, BrokenPipeError)):
            raise output_error(self._error, self._targets.get(self._table, self._table)) from self._error
        if self._error:
            raise self._error

    def _run(self) -> None:
        try:
            while True:
                with self._changed:
                    while not self._queue and not self._ending and not self._error:
                        self._changed.wait()
                    if self._error or not self._queue:
                        return
                    self._table, batch, size = self._queue.popleft()
                self._sinks[self._table].write(batch)
                del batch
                self._limit_pending()
                with self._changed:
                    self._queued_bytes -= size
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - raised again by `write` or `close`
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()

    def _limit_pending(self) -> None:
        while sum(sink.pending for sink in self._sinks.values()) > PENDING_BYTES:
            self._table = max(self._sinks, key=lambda table: self._sinks[table].pending)
            largest = self._sinks[self._table]
            before = largest.pending
            largest.flush()
            if largest.pending == before:
                return  # with a fixed row group size the sink cannot flush early; the user chose this much memory
