"""The known kinds of export, and the detection of an input's kind.

To add a kind, write a module that builds an `Export` (see `CONTRIBUTING.md`) and add it to `EXPORTS`.
"""

from crowdarrow.declare import Export, Sample
from crowdarrow.errors import NoSuchKindError, UnknownKindError
from crowdarrow.exports import pybossa
from crowdarrow.exports.libcrowds import collections
from crowdarrow.exports.other_files import other_file
from crowdarrow.exports.pybossa import results, task_runs, tasks
from crowdarrow.exports.pybossa.detect import advice
from crowdarrow.exports.zooniverse import classifications, subjects, workflows
from crowdarrow.suggest import hint

EXPORTS: tuple[Export, ...] = (
    classifications.EXPORT,
    subjects.EXPORT,
    workflows.EXPORT,
    *tasks.EXPORTS,
    *task_runs.EXPORTS,
    *results.EXPORTS,
    *collections.EXPORTS,
)
"""All exports, in the order of detection; a kind with several layouts is listed once per layout."""

SKIP_MEMBERS: tuple[str, ...] = pybossa.SKIP_MEMBERS
"""Suffixes of zip members that are skipped unless requested by name."""

_COLUMNS_SHOWN = 8


def kinds() -> dict[str, list[str]]:
    """The known kinds, each with the names of its tables, the record table first."""
    found: dict[str, list[str]] = {}
    for export in EXPORTS:
        tables = found.setdefault(export.kind, [])
        tables.extend(table.name for table in export.tables if table.name not in tables)
    return found


def full_name(kind: str) -> str:
    """The full name of a kind, of which one part is enough if no other kind has it: `tasks` is `pybossa.tasks`.

    Raises:
        NoSuchKindError: the kind does not exist, or the part is that of several.
    """
    known = kinds()
    if kind in known:
        return kind
    found = [name for name in known if kind in name.split(".")]
    if len(found) > 1:
        msg = f"{kind!r} is not one kind, but part of the names of several: {', '.join(found)}; name one of them"
        raise NoSuchKindError(msg)
    if not found:
        owners = ", ".join(name for name, tables in known.items() if kind in tables)
        names = [*known, *(name.split(".")[1] for name in known)]
        more = f": it is a table of {owners}" if owners else hint(kind, names)
        msg = f"unknown kind {kind!r}{more}; the known kinds are {', '.join(known)}"
        raise NoSuchKindError(msg)
    return found[0]


def by_kind(kind: str, sample: Sample | None = None) -> Export:
    """The export of a kind, in the layout of the sample if it matches one.

    Raises:
        NoSuchKindError: the kind does not exist.
        UnknownKindError: the sample lacks columns of the kind, or is CSV and the kind JSON, or the reverse.
    """
    kind = full_name(kind)
    known = [export for export in EXPORTS if export.kind == kind]
    if sample is None:
        return known[0]
    same_format = [export for export in known if export.json == sample.json]
    if not same_format:
        expected, actual = ("CSV", "JSON") if sample.json else ("JSON", "CSV")
        msg = f"{sample.name} is {actual}, but exports of kind {kind} are {expected}"
        raise UnknownKindError(msg)
    fitting = [export for export in same_format if export.lacks(sample) is None]
    if not fitting:
        lacks = min((export.lacks(sample) or "" for export in same_format), key=len)
        others = dict.fromkeys(export.kind for export in EXPORTS if export.matches(sample))
        found = f"it looks like {next(iter(others))}" if others else _found(sample)
        msg = f"{sample.name} is not {kind}: it lacks {lacks}; {advice(sample) or other_file(sample) or found}"
        raise UnknownKindError(msg)
    return next((export for export in fitting if export.matches(sample)), fitting[0])


def has_columns(header: list[str], kind: str | None) -> bool:
    """Whether a CSV header has the columns of `kind`, or of any kind if that is None."""
    sample = Sample("", "", header, [], json=False)
    return any(
        not export.json
        and export.lacks(sample) is None
        and (export.matches(sample) if kind is None else export.kind == kind)
        for export in EXPORTS
    )


def is_decided(sample: Sample, kind: str | None) -> bool:
    """Whether more rows of JSON cannot change the kind of a sample, or whether it is of `kind`."""
    if kind is not None:
        return any(export.json and export.kind == kind and export.lacks(sample) is None for export in EXPORTS)
    return any(export.matches(sample) and not export.sampled_by for export in EXPORTS)


def may_be_json(sample: Sample, kind: str | None) -> bool:
    """Whether a sample may be of a kind whose records are JSON: of `kind`, or of any if that is None."""
    return any(export.json and (export.matches(sample) if kind is None else export.kind == kind) for export in EXPORTS)


def detect(sample: Sample) -> Export:
    """The first export that matches a sample.

    Raises:
        UnknownKindError: no export matches.
    """
    for export in EXPORTS:
        if export.matches(sample):
            return export
    if other := advice(sample):
        msg = f"{sample.name} is not an export: {other}"
        raise UnknownKindError(msg)
    if not sample.header and not sample.rows:
        nothing = f"{sample.name} has no record that can be read"
        msg = f"{nothing}, and its name does not say what it is a download of; name the `kind`"
        raise UnknownKindError(msg)
    what = "JSON of another kind than an export" if sample.json else "unknown kind of export"
    other = other_file(sample)
    found = f"{sample.name} is not an export: {other}" if other else f"{sample.name}: {what}; {_found(sample)}"
    msg = f"{found}; the known kinds are {', '.join(kinds())}"
    raise UnknownKindError(msg)


def _found(sample: Sample) -> str:
    """The first columns or members of a sample, for a message."""
    found = ", ".join(repr(column[:40]) for column in sample.header[:_COLUMNS_SHOWN])
    found += ", …" if len(sample.header) > _COLUMNS_SHOWN else ""
    if not found:
        return "it has no object with members"
    return f"its {'members' if sample.json else 'columns'} are {found}"
