"""How often each answer was given, and how far the answers to a subject agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.groups import Distinct, GroupCounter

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ANSWERS = 1 << 18
_PLACE, _SUBJECT = "place", "subject_id"


class VoteCounts:
    """Counts answers by subject; these are numbered, so that no text is compared when they are counted.

    Args:
        place: the columns that say what was asked.
        answer: the column with the answer.
        limit: the most pairs of an answer and a subject.
    """

    def __init__(self, place: tuple[str, ...], answer: str, limit: int) -> None:
        self._place = place
        self._answers = Distinct((*place, answer), _MOST_ANSWERS)
        self._groups = GroupCounter(("number", _SUBJECT), limit, timed=False)

    def add(self, rows: pa.Table) -> None:
        """Count the answers of a table, none of which is null."""
        found = pa.table({"number": self._answers.numbers(rows), _SUBJECT: rows[_SUBJECT]})
        self._groups.add(found.filter(found["number"].is_valid()))

    def counts(self) -> Iterator[tuple[tuple[Any, ...], int]]:
        """The answers, with what was asked, and the count of each."""
        answers = self._answers.table()
        if answers is None:
            return
        found = self._groups.table().group_by("number", use_threads=False).aggregate([("count", "sum")])
        columns = answers.take(found["number"]).columns
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        yield from zip(rows, found["count_sum"].to_pylist(), strict=True)

    def agreement(self) -> Iterator[tuple[tuple[Any, ...], int, int, float]]:
        """For what was asked: the subjects with several answers, these answers, and their mean agreement."""
        answers = self._answers.table()
        if answers is None:
            return
        places = Distinct(self._place, answers.num_rows)
        place_of_answer = places.numbers(answers)
        table = self._groups.table()
        table = table.append_column(_PLACE, place_of_answer.take(table["number"].combine_chunks()))
        grouped = table.group_by([_PLACE, _SUBJECT], use_threads=False)
        subjects = grouped.aggregate([("count", "max"), ("count", "sum")])
        several = subjects.filter(pc.greater(subjects["count_sum"], 1))
        most, votes = (several[name].cast(pa.float64()) for name in ("count_max", "count_sum"))
        several = several.append_column("share", pc.divide(most, votes))
        means = several.group_by(_PLACE, use_threads=False).aggregate(
            [("share", "mean"), ("count_sum", "sum"), ([], "count_all")]
        )
        known = places.table()
        if known is None:
            return
        asked = zip(*(known[name].take(means[_PLACE]).to_pylist() for name in self._place), strict=True)
        columns = (means[name].to_pylist() for name in ("count_all", "count_sum_sum", "share_mean"))
        yield from zip(asked, *columns, strict=True)
