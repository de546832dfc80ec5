"""Counts the votes of whole subjects: rows of `votes` and `consensus` (docs/contract.md, section 2.8).

Each row is reduced to an integer for its place and its vote, and these are counted. All else is done for the distinct
ones.
"""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.asked import Asked
from crowdarrow.exports.zooniverse.votes.codes import (
    Codes,
    Groups,
    Items,
    Runs,
    Times,
    array,
    codes_of,
    combined,
    dense,
    divided,
    inverse,
    is_first_of,
    numbered,
    positions,
    row_numbers,
    sorted_rows,
    starts,
)
from crowdarrow.exports.zooniverse.votes.places import Places
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.exports.zooniverse.votes.words import TASK, VOTE, Worded

LABELS = ("label", "task_label", "question_label")
LISTS = ["tasks", "answers", "choices"]
"""The columns of records that have lists of numbers."""

_NO_TEXT = pa.scalar(None, pa.string())
_NO_NUMBER = pa.scalar(None, pa.int64())
_ZERO, _ONE = (pa.scalar(value, pa.int64()) for value in (0, 1))
_FALSE = pa.scalar(value=False)


class Rows(NamedTuple):
    """The records of whole subjects that count, and the rows from which votes are counted, in order of the input."""

    records: pa.Table
    """The records, with lists of the numbers of wordings: `tasks`, and votes of `answers` and `choices`."""
    task_texts: pa.Table
    """Tasks with their text."""
    texts: pa.Table
    """Votes with their text."""
    others: pa.Table
    """The tasks of rows of other tables, which give no votes."""


class _Votes:
    """The distinct votes of the wordings: codes whose order is that of the rows of `votes`, but for their number.

    Attributes:
        of_word: the vote of each wording.
        keys: the key of each vote: all but its answer.
        tasks: the task of each vote.
        chosen: the choice that each vote is about, if there is one, or votes for.
        word: a wording of each vote.
    """

    def __init__(self, words: pa.Table, tasks: Codes) -> None:
        is_choice = array(words["is_choice"])
        choice = array(words["choice"])
        self._words = words
        self._answers = pc.if_else(is_choice, choice, array(words["answer"]))
        self._choices = pc.if_else(is_choice, _NO_TEXT, choice)
        questions, choices, answers, chosen = (
            codes_of(column)[0] for column in (words["question"], self._choices, self._answers, choice)
        )
        self.keys_of_word = dense(combined(tasks, questions, choices))
        self.of_word = dense(combined(self.keys_of_word, answers))
        self.chosen_of_word = dense(combined(tasks, chosen))
        groups = Groups.of(self.of_word.values)
        self.word = groups.firsts.take(inverse(groups.values))
        self.keys = self.keys_of_word.take(self.word)
        self.tasks = tasks.take(self.word)
        self.chosen = self.chosen_of_word.take(self.word)
        self.is_choice = is_choice.take(self.word)
        self.is_distinct = len(groups.values) == len(words)
        """Whether each wording is of another vote."""

    def column(self, name: str, votes: pa.Array) -> pa.Array:
        """The task, question, choice or answer of votes."""
        own = {"choice": self._choices, "answer": self._answers}
        column = own.get(name)
        return (array(self._words[name]) if column is None else column).take(self.word.take(votes))


