"""The metadata of the files of tables: where their rows come from. It is the same for each run with the same inputs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crowdarrow._core import __version__
from crowdarrow.read.inputs import STDIN, digest_of_stored
from crowdarrow.sinks.protocol import ROWS_KEY
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.urls import file_name
from crowdarrow.terminal import valid_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crowdarrow.conversion.options import WriteOptions
    from crowdarrow.read.options import ReadOptions
    from crowdarrow.read.people import Renaming
    from crowdarrow.read.report import Report


def recorded_options(
    reading: ReadOptions,
    writing: WriteOptions,
    format: str,
    renaming: Renaming | None,
    others: Mapping[str, Sequence[Any]],
) -> dict[str, Any]:
    """The options on which rows or files depend, and the identity of each further input."""
    options = reading.recorded() | writing.recorded()
    if format == "parquet":
        options["compression"] = writing.compression or "zstd"
    if renaming is not None and (key_id := renaming.key_id):
        options["people_key_id"] = key_id
    for argument, paths in others.items():
        found = [_identity(path, reading.digest_name) for path in paths]
        options[argument] = found[0] if len(found) == 1 else found
    return options


def footer_of(
    report: Report, table: str, sources: Iterable[Mapping[str, Any]], options: Mapping[str, Any]
) -> dict[str, str]:
    """The metadata of a table's file, without the run id."""
    # Names without folders: a file that moved is still the same input.
    named = [{**source, "name": Path(source["name"]).name} for source in sources]
    return {
        "crowdarrow.version": __version__,
        "crowdarrow.kind": report.kind,
        "crowdarrow.table": table,
        "crowdarrow.sources": valid_json(named),
        "crowdarrow.options": valid_json(dict(options), default=str, sort_keys=True),
        "crowdarrow.records": str(report.records),
        ROWS_KEY: str(report.tables.get(table, 0)),
        "crowdarrow.rejected": str(report.rejected),
        "crowdarrow.filtered": str(report.filtered),
    }


def _identity(origin: Any, digest: str | None) -> dict[str, Any]:
    if not isinstance(origin, str | os.PathLike | StoreObject):
        return {"name": STDIN}  # which cannot be read again
    if isinstance(origin, StoreObject):
        found = {digest: digest_of_stored(origin, digest)} if digest else {}
        return {"name": file_name(origin.address)} | found
    path = Path(origin)
    if not path.is_file():
        return {"name": path.name}  # a pipe, which cannot be read again
    return {"name": path.name} | ({digest: digest_of_stored(path, digest)} if digest else {})
