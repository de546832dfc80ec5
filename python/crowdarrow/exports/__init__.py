"""The kinds of export crowdarrow knows, and how a header is told to be one of them.

To add a kind: write a module that builds an `Export` (see `CONTRIBUTING.md`), and add it to `EXPORTS`.
"""

from crowdarrow.declare import Export
from crowdarrow.errors import UnknownKindError
from crowdarrow.exports.zooniverse import classifications, subjects, workflows

EXPORTS: tuple[Export, ...] = (classifications.EXPORT, subjects.EXPORT, workflows.EXPORT)

_SHOWN = 8
"""Columns of an unknown header that a message names."""


def kinds() -> dict[str, list[str]]:
    """The kinds that are read, each with the names of its tables, the record table first."""
    return {export.kind: [table.name for table in export.tables] for export in EXPORTS}


def by_kind(kind: str) -> Export:
    """The export of this kind.

    Raises:
        UnknownKindError: there is none.
    """
    for export in EXPORTS:
        if export.kind == kind:
            return export
    msg = f"no kind {kind!r}; known kinds: {', '.join(kinds())}"
    raise UnknownKindError(msg)


def detect(header: list[str], name: str) -> Export:
    """The export whose header this is; `name` is what messages call the input.

    Raises:
        UnknownKindError: the header is none of a known kind.
    """
    for export in EXPORTS:
        if export.matches(header):
            return export
    found = ", ".join(repr(column[:40]) for column in header[:_SHOWN]) + (", …" if len(header) > _SHOWN else "")
    known = "; ".join(
        f"{export.kind} ({', '.join(sorted(export.requires))} and {' or '.join(sorted(export.one_of))})"
        for export in EXPORTS
    )
    msg = f"{name}: unknown kind of export; its columns are {found}; known are {known}; choose one with --kind"
    raise UnknownKindError(msg)
