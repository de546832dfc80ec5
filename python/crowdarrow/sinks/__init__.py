"""Outputs for record batches: Parquet, CSV and Arrow files, or CSV on stdout."""

from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.protocol import Sink
from crowdarrow.sinks.registry import check_options, format_of, open_sink
from crowdarrow.sinks.thread import SinkThread
from crowdarrow.sinks.workers import WorkerPool

__all__ = ["Sink", "SinkOptions", "SinkThread", "WorkerPool", "check_options", "format_of", "open_sink"]
