"""Options of converting an export to files."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from crowdarrow.options import option
from crowdarrow.read.options import ReadKeywords
from crowdarrow.sinks.options import Compression, SinkOptions

if TYPE_CHECKING:
    from crowdarrow.read.output import Progress

Format: TypeAlias = Literal["parquet", "csv", "csv.gz", "arrow", "xlsx"]


class WriteKeywords(TypedDict, total=False):
    """Keyword arguments of `ca.convert` that concern its outputs."""

    table: str | None
    tables: str | Sequence[str] | None
    format: Format | None
    compression: Compression | None
    compression_level: int | None
    row_group_size: int | None
    partition_by: str | Sequence[str] | None
    csv_safe: bool
    excel: bool
    rejects: str | os.PathLike[str] | None
    report: str | os.PathLike[str] | None
    force: bool
    progress: "bool | Callable[[Progress], object] | None"


class ConvertKeywords(ReadKeywords, WriteKeywords, total=False):
    """Keyword arguments of `ca.convert`."""


@dataclass(frozen=True)
class WriteOptions(SinkOptions):
    """What is written, where, and how."""

    table: str | None = option("text", "The table to write. Default: the record table.", recorded=False)
    tables: tuple[str, ...] | None = option(
        "names", "The tables to write to a folder, or all. Default: all.", metavar="A,B|all", recorded=False
    )
    format: str | None = option(
        "text", "The format of the files in a folder (default: parquet) or of stdout (csv or arrow).",
        choices=get_args(Format), recorded=False,
    )  # fmt: skip
    rejects: str | os.PathLike[str] | None = option(
        "path", "Where rejected records go. Default: OUTPUT.rejects.csv.", metavar="FILE", recorded=False
    )
    report: str | os.PathLike[str] | None = option(
        "path", "Write the report to a file too.", metavar="FILE.json", recorded=False
    )
    force: bool = option(
        "flag",
        "Replace existing files, and what an earlier run wrote to the same folder.",
        default=False,
        recorded=False,
        short="-f",
    )
    progress: bool | Callable[[Any], object] | None = option(
        "progress", "True for a progress bar on stderr, or a function that gets a `Progress` about ten times a second.",
        flag=False, recorded=False,
    )  # fmt: skip
