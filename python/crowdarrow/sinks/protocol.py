"""The interface that every sink implements."""

from typing import Protocol

import pyarrow as pa

PARTITION_FILE = "part-0.parquet"
"""Name of the single file in each partition's folder."""
ROWS_KEY = "crowdarrow.rows"
"""Footer key under which a Parquet file states its number of rows."""


class Sink(Protocol):
    """An output for the record batches of one table.

    A sink is used by one thread at a time. Its methods raise `OSError` if the disk or the pipe fails, or
    if the format cannot hold the rows.
    """

    rows: int
    """Number of rows received."""
    pending: int
    """Bytes of Arrow data received but not yet encoded."""

    def write(self, batch: pa.RecordBatch) -> None:
        """Receive a batch of the sink's schema."""

    def flush(self) -> None:
        """Encode the pending batches."""

    def close(self, footer: dict[str, str]) -> None:
        """Encode the pending batches, write the footer's entries if the format has a footer, and verify the file."""

    def abort(self) -> None:
        """Close the file without completing it. Never raises."""
