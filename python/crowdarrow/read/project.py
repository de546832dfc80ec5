"""The inputs of a call by kind: which file is what."""

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from crowdarrow import exports
from crowdarrow._core import CsvSource, JsonSource
from crowdarrow.declare import Column, Export, Sample, Transform
from crowdarrow.errors import InputError, UnknownKindError
from crowdarrow.read.folders import Candidate, Expansion, expand
from crowdarrow.read.inputs import OpenInput, StoredFile, check_encoding, resolve
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.sniff import sniff
from crowdarrow.stores.object import StoreObject

_NAMED = 3
"""Files that a message names."""
_KEPT_OPEN = 8
"""Inputs that stay open after they were sampled; others are opened again when their records are read."""


class Part(NamedTuple):
    """Consecutive inputs of one kind in one layout."""

    export: Export
    inputs: list[OpenInput]
    sources: list[CsvSource | JsonSource]
    known_headers: Sequence[list[str]] | None = None
    """The columns of its sources, if these are read elsewhere."""

    @property
    def headers(self) -> list[list[str]]:
        """The columns of each source; a JSON record is one column without a name."""
        if self.known_headers is not None:
            return list(self.known_headers)
        headers = [source.header if isinstance(source, CsvSource) else [""] for source in self.sources]
        if len(headers) == 1:
            return headers
        # Most of thousands of files have the same columns, which need one list.
        known = {tuple(header): header for header in headers}
        return [known[tuple(header)] for header in headers]


@dataclass(eq=False)
class Group:
    """The inputs of one kind, open and in order.

    Attributes:
        kind: the kind.
        parts: the inputs by layout.
        candidates: the same inputs, to open them again.
    """

    kind: str
    parts: list[Part]
    candidates: list[Candidate]

    @property
    def export(self) -> Export:
        """The export, in the layout of the first input."""
        return self.parts[0].export

    @property
    def inputs(self) -> list[OpenInput]:
        """The inputs."""
        return [one for part in self.parts for one in part.inputs]

    def add(self, candidate: Candidate, export: Export, one: OpenInput, source: CsvSource | JsonSource) -> None:
        """Add an input."""
        self.candidates.append(candidate)
        if not self.parts or self.parts[-1].export is not export:
            self.parts.append(Part(export, [], []))
        self.parts[-1].inputs.append(one)
        self.parts[-1].sources.append(source)

    def with_columns(
        self, tables: Iterable[str], columns: Sequence[Column], transform: Transform | None = None
    ) -> "Group":
        """The same inputs, with more columns in some tables; see `Export.with_columns`."""
        export = self.export.with_columns(tables, columns, transform)
        parts = [part._replace(export=export) for part in self.parts]
        return Group(self.kind, parts, self.candidates)

    def mapped(self, function: Callable[[Export], Export]) -> "Group":
        """The same inputs, with other declarations of what they contain."""
        made = {id(part.export): function(part.export) for part in self.parts}
        return Group(self.kind, [part._replace(export=made[id(part.export)]) for part in self.parts], self.candidates)

    @property
    def once_only(self) -> str | None:
        """The name of an input that cannot be opened again, if there is one."""
        return next((one.name for one in self.candidates if not _is_file(one.origin)), None)


class Inputs(NamedTuple):
    """The inputs of a call.

    Attributes:
        groups: the inputs of each kind that is read, in the order of the known kinds.
        others: inputs of a folder or an archive that are of another kind than `kind`.
        skipped: the files of folders and archives that are not read, with the reason.
    """

    groups: list[Group]
    others: list[Group]
    skipped: dict[str, str]


def find_inputs(inputs: Any, options: ReadOptions) -> Inputs:
    """Open all inputs and detect the kind of each. Of folders and archives, the exports in them are opened.

    Raises:
        UnknownKindError: an input is not an export, or no file of the folders and archives is one.
        InputError: an input cannot be read.
    """
    return open_candidates(expand(resolve(inputs), options.member), options)


def open_candidates(expansion: Expansion, options: ReadOptions, argument: str = "input") -> Inputs:
    """`find_inputs` of files that are known; `argument` names them in messages."""
    check_encoding(options.encoding)
    any_kind = replace(options, kind=None)
    groups: dict[str, Group] = {}
    skipped = dict(expansion.skipped)
    files: dict[Any, StoredFile] = {}
    kept = 0
    for candidate in expansion.candidates:
        # Thousands of files cannot be open at once.
        is_closed = kept >= _KEPT_OPEN and _is_file(candidate.origin)
        is_stored = isinstance(candidate.origin, str | os.PathLike | StoreObject)
        try:
            one = OpenInput(
                candidate.origin,
                candidate.name,
                member=candidate.member,
                options=options,
                file=files.setdefault(candidate.origin, StoredFile()) if is_stored else None,
                is_sampled=is_closed,
            )
            source, sample = sniff(one, any_kind if candidate.optional else options)
            export = _detect(sample, options.kind, candidate)
        except (UnknownKindError, InputError) as error:
            if not candidate.optional or not _is_no_export(error):
                raise
            skipped[candidate.name] = str(error)
            continue
        if is_closed:
            source.close(one.reopen)
        kept += not is_closed
        groups.setdefault(export.kind, Group(export.kind, [], [])).add(candidate, export, one, source)
    chosen = {kind: group for kind, group in groups.items() if options.kind in {None, kind}}
    others = [group for kind, group in groups.items() if kind not in chosen]
    skipped |= {one.name: f"{one.name} is {group.kind}" for group in others for one in group.candidates}
    if not chosen:
        why = "; ".join(list(skipped.values())[:_NAMED])
        why = why or "the folder has no files; those in its folders are not read"
        msg = f"no file of `{argument}` is an export: {why}"
        raise UnknownKindError(msg)
    return Inputs([chosen[kind] for kind in exports.kinds() if kind in chosen], others, skipped)


def _is_no_export(error: UnknownKindError | InputError) -> bool:
    """Whether an error says that a file is not an export. A file that is damaged or cannot be read may be one."""
    return isinstance(error, UnknownKindError) or (type(error) is InputError and error.errno is None)


def _detect(sample: Sample, kind: str | None, candidate: Candidate) -> Export:
    # `kind` chooses among the files of a folder; it is the kind of a file that was named.
    return exports.detect(sample) if kind is None or candidate.optional else exports.by_kind(kind, sample)


def _is_file(origin: Any) -> bool:
    if isinstance(origin, StoreObject):
        return True
    return isinstance(origin, str | os.PathLike) and os.path.isfile(origin)  # noqa: PTH113 - a name may be too long for `Path`
