"""Write record batches to a file the way a run does, for tests of the sinks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crowdarrow._core import WorkerPool
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.registry import open_sink
from crowdarrow.sinks.thread import SinkThread
from support.fake_tables import SCHEMAS

SCHEMA = SCHEMAS["classifications"]


def write(
    path: Path, parts: list[pa.RecordBatch], schema: pa.Schema = SCHEMA, *, threads: int = 2,
    footer: dict[str, str] | None = None, **options: Any,
) -> Path:  # fmt: skip
    """Write the batches with a sink thread."""
    pool = WorkerPool(threads)
    sink = open_sink(path, schema, SinkOptions(**options), pool)
    with SinkThread({"t": sink}, pool) as thread:
        for part in parts:
            thread.write("t", part)
        thread.close({"t": footer or {}})
    return path


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Limit the size of the files that this process writes."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def table(parts: list[pa.RecordBatch], schema: pa.Schema = SCHEMA) -> pa.Table:
    """The batches as one table."""
    return pa.Table.from_batches(parts, schema)
