"""The kinds of export crowdarrow knows, and how an input is told to be one of them.

To add a kind: write a module that builds an `Export` (see `CONTRIBUTING.md`), and add it to `EXPORTS`.
"""

from crowdarrow.declare import Export, Sample
from crowdarrow.errors import NoSuchKindError, UnknownKindError
from crowdarrow.exports.libcrowds import collections
from crowdarrow.exports.pybossa import projects
from crowdarrow.exports.zooniverse import classifications, subjects, workflows

EXPORTS: tuple[Export, ...] = (
    classifications.EXPORT,
    subjects.EXPORT,
    workflows.EXPORT,
    *projects.EXPORTS,
    *collections.EXPORTS,
)
"""All of them; a kind with several layouts stands here once for each."""

_SHOWN = 8
"""Columns of an unknown header that a message names."""


def kinds() -> dict[str, list[str]]:
    """The kinds that are read, each with the names of its tables, the record table first."""
    found: dict[str, list[str]] = {}
    for export in EXPORTS:
        tables = found.setdefault(export.kind, [])
        tables.extend(table.name for table in export.tables if table.name not in tables)
    return found


def by_kind(kind: str, sample: Sample | None = None) -> Export:
    """The export of this kind, in the layout of the sample if it is one of that kind's.

    Raises:
        NoSuchKindError: there is none.
        UnknownKindError: the sample is CSV and the kind JSON, or the other way about.
    """
    known = [export for export in EXPORTS if export.kind == kind]
    if not known:
        msg = f"no kind {kind!r}; known kinds: {', '.join(kinds())}"
        raise NoSuchKindError(msg)
    if sample is None:
        return known[0]
    fitting = [export for export in known if export.json == sample.json]
    if not fitting:
        known_as, found_as = ("CSV", "JSON") if sample.json else ("JSON", "CSV")
        msg = f"{sample.name}: {kind} is {known_as}, and this is {found_as}"
        raise UnknownKindError(msg)
    return next((export for export in fitting if export.matches(sample)), fitting[0])


def may_be_json(sample: Sample, kind: str | None) -> bool:
    """Whether a sample is of a kind whose records are JSON: of the one it is said to be, or of any."""
    return any(export.json and (export.matches(sample) if kind is None else export.kind == kind) for export in EXPORTS)


def detect(sample: Sample) -> Export:
    """The export that an input is.

    Raises:
        UnknownKindError: it is none of a known kind.
    """
    for export in EXPORTS:
        if export.matches(sample):
            return export
    found = ", ".join(repr(column[:40]) for column in sample.header[:_SHOWN])
    found += ", …" if len(sample.header) > _SHOWN else ""
    what = "members" if sample.json else "columns"
    msg = (
        f"{sample.name}: unknown kind of export; its {what} are {found or 'none'}; known are {', '.join(kinds())}; "
        "choose one with --kind"
    )
    raise UnknownKindError(msg)
