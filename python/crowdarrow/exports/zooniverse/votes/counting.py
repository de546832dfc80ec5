"""Counts the votes of whole subjects: rows of `votes` and `consensus` (docs/contract.md, section 2.8)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    Codes,
    array,
    codes_of,
    combined,
    dense,
    groups,
    numbered,
    positions,
    row_numbers,
    starts,
    text,
)
from crowdarrow.exports.zooniverse.votes.steps import PLACE
from crowdarrow.spill import order_of

LABELS = ("label", "task_label", "question_label")
SKIPPED, EMPTY = 0, 1
"""States of an annotation: null or missing, an empty list; anything else is greater."""

_NO_TEXT = pa.scalar(None, pa.string())
_ZERO, _ONE = (pa.scalar(value, pa.int64()) for value in (0, 1))


class Rows(NamedTuple):
    """The records of whole subjects that count, and the rows from which votes are counted, in order of the input."""

    records: pa.Table
    annotations: pa.Table
    votes: pa.Table
    others: pa.Table
    """The tasks of rows of other tables, which give no votes."""
    subjects: pa.Table | None


class Counts(NamedTuple):
    """What was counted."""

    votes: pa.Table
    consensus: pa.Table
    agreement: pa.Table
    """For each record with votes that can agree: how many there are, and how many agree."""


class SubjectCounts:
    """The votes of the records of whole subjects.

    Args:
        rows: the records that count, and the rows of these and of other records.
        beside: columns of the records that are put beside the rows of their subject.
    """

    def __init__(self, rows: Rows, beside: Sequence[str]) -> None:
        records = rows.records.take(order_of(rows.records, (*PLACE, "record"))).combine_chunks()
        is_start = starts([records[name] for name in PLACE])
        self._places = records.filter(is_start).select([*PLACE, *beside]).combine_chunks()
        self._place_of = numbered(is_start)
        self._known = array(records["record"])
        self._subjects = rows.subjects
        annotations, annotated = self._kept(rows.annotations)
        votes, voted = self._kept(rows.votes)
        others, elsewhere = self._kept(rows.others)
        tasks = codes_of(annotations["task"], votes["task"], others["task"])
        self._tasks = Asked(annotations, combined(self._place(annotated), tasks[0]), annotated)
        self._votes, self._voted = votes, voted
        self._task = combined(self._place(voted), tasks[1])
        self._elsewhere = combined(self._place(elsewhere), tasks[2])
        self._count()

    def _kept(self, rows: pa.Table) -> tuple[pa.Table, pa.Array]:
        """The rows of the records that count, and the positions of these records."""
        found = positions(array(rows["record"]), self._known)
        if found.null_count:
            is_kept = found.is_valid()
            rows, found = rows.filter(is_kept).combine_chunks(), found.filter(is_kept)
        return rows, found

    def _place(self, records: pa.Array) -> Codes:
        return Codes(self._place_of.take(records), max(self._places.num_rows, 1))

    def _count(self) -> None:
        rows = self._votes
        is_choice = array(rows["is_choice"])
        choice = text(rows["choice"])
        answer = pc.if_else(is_choice, choice, text(rows["answer"]))
        (choices,) = codes_of(choice)
        (questions,) = codes_of(rows["question"])
        (answers,) = codes_of(answer)
        chosen = combined(self._task, choices)
        self._chosen = Codes(pc.if_else(is_choice, pa.scalar(None, pa.int64()), chosen.values), chosen.size)
        self._asked_choice = _records_of(
            Codes(chosen.values.filter(is_choice), chosen.size), self._voted.filter(is_choice)
        )
        no_choice = Codes(pc.if_else(is_choice, _ZERO, choices.values), choices.size)
        key = dense(combined(self._task, questions, no_choice))
        vote = combined(key, answers)
        numbers = row_numbers(rows.num_rows)
        labels = {name: array(rows[name]) for name in LABELS}
        self._labelled = [name for name in LABELS if labels[name].null_count < rows.num_rows]
        more = {"row": numbers} | {
            name: pc.if_else(labels[name].is_valid(), numbers, pa.scalar(None, pa.int64())) for name in self._labelled
        }
        first = [(name, "min") for name in more]
        each = groups({"vote": vote.values, "record": self._voted}, more, *first)
        self._each = each
        kept = {name: array(each[f"{name}_min"]) for name in more}
        counted = groups({"vote": array(each["vote"])}, kept, *first, ([], "count_all"))
        counted = counted.append_column("key", pc.divide(array(counted["vote"]), pa.scalar(answers.size, pa.int64())))
        order = [("key", "ascending"), ("count_all", "descending"), ("vote", "ascending")]
        self._counted = counted.take(pc.sort_indices(counted, sort_keys=order)).combine_chunks()
        self._answers = answers.size
        self._answer = answer
        self._choice = pc.if_else(is_choice, _NO_TEXT, choice)

    def votes(self) -> pa.Table:
        """The rows of `votes`, without columns of the subject."""
        counted = self._counted
        rows = array(counted["row_min"])
        asked = self._asked(rows)
        votes = array(counted["count_all"])
        return pa.table(
            self._keys(rows)
            | {"answer": self._answer.take(rows)}
            | self._labels(counted)
            | {"votes": votes}
            | asked
            | {"fraction": _share(votes, asked["asked"])}
        )

    def _keys(self, rows: pa.Array) -> dict[str, pa.Array]:
        """The key columns of rows of votes, and the number of their place."""
        place = self._place_of.take(self._voted.take(rows))
        return {
            "place": place,
            **{name: array(self._places[name]).take(place) for name in PLACE},
            "task": text(array(self._votes["task"]).take(rows)),
            "question": text(array(self._votes["question"]).take(rows)),
            "choice": self._choice.take(rows),
        }

    def _labels(self, counted: pa.Table, names: Sequence[str] = LABELS) -> dict[str, pa.Array]:
        count = counted.num_rows
        return {
            name: text(array(self._votes[name]).take(array(counted[f"{name}_min"])))
            if name in self._labelled
            else pa.nulls(count, pa.string())
            for name in names
        }

    def _asked(self, rows: pa.Array) -> dict[str, pa.Array]:
        """How often the tasks of rows of votes were asked, skipped and left empty."""
        found = self._tasks.of(self._task.values.take(rows))
        chosen = self._chosen.values.take(rows)
        has_choice = self._choice.take(rows).is_valid()
        by_choice = self._asked_choice
        times = array(by_choice["count_all"]).take(positions(chosen, array(by_choice["key"])))
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
        group = numbered(is_start)
        votes = array(counted["count_all"])
        labels = {name: array(counted[f"{name}_min"]) for name in self._labelled if name != "label"}
        more = {"votes": votes, **labels}
        wanted = [("votes", "sum"), ([], "count_all"), *((name, "min") for name in labels)]
        by_key = groups({"group": group}, more, *wanted)
        total = array(by_key["votes_sum"])
        shares = pc.divide(votes.cast(pa.float64()), total.take(group).cast(pa.float64()))
        entropy = groups({"group": group}, {"part": pc.multiply(shares, pc.ln(shares))}, ("part", "sum"))
        first = row_numbers(counted.num_rows).filter(is_start)
        second = pc.if_else(
            pc.greater(array(by_key["count_all"]), _ONE), pc.add(first, _ONE), pa.scalar(None, pa.int64())
        )
        best = counted.take(first)
        rows = array(best["row_min"])
        asked = self._asked(rows)
        won = array(best["count_all"])
        found = pa.table(
            self._keys(rows)
            | self._labels(by_key, ("task_label", "question_label"))
            | {"most_likely": self._answer.take(rows)}
            | self._labels(best, ("label",))
            | {"votes": won, "total_votes": total, "asked": asked["asked"], "skipped": asked["skipped"]}
            | {
                "agreement": _share(won, total),
                "entropy": pc.abs(array(entropy["part_sum"])),
                "tied": pc.fill_null(pc.equal(votes.take(second), won), pa.scalar(False)),  # noqa: FBT003 - a value
                "runner_up": self._answer.take(array(counted["row_min"]).take(second)),
                "key": self._task.values.take(rows),
                "order": row_numbers(len(rows)),
            }
        )
        found = self._with_unanswered(found)
        return self._with_retirement(found)

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
            "tied": pa.repeat(pa.scalar(False), count),  # noqa: FBT003 - a value
            "key": array(tasks["key"]),
        }
        columns = [known.get(field.name, pa.nulls(count, field.type)) for field in found.schema]
        both = pa.concat_tables([found, pa.table(columns, schema=found.schema)])
        return both.take(pc.sort_indices(both, sort_keys=[("key", "ascending"), ("order", "ascending")]))

    def _with_retirement(self, found: pa.Table) -> pa.Table:
        subjects = self._subjects
        if subjects is None:
            return found
        place = array(found["place"])
        subjects = subjects.take(order_of(subjects, PLACE))
        subjects = subjects.filter(starts([subjects[name] for name in PLACE])).combine_chunks()
        pairs = [_integers(self._places[name], subjects[name]) for name in PLACE]
        ours, theirs = (combined(*parts).values for parts in zip(*pairs, strict=True))
        at = positions(ours, theirs).take(place)
        for name in ("retired_at", "retirement_reason"):
            found = found.append_column(name, array(subjects[name]).take(at))
        return found

    def agreement(self) -> pa.Table:
        """For each record: its votes without a choice among keys with several votes, and those for the winner."""
        counted = self._counted
        is_start = starts([counted["key"]])
        group = numbered(is_start)
        total = groups({"group": group}, {"votes": array(counted["count_all"])}, ("votes", "sum"))["votes_sum"]
        no_choice = self._choice.take(array(counted["row_min"])).is_null()
        is_counted = pc.and_(no_choice, pc.greater(array(total).take(group), _ONE))
        at = positions(array(self._each["vote"]), array(counted["vote"]))
        each = pa.table({"record": self._each["record"], "counts": is_counted.take(at), "wins": is_start.take(at)})
        each = each.filter(each["counts"])
        found = groups(
            {"record": self._known.take(array(each["record"]))},
            {"wins": array(each["wins"]).cast(pa.int64())},
            ([], "count_all"),
            ("wins", "sum"),
        )
        return found.rename_columns({"count_all": "counted", "wins_sum": "agreed"})

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
        self._rows = rows
        numbers = row_numbers(rows.num_rows)
        nothing = pa.scalar(None, pa.int64())
        more = {
            "state": array(rows["state"]),
            "own": array(rows["is_own"]),
            "row": numbers,
            "label": pc.if_else(array(rows["task_label"]).is_valid(), numbers, nothing),
        }
        each = groups(
            {"key": key.values, "record": records},
            more,
            ("state", "max"),
            ("own", "max"),
            ("row", "min"),
            ("label", "min"),
        )
        state = array(each["state_max"])
        counts = {
            "skipped": pc.equal(state, pa.scalar(SKIPPED, state.type)).cast(pa.int64()),
            "empty": pc.equal(state, pa.scalar(EMPTY, state.type)).cast(pa.int64()),
            **{name: array(each[f"{name}_{how}"]) for name, how in (("own", "max"), ("row", "min"), ("label", "min"))},
            "record": array(each["record"]),
        }
        self._tasks = groups(
            {"key": array(each["key"])},
            counts,
            *((name, "sum") for name in ("skipped", "empty")),
            *((name, "min") for name in ("row", "label", "record")),
            ("own", "max"),
            ([], "count_all"),
        ).rename_columns(
            {
                "skipped_sum": "skipped",
                "empty_sum": "empty",
                "row_min": "row",
                "label_min": "label",
                "record_min": "record",
                "own_max": "own",
                "count_all": "asked",
            }
        )

    def of(self, keys: pa.Array) -> dict[str, pa.Array]:
        """How often these tasks were asked, skipped and empty."""
        at = positions(keys, array(self._tasks["key"]))
        names = ("asked", "skipped", "empty")
        return {name: pc.fill_null(array(self._tasks[name]).take(at), _ZERO) for name in names}

    def unanswered(self, elsewhere: Sequence[pa.Array]) -> pa.Table:
        """The tasks that have annotations of their own and no rows `elsewhere`."""
        known = pa.concat_arrays(list(elsewhere))
        is_unanswered = pc.invert(pc.is_in(array(self._tasks["key"]), value_set=known))
        tasks = self._tasks.filter(pc.and_(is_unanswered, pc.equal(array(self._tasks["own"]), _ONE)))
        labels = text(array(self._rows["task_label"]).take(array(tasks["label"])))
        return tasks.append_column("task", text(array(self._rows["task"]).take(array(tasks["row"])))).append_column(
            "task_label", labels
        )


def _records_of(key: Codes, records: pa.Array) -> pa.Table:
    """For each key, the number of distinct records."""
    each = groups({"key": key.values, "record": records})
    return groups({"key": array(each["key"])}, None, ([], "count_all"))


def _share(part: pa.Array, whole: pa.Array) -> pa.Array:
    """Part of whole; null if the whole is 0."""
    some = pc.if_else(pc.greater(whole, _ZERO), whole, pa.scalar(None, pa.int64()))
    return pc.divide(part.cast(pa.float64()), some.cast(pa.float64()))


def _integers(*columns: pa.ChunkedArray) -> list[Codes]:
    """The codes of columns of integers, which are the same for the same integer; 0 for null."""
    parts = [array(column) for column in columns]
    whole = pa.concat_arrays(parts).dictionary_encode()
    codes = pc.fill_null(pc.add(whole.indices.cast(pa.int64()), _ONE), _ZERO)
    begins = [sum(map(len, parts[:number])) for number in range(len(parts))]
    return [
        Codes(codes.slice(begin, len(part)), len(whole.dictionary) + 1)
        for begin, part in zip(begins, parts, strict=True)
    ]