class SubjectCounts:
    """The votes of the records of whole subjects.

    Args:
        rows: the records that count, and the rows of these and of other records.
        words: the wordings of votes by number.
        task_words: the wordings of tasks by number.
    """

    def __init__(self, rows: Rows, words: pa.Table, task_words: pa.Table) -> None:
        self.places = Places(rows.records.drop_columns(LISTS))
        votes = Items.of(rows.records["answers"], rows.records["choices"])
        texts, by_text = self.places.kept(rows.texts)
        self._worded = Worded(VOTE, words, votes, texts)
        self._voted = pa.concat_arrays([votes.lists, by_text])
        tasks = Items.of(rows.records["tasks"])
        task_texts, asked_texts = self.places.kept(rows.task_texts)
        worded = Worded(TASK, task_words, tasks, task_texts)
        others, elsewhere = self.places.kept(rows.others)
        codes = codes_of(worded.words["task"], self._worded.words["task"], others["task"])
        self._tasks = Asked(worded, codes[0], self.places.of(pa.concat_arrays([tasks.lists, asked_texts])))
        self._elsewhere = combined(self.places.of(elsewhere), codes[2])
        self._votes = _Votes(self._worded.words, codes[1])
        self._count()

    def _count(self) -> None:
        """Count the records of each vote."""
        votes, voted = self._votes, self._voted
        of_row = votes.of_word.take(self._worded.of_row)
        # A numbered wording occurs once in a record.
        if not votes.is_distinct:
            is_each = is_first_of(combined(Codes(voted, max(len(self.places.records), 1)), of_row).values)
            voted, of_row = voted.filter(is_each), of_row.filter(is_each)
        self._each_record = voted
        self._each = combined(self.places.of(voted), of_row).values
        times = Times.of(self._each)
        place, vote = divided(times.values, of_row.size)
        place_codes = Codes(place, self.places.count)
        # Most votes first; those with equal votes stay in the order of their answers.
        most = max(len(self.places.records), 1)
        fewest = Codes(pc.subtract(pa.scalar(most, pa.int64()), times.counts), most)
        key = combined(place_codes, votes.keys.take(vote))
        order = sorted_rows(combined(key, fewest).values)
        self._code = times.values.take(order)
        self._place, self._vote, self._times = place.take(order), vote.take(order), times.counts.take(order)
        self._key = key.values.take(order)
        self._task = combined(Codes(self._place, self.places.count), votes.tasks.take(self._vote)).values
        self._chosen = combined(Codes(self._place, self.places.count), votes.chosen.take(self._vote)).values
        self._asked_choice = self._records_of_choices()

    def _records_of_choices(self) -> Times:
        """For each place and choice of a survey, the number of records with it."""
        votes = self._votes
        if votes.is_distinct:
            made = votes.is_choice.take(self._vote)
            return Times(self._chosen.filter(made), self._times.filter(made))
        made = array(self._worded.words["is_choice"]).take(self._worded.of_row)
        chosen = votes.chosen_of_word.take(self._worded.of_row.filter(made))
        voted = self._voted.filter(made)
        is_each = is_first_of(combined(Codes(voted, max(len(self.places.records), 1)), chosen).values)
        return Times.of(combined(self.places.of(voted.filter(is_each)), chosen.filter(is_each)).values)

    def _labels(self, name: str, of_word: Codes, keys: pa.Array, rows: pa.Array) -> pa.Array:
        """The first label, in the order of the input, of each of `keys`.

        Args:
            name: the label's column.
            of_word: what the label belongs to, which is a part of the key, for each wording.
            keys: place and part.
            rows: for each key, a wording of it.
        """
        labels = array(self._worded.words[name])
        if labels.null_count == len(labels):
            return pa.nulls(len(rows), pa.string())
        both = combined(of_word, codes_of(labels)[0])
        if len(Groups.of(both.values).values) == len(Groups.of(of_word.values).values):
            return labels.take(rows)
        is_there = labels.is_valid().take(self._worded.of_row)
        word, voted = self._worded.of_row.filter(is_there), self._voted.filter(is_there)
        order = sorted_rows(voted.cast(pa.int64()))
        word, voted = word.take(order), voted.take(order)
        at = positions(keys, combined(self.places.of(voted), of_word.take(word)).values)
        return labels.take(word.take(at))

    def votes(self) -> pa.Table:
        """The rows of `votes`, without columns of the subject."""
        votes = self._votes
        asked = self._asked(self._task, self._vote, self._chosen)
        word = votes.word.take(self._vote)
        return pa.table(
            self._keys(self._place, self._vote)
            | {"answer": votes.column("answer", self._vote)}
            | {name: self._labels(name, votes.of_word, self._code, word) for name in LABELS}
            | {"votes": self._times}
            | asked
            | {"fraction": _share(self._times, asked["asked"])}
        )

    def _keys(self, place: pa.Array, vote: pa.Array) -> dict[str, pa.Array]:
        """The key columns of votes, and the number of their place."""
        return {
            "place": place,
            **self.places.columns(place, PLACE),
            **{name: self._votes.column(name, vote) for name in ("task", "question", "choice")},
        }

    def _asked(self, task: pa.Array, vote: pa.Array, chosen: pa.Array) -> dict[str, pa.Array]:
        """How often the tasks of votes were asked, skipped and left empty."""
        found = self._tasks.of(task)
        has_choice = self._votes.column("choice", vote).is_valid()
        if not has_choice.true_count:
            return found
        by_choice = self._asked_choice
        times = by_choice.counts.take(positions(chosen, by_choice.values))
        return {
            "asked": pc.if_else(has_choice, times, found["asked"]),
            "skipped": pc.if_else(has_choice, _NO_NUMBER, found["skipped"]),
            "empty": pc.if_else(has_choice, _NO_NUMBER, found["empty"]),
        }

    def consensus(self) -> pa.Table:
        """The rows of `consensus`, without columns of the subject export."""
        votes = self._votes
        is_start = starts([self._key])
        runs = Runs.of(is_start)
        times, won = self._times, self._times.take(runs.begins)
        total = runs.sums(times)
        shares = pc.divide(times.cast(pa.float64()), total.take(numbered(is_start)).cast(pa.float64()))
        parts = pa.table({"group": numbered(is_start), "part": pc.multiply(shares, pc.ln(shares))})
        entropy = parts.group_by("group", use_threads=False).aggregate([("part", "sum")])["part_sum"]
        second = pc.if_else(pc.greater(runs.counts, _ONE), pc.add(runs.begins, _ONE), _NO_NUMBER)
        asked = self._asked(*(one.take(runs.begins) for one in (self._task, self._vote, self._chosen)))
        place, vote = self._place.take(runs.begins), self._vote.take(runs.begins)
        word = votes.word.take(vote)
        found = pa.table(
            self._keys(place, vote)
            | {name: self._labels(name, votes.keys_of_word, self._key.take(runs.begins), word) for name in LABELS[1:]}
            | {"most_likely": votes.column("answer", vote)}
            | {"label": self._labels("label", votes.of_word, self._code.take(runs.begins), word)}
            | {"votes": won, "total_votes": total, "asked": asked["asked"], "skipped": asked["skipped"]}
            | {
                "agreement": _share(won, total),
                "entropy": pc.abs(array(entropy)),
                "tied": pc.fill_null(pc.equal(times.take(second), won), _FALSE),
                "runner_up": votes.column("answer", self._vote.take(second)),
                "key": self._task.take(runs.begins),
                "order": row_numbers(len(vote)),
            }
        )
        return self._with_unanswered(found)

    def _with_unanswered(self, found: pa.Table) -> pa.Table:
        """The rows of tasks that nobody answered too, in their places."""
        tasks = self._tasks.unanswered([self._task, self._elsewhere.values])
        if not tasks.num_rows:
            return found
        place = array(tasks["place"])
        count = tasks.num_rows
        zeros = pa.repeat(_ZERO, count)
        known = {
            "place": place,
            **self.places.columns(place, PLACE),
            **{name: array(tasks[name]) for name in ("task", "task_label", "asked", "skipped")},
            **dict.fromkeys(("votes", "total_votes", "order"), zeros),
            "tied": pa.repeat(_FALSE, count),
            "key": array(tasks["key"]),
        }
        columns = [known.get(field.name, pa.nulls(count, field.type)) for field in found.schema]
        both = pa.concat_tables([found, pa.table(columns, schema=found.schema)])
        return both.take(pc.sort_indices(both, sort_keys=[("key", "ascending"), ("order", "ascending")]))

    def agreement(self) -> pa.Table:
        """For each record: its votes without a choice among keys with several votes, and those for the winner."""
        is_start = starts([self._key])
        total = Runs.of(is_start).sums(self._times).take(numbered(is_start))
        is_counted = pc.and_(self._votes.column("choice", self._vote).is_null(), pc.greater(total, _ONE))
        at = positions(self._each, self._code)
        counts = is_counted.take(at)
        rows = pa.table(
            {"record": self._each_record.filter(counts), "win": is_start.take(at).filter(counts).cast(pa.int64())}
        )
        found = rows.group_by("record", use_threads=False).aggregate([([], "count_all"), ("win", "sum")])
        numbers = self.places.records.take(array(found["record"]))
        return pa.table({"record": numbers, "counted": array(found["count_all"]), "agreed": array(found["win_sum"])})


def _share(part: pa.Array, whole: pa.Array) -> pa.Array:
    """Part of whole; null if the whole is 0."""
    some = pc.if_else(pc.greater(whole, _ZERO), whole, _NO_NUMBER)
    return pc.divide(part.cast(pa.float64()), some.cast(pa.float64()))
