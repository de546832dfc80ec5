"""Labels as vectorised steps over batches.

The columns that labels hang on take few different values together (`distinct`): each combination is resolved once in a
version of the workflow, and the labels are taken by its number. No Python runs for a row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare import Transform
from crowdarrow.exports.zooniverse.labels import resolve
from crowdarrow.exports.zooniverse.labels.distinct import distinct
from crowdarrow.exports.zooniverse.labels.versions import Versions

if TYPE_CHECKING:
    import os

Arrays = Mapping[str, pa.Array]

_MOST_KNOWN = 50_000
"""Combinations that a part remembers from batch to batch; past them all are forgotten."""

_OF_VERSION = ("workflow_id", "workflow_version")
_SUBTASK = ("task", "subtask", "_tool_label", "_tool_index", "_detail_index")
_TYPES = {"choice_index": pa.int32()}
# A kernel that is given a Python value infers its type, which takes longer than a batch's work.
_TRUE = pa.scalar(value=True, type=pa.bool_())
_INT32 = pa.scalar(2.0**31, pa.float64())
_FALSE = pa.scalar(value=False, type=pa.bool_())
_VALUE = pa.scalar("value", pa.string())


class _Part:
    """Rows whose labels hang on the same columns, and are resolved by the same function of them."""

    def __init__(self, versions: Versions, resolved: Callable[..., tuple[Any, ...]], keys: tuple[str, ...]) -> None:
        self.keys = keys
        self._versions, self._resolved = versions, resolved
        self._known: dict[tuple[Any, ...], tuple[Any, ...]] = {}

    def labels(self, places: pa.Array, keys: Sequence[pa.Array]) -> tuple[pa.Array, list[tuple[Any, ...]]]:
        """Of each row, by the places of the versions and the keys, the number of its labels; and these by number."""
        found = distinct([places, *keys])
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        new = [one for one in found.combinations if one not in self._known]
        # By version, so that each is opened once.
        for one in sorted(new, key=lambda combination: combination[0]):
            self._known[one] = self._resolved(self._versions.opened(one[0]), *one[1:])
        return found.numbers, [self._known[one] for one in found.combinations]


class _Chosen(NamedTuple):
    """Part of a batch's rows."""

    part: _Part
    mask: pa.Array
    """Which rows; no two parts have one in common."""
    keys: list[pa.Array]
    """Columns of all rows."""


class _Batch:
    """The versions of a batch's rows."""

    def __init__(self, versions: Versions, arrays: Arrays) -> None:
        found = distinct([arrays[name] for name in _OF_VERSION])
        resolved = [versions.resolve(*pair) or (None, None) for pair in found.combinations]
        self.places = pa.array([place for place, _ in resolved], pa.int32()).take(found.numbers)
        self.exact = pa.array([exact for _, exact in resolved], pa.bool_()).take(found.numbers)

    def labels(self, names: Sequence[str], chosen: Sequence[_Chosen]) -> dict[str, pa.Array]:
        """The labels of these names, of the rows chosen."""
        numbers = pa.nulls(len(self.places), pa.int32())
        labels: list[tuple[Any, ...]] = []
        known = self.places.is_valid()
        for part, rows, keys in chosen:
            mask = pc.and_(rows, known)
            if not mask.true_count:
                continue
            whole = mask.true_count == len(mask)
            columns = [self.places, *keys] if whole else [column.filter(mask) for column in (self.places, *keys)]
            own, found = part.labels(columns[0], columns[1:])
            own = pc.add(own, pa.scalar(len(labels), pa.int32()))
            numbers = own if whole else pc.replace_with_mask(numbers, mask, own)
            labels += found
        columns = list(zip(*labels, strict=True)) if labels else [()] * len(names)
        return {
            name: pa.array(column, _TYPES.get(name, pa.string())).take(numbers)
            for name, column in zip(names, columns, strict=True)
        }


def _filled(column: pa.Array, labels: pa.Array) -> pa.Array:
    """A column with labels where it is null."""
    if column.null_count == len(column):
        return labels
    return pc.coalesce(column, labels) if column.null_count else column


