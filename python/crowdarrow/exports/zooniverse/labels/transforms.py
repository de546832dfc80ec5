"""Labels as vectorised transforms of batches.

The columns that determine a label hold few distinct combinations of values (see `distinct`). Each combination is
resolved once per version of the workflow, and the labels are taken by its number. No Python code runs per row.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from crowdarrow.declare import Transform
from crowdarrow.exports.zooniverse.labels import RECORDS, resolve
from crowdarrow.exports.zooniverse.labels.distinct import distinct
from crowdarrow.exports.zooniverse.labels.versions import Versions
from crowdarrow.kernels import array, call, cast, choose, scalar, take

if TYPE_CHECKING:
    from collections.abc import Iterable

Arrays = Mapping[str, pa.Array]

_MAX_RESOLVED = 50_000
"""Combinations that a resolver remembers; when there are more, all are forgotten."""

_VERSION = ("workflow_id", "workflow_version")
_ID = re.compile(r"\+?(-?[0-9]{1,19})(?:\.0+)?")
_SUBTASK = ("task", "subtask", "_tool_label", "_tool_index", "_detail_index")
_TYPES = {"choice_index": pa.int32()}
# pyarrow infers the type of a bare Python value at each call, which takes longer than the work on a batch.
_TRUE, _FALSE = (scalar(value, pa.bool_()) for value in (True, False))
_INT32_LIMIT = scalar(2.0**31, pa.float64())
_NO_NUMBER = scalar(None, pa.float64())
_NO_TEXT = scalar(None, pa.string())
_VALUE = scalar("value", pa.string())


class _Resolver:
    """Resolves the labels that a function of `resolve` determines from the columns `keys`."""

    def __init__(self, versions: Versions, function: Callable[..., tuple[Any, ...]], keys: tuple[str, ...]) -> None:
        self.keys = keys
        self._versions, self._function = versions, function
        self._resolved: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def labels(self, versions: pa.Array, keys: Sequence[pa.Array]) -> tuple[pa.Array, list[tuple[Any, ...]]]:
        """For each row the number of its labels, and the labels by number; `versions` are indices of versions."""
        found = distinct([versions, *keys])
        if len(self._resolved) > _MAX_RESOLVED:
            self._resolved.clear()
        new = [combination for combination in found.combinations if combination not in self._resolved]
        # In order of versions, so that each version is parsed once.
        for combination in sorted(new, key=lambda combination: combination[0]):
            index, *values = combination
            self._resolved[combination] = self._function(self._versions.workflow(index), *values)
        return found.numbers, [self._resolved[combination] for combination in found.combinations]


class _Selection(NamedTuple):
    """The rows of a batch that one resolver labels."""

    resolver: _Resolver
    mask: pa.Array
    """The rows; the selections of a batch don't overlap."""
    columns: Arrays
    """All rows of the resolver's key columns."""


class _Labels(NamedTuple):
    """Columns whose nulls are filled together, and the resolvers of their labels."""

    names: tuple[str, ...]
    resolvers: tuple[_Resolver, ...]
    select: Callable[[Arrays], list[_Selection]] | None = None
    """The rows that each resolver labels; by default the first resolver labels all rows."""
    needs: tuple[str, ...] = ()
    """Columns that only `select` reads."""

    @property
    def inputs(self) -> tuple[str, ...]:
        """The columns that are read."""
        return (*(key for resolver in self.resolvers for key in resolver.keys), *self.needs, *self.names)

    def fill(self, arrays: Arrays, versions: pa.Array) -> dict[str, pa.Array]:
        """The columns without the nulls that have a label; `versions` are indices of versions."""
        if not any(arrays[name].null_count for name in self.names):
            return {}
        if self.select is None:
            selections = [_Selection(self.resolvers[0], pa.repeat(_TRUE, len(versions)), arrays)]
        else:
            selections = self.select(arrays)
        labels = _labels(self.names, versions, selections)
        return {name: _fill_nulls(arrays[name], labels[name]) for name in self.names}


def _label_transform(versions: Versions, *groups: _Labels) -> Transform:
    """A transform that fills the nulls in the columns of these groups and makes `label_exact`."""
    names = tuple(name for group in groups for name in group.names)

    def run(arrays: Arrays) -> Arrays:
        if not len(arrays[names[0]]):
            return {"label_exact": pa.nulls(0, pa.bool_())}
        found = distinct([arrays[name] for name in _VERSION])
        resolved = [versions.resolve(*pair) or (None, None) for pair in found.combinations]
        indices = take(array([index for index, _ in resolved], pa.int32()), found.numbers)
        exact = take(array([exact for _, exact in resolved], pa.bool_()), found.numbers)
        filled: dict[str, pa.Array] = {"label_exact": exact}
        for group in groups:
            filled |= group.fill(arrays, indices)
        return filled

    read = (*_VERSION, *(name for group in groups for name in group.inputs))
    return Transform(tuple(dict.fromkeys(read)), (*names, "label_exact"), run)


