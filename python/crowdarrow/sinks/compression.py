"""Compression settings, checked without loading `pyarrow.parquet`: reading starts sooner that way."""

from typing import Any

import pyarrow as pa

from crowdarrow.errors import UsageError
from crowdarrow.sinks.options import SinkOptions

# The dictionary of a column of JSON text exceeds the default limit of 1 MiB. With 16 MiB, files were 2 to 3 % smaller,
# but the growing dictionaries used 30 to 60 MB more memory.
_DICTIONARY_BYTES = 8 << 20


def codec_level(codec: str, level: int | None) -> int | None:
    """Compression level to use (default 1 for zstd); raises `UsageError` for a level that the codec does not have."""
    if level is None:
        return 1 if codec == "zstd" else None
    if codec not in ("zstd", "gzip"):
        msg = f"`compression_level` goes with zstd and gzip, not with {codec}"
        raise UsageError(msg)
    low, high = pa.Codec.minimum_compression_level(codec), pa.Codec.maximum_compression_level(codec)
    if not low <= level <= high:
        msg = f"`compression_level` {level}: {codec} has levels {low} to {high}"
        raise UsageError(msg)
    return level


def parquet_settings(options: SinkOptions) -> dict[str, Any]:
    """Arguments of pyarrow's `ParquetWriter`; raises `UsageError` for a codec or level that does not exist."""
    codec = options.compression or "zstd"
    if codec not in ("zstd", "snappy", "gzip", "none"):
        msg = f"`compression` {codec}: Parquet files can have zstd, snappy, gzip or none"
        raise UsageError(msg)
    return {
        "compression": codec,
        "compression_level": codec_level(codec, options.compression_level),
        "version": "2.6",
        "dictionary_pagesize_limit": _DICTIONARY_BYTES,
    }
