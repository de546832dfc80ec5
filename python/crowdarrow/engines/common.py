"""What the engines share: a plan, a task for each split, and the merge of the parts."""

from __future__ import annotations

import contextlib
import functools
import os
from typing import TYPE_CHECKING, Any

from crowdarrow.conversion.options import WriteOptions
from crowdarrow.errors import CrowdarrowError, RejectedError
from crowdarrow.options import check_names, options_from
from crowdarrow.read.inputs import as_list
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.splitting.folder import discard
from crowdarrow.splitting.merge import check_output, merge
from crowdarrow.splitting.options import MergeKeywords, PartKeywords, check_no_partitions
from crowdarrow.splitting.part import convert_split
from crowdarrow.splitting.plan import splits
from crowdarrow.splitting.reading import check_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.report import Report
    from crowdarrow.splitting.plan import Plan
    from crowdarrow.splitting.reading import Split
    from crowdarrow.splitting.report import PartReport

    Task = Callable[[Split], PartReport]

TARGET_BYTES = 256 << 20
"""Bytes of a split, by default."""
OWNERS = (ReadOptions, WriteOptions)
"""The dataclasses that have the options of `ConvertKeywords`."""


class ConvertKeywords(ReadKeywords, PartKeywords, MergeKeywords, total=False):
    """Keyword arguments of an engine's `convert`: those of reading, and of what is written."""


def convert(
    run: Callable[[Task, Sequence[Split]], Sequence[PartReport]],
    inputs: Inputs,
    output: str | os.PathLike[str],
    function: str,
    options: Mapping[str, Any],
    **planning: Any,
) -> Report:
    """Convert an export by tasks.

    Args:
        run: calls a task for each of some splits, anywhere and in any order, and returns what they return.
        inputs: as for `splits`.
        output: as for `convert_split`.
        function: the name of the caller, for messages.
        options: those of `OWNERS`.
        **planning: further arguments of `splits`.

    Whether the output can be written is checked before anything is read. The parts are removed if a task fails, or if
    all together have too many rejects. They stay after other errors of `merge`, such as a disk that is full: `merge`
    with `parts=None` finishes the work.
    """
    check_no_partitions(options)
    check_names(options, function, *OWNERS, only=ConvertKeywords.__annotations__)
    reading, writing, merging = (
        {name: value for name, value in options.items() if name in keywords.__annotations__}
        for keywords in (ReadKeywords, PartKeywords, MergeKeywords)
    )
    output, inputs = absolute(output), as_list(inputs)
    named = [one for name in ("workflows", "subjects") if (one := reading.get(name)) is not None]
    chosen = options_from(WriteOptions, {**writing, **merging}, function)
    check_output(output, chosen, [*inputs, *named])
    plan = plan_of(inputs, function, reading, **planning)
    check_output(output, chosen, [*inputs, *named], plan)
    task = functools.partial(convert_split, output=output, **writing)
    try:
        parts = {part.number: part for part in run(task, plan.splits)}
        while wrong := plan.redo(list(parts.values())):
            parts |= {part.number: part for part in run(task, wrong)}
    except BaseException:
        _discard(plan, output)
        raise
    try:
        return merge(plan, list(parts.values()), output, **merging)
    except RejectedError:
        _discard(plan, output)
        raise


def _discard(plan: Plan, output: str) -> None:
    """Remove the parts, as far as the store allows it: another error is being raised."""
    with contextlib.suppress(CrowdarrowError):
        discard(plan, output)


def attempt(task: Task, split: Split) -> PartReport | CrowdarrowError:
    """The part of a split, or the error that says why there is none.

    An engine would run a task that fails again, or end the run while other tasks still write.
    """
    try:
        return task(split)
    except CrowdarrowError as error:
        return error


def parts_of(results: Sequence[PartReport | CrowdarrowError]) -> list[PartReport]:
    """The parts that `attempt` returned for each split.

    Raises:
        CrowdarrowError: that of the first split that failed.
    """
    parts = []
    for one in results:
        if isinstance(one, CrowdarrowError):
            raise one
        parts.append(one)
    return parts


def plan_of(inputs: Inputs, function: str, options: Mapping[str, Any], **planning: Any) -> Plan:
    """The plan of an export for tasks of one thread each."""
    check_names(options, function, ReadOptions)
    return splits(inputs, **planning, **{"threads": 1, **options})


def check_readable(plan: Plan, table: str | None) -> None:
    """Check that a table can be read split by split.

    Raises:
        UsageError: its rows are counted over the whole input.
    """
    if table and len(plan.splits) > 1:
        check_rows(plan.kind, [table])


def absolute(path: str | os.PathLike[str]) -> str:
    """A path as processes with other working folders understand it. URLs stay, and so does the end of a folder."""
    text = os.fspath(path)
    if "://" in text:
        return text
    return os.path.join(os.path.abspath(text), "") if text.endswith(("/", os.sep)) else os.path.abspath(text)  # noqa: PTH100, PTH118
