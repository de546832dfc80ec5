"""The run id, and the manifest of a folder of tables."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from crowdarrow._core import __version__, digest_of
from crowdarrow.sinks.manifest import MANIFEST, PARTITIONS_MANIFEST, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

RUN_ID_KEY = "crowdarrow.run_id"
"""Footer key under which each Parquet file has the id of its run."""


def run_id_of(footers: Iterable[Mapping[str, str]], format: str) -> str:
    """The id of a run, 32 hex digits: a digest of its version, inputs, options and counts.

    The same run has the same id, and its files the same bytes.
    """
    text = json.dumps([format, *(dict(footer) for footer in footers)], sort_keys=True)
    # Not by `hashlib`, which loads OpenSSL.
    return str(digest_of(io.BytesIO(text.encode()), "blake3"))[:32]


def manifest_of(
    root: Path, run_id: str, format: str, tables: Mapping[str, tuple[Mapping[str, str], Path]]
) -> tuple[str, dict[str, Any]]:
    """The name and the contents of the manifest of a folder.

    Args:
        root: the folder, in which all files are already.
        run_id: the id of the run.
        format: the format of the tables' files.
        tables: the footer and the path of each table, by its name in the report.
    """
    inputs: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    options: dict[str, Any] = {}
    described: dict[str, Any] = {}
    for name, (footer, path) in tables.items():
        kind = footer["crowdarrow.kind"]
        found = [{"kind": kind, **source} for source in json.loads(footer["crowdarrow.sources"])]
        recorded = json.loads(footer["crowdarrow.options"])
        options |= recorded
        for option, given in recorded.items():  # further inputs, such as those with labels
            listed = given if isinstance(given, list) else [given]
            others += [{"option": option, **one} for one in listed if isinstance(one, dict) and _is_input(one)]
        inputs += [one for one in found if one not in inputs]
        files = [path.relative_to(root).as_posix()]
        if path.is_dir():
            files = [(path / file).relative_to(root).as_posix() for file in files_below(path)]
        described[name] = {"kind": kind, "rows": int(footer["crowdarrow.rows"]), "files": files}
    for one in others:
        if one not in inputs and not any(
            one.items() - {("option", one["option"])} <= known.items() for known in inputs
        ):
            inputs.append(one)
    is_partitioned_table = any(path == root for _, path in tables.values())
    return PARTITIONS_MANIFEST if is_partitioned_table else MANIFEST, {
        "run_id": run_id,
        "version": __version__,
        "format": format,
        "inputs": inputs,
        "options": options,
        "tables": described,
        "files": sorted(files_below(root)),
    }


def _is_input(recorded: Mapping[str, Any]) -> bool:
    """Whether the value of an option is the identity of an input, and not columns by table."""
    return isinstance(recorded.get("name"), str)
