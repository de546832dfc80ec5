"""Keyword arguments of `ca.convert_split` and `ca.merge`: how parts are written, and where the result goes."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from crowdarrow.conversion.options import Format
from crowdarrow.errors import UsageError
from crowdarrow.sinks.options import Compression


class PartKeywords(TypedDict, total=False):
    """Keyword arguments of `ca.convert_split`. All parts of a plan are written with the same ones."""

    table: str | None
    tables: str | Sequence[str] | None
    format: Format | None
    compression: Compression | None
    compression_level: int | None
    row_group_size: int | None
    csv_safe: bool
    excel: bool


class MergeKeywords(TypedDict, total=False):
    """Keyword arguments of `ca.merge`."""

    rejects: str | os.PathLike[str] | None
    report: str | os.PathLike[str] | None
    force: bool


def check_no_partitions(options: Mapping[str, Any]) -> None:
    """Check that tables are not to be partitioned: a split has rows of most partitions, so their files would be tiny.

    Raises:
        UsageError: they are.
    """
    if options.get("partition_by"):
        msg = "`partition_by` does not go with splits: convert to a folder, and partition its tables with the engine"
        raise UsageError(msg)
