"""Other exports that a kind's tables take values from: labels, and columns beside their rows."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from crowdarrow.declare import Column, Transform
from crowdarrow.errors import UnknownKindError, UsageError
from crowdarrow.read.folders import Expansion, expand
from crowdarrow.read.inputs import STDIN, resolve
from crowdarrow.read.layouts import compile_parts
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.project import Group, open_candidates
from crowdarrow.read.table_set import TableSet
from crowdarrow.stores.object import StoreObject

_WHAT = {"workflows": "labels", "subjects": "subjects", "subject_keys": "subjects"}
"""What the tables take from the export that an argument names."""


class Companions(NamedTuple):
    """What the inputs of one kind take from others."""

    group: Group
    """The inputs, with the columns that their tables get."""
    labels: Mapping[str, Transform] | None
    """For each table with labels, the transform that adds them."""
    inputs: dict[str, tuple[Any, ...]]
    """The files of the other exports, by the argument that names them."""


def check_companions(groups: Sequence[Group], options: ReadOptions) -> None:
    """Check that an option that names another export applies to a kind.

    Raises:
        UsageError: it applies to none, or stdin is given twice.
    """
    read_once = [one for group in groups for one in group.candidates if one.name == STDIN]
    if len(read_once) + sum(one == "-" for one in (options.workflows, options.subjects)) > 1:
        msg = "stdin (-) is given more than once among `input`, `workflows` and `subjects`; it can be read only once"
        raise UsageError(msg)
    beside = any(group.export.beside for group in groups)
    labels = any(group.export.labels for group in groups)
    for argument, applies in (("workflows", labels), ("subjects", beside), ("subject_keys", beside)):
        if getattr(options, argument) is not None and not applies:
            msg = f"`{argument}` does not apply: {groups[0].kind} has no table with {_WHAT[argument]}"
            raise UsageError(msg)


def companions_of(group: Group, groups: Sequence[Group], options: ReadOptions, *, is_kept: bool = False) -> Companions:
    """What a group takes from the exports that options name, or from other groups.

    With `is_kept`, the rows of these are kept for further calls in this process.

    Raises:
        UsageError: an input would be read twice, and can be read only once.
        UnknownKindError: a named export is of another kind.
    """
    inputs: dict[str, tuple[Any, ...]] = {}
    labels = None
    rows = _kept_rows if is_kept else _rows
    if (source := group.export.labels) and (found := _find("workflows", source.kind, groups, options)):
        labels = source.transforms(rows(found, source.kind, source.columns, only_present=True))
        inputs["workflows"] = found.files_read
    keys = tuple(dict.fromkeys(options.subject_keys or ()))
    beside = group.export.beside
    if beside is None:
        return Companions(group, labels, inputs)
    found = _find("subjects", beside.kind, groups, options)
    if found is not None:
        columns = beside.of_export(keys)
        names = [beside.added.name, *(column.name for column in columns)]
        read = (*beside.columns, *names[1:])
        transform = beside.transform(rows(found, beside.kind, read, columns), names)
        inputs["subjects"] = found.files_read
        added = (beside.added, *(Column(column.name, column.type, beside.added.source) for column in columns))
        group = group.with_columns(beside.tables, added, transform)
    elif keys:
        group = group.with_columns(beside.tables, beside.of_record(keys))
    return Companions(group, labels, inputs)


class _Other(NamedTuple):
    """Another export: the files that it consists of, and how they are read."""

    argument: str
    files: Expansion
    options: ReadOptions

    @property
    def files_read(self) -> tuple[Any, ...]:
        """Its files: paths, and objects of stores."""
        return tuple(dict.fromkeys(one.origin for one in self.files.candidates))


def _find(argument: str, kind: str, groups: Sequence[Group], options: ReadOptions) -> _Other | None:
    """The files of another export: those that `argument` names, or the inputs of its kind."""
    named = getattr(options, argument)
    if named is not None:
        return _Other(argument, expand(resolve(named), None), ReadOptions())
    other = next((one for one in groups if one.kind == kind), None)
    if other is None:
        return None
    if other.once_only:
        msg = (
            f"{other.once_only} is read twice, for other tables too; save it to a file, or name another with "
            f"`{argument}`"
        )
        raise UsageError(msg)
    return _Other(
        argument, Expansion(other.candidates), ReadOptions(encoding=options.encoding, separator=options.separator)
    )


_MOST_KEPT = 4
"""Maximum number of other exports whose rows are cached."""
_kept: dict[Any, list[pa.RecordBatch]] = {}


def _kept_rows(
    other: _Other, kind: str, columns: Sequence[str], more: Sequence[Column] = (), *, only_present: bool = False
) -> list[pa.RecordBatch]:
    """`_rows`, cached until one of the files changes."""
    stamps: list[Any] = []
    for one in other.files.candidates:
        with contextlib.suppress(OSError):
            if isinstance(one.origin, StoreObject):
                stamps.append((one.origin.name, one.member, *one.origin.identity))
            else:
                found = Path(one.origin).stat()
                stamps.append((str(one.origin), one.member, found.st_size, found.st_mtime_ns))
    added = tuple((column.name, column.expr) for column in more)
    key = (tuple(stamps), repr(other.options), kind, tuple(columns), added, only_present)
    if key not in _kept:
        rows = list(_rows(other, kind, columns, more, only_present=only_present))
        while len(_kept) >= _MOST_KEPT:
            _kept.pop(next(iter(_kept)))
        _kept[key] = rows
    return _kept[key]


def _rows(
    other: _Other, kind: str, columns: Sequence[str], more: Sequence[Column] = (), *, only_present: bool = False
) -> Iterator[pa.RecordBatch]:
    """The rows of another export's record table, with the columns `more` after the declared ones.

    With `only_present`, columns that no file has are left out.
    """
    # The kind is checked while opening: a pipe cannot be opened twice.
    (group, *_), _, _ = open_candidates(other.files, other.options, other.argument)
    if group.kind != kind:
        name = group.candidates[0].name
        msg = f"{name} is {group.kind}, but {_WHAT[other.argument]} are taken from an export of kind {kind}"
        raise UnknownKindError(msg)
    table = group.export.record_table.name
    group = group.with_columns([table], more) if more else group
    compiled = compile_parts(group.parts, [table], list(columns), [], None, ids=False)
    present = {name for part in group.parts for header in part.headers for name in header}
    chosen = [name for name in columns if name in present or not only_present]
    with TableSet(group.parts, compiled, other.options, None) as rows:
        for block in rows:
            for _, batch in block.batches:
                yield batch.select(chosen) if only_present else batch
