"""Options of the files that sinks write."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from crowdarrow.options import Options, option

MAX_ROW_GROUP_ROWS = 1 << 26  # the rows of a row group are kept in memory until it is full


Compression: TypeAlias = Literal["zstd", "snappy", "gzip", "none"]


@dataclass(frozen=True)
class SinkOptions(Options):
    """How files are written, whatever their number."""

    compression: str | None = option(
        "text",
        "Compression of Parquet files (default: zstd) and Arrow files (zstd or none; default: none).",
        choices=get_args(Compression),
    )
    compression_level: int | None = option(
        "integer", "Compression level. Default: 1 for zstd, 6 for .csv.gz, 9 for gzip in Parquet.", metavar="N"
    )
    row_group_size: int | None = option(
        "integer",
        "Rows per Parquet row group. Default: about 32 MiB of data.",
        metavar="N",
        low=1,
        high=MAX_ROW_GROUP_ROWS,
        recorded="row_group_rows",
    )
    partition_by: tuple[str, ...] = option(
        "names", "Write folders COL=value/part-0.parquet; OUTPUT is a folder.", default=(), metavar="COL[,COL]"
    )
    csv_safe: bool = option(
        "flag", "Put ' before text in CSV and rejects that a spreadsheet could evaluate.", default=False
    )
    excel: bool = option(
        "flag",
        "Write CSV for Excel: with a byte order mark, and ' before text that it could evaluate.",
        default=False,
    )
