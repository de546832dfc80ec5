"""A split, and its reading: what a process needs of a plan to read one part of the inputs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from crowdarrow import exports
from crowdarrow._core import CsvSource, JsonSource, RecordIds
from crowdarrow.errors import DamagedInputError, UsageError
from crowdarrow.indexing.positions import Position
from crowdarrow.read.folders import Candidate
from crowdarrow.read.inputs import OpenInput, StoredFile
from crowdarrow.read.layouts import CompiledParts
from crowdarrow.read.opened import Opened, ReadableSplit, open_group
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.people import KeyFile
from crowdarrow.read.project import Group, Part
from crowdarrow.read.sniff import sniff
from crowdarrow.read.table_set import TableSet

_KEPT_OPEN = 8
START: Position = (0, 1, 0)
"""The position of an input's beginning."""


@dataclass(frozen=True)
class Layout:
    """The headers of consecutive inputs of a kind in one layout."""

    name: str
    headers: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Shape:
    """What the splits of a kind have in common: with it, each of them gives the tables of all inputs.

    Attributes:
        kind: the kind.
        layouts: the headers of all inputs, in the order of their first appearance.
        options: how they are read.
        others: the inputs of other kinds from which values are taken.
        inputs: the number of inputs.
        known: the tables of each kind in the plan, those that are made on request last.
        plan_id: the id of the plan.
        has_guesses: whether the splits of the plan may start at guesses.
    """

    kind: str
    layouts: tuple[Layout, ...]
    options: ReadOptions
    others: tuple[tuple[str, tuple[Candidate, ...]], ...]
    inputs: int
    known: tuple[tuple[str, tuple[str, ...]], ...]
    plan_id: str = ""
    has_guesses: bool = False

    @property
    def collects_ids(self) -> bool:
        """Whether records of one input may come again in another."""
        return self.inputs > 1 and exports.by_kind(self.kind).record_id is not None


@dataclass(frozen=True)
class SplitInput:
    """A file, or a member of an archive.

    Attributes:
        candidate: how it is opened.
        part: the number of its layout.
        header: the number of its header in the layout.
        stamp: its size and time of change, which show whether the file has changed.
        size: its stored size in bytes.
        separator: the separator of its fields; None for JSON.
        header_quoted: whether all names of its header are quoted.
        lines: whether it is JSON Lines.
        digest: its digest and the digest's name, if the plan knows it.
    """

    candidate: Candidate
    part: int
    header: int
    stamp: tuple[int, int] | None
    size: int | None
    separator: str | None
    header_quoted: bool = False
    lines: bool = False
    digest: tuple[str, str] | None = None


@dataclass(frozen=True, repr=False)
class Split(ReadableSplit):
    """A part of a plan that one process reads: one file or several, or a part of one.

    Attributes:
        number: its number in the plan, from 0.
        shape: what it has in common with others.
        inputs: its inputs.
        first: the number of its first input among those of its kind.
        position: where it starts: byte, line from 1, number of records before.
        end: the byte before which its last record starts; None at the end of the input.
        is_guess: whether its start is a guess, so that its lines and records are counted from there.
    """

    number: int
    shape: Shape
    inputs: tuple[SplitInput, ...]
    first: int
    position: Position = START
    end: int | None = None
    is_guess: bool = False

    @property
    def kind(self) -> str:
        """The kind of its inputs."""
        return self.shape.kind

    @property
    def start(self) -> int:
        """The byte at which it starts."""
        return self.position[0]

    @property
    def is_whole(self) -> bool:
        """Whether its inputs are read whole."""
        return self.end is None and not self.start

    @property
    def is_first(self) -> bool:
        """Whether it is the first one of its kind."""
        return not self.first and not self.start

    @property
    def is_relative(self) -> bool:
        """Whether its lines and records are counted from its start, since it is not known what comes before."""
        return self.is_guess and self.start > 0

    @property
    def place(self) -> tuple[bool, bool, bool]:
        """What decides which of its tables are finished when the parts are merged."""
        return self.is_first, self.first > 0, self.is_relative

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return tuple(one.candidate.name for one in self.inputs)

    @property
    def bytes(self) -> int:
        """Stored bytes that are read for it, approximately."""
        sizes = sum(one.size or 0 for one in self.inputs)
        return (sizes if self.end is None else self.end) - self.start

    def read(self, tables: Sequence[str] | None) -> TableSet:
        """Start reading some tables, by default the record table.

        Raises:
            UsageError: the plan has guesses, which only `convert_split` and `merge` check, or the rows of a table are
                counted over all splits.
        """
        if self.shape.has_guesses:
            msg = "`input`: a split of a plan with `method` probe can only be converted, since its borders are guesses"
            raise UsageError(msg)
        if not (self.is_whole and len(self.inputs) == self.shape.inputs):
            check_rows(self.kind, tables or ())
        opened = open_shape(self.shape)
        return start(self, opened, opened.compile(tables))

    def __repr__(self) -> str:
        more = f" and {len(self.inputs) - 1} more" if len(self.inputs) > 1 else ""
        return f"<Split {self.number} of {self.inputs[0].candidate.name!r}{more}: {self.bytes:,} bytes>"


