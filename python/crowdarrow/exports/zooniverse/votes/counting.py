"""Counts the votes of whole subjects: rows of `votes` and `consensus` (docs/contract.md, section 2.8)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    Codes,
    Runs,
    array,
    codes_of,
    combined,
    dense,
    first_rows,
    numbered,
    positions,
    row_numbers,
    sorted_rows,
    starts,
    text,
)
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.exports.zooniverse.votes.words import SCHEMA
from crowdarrow.spill import order_of

LABELS = ("label", "task_label", "question_label")
SKIPPED, EMPTY = 0, 1
"""States of an annotation: null or missing, an empty list; anything else is greater."""

_NO_TEXT = pa.scalar(None, pa.string())
_ZERO, _ONE = (pa.scalar(value, pa.int64()) for value in (0, 1))
_FALSE = pa.scalar(value=False)


class Rows(NamedTuple):
    """The records of whole subjects that count, and the rows from which votes are counted, in order of the input."""

    records: pa.Table
    annotations: pa.Table
    words: pa.Table
    """Votes by the number of their wording."""
    votes: pa.Table
    """Votes with their text."""
    others: pa.Table
    """The tasks of rows of other tables, which give no votes."""


class Each(NamedTuple):
    """The votes of each record: the number of the distinct vote, and the position of the record."""

    votes: pa.Array
    records: pa.Array


class SubjectCounts:
    """The votes of the records of whole subjects.

    Args:
        rows: the records that count, and the rows of these and of other records.
        words: the wordings by number.
    """

    def __init__(self, rows: Rows, words: pa.Table) -> None:
        records = rows.records.take(order_of(rows.records, (*PLACE, "record"))).combine_chunks()
        is_start = starts([records[name] for name in PLACE])
        self._places = records.filter(is_start).combine_chunks()
        self._place_of = numbered(is_start)
        self._known = array(records["record"])
        annotations, annotated = self._kept(rows.annotations)
        others, elsewhere = self._kept(rows.others)
        numbered_votes, by_number = self._kept(rows.words)
        votes, by_text = self._kept(rows.votes)
        # The texts are looked at once for each wording.
        used = array(numbered_votes["word"]).dictionary_encode()
        texts = [votes[field.name].cast(field.type) for field in SCHEMA]
        self._words = pa.concat_tables([words.take(used.dictionary), pa.table(texts, schema=SCHEMA)]).combine_chunks()
        own = pc.add(row_numbers(votes.num_rows), pa.scalar(len(used.dictionary), pa.int64()))
        self._word = pa.concat_arrays([used.indices.cast(pa.int64()), own])
        self._voted = pa.concat_arrays([by_number, by_text])
        tasks = codes_of(annotations["task"], self._words["task"], others["task"])
        self._tasks = Asked(annotations, combined(self._place(annotated), tasks[0]), annotated)
        self._task = combined(self._place(self._voted), tasks[1].take(self._word))
        self._elsewhere = combined(self._place(elsewhere), tasks[2])
        self._count(tasks[1])

    def _kept(self, rows: pa.Table) -> tuple[pa.Table, pa.Array]:
        """The rows of the records that count, and the positions of these records."""
        found = positions(array(rows["record"]), self._known)
        if found.null_count:
            is_kept = found.is_valid()
            rows, found = rows.filter(is_kept).combine_chunks(), found.filter(is_kept)
        return rows, found

    def _place(self, records: pa.Array) -> Codes:
        return Codes(self._place_of.take(records), max(self._places.num_rows, 1))

    def _count(self, tasks: Codes) -> None:
        words, place = self._words, self._place(self._voted)
        is_choice = array(words["is_choice"])
        choice = array(words["choice"])
        self._answers = pc.if_else(is_choice, choice, array(words["answer"]))
        self._choices = pc.if_else(is_choice, _NO_TEXT, choice)
        (answers,) = codes_of(self._answers)
        (questions,) = codes_of(words["question"])
        (choices,) = codes_of(self._choices)
        (chosen,) = codes_of(choice)
        # Votes with the same wording but for labels have the same codes.
        keys = dense(combined(tasks, questions, choices))
        vote = combined(place, dense(combined(keys, answers)).take(self._word))
        chosen = combined(place, dense(combined(tasks, chosen)).take(self._word))
        made = is_choice.take(self._word)
        self._chosen = pc.if_else(made, pa.scalar(None, pa.int64()), chosen.values)
        self._asked_choice = _records_of(chosen.values.filter(made), self._voted.filter(made))
        order = sorted_rows(vote.values, self._voted)
        votes = vote.values.take(order)
        is_vote = starts([votes])
        is_each = pc.or_(is_vote, starts([self._voted.take(order)]))
        labels = {name: self._first_labels(name, votes, order) for name in LABELS}
        # Each record votes once.
        order, is_vote = order.filter(is_each), is_vote.filter(is_each)
        self._each = Each(numbered(is_vote), self._voted.take(order))
        runs = Runs.of(is_vote)
        first = order.take(runs.begins)
        key = combined(place.take(first), keys.take(self._word.take(first)))
        # Most votes first; those with equal votes are in the order of their answers already.
        most = len(self._known)
        fewest = pc.subtract(pa.scalar(most, pa.int64()), runs.counts)
        self._rank = rank = sorted_rows(combined(key, Codes(fewest, most + 1)).values)
        columns = {"key": key.values, "row": first, "votes": runs.counts, **labels}
        self._counted = {name: column.take(rank) for name, column in columns.items() if column is not None}

    def _first_labels(self, name: str, votes: pa.Array, order: pa.Array) -> pa.Array | None:
        """For each distinct vote, its first row with this label; None if no row has one."""
        labels = array(self._words[name])
        if labels.null_count == len(labels):
            return None
        rows = first_rows(votes, labels.is_valid().take(self._word.take(order)))
        return order.take(rows).cast(pa.int64())

    def votes(self) -> pa.Table:
        """The rows of `votes`, without columns of the subject."""
        counted = self._counted
        asked = self._asked(counted["row"])
        return pa.table(
            self._keys(counted["row"])
            | {"answer": self._answer(counted["row"])}
            | self._labels(LABELS, lambda rows: rows)
            | {"votes": counted["votes"]}
            | asked
            | {"fraction": _share(counted["votes"], asked["asked"])}
        )

    def _keys(self, rows: pa.Array) -> dict[str, pa.Array]:
        """The key columns of rows of votes, and the number of their place."""
        place = self._place_of.take(self._voted.take(rows))
        return {
            "place": place,
            **{name: array(self._places[name]).take(place) for name in PLACE},
            **{name: array(self._words[name]).take(self._word.take(rows)) for name in ("task", "question")},
            "choice": self._choice(rows),
        }

    def _answer(self, rows: pa.Array) -> pa.Array:
        return self._answers.take(self._word.take(rows))

    def _choice(self, rows: pa.Array) -> pa.Array:
        return self._choices.take(self._word.take(rows))

    def _labels(self, names: Sequence[str], choose: Callable[[pa.Array], pa.Array]) -> dict[str, pa.Array]:
        """The labels of votes, from the rows that `choose` makes of the first ones of each vote."""
        found = {}
        for name in names:
            rows = choose(self._counted.get(name, pa.nulls(len(self._counted["row"]), pa.int64())))
            found[name] = array(self._words[name]).take(self._word.take(rows))
        return found

    def _asked(self, rows: pa.Array) -> dict[str, pa.Array]:
        """How often the tasks of rows of votes were asked, skipped and left empty."""
        found = self._tasks.of(self._task.values.take(rows))
        chosen = self._chosen.take(rows)
        has_choice = self._choice(rows).is_valid()
        by_choice = self._asked_choice
        times = by_choice.values.take(positions(chosen, by_choice.keys))
        nothing = pa.scalar(None, pa.int64())
        return {
            "asked": pc.if_else(has_choice, times, found["asked"]),
            "skipped": pc.if_else(has_choice, nothing, found["skipped"]),
            "empty": pc.if_else(has_choice, nothing, found["empty"]),
        }

    def consensus(self) -> pa.Table:
        """The rows of `consensus`, without columns of the subject export."""
        counted = self._counted
        is_start = starts([counted["key"]])
        runs = Runs.of(is_start)
        votes, won = counted["votes"], counted["votes"].take(runs.begins)
        total = runs.sums(votes)
        shares = pc.divide(votes.cast(pa.float64()), total.take(numbered(is_start)).cast(pa.float64()))
        parts = pa.table({"group": numbered(is_start), "part": pc.multiply(shares, pc.ln(shares))})
        entropy = parts.group_by("group", use_threads=False).aggregate([("part", "sum")])["part_sum"]
        nothing = pa.scalar(None, pa.int64())
        second = pc.if_else(pc.greater(runs.counts, _ONE), pc.add(runs.begins, _ONE), nothing)
        rows = counted["row"].take(runs.begins)
        asked = self._asked(rows)

        def first(labelled: pa.Array) -> pa.Array:
            """The first labelled row of all answers of a key."""
            is_there = labelled.is_valid()
            keys, there = counted["key"].filter(is_there), labelled.filter(is_there)
            order = sorted_rows(keys, self._voted.take(there).cast(pa.int64()))
            found = keys.take(order)
            is_first = starts([found])
            at = positions(counted["key"].take(runs.begins), found.filter(is_first))
            return there.take(order).filter(is_first).take(at)

        found = pa.table(
            self._keys(rows)
            | self._labels(("task_label", "question_label"), first)
            | {"most_likely": self._answer(rows)}
            | self._labels(("label",), lambda labelled: labelled.take(runs.begins))
            | {"votes": won, "total_votes": total, "asked": asked["asked"], "skipped": asked["skipped"]}
            | {
                "agreement": _share(won, total),
                "entropy": pc.abs(array(entropy)),
                "tied": pc.fill_null(pc.equal(votes.take(second), won), _FALSE),
                "runner_up": self._answer(counted["row"].take(second)),
                "key": self._task.values.take(rows),
                "order": row_numbers(len(rows)),
            }
        )
        return self._with_unanswered(found)

    def _with_unanswered(self, found: pa.Table) -> pa.Table:
        """The rows of tasks that nobody answered too, in their places."""
        tasks = self._tasks.unanswered([self._task.values, self._elsewhere.values])
        if not tasks.num_rows:
            return found
        place = self._place_of.take(array(tasks["record"]))
        count = tasks.num_rows
        zeros = pa.repeat(_ZERO, count)
        known = {
            "place": place,
            **{name: array(self._places[name]).take(place) for name in PLACE},
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
        counted = self._counted
        is_start = starts([counted["key"]])
        total = Runs.of(is_start).sums(counted["votes"]).take(numbered(is_start))
        is_counted = pc.and_(self._choice(counted["row"]).is_null(), pc.greater(total, _ONE))
        # The inverse of the permutation that sorts is the place of each vote.
        at = pc.sort_indices(self._rank).take(self._each.votes)
        counts = is_counted.take(at)
        records = self._each.records.filter(counts)
        order = sorted_rows(records)
        records, wins = records.take(order), is_start.take(at).filter(counts).take(order)
        runs = Runs.of(starts([records]))
        numbers = self._known.take(records.take(runs.begins))
        return pa.table({"record": numbers, "counted": runs.counts, "agreed": runs.sums(wins)})

    def beside(self, place: pa.Array, names: Sequence[str]) -> Mapping[str, pa.Array]:
        """The columns of each row's subject, from its first record."""
        return {name: array(self._places[name]).take(place) for name in names}


