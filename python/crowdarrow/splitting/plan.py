"""A plan: the splits of some inputs, and what all splits of a kind have in common. It is small, and can be pickled."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack, get_args

import pyarrow as pa

from crowdarrow._core import CsvSource, __version__
from crowdarrow.errors import UsageError
from crowdarrow.options import has_options, integer, options_from, shown
from crowdarrow.read.arguments import Inputs
from crowdarrow.read.inputs import as_list
from crowdarrow.read.opened import find_kinds, tables_of_kinds
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.people import key_of
from crowdarrow.read.project import Group
from crowdarrow.splitting.chain import follow
from crowdarrow.splitting.cutting import Cutter, Method, indices
from crowdarrow.splitting.reading import Layout, Shape, Split, SplitInput, open_shape
from crowdarrow.splitting.report import PartReport
from crowdarrow.stores.urls import is_url, local_path

if TYPE_CHECKING:
    from crowdarrow.read.folders import Candidate

_ID_BYTES = 16


@dataclass(frozen=True)
class Plan:
    """The splits of some inputs.

    Attributes:
        id: 32 hex digits; the same inputs, unchanged, and the same options have the same.
        splits: the splits, in the order of the input.
        shapes: what the splits of each kind have in common.
        skipped: files of folders and archives that are not read, with the reason.
    """

    id: str
    splits: tuple[Split, ...]
    shapes: tuple[Shape, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the inputs."""
        return tuple(shape.kind for shape in self.shapes)

    @property
    def kind(self) -> str:
        """The kind of the inputs.

        Raises:
            UsageError: they are of several.
        """
        return self.shape().kind

    def shape(self, kind: str | None = None) -> Shape:
        """What the splits of a kind have in common.

        Raises:
            UsageError: no input is of this kind, or the inputs are of several and none was named.
        """
        found = [shape for shape in self.shapes if kind in {None, shape.kind}]
        if len(found) != 1:
            msg = f"the inputs are of the kinds {', '.join(self.kinds)}; name one of them with `kind`"
            raise UsageError(msg)
        return found[0]

    def of_kind(self, kind: str) -> list[Split]:
        """The splits of a kind."""
        return [split for split in self.splits if split.kind == kind]

    def schema(self, table: str | None = None, kind: str | None = None) -> pa.Schema:
        """The schema of a table, by default of the record table, which each of its splits gives.

        Raises:
            UsageError: there is no such table, or the inputs are of several kinds and none was named.
        """
        compiled = open_shape(self.shape(kind)).compile(None if table is None else [table])
        return next(iter(compiled.output_schemas.values()))

    def redo(self, parts: Iterable[PartReport]) -> list[Split]:
        """The splits that start at wrong guesses; all must be converted again before `merge` accepts the parts.

        Args:
            parts: the parts so far, those that were converted again among them, in any order.

        Returns:
            Splits that start where the ones before them end, with their numbers. There are none in a plan by `exact`.
            Converting them may show that further splits are wrong: call this until it returns none.
        """
        return follow(self.splits, parts).wrong

    def __repr__(self) -> str:
        return f"<Plan {', '.join(self.kinds)}: {len(self.splits):,} split{'' if len(self.splits) == 1 else 's'}>"


