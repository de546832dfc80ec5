"""Options of converting an export to files."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from crowdarrow.options import option
from crowdarrow.read.options import ReadKeywords
from crowdarrow.sinks.options import SinkOptions


class WriteKeywords(TypedDict, total=False):
    """Keyword arguments of `ca.convert` that concern its outputs."""

    table: str | None
    tables: str | Sequence[str] | None
    format: str | None
    compression: str | None
    compression_level: int | None
    row_group_size: int | None
    partition_by: str | Sequence[str] | None
    csv_safe: bool
    rejects: str | os.PathLike[str] | None
    report: str | os.PathLike[str] | None
    force: bool
    progress: Callable[[Any], None] | None


class ConvertKeywords(ReadKeywords, WriteKeywords, total=False):
    """Keyword arguments of `ca.convert`."""


@dataclass(frozen=True)
class WriteOptions(SinkOptions):
    """What is written, where, and how."""

    table: str | None = option("text", "The table to write. Default: the record table.", recorded=False)
    tables: tuple[str, ...] | None = option(
        "names", "The tables to write to a folder, or all. Default: all.", metavar="A,B|all", recorded=False
    )
    format: str | None = option("text", "The format of the files in a folder. Default: parquet.",
        choices=("parquet", "csv", "csv.gz", "arrow"), recorded=False,
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
    progress: Callable[[Any], None] | None = option(
        "function", "A function that is called with a `Progress` about ten times a second.", flag=False, recorded=False
    )
