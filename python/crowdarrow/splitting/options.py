"""Keyword arguments of `ca.convert_split` and `ca.merge`: how parts are written, and where the result goes."""

import os
from collections.abc import Sequence
from typing import TypedDict

from crowdarrow.conversion.options import Format
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
