"""The records of classification exports as text cells."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare import Column, Table, Transform, record, string, to_json
from crowdarrow.errors import InputError, UnknownKindError
from crowdarrow.extraction.cells import MISSING
from crowdarrow.read.layouts import compile_parts
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.people import KeyFile, renaming_of
from crowdarrow.read.project import Group, find_inputs
from crowdarrow.read.table_set import TableSet

KIND = "zooniverse.classifications"

_CELLS = (
    "classification_id", "user_name", "user_id", "workflow_id", "workflow_version", "created_at", "subject_ids",
    "gold_standard", "metadata", "annotations", "subject_data",
)  # fmt: skip
_TABLE = Table(
    "classifications",
    (
        *(Column(name, string) for name in _CELLS),
        Column("classifier_version", string, to_json(record["metadata"]["classifier_version"])),
    ),
)


def open_cells(inputs: Any, columns: list[str], options: ReadOptions, required: Sequence[str] = ()) -> TableSet:
    """Open classification exports for one pass over some of their cells; each must have the `required` columns.

    Raises:
        UnknownKindError: an input is not such an export.
        InputError: an input cannot be read, or lacks a column.
    """
    options = replace(options, kind=options.kind or KIND, digest="none")  # nothing shows it
    found = find_inputs(inputs, options)
    group = next((one for one in found.groups if one.kind == KIND), None)
    if group is None:
        msg = f"`classifications` is {found.groups[0].kind}, not {KIND}"
        raise UnknownKindError(msg)
    for part in group.parts:
        for one, header in zip(part.inputs, part.headers, strict=True):
            for name in required:
                if name not in header:
                    msg = f"{one.name} has no column {name!r}; extracts need it, as in the export that was downloaded"
                    raise InputError(msg)
    renaming = renaming_of(group.export, options, KeyFile(options.people_key))
    table = _TABLE if renaming is None else _TABLE.replaced(transforms=(_NAMES,))
    export = group.export.replaced(
        tables=(table,), counters=(), labels=None, beside=None, inspect=None, is_temporary=True
    )
    parts = [part._replace(export=export) for part in group.parts]
    group = Group(group.kind, parts, group.candidates)
    compiled = compile_parts(group.parts, [_TABLE.name], columns, [], None, ids=False)
    if renaming is not None:
        renaming.load()
        compiled = compiled.replaced(renaming=renaming)
    return TableSet(group.parts, compiled, options, None)


def _names(arrays: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
    """Names of people as they are hashed: null where they are missing, and ids as integers."""
    found = {}
    for name in _PEOPLE:
        texts = arrays[name]
        if name == "user_id":
            texts = pc.replace_substring_regex(texts, r"^\+?(-?[0-9]+)(\.0*)?$", r"\1")
        found[name] = pc.if_else(pc.is_in(texts, value_set=_MISSING), pa.scalar(None, pa.string()), texts)
    return found


_PEOPLE = ("user_name", "user_id")
_MISSING = pa.array(["", "not logged in", *sorted(MISSING)], pa.string())
_NAMES = Transform(_PEOPLE, _PEOPLE, _names)
