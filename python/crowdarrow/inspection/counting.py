"""The thread that counts for charts, so that this overlaps with the rest of an inspection."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from crowdarrow.read.table_set import Closing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    import pyarrow as pa

    from crowdarrow.declare.charts import Chart, ChartCounts

_MOST_BLOCKS = 3
"""Blocks that wait: counting takes its time every few blocks, and more of them use more memory."""


class CountingThread(Closing):
    """Counts for charts on a thread of its own, in the order of the blocks.

    An error there is raised by the next call of `add` or `charts`.
    """

    def __init__(self, counts: ChartCounts) -> None:
        self._counts = counts
        self._executor = ThreadPoolExecutor(1, "crowdarrow-charts")
        self._waiting: deque[Future[None]] = deque()

    def add(self, batches: Sequence[tuple[str, pa.RecordBatch]]) -> None:
        """Count the batches of one block; waits while there are many."""
        while len(self._waiting) >= _MOST_BLOCKS:
            self._waiting.popleft().result()
        self._waiting.append(self._executor.submit(self._counts.add, batches))

    def charts(self, results: Mapping[str, Any]) -> list[Chart]:
        """The charts, once all is counted."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._counts.charts(results)

    def close(self) -> None:
        """End the thread; what waits is not counted."""
        self._executor.shutdown(cancel_futures=True)