def _step(
    versions: Versions, needs: Sequence[str], names: tuple[str, ...], choose: Callable[[Arrays], list[_Chosen]]
) -> Transform:
    """A step that fills `names` where they are null, and makes `label_exact`."""

    def run(arrays: Arrays) -> Arrays:
        if not len(arrays[names[0]]):
            return {name: arrays[name] for name in names} | {"label_exact": pa.nulls(0, pa.bool_())}
        batch = _Batch(versions, arrays)
        labels = batch.labels(names, choose(arrays))
        filled = {name: _filled(arrays[name], column) for name, column in labels.items()}
        return filled | {"label_exact": batch.exact}

    return Transform(tuple(dict.fromkeys((*_OF_VERSION, *needs, *names))), (*names, "label_exact"), run)


def _whole(
    versions: Versions, resolved: Callable[..., tuple[Any, ...]], keys: tuple[str, ...], names: tuple[str, ...]
) -> Transform:
    """A step whose rows are all labelled alike."""
    part = _Part(versions, resolved, keys)

    def choose(arrays: Arrays) -> list[_Chosen]:
        rows = pa.repeat(_TRUE, len(arrays[names[0]]))
        return [_Chosen(part, rows, [arrays[name] for name in keys])]

    return _step(versions, keys, names, choose)


def _whole_number(numbers: pa.Array) -> pa.Array:
    """The numbers that are an int32, the rest null."""
    fits = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), _INT32))
    return pc.if_else(fits, numbers, pa.scalar(None, pa.float64())).cast(pa.int32())


def _answers(versions: Versions) -> Transform:
    survey = _Part(versions, resolve.survey, ("task", "question", "answer"))
    subtask = _Part(versions, resolve.subtask, (*_SUBTASK, "number"))
    dropdown = _Part(versions, resolve.dropdown, (*_SUBTASK, "question", "answer_index", "answer", "choice_index"))

    def choose(arrays: Arrays) -> list[_Chosen]:
        is_survey = arrays["identification_index"].is_valid()
        is_plain = arrays["_form"].is_null()
        is_subtask = arrays["subtask"].is_valid()
        # What is told by its place or is free text is not looked for by its text, nor makes a combination of its own.
        by_text = pc.and_(
            pc.and_(pc.fill_null(pc.equal(arrays["_form"], _VALUE), _FALSE), arrays["choice_index"].is_null()),
            pc.fill_null(arrays["is_option"], fill_value=_TRUE),
        )
        answer = pc.if_else(by_text, arrays["answer"], pa.scalar(None, pa.string()))
        kept = {**arrays, "number": _whole_number(arrays["number"])}
        sought = {**arrays, "answer": answer}
        return [
            _Chosen(survey, is_survey, [arrays[name] for name in survey.keys]),
            _Chosen(
                subtask,
                pc.and_(pc.and_(is_subtask, is_plain), pc.invert(is_survey)),
                [kept[name] for name in subtask.keys],
            ),
            _Chosen(dropdown, pc.and_not(pc.invert(is_plain), is_survey), [sought[name] for name in dropdown.keys]),
        ]

    needs = (*survey.keys, *subtask.keys, *dropdown.keys, "identification_index", "is_option", "_form")
    return _step(versions, needs, ("question_label", "label", "choice_index"), choose)


def steps(path: "str | os.PathLike[str]") -> dict[str, Transform]:
    """For each table that takes labels, the step that gives it those of the workflow export at `path`.

    Raises:
        UnknownKindError: the file is another export.
        CrowdarrowError: it cannot be read.
    """
    versions = Versions.load(path)
    annotation_keys = ("task", "_drawing", "_tool_label", "_tool_index", "_detail_index")
    return {
        "annotations": _whole(versions, resolve.annotation, annotation_keys, ("task_label", "task_type")),
        "answers": _answers(versions),
        "marks": _whole(
            versions,
            resolve.mark,
            ("task", "tool_index", "tool_label"),
            ("tool_label", "tool_type", "task_label"),
        ),
        "identifications": _whole(versions, resolve.identification, ("task", "choice"), ("choice_label",)),
    }
