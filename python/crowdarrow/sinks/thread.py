"""Sinks at work on a thread of their own, so that encoding and reading overlap."""

import threading
from collections import deque
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import pyarrow as pa

from crowdarrow.errors import CrowdarrowError
from crowdarrow.sinks.atomic import output_error
from crowdarrow.sinks.base import Cancelled, Crew, Sink

# As much as is read while one row group is encoded; more would only be memory.
QUEUE_BYTES = 8 << 20
# What all tables of a run may have gathered together. Beyond it the largest table's rows are encoded early.
GATHERED_BYTES = 56 << 20


class SinkThread:
    """Feeds batches to the sinks of a run, in order, on one thread.

    What a file looks like depends on the batches and their order alone. An error of a sink is raised by the
    next call of `write` or `close`; leaving the context without `close` aborts all sinks.
    """

    def __init__(self, sinks: Mapping[str, Sink], crew: Crew, targets: Mapping[str, str] | None = None) -> None:
        """Start the thread; `sinks` by table name, and for messages the outputs as the user named them."""
        self._sinks, self._crew, self._targets = sinks, crew, targets or {}
        self._table = ""
        self._queue: deque[tuple[str, pa.RecordBatch, int]] = deque()
        self._queued_bytes = 0
        self._changed = threading.Condition()
        self._ending = self._done = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="crowdarrow-sinks", daemon=True)
        self._thread.start()

    def write(self, table: str, batch: pa.RecordBatch) -> None:
        """Hand a batch over; waits while too much is queued."""
        size = batch.nbytes
        with self._changed:
            while self._queued_bytes and self._queued_bytes + size > QUEUE_BYTES and not self._error:
                self._changed.wait()
            self._raise()
            self._queue.append((table, batch, size))
            self._queued_bytes += size
            self._changed.notify_all()

    def close(self, footers: Mapping[str, dict[str, str]]) -> None:
        """Wait until all is written, then close each sink with its footer."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._join()
        self._raise()
        for table, sink in self._sinks.items():
            self._table = table
            try:
                sink.close(footers.get(table, {}))
            except OSError as error:
                self._error = error
                self._raise()
        self._done = True

    def __enter__(self) -> Self:
        """Nothing more than `self`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Abort unless closed."""
        if not self._done:
            self._crew.cancel()
            with self._changed:
                self._error = self._error or Cancelled()
                self._queue.clear()
                self._changed.notify_all()
            self._thread.join()
            for sink in self._sinks.values():
                sink.abort()

    def _join(self) -> None:
        # In slices: an unbounded join of a busy thread keeps Ctrl-C waiting on some platforms.
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
                self._bound()
                with self._changed:
                    self._queued_bytes -= size
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - it is raised again where the caller can see it
            with self._changed:
                self._error = self._error or error
                self._changed.notify_all()

    def _bound(self) -> None:
        while sum(sink.pending for sink in self._sinks.values()) > GATHERED_BYTES:
            self._table = max(self._sinks, key=lambda table: self._sinks[table].pending)
            largest = self._sinks[self._table]
            before = largest.pending
            largest.flush()
            if largest.pending == before:
                return  # its row groups have an exact number of rows: the memory is the user's choice