class Asked:
    """How many records were asked each task of each subject, skipped it, or answered with empty lists alone.

    Args:
        rows: rows of annotations.
        key: the place and task of each.
        records: the position of the record of each.
    """

    def __init__(self, rows: pa.Table, key: Codes, records: pa.Array) -> None:
        order = sorted_rows(key.values, records)
        self._rows = rows = rows.drop_columns("record").take(order).combine_chunks()
        keys, records = key.values.take(order), records.take(order)
        is_task = starts([keys])
        runs = Runs.of(is_task)
        state = array(rows["state"])
        is_each = pc.or_(is_task, starts([records]))
        tasks = {
            "key": keys.take(runs.begins),
            "record": records.take(runs.begins),
            "row": runs.begins,
            "label": first_rows(keys, array(rows["task_label"]).is_valid()),
            "own": runs.sums(array(rows["is_own"])),
        }
        if pc.all(is_each).as_py() is False:  # a task twice in a record
            table = pa.table({"each": numbered(is_each), "state": state})
            state = array(table.group_by("each", use_threads=False).aggregate([("state", "max")])["state_max"])
            runs = Runs.of(is_task.filter(is_each))
        tasks |= {
            "asked": runs.counts,
            "skipped": runs.sums(pc.equal(state, pa.scalar(SKIPPED, state.type))),
            "empty": runs.sums(pc.equal(state, pa.scalar(EMPTY, state.type))),
        }
        self._tasks = pa.table(tasks)

    def of(self, keys: pa.Array) -> dict[str, pa.Array]:
        """How often these tasks were asked, skipped and empty."""
        at = positions(keys, array(self._tasks["key"]))
        names = ("asked", "skipped", "empty")
        return {name: pc.fill_null(array(self._tasks[name]).take(at), _ZERO) for name in names}

    def unanswered(self, elsewhere: Sequence[pa.Array]) -> pa.Table:
        """The tasks that have annotations of their own and no rows `elsewhere`."""
        known = pa.concat_arrays(list(elsewhere))
        is_unanswered = pc.invert(pc.is_in(array(self._tasks["key"]), value_set=known))
        tasks = self._tasks.filter(pc.and_(is_unanswered, pc.greater(array(self._tasks["own"]), _ZERO)))
        labels = text(array(self._rows["task_label"]).take(array(tasks["label"])))
        return tasks.append_column("task", text(array(self._rows["task"]).take(array(tasks["row"])))).append_column(
            "task_label", labels
        )


class Times(NamedTuple):
    """How many records there are of each key."""

    keys: pa.Array
    values: pa.Array


def _records_of(keys: pa.Array, records: pa.Array) -> Times:
    """For each key, the number of distinct records."""
    order = sorted_rows(keys, records)
    keys, records = keys.take(order), records.take(order)
    is_key = starts([keys])
    is_each = pc.or_(is_key, starts([records]))
    runs = Runs.of(is_key.filter(is_each))
    return Times(keys.filter(is_key), runs.counts)


def _share(part: pa.Array, whole: pa.Array) -> pa.Array:
    """Part of whole; null if the whole is 0."""
    some = pc.if_else(pc.greater(whole, _ZERO), whole, pa.scalar(None, pa.int64()))
    return pc.divide(part.cast(pa.float64()), some.cast(pa.float64()))
