"""Labels as vectorised steps over batches.

The columns that labels hang on take few different values together: they are numbered (`_distinct`), each combination
is resolved once, and the labels are taken by number. No Python runs for a row.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.declare import Step
from crowdarrow.exports.zooniverse.labels import resolve
from crowdarrow.exports.zooniverse.labels.versions import Versions

if TYPE_CHECKING:
    import os

Arrays = Mapping[str, pa.Array]

_MOST_KNOWN = 200_000
"""Combinations that are remembered from batch to batch; past them all are forgotten."""

_OF_VERSION = ("workflow_id", "workflow_version")
ANNOTATION_KEYS = (*_OF_VERSION, "task", "_tool_label", "_drawing", "_tool_index", "_detail_index")
MARK_KEYS = (*_OF_VERSION, "task", "tool_index", "tool_label")
IDENTIFICATION_KEYS = (*_OF_VERSION, "task", "choice")
ANSWER_COLUMNS = (
    *_OF_VERSION, "task", "subtask", "identification_index", "question", "answer_index", "answer", "number", "label",
    "is_option", "choice_index", "_tool_label", "_tool_index", "_detail_index", "_form",
)  # fmt: skip

_TYPES = {"label_exact": pa.bool_(), "choice_index": pa.int32()}


def _distinct(columns: Sequence[pa.Array]) -> tuple[pa.Array, list[tuple[Any, ...]]]:
    """The number of each row's combination of values, and the combinations by number."""
    codes: pa.Array | None = None
    for column in columns:
        encoded = column.dictionary_encode(null_encoding="encode")
        indices = encoded.indices.cast(pa.int64())
        if codes is not None:
            # Numbered anew at each step, so that no product of sizes outgrows 64 bits.
            indices = pc.add(pc.multiply(codes, len(encoded.dictionary)), indices)
            indices = indices.dictionary_encode().indices.cast(pa.int64())
        codes = indices
    if codes is None:
        return pa.array([], pa.int32()), []
    numbered = codes.dictionary_encode()
    first = pc.index_in(numbered.dictionary, value_set=codes)
    return numbered.indices, list(zip(*(column.take(first).to_pylist() for column in columns), strict=True))


class _Labeller:
    """Labels of one table."""

    def __init__(self, versions: Versions, one: Callable[[Versions, Sequence[Any]], Any]) -> None:
        self._versions, self._one = versions, one
        self._known: dict[tuple[Any, ...], Any] = {}

    def labels(self, keys: Sequence[pa.Array]) -> dict[str, pa.Array]:
        """The labels of each row."""
        numbers, distinct = _distinct(keys)
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        found = []
        for key in distinct:
            if key not in self._known:
                self._known[key] = self._one(self._versions, key)
            found.append(self._known[key])
        names = found[0]._fields if found else ()
        columns = zip(*found, strict=True)
        return {
            name: pa.array(column, _TYPES.get(name, pa.string())).take(numbers)
            for name, column in zip(names, columns, strict=True)
        }


def _filled(arrays: Arrays, labels: Arrays) -> dict[str, pa.Array]:
    """The columns, with labels where they are null."""
    return {
        name: column if name == "label_exact" else pc.coalesce(arrays[name], column) for name, column in labels.items()
    }


def _step(labeller: _Labeller, keys: tuple[str, ...], fills: tuple[str, ...]) -> Step:
    def run(arrays: Arrays) -> Arrays:
        return _filled(arrays, labeller.labels([arrays[name] for name in keys]))

    return Step(tuple(dict.fromkeys((*keys, *(name for name in fills if name != "label_exact")))), fills, run)


def _answer_keys(arrays: Arrays) -> list[pa.Array]:
    """What an answer's labels hang on; what they don't is null, so that free text makes no combination of its own."""
    survey = arrays["identification_index"].is_valid()
    subtask = arrays["subtask"].is_valid()
    dropdown = pc.not_equal(arrays["_form"], "plain")
    role = pc.case_when(
        pc.make_struct(survey, dropdown, subtask),
        *(pa.scalar(name) for name in ("survey", "dropdown", "subtask")),
        pa.scalar("plain"),
    )
    labelled = pc.or_(pc.or_(survey, subtask), dropdown)
    by_text = pc.or_(survey, pc.and_(dropdown, pc.equal(arrays["_form"], "value")))

    def only(mask: pa.Array, name: str) -> pa.Array:
        return pc.if_else(mask, arrays[name], pa.scalar(None, arrays[name].type))

    number = only(pc.and_(subtask, pc.invert(dropdown)), "number")
    whole = pc.and_(pc.equal(pc.floor(number), number), pc.less(pc.abs(number), 2**31))
    index = pc.if_else(whole, number, pa.scalar(None, pa.float64())).cast(pa.int32())
    place = only(dropdown, "answer_index")
    return [
        arrays["workflow_id"], arrays["workflow_version"], role, only(labelled, "task"), only(labelled, "subtask"),
        only(labelled, "_tool_label"), only(labelled, "_tool_index"), only(labelled, "_detail_index"),
        only(labelled, "question"), place, only(by_text, "answer"), index, only(dropdown, "choice_index"),
        only(dropdown, "is_option"),
    ]  # fmt: skip


def steps(path: "str | os.PathLike[str]") -> dict[str, Step]:
    """For each table that takes labels, the step that gives it those of the workflow export at `path`."""
    versions = Versions.load(path)
    answers = _Labeller(versions, resolve.answer)
    answer_fills = ("question_label", "label", "choice_index", "label_exact")
    return {
        "annotations": _step(
            _Labeller(versions, resolve.annotation), ANNOTATION_KEYS, ("task_label", "task_type", "label_exact")
        ),
        "answers": Step(
            (*ANSWER_COLUMNS, "question_label"),
            answer_fills,
            lambda arrays: _filled(arrays, answers.labels(_answer_keys(arrays))),
        ),
        "marks": _step(
            _Labeller(versions, resolve.mark), MARK_KEYS, ("tool_label", "tool_type", "task_label", "label_exact")
        ),
        "identifications": _step(
            _Labeller(versions, resolve.identification), IDENTIFICATION_KEYS, ("choice_label", "label_exact")
        ),
    }