def _labels(names: Sequence[str], versions: pa.Array, selections: Sequence[_Selection]) -> dict[str, pa.Array]:
    """The labels of each row; null in rows without a version or selection."""
    numbers = pa.nulls(len(versions), pa.int32())
    labels: list[tuple[Any, ...]] = []
    for resolver, rows, arrays in selections:
        mask = call("and", rows, call("is_valid", versions))
        if not mask.true_count:
            continue
        is_whole = mask.true_count == len(mask)
        columns = [versions, *(arrays[key] for key in resolver.keys)]
        if not is_whole:
            columns = [choose(column, mask) for column in columns]
        own, found = resolver.labels(columns[0], columns[1:])
        own = call("add", own, scalar(len(labels), pa.int32()))
        numbers = own if is_whole else call("replace_with_mask", numbers, mask, own)
        labels += found
    values = list(zip(*labels, strict=True)) if labels else [()] * len(names)
    return {
        name: take(array(column, _TYPES.get(name, pa.string())), numbers)
        for name, column in zip(names, values, strict=True)
    }


def _fill_nulls(column: pa.Array, labels: pa.Array) -> pa.Array:
    if column.null_count == len(column):
        return labels
    return call("coalesce", column, labels) if column.null_count else column


def _to_int32(numbers: pa.Array) -> pa.Array:
    """Numbers that are an int32; null for others."""
    is_whole = call("equal", call("floor", numbers), numbers)
    is_small = call("less", call("abs", numbers), _INT32_LIMIT)
    return cast(call("if_else", call("and", is_whole, is_small), numbers, _NO_NUMBER), pa.int32())


def _answers(versions: Versions) -> Transform:
    survey = _Resolver(versions, resolve.survey, ("task", "question", "answer"))
    subtask = _Resolver(versions, resolve.subtask, (*_SUBTASK, "number"))
    dropdown = _Resolver(versions, resolve.dropdown, (*_SUBTASK, "question", "answer_index", "answer", "choice_index"))

    def select(arrays: Arrays) -> list[_Selection]:
        is_survey = call("is_valid", arrays["identification_index"])
        is_dropdown = call("is_valid", arrays["_option_member"])
        is_subtask = call("and_not", call("is_valid", arrays["subtask"]), is_dropdown)
        # The text of other options is neither looked up nor a part of the combination.
        has_value = call("coalesce", call("equal", arrays["_option_member"], _VALUE), _FALSE)
        has_no_index = call("is_null", arrays["choice_index"])
        is_option = call("coalesce", arrays["is_option"], _TRUE)
        is_found_by_text = call("and", call("and", has_value, has_no_index), is_option)
        numbers = {"number": _to_int32(arrays["number"])}
        return [
            _Selection(survey, is_survey, arrays),
            _Selection(subtask, call("and_not", is_subtask, is_survey), {**arrays, **numbers}),
            _Selection(
                dropdown,
                call("and_not", is_dropdown, is_survey),
                {**arrays, "answer": call("if_else", is_found_by_text, arrays["answer"], _NO_TEXT)},
            ),
        ]

    names = ("question_label", "label", "choice_index")
    needs = ("identification_index", "is_option", "_option_member")
    return _label_transform(
        versions,
        _Labels(("task_label",), (_Resolver(versions, resolve.task_label, ("task",)),)),
        _Labels(names, (survey, subtask, dropdown), select, needs),
    )


class _Tally:
    """Counts records by the version that labels are taken from."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self._counts = {"exact": 0, "near": 0, "no_workflow": 0}

    def run(self, arrays: Arrays) -> Arrays:
        """Count the records of a batch; `workflow_id` is text."""
        columns = [arrays[name] for name in _VERSION]
        if len(columns[0]):
            found = distinct(columns)
            numbers = call("value_counts", found.numbers)
            for number, count in zip(numbers.field(0).to_pylist(), numbers.field(1).to_pylist(), strict=True):
                workflow_id, version = found.combinations[number]
                resolved = self._versions.resolve(_read_id(workflow_id), version)
                name = "no_workflow" if resolved is None else "exact" if resolved[1] else "near"
                self._counts[name] += count
        return {}

    def counts(self) -> dict[str, int]:
        """The counts of all batches."""
        return dict(self._counts)


def _read_id(text: str | None) -> int | None:
    """An id from the text of a cell, as an integer column reads it."""
    match = _ID.fullmatch(text or "")
    return int(match[1]) if match else None


def transforms(batches: "Iterable[pa.RecordBatch]") -> dict[str, Transform]:
    """For each table with labels, the transform that fills them from the rows of a workflow export."""
    versions = Versions.load(batches)
    annotation = _Resolver(
        versions, resolve.annotation, ("task", "_drawing", "_tool_label", "_tool_index", "_detail_index")
    )
    mark = _Resolver(versions, resolve.mark, ("task", "tool_index", "tool_label"))
    identification = _Resolver(versions, resolve.identification, ("task", "choice"))
    tally = _Tally(versions)
    return {
        RECORDS.name: Transform(_VERSION, _VERSION[:1], tally.run, counts=tally.counts),
        "annotations": _label_transform(versions, _Labels(("task_label", "task_type"), (annotation,))),
        "answers": _answers(versions),
        "marks": _label_transform(versions, _Labels(("tool_label", "tool_type", "task_label"), (mark,))),
        "identifications": _label_transform(versions, _Labels(("choice_label", "task_label"), (identification,))),
    }
