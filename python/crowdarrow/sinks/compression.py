"""Compression settings, checked without loading `pyarrow.parquet`: reading starts sooner that way."""

import pyarrow as pa

from crowdarrow.errors import UsageError
from crowdarrow.sinks.options import SinkOptions

_DEFAULT_LEVELS = {"zstd": 1, "gzip": 9}


def parquet_codec(options: SinkOptions) -> tuple[str, int]:
    """Codec of a Parquet file and its level; raises `UsageError` for a level that does not exist."""
    codec = options.compression or "zstd"
    return codec, codec_level(codec, options.compression_level)


def codec_level(codec: str, level: int | None) -> int:
    """Compression level to use, 0 for a codec without levels; raises `UsageError` for a level that does not exist."""
    if level is None:
        return _DEFAULT_LEVELS.get(codec, 0)
    if codec not in _DEFAULT_LEVELS:
        msg = f"`compression_level` applies to zstd and gzip, not to {codec}"
        raise UsageError(msg)
    low, high = pa.Codec.minimum_compression_level(codec), pa.Codec.maximum_compression_level(codec)
    if not low <= level <= high:
        msg = f"`compression_level` {level}: {codec} has levels {low} to {high}"
        raise UsageError(msg)
    return level
