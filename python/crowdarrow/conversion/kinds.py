"""What a conversion writes of each kind of its inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from crowdarrow.errors import UsageError
from crowdarrow.progress import follow
from crowdarrow.read.computed import check_arguments
from crowdarrow.read.inputs import stored_total
from crowdarrow.read.opened import several_kinds
from crowdarrow.read.output import Progress
from crowdarrow.suggest import hint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crowdarrow.conversion.targets import Targets
    from crowdarrow.read.layouts import CompiledParts
    from crowdarrow.read.opened import Opened


class KindPlan(NamedTuple):
    """The conversion of the inputs of one kind."""

    opened: Opened
    compiled: CompiledParts
    targets: Targets
    paths: dict[str, str]
    """The path of each table."""


def plan_kinds(opened: Sequence[Opened], targets: Targets) -> list[KindPlan]:
    """The conversion of each kind that has one of the tables.

    Raises:
        UsageError: inputs of several kinds don't go to a folder, or no kind has one of the tables.
        OutputError: an output cannot be written, or exists and `force` was not given.
    """
    if len(opened) == 1:
        (one,) = opened
        compiled = one.compile(targets.tables)
        return [KindPlan(one, compiled, targets, targets.paths(compiled.output_schemas))]
    if not targets.is_folder:
        raise several_kinds(opened, "add a trailing / to `output` to convert them to a folder")
    wanted = targets.tables
    known = {name for one in opened for name in (*one.tables, *one.export.requested_tables)} | {"all"}
    if isinstance(wanted, tuple) and (missing := [name for name in wanted if name not in known]):
        tables = ", ".join(sorted(known - {"all"}))
        msg = f"none of the kinds has a table {missing[0]!r}{hint(missing[0], known)}; their tables are {tables}"
        raise UsageError(msg)
    asked = wanted if isinstance(wanted, tuple) else ()
    check_arguments([one.export for one in opened], asked, opened[0].options)
    plans = []
    for one in opened:
        names = wanted
        if isinstance(wanted, tuple):
            names = tuple(name for name in wanted if name in {"all", *one.tables, *one.export.requested_tables})
        if names != ():
            compiled = one.compile(names, is_only=False)
            own = targets.of_kind(one.export.kind)
            plans.append(KindPlan(one, compiled, own, own.paths(compiled.output_schemas)))
    return plans


class TotalProgress:
    """Adds the progress of several kinds, one after the other.

    Args:
        show: the function that is called with the sum.
        opened: the inputs of all kinds that are read.
    """

    def __init__(self, show: Callable[[Progress], object], opened: Sequence[Opened]) -> None:
        self._show = show
        self._before = Progress(0, stored_total(one for kind in opened for one in kind.inputs), 0, 0, 0)
        self._now = self._before

    def __call__(self, progress: Progress) -> None:
        """Show the progress of the current kind."""
        self._now = self._sum(self._before, progress)
        self._show(self._now)

    def follow(self, source: Callable[[], Progress]) -> None:
        """Let a bar ask for the progress of the current kind."""
        before = self._before
        follow(self._show, lambda: self._sum(before, source()))

    @staticmethod
    def _sum(before: Progress, progress: Progress) -> Progress:
        return Progress(
            before.bytes_read + progress.bytes_read,
            before.bytes_total,
            before.records + progress.records,
            before.rows + progress.rows,
            before.rejected + progress.rejected,
        )

    def next_kind(self) -> None:
        """Start the next kind."""
        self._before = self._now
