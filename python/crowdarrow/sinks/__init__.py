"""Where record batches go: Parquet, CSV and Arrow files, or CSV on stdout."""

from crowdarrow.sinks.base import Crew, Sink, check_options, format_of, open_sink
from crowdarrow.sinks.options import SinkOptions
from crowdarrow.sinks.thread import SinkThread

__all__ = ["Crew", "Sink", "SinkOptions", "SinkThread", "check_options", "format_of", "open_sink"]
