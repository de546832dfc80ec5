"""The distinct wordings of votes and of tasks: each combination of the texts of a row, such as task, choice and answer.

An export repeats few of them, so a row is the number of its wording. Text that volunteers typed is not numbered: where
most rows of a batch are worded differently, they keep their text.
"""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import Codes, Items, RowGroups, row_numbers, text

COLUMNS = ("task", "question", "choice", "answer", "label", "task_label", "question_label")
"""The text of a vote; the answer of a vote for a survey's choice is the choice itself."""
VOTE = pa.schema([*(pa.field(name, pa.string()) for name in COLUMNS), pa.field("is_choice", pa.bool_())])
TASK = pa.schema({"task": pa.string(), "task_label": pa.string(), "state": pa.int32(), "is_own": pa.int32()})

MOST_WORDS = 1 << 16
"""Wordings that are numbered in a run."""
_FEW = 64
_ROWS_PER_WORD = 8
"""Rows that a wording has on average in a batch, if there are more than a few wordings."""


class Words:
    """Numbers wordings, in the order in which they come.

    Args:
        schema: the columns of a wording; the last ones may be constants of a batch.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._numbers: dict[tuple[Any, ...], int] = {}
        self._table = schema.empty_table()

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers_of(self, columns: Mapping[str, pa.Array], *constants: Any) -> pa.Array | None:
        """The number of the wording of each row; None if there are too many."""
        names = self._schema.names[: len(self._schema) - len(constants)]
        parts = {name: text(columns[name]) for name in names if columns[name].null_count < len(columns[name])}
        groups = RowGroups.of(*parts.values())
        count = len(groups.firsts)
        is_varied = count > max(_FEW, len(groups.of_row) // _ROWS_PER_WORD)
        if is_varied or len(self._numbers) + count > MOST_WORDS:
            return None
        nothing = [None] * count
        texts = [parts[name].take(groups.firsts).to_pylist() if name in parts else nothing for name in names]
        numbers = [
            self._numbers.setdefault((*word, *constants), len(self._numbers)) for word in zip(*texts, strict=True)
        ]
        return pa.array(numbers, pa.int32()).take(groups.of_row)

    def table(self) -> pa.Table:
        """The wordings by number."""
        if len(self._table) < len(self._numbers):
            columns = zip(*self._numbers, strict=True)
            self._table = pa.table(
                [pa.array(one, field.type) for one, field in zip(columns, self._schema, strict=True)], self._schema
            )
        return self._table


class Worded:
    """Rows and the wording of each, of which some are numbered and others have their text.

    Args:
        schema: the columns of a wording.
        words: the wordings by number.
        items: the numbers of the first rows.
        texts: the texts of the others.
    """

    def __init__(self, schema: pa.Schema, words: pa.Table, items: Items, texts: pa.Table) -> None:
        own = pa.table([texts[field.name].cast(field.type) for field in schema], schema=schema)
        self.words: pa.Table = pa.concat_tables([words.take(items.numbers), own]).combine_chunks()
        """The wordings of the rows: each numbered one once, the others once for each row."""
        self.has_texts = texts.num_rows > 0
        after = pc.add(row_numbers(texts.num_rows), pa.scalar(len(items.numbers), pa.int64()))
        self.of_row: pa.Array = pa.concat_arrays([items.of_row, after]) if self.has_texts else items.of_row
        """The place of each row's wording in `words`."""

    def codes(self) -> Codes:
        """The wording of each row."""
        return Codes(self.of_row, max(len(self.words), 1))