@has_options(ReadKeywords, ReadOptions)
def splits(
    inputs: Inputs,
    target_bytes: int = 256 << 20,
    method: Method = "exact",
    index: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    **options: Unpack[ReadKeywords],
) -> Plan:
    """Plan the conversion of some inputs in parts, each of which any process can do.

    A file of up to `target_bytes` is one split, of which only the beginning is read here. So is one that is compressed,
    an archive or in another encoding than UTF-8, whatever its size.

    Args:
        inputs: paths, folders, globs or URLs. All processes open them under the same ones.
        target_bytes: the bytes of a split of a larger file, approximately.
        method: `"exact"` reads each larger file once, without decoding its records. `"probe"` guesses from 64 KiB at
            each border where a record begins; `merge` checks each guess, and `Plan.redo` has the splits of wrong ones.
        index: the path of a file's index, which `crowdarrow index` makes, or several: with it, `"exact"` reads nothing
            more.
        **options: see below; they apply to each split.

    Raises:
        UsageError: an input is not a path or URL, or an argument is invalid.
        CrowdarrowError: an input cannot be read, its kind is unknown, or it changed after its index was made.
    """
    if method not in get_args(Method):
        msg = f"`method` must be exact or probe, not {shown(method)}"
        raise UsageError(msg)
    target = integer("target_bytes", target_bytes)
    if target < 1:
        msg = f"`target_bytes` must be at least 1, not {target:,}"
        raise UsageError(msg)
    reading = _with_absolute_paths(options_from(ReadOptions, options, "ca.splits"))
    if reading.people_key is not None:
        key_of(reading.people_key)  # it is made here, so that all processes have the same
    found = find_kinds(as_list(inputs), reading)
    groups = [*found.groups, *found.others]
    for group in groups:
        if group.once_only is not None:
            msg = f"`inputs`: {group.once_only} is not a file, and cannot be opened in other processes; save it to one"
            raise UsageError(msg)
    known = tables_of_kinds(found.groups)
    cutter = Cutter(target, method, indices(index), reading)
    shapes = [_shape_of(group, groups, reading, known) for group in found.groups]
    shapes = [(replace(shape, has_guesses=method == "probe"), inputs_of) for shape, inputs_of in shapes]
    cutter.match(one for _, inputs_of in shapes for one in inputs_of)
    made: list[Split] = []
    for shape, inputs_of in shapes:
        for some in _splits_of(shape, inputs_of, cutter):
            made.append(replace(some, number=len(made)))
    plan_id = _id_of(made, reading, found.skipped)
    by_kind = {shape.kind: replace(shape, plan_id=plan_id) for shape, _ in shapes}
    final = tuple(replace(split, shape=by_kind[split.kind]) for split in made)
    return Plan(plan_id, final, tuple(by_kind.values()), tuple(found.skipped.items()))


def _splits_of(shape: Shape, inputs: tuple[SplitInput, ...], cutter: Cutter) -> Iterator[Split]:
    """The splits of the inputs of a kind, without their numbers."""
    if shape.options.duplicates == "first" and shape.collects_ids:
        # Which records a later input keeps depends on all of those before it.
        yield Split(0, shape, inputs, 0)
        return
    for number, one in enumerate(inputs):
        known, pieces = cutter.cut(one)
        for position, end in pieces:
            yield Split(0, shape, (known,), number, position, end, is_guess=shape.has_guesses)


def _shape_of(
    group: Group, groups: Sequence[Group], options: ReadOptions, known: dict[str, tuple[str, ...]]
) -> tuple[Shape, tuple[SplitInput, ...]]:
    """What the splits of a group have in common, and its inputs."""
    layouts: dict[Layout, int] = {}
    inputs = []
    candidates = iter(group.candidates)
    for part in group.parts:
        headers = list(dict.fromkeys(map(tuple, part.headers)))
        # Of thousands of files, most are alike: an equal part gives the same plan.
        number = layouts.setdefault(Layout(part.export.layout_name, tuple(headers)), len(layouts))
        for one, source, header in zip(part.inputs, part.sources, map(tuple, part.headers), strict=True):
            candidate = next(candidates)
            inputs.append(
                SplitInput(
                    candidate._replace(origin=_absolute(candidate.origin)),
                    number,
                    headers.index(header),
                    one.stored.stamp,
                    one.size,
                    source.separator if isinstance(source, CsvSource) else None,
                )
            )
    others = tuple(
        (other.kind, tuple(one._replace(origin=_absolute(one.origin)) for one in other.candidates))
        for other in groups
        if other.kind in group.export.companions
    )
    shape = Shape(group.kind, tuple(layouts), options, others, len(inputs), tuple(known.items()))
    return shape, tuple(inputs)


def _with_absolute_paths(options: ReadOptions) -> ReadOptions:
    """The options for processes with other current directories; globs of companions stay globs."""
    names = ("workflows", "subjects", "people_key")
    given: dict[str, Any] = {name: value for name in names if (value := getattr(options, name)) is not None}
    given = {name: _absolute(value) for name, value in given.items()}
    return replace(options, **given)


def _absolute(origin: Any) -> Any:
    """A path for processes with other current directories; URLs and objects of stores are the same for all."""
    path = local_path(origin)
    if is_url(path) or not isinstance(path, str | os.PathLike):
        return path
    return os.path.abspath(os.fspath(path))  # noqa: PTH100 - links are not followed


def _id_of(made: Sequence[Split], options: ReadOptions, skipped: dict[str, str]) -> str:
    found: list[Any] = [__version__, repr(options), sorted(skipped)]
    found += [
        [split.kind, split.position, split.end, split.is_guess, [_facts(one) for one in split.inputs]] for split in made
    ]
    return hashlib.blake2b(json.dumps(found).encode(), digest_size=_ID_BYTES).hexdigest()


def _facts(one: SplitInput) -> list[Any]:
    candidate: Candidate = one.candidate
    return [candidate.name, candidate.member, one.stamp, one.part, one.header]