def check_rows(kind: str, tables: Iterable[str]) -> None:
    """Check that tables have rows in each split.

    Raises:
        UsageError: rows of a table are counted over the whole input.
    """
    for table in tables:
        if table in exports.by_kind(kind).requested_tables:
            msg = (
                f"`table` {table} is counted over the whole input, not split by split; use `convert`, or "
                "`convert_split` and `merge`"
            )
            raise UsageError(msg)


def open_shape(shape: Shape, options: ReadOptions | None = None) -> Opened:
    """The kind of some splits, as if all of its inputs were open."""
    options = options or shape.options
    by_layout = {export.layout_name: export for export in exports.EXPORTS if export.kind == shape.kind}
    parts = [Part(by_layout[one.name], [], [], list(map(list, one.headers))) for one in shape.layouts]
    others = [Group(kind, [], list(candidates)) for kind, candidates in shape.others]
    filters = [one for one in options.filters() if one.argument in parts[0].export.filters]
    group = Group(shape.kind, parts, [])
    return open_group(group, others, filters, options, KeyFile(options.people_key), is_several=shape.inputs > 1)


def start(
    split: Split, opened: Opened, compiled: CompiledParts, *, ids: RecordIds | None = None, tracks_keys: bool = False
) -> TableSet:
    """Start reading a split.

    Raises:
        DamagedInputError: an input is not what it was when the plan was made.
        CrowdarrowError: an input cannot be read.
    """
    if opened.renaming is not None:
        opened.renaming.load()
    parts: list[Part] = []
    plans: list[Any] = []
    last = None
    files: dict[str, StoredFile] = {}
    for number, one in enumerate(split.inputs):
        if one.part != last:
            parts.append(Part(opened.group.parts[one.part].export, [], []))
            plans.append(compiled.plans[one.part].replaced(columns=[], least=[]))
            last = one.part
        if split.is_whole:
            own, source = _open(one, opened, files, is_kept=number < _KEPT_OPEN)
        else:
            own, source = _open_part(one, opened, split)
        parts[-1].inputs.append(own)
        parts[-1].sources.append(source)
        plans[-1].columns.append(compiled.plans[one.part].columns[one.header])
        plans[-1].least.append(compiled.plans[one.part].least[one.header])
    found = compiled.replaced(plans=plans, is_united=len(compiled.plans) > 1)
    return TableSet(parts, found, opened.options, ids, opened.filters, tracks_keys=tracks_keys)


def _open(
    one: SplitInput, opened: Opened, files: dict[str, StoredFile], *, is_kept: bool
) -> tuple[OpenInput, CsvSource | JsonSource]:
    candidate, options = one.candidate, opened.options
    own = OpenInput(
        candidate.origin,
        candidate.name,
        member=candidate.member,
        options=options,
        file=files.setdefault(str(candidate.origin), StoredFile()),
        is_sampled=not is_kept,
    )
    source, _ = sniff(own, replace(options, kind=None) if candidate.optional else options)
    _check_same(one, own, source, opened)
    if not is_kept:
        source.close(own.reopen)
    return own, source


def _open_part(one: SplitInput, opened: Opened, split: Split) -> tuple[OpenInput, CsvSource | JsonSource]:
    """Open a part of an input. Its digest is that of the whole input, which is not read."""
    candidate, options = one.candidate, replace(opened.options, digest=None)
    own = OpenInput(candidate.origin, candidate.name, member=None, options=options, start=split.start)
    if not split.start:
        any_kind = replace(options, kind=None)
        source, _ = sniff(own, any_kind if candidate.optional else options, end=split.end)
    else:
        place: dict[str, Any] = {
            "block_bytes": options.block_bytes,
            "max_record_bytes": options.max_record_bytes,
            "start": split.position,
            "end": split.end,
        }
        if one.separator is None:
            source = JsonSource.at(own.text, **place, lines=one.lines)
        else:
            source = CsvSource.at(
                own.text,
                **place,
                header=opened.group.parts[one.part].headers[one.header],
                separator=one.separator,
                header_quoted=one.header_quoted,
            )
    _check_same(one, own, source, opened)
    return own, source


def _check_same(one: SplitInput, own: OpenInput, source: CsvSource | JsonSource, opened: Opened) -> None:
    header = source.header if isinstance(source, CsvSource) else [""]
    if own.stored.stamp != one.stamp or header != opened.group.parts[one.part].headers[one.header]:
        msg = f"{one.candidate.name} is damaged: it changed after the plan was made; make a new plan"
        raise DamagedInputError(msg)
