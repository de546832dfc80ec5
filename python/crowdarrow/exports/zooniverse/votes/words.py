"""The distinct wordings of votes: task, question, choice and answer with their labels.

An export repeats few of them, so a vote is the number of its wording. Text that volunteers typed is not numbered: where
most votes of a batch are worded differently, they keep their text.
"""

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    Codes,
    are_first,
    combined,
    dictionary,
    row_numbers,
    text,
)

COLUMNS = ("task", "question", "choice", "answer", "label", "task_label", "question_label")
"""The text of a vote; the answer of a vote for a survey's choice is the choice itself."""
SCHEMA = pa.schema([*(pa.field(name, pa.string()) for name in COLUMNS), pa.field("is_choice", pa.bool_())])

MOST_WORDS = 1 << 16
"""Wordings that are numbered in a run."""
_FEW = 64
_ROWS_PER_WORD = 8
"""Votes that a wording has on average in a batch, if there are more than a few wordings."""

_ZERO, _ONE = (pa.scalar(value, pa.int64()) for value in (0, 1))


class Words:
    """Numbers wordings, in the order in which they come."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str | bool | None, ...], int] = {}
        self._table = SCHEMA.empty_table()

    def numbers_of(self, columns: Mapping[str, pa.Array], *, is_choice: bool) -> pa.Array | None:
        """The number of the wording of each row; None if there are too many."""
        parts = [dictionary(columns[name]) for name in COLUMNS]
        filled = [part for part in parts if part.null_count < len(part)] or parts[:1]
        whole = combined(*map(_positions, filled)).values.dictionary_encode()
        count, known = len(whole.dictionary), len(self._numbers)
        if count > max(_FEW, len(whole) // _ROWS_PER_WORD) or known + count > MOST_WORDS:
            return None
        rows = row_numbers(len(whole)).filter(are_first(whole.indices))
        texts = [text(part.take(rows)).to_pylist() for part in parts]
        numbers = [
            self._numbers.setdefault((*word, is_choice), len(self._numbers)) for word in zip(*texts, strict=True)
        ]
        return pa.array(numbers, pa.int32()).take(whole.indices)

    def table(self) -> pa.Table:
        """The wordings by number."""
        if len(self._table) < len(self._numbers):
            columns = zip(*self._numbers, strict=True)
            self._table = pa.table(
                [pa.array(one, field.type) for one, field in zip(columns, SCHEMA, strict=True)], SCHEMA
            )
        return self._table


def _positions(column: pa.DictionaryArray) -> Codes:
    """A number for each value of a dictionary, and 0 for null, in no order."""
    values = pc.fill_null(pc.add(column.indices.cast(pa.int64()), _ONE), _ZERO)
    return Codes(values, len(column.dictionary) + 1)
