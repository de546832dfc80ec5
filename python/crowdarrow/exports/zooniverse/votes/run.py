"""Counts votes in one pass: takes batches of a run's tables, and gives those of votes, consensus and volunteers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow._core import lists_of
from crowdarrow.ahead import each_ahead
from crowdarrow.exports.zooniverse.votes import inputs
from crowdarrow.exports.zooniverse.votes.codes import RowGroups, are_first, array, positions, text
from crowdarrow.exports.zooniverse.votes.counting import LISTS, Rows, SubjectCounts
from crowdarrow.exports.zooniverse.votes.parts import Parts, rows_of
from crowdarrow.exports.zooniverse.votes.places import first_of_each, with_retirement
from crowdarrow.exports.zooniverse.votes.steps import PLACE, VOLUNTEER, Choice, first_of_subject, once_each, visitor_of
from crowdarrow.exports.zooniverse.votes.volunteers import Volunteers
from crowdarrow.exports.zooniverse.votes.words import COLUMNS, TASK, VOTE, Words
from crowdarrow.spill import SortedRows, joined

if TYPE_CHECKING:
    from crowdarrow._core import WorkerPool

_PEOPLE = ("user_name", "session", "duration")
_SCHEMAS = {
    "task_texts": TASK,
    "texts": VOTE,
    "others": pa.schema({"task": pa.string()}),
}
ENOUGH_ROWS = 1 << 18
"""Rows that are counted at once, at least, if there are so many."""
_STEPS = ("records", "live", "gold", "once", "first")

Columns = Mapping[str, pa.Array]


class _Counted(NamedTuple):
    """What was counted in a part of the records."""

    tables: dict[str, pa.Table]
    records: pa.Table
    agreement: pa.Table | None
    once: int
    first: int


class _Records:
    """The records of a batch, and the numbers of the wordings that each has.

    Args:
        columns: the columns of the records, in their order.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._lists: dict[str, pa.Array] = {}

    def add(self, name: str, records: pa.Array, numbers: pa.Array | None) -> bool:
        """Add the number of each row, for its record; False if rows aren't numbered."""
        if numbers is not None:
            self._lists[name] = pa.array(lists_of(self._columns["record"], records, numbers))
        return numbers is not None

    def lists(self) -> dict[str, pa.Array]:
        """Lists of numbers, each once, for each record."""
        if len(self._lists) < len(LISTS):
            begins = pa.repeat(pa.scalar(0, pa.int32()), len(self._columns["record"]) + 1)
            nothing = pa.ListArray.from_arrays(begins, pa.array([], pa.int32()))
            return {name: self._lists.get(name, nothing) for name in LISTS}
        return self._lists

    def with_place(self, rows: Columns) -> pa.RecordBatch:
        """Rows with the workflow and subject of their records."""
        at = positions(rows["record"], self._columns["record"])
        place = {name: self._columns[name].take(at) for name in PLACE}
        return pa.RecordBatch.from_pydict({**place, **rows})


class Counting:
    """The counting of one run.

    Args:
        tables: the tables that are asked for.
        choice: the options that choose the records that count.
        beside: columns of the records that are put beside the rows of votes and consensus.
    """

    def __init__(self, tables: Sequence[str], choice: Choice, beside: Sequence[str] = ()) -> None:
        self._tables = tables
        self._choice = choice
        self._beside = tuple(beside)
        self._rows = SortedRows(PLACE)
        self._words, self._tasks = Words(VOTE), Words(TASK)
        self._volunteers = Volunteers()
        self._left = dict.fromkeys(_STEPS, 0)

    def add(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Take the rows of the same records in the tables in `inputs`."""
        tables = {name: dict(zip(batch.schema.names, batch.columns, strict=True)) for name, batch in batches.items()}
        records = tables.get(inputs.RECORDS)
        if records is None:
            return
        found = _Records(records)
        if (rows := tables.get(inputs.ANNOTATIONS)) is not None:
            self._add_annotations(rows, found)
        if (rows := tables.get(inputs.ANSWERS)) is not None:
            self._add_answers(rows, found)
        if (rows := tables.get(inputs.IDENTIFICATIONS)) is not None:
            self._add_identifications(rows, found)
        if (rows := tables.get(inputs.MARKS)) is not None:
            self._add_others(rows, found)
        if (rows := tables.get(inputs.SUBJECTS)) is not None:
            self._add_subjects(rows)
        self._add_records(records, found)

    def counts(self) -> dict[str, int]:
        """How many records each step left, at the end."""
        return dict(self._left)

    def close(self) -> None:
        """Remove the temporary files."""
        self._rows.close()
        self._volunteers.close()

    def finish(self, workers: "WorkerPool") -> Iterator[tuple[str, pa.Table]]:
        """The rows of the tables, each in its order; the tables take turns."""
        for found in _enough(self._rows.groups()):
            yield from self._of_subjects(found, workers)
        self._rows.close()
        if "volunteers" in self._tables:
            for rows in self._volunteers.rows():
                yield "volunteers", rows

    def _of_subjects(self, found: dict[str, pa.Table], workers: "WorkerPool") -> Iterator[tuple[str, pa.Table]]:
        """The votes of whole subjects, counted in parallel in parts; nothing is left in `found`."""
        parts = self._parts(found)
        found.clear()
        words, tasks = self._words.table(), self._tasks.table()

        def counted(number: int) -> _Counted:
            return self._count(parts.part(number), words, tasks)

        begins = range(0, parts.count, workers.count)
        together = [range(begin, min(begin + workers.count, parts.count)) for begin in begins]
        for found_parts in each_ahead(lambda numbers: workers.map(counted, numbers), together):
            for one in found_parts:
                self._left["once"] += one.once
                self._left["first"] += one.first
                yield from one.tables.items()
                if one.agreement is not None:
                    self._volunteers.add(one.records, one.agreement)

    def _parts(self, found: Mapping[str, pa.Table]) -> Parts:
        records = found["records"]
        if "consensus" in self._tables:
            records = with_retirement(records, found.get("subjects", _no_subjects()))
        return Parts(records, {name: found.get(name, _empty(schema)) for name, schema in _SCHEMAS.items()})

    def _count(self, rows: dict[str, pa.Table], words: pa.Table, tasks: pa.Table) -> "_Counted":
        """The votes of a part."""
        records = rows.pop("records")
        once = once_each(records, self._choice.once)
        kept = first_of_subject(once, self._choice.first)
        counts = SubjectCounts(Rows(kept.combine_chunks(), **rows), words, tasks)
        tables = {}
        for name, count in (("votes", counts.votes), ("consensus", counts.consensus)):
            if name in self._tables:
                found = count()
                beside = self._beside if name == "votes" else (*self._beside, *inputs.RETIRED_CHILDREN)
                for column, values in counts.places.columns(array(found["place"]), beside).items():
                    found = found.append_column(column, values)
                tables[name] = found
        agreement = counts.agreement() if "volunteers" in self._tables else None
        return _Counted(tables, records.drop_columns(LISTS), agreement, once.num_rows, kept.num_rows)

    def _add_records(self, columns: Columns, records: _Records) -> None:
        names = (*inputs.METADATA_CHILDREN, *inputs.TIMES)
        metadata = dict(zip(names, columns["metadata"].flatten(), strict=False))
        own = {name: columns[name] for name in (*PLACE, "record", "created_at", "classification_id", *self._beside)}
        user, session, name = columns["user_id"], metadata["session"], columns["user_name"]
        own |= dict(zip(VOLUNTEER, (user, visitor_of(user, session, name)), strict=True))
        if "volunteers" in self._tables:
            seconds = [metadata[name].cast(pa.int64()) for name in ("finished_at", "started_at")]
            own |= dict(zip(_PEOPLE, (name, session, pc.subtract(*seconds)), strict=True))
        rows = pa.RecordBatch.from_pydict(own | records.lists())
        self._left["records"] += rows.num_rows
        keep = pa.repeat(pa.scalar(True), rows.num_rows)  # noqa: FBT003 - a value
        if self._choice.live:
            keep = pc.fill_null(metadata["live_project"], pa.scalar(False))  # noqa: FBT003 - a value
        self._left["live"] += keep.true_count
        if self._choice.gold != "include":
            is_gold = pc.fill_null(columns["gold_standard"], pa.scalar(False))  # noqa: FBT003 - a value
            keep = pc.and_(keep, is_gold if self._choice.gold == "only" else pc.invert(is_gold))
        self._left["gold"] += keep.true_count
        self._rows.add("records", rows if keep.true_count == rows.num_rows else rows.filter(keep))

    def _add_annotations(self, columns: Columns, records: _Records) -> None:
        state = columns["_state"]
        is_own = pc.and_(columns["mark_index"].is_null(), pc.less(state, pa.scalar(inputs.COMBO, state.type)))
        rows = {name: columns[name] for name in ("record", "task", "task_label")}
        rows |= {"state": state.cast(pa.int32()), "is_own": is_own.cast(pa.int32())}
        rows = _one_of_each_task(rows)
        if not records.add("tasks", rows["record"], self._tasks.numbers_of(rows)):
            texts = {name: rows[name].dictionary_encode() for name in ("task", "task_label")}
            self._rows.add("task_texts", records.with_place(rows | texts))

    def _add_answers(self, columns: Columns, records: _Records) -> None:
        in_survey = columns["identification_index"].is_valid()
        has_vote = pc.and_(columns["subtask"].is_null(), columns["mark_index"].is_null())
        has_vote = pc.or_(has_vote, in_survey)
        answer = columns["answer"]
        if answer.null_count and columns["choice_index"].null_count < len(answer):
            answer = pc.coalesce(answer, columns["choice_index"].cast(pa.string()))
        votes = {**columns, "answer": answer, "choice": columns["_choice"]}
        if has_vote.true_count < len(answer):
            self._add_others({name: columns[name].filter(pc.invert(has_vote)) for name in ("record", "task")}, records)
            votes = {name: votes[name].filter(has_vote) for name in ("record", *COLUMNS)}
        self._add_votes("answers", votes, records)

    def _add_identifications(self, columns: Columns, records: _Records) -> None:
        nothing = pa.nulls(len(columns["task"]), pa.string())
        absent = dict.fromkeys(("question", "answer", "question_label"), nothing)
        self._add_votes("choices", {**columns, **absent, "label": columns["choice_label"]}, records)

    def _add_votes(self, name: str, columns: Columns, records: _Records) -> None:
        is_choice = name == "choices"
        if len(columns["record"]) and not records.add(
            name, columns["record"], self._words.numbers_of(columns, is_choice)
        ):
            texts = {name: columns[name] if name == "answer" else columns[name].dictionary_encode() for name in COLUMNS}
            texts["is_choice"] = pa.repeat(pa.scalar(is_choice), len(columns["task"]))
            self._rows.add("texts", records.with_place({"record": columns["record"], **texts}))

    def _add_others(self, columns: Columns, records: _Records) -> None:
        if "consensus" in self._tables and len(columns["record"]):
            firsts = RowGroups.of(columns["record"], text(columns["task"])).firsts
            own = {"record": columns["record"], "task": columns["task"].dictionary_encode()}
            self._rows.add("others", records.with_place({name: one.take(firsts) for name, one in own.items()}))

    def _add_subjects(self, columns: Columns) -> None:
        retired = dict(zip(inputs.RETIRED_CHILDREN, columns["retired"].flatten(), strict=True))
        own = {name: columns[name] for name in PLACE}
        self._rows.add("subjects", first_of_each(pa.RecordBatch.from_pydict(own | retired)))


def _one_of_each_task(rows: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """One row for each record and task, whose state is the greatest."""
    group = RowGroups.of(rows["record"], text(rows["task"])).of_row
    is_first = are_first(group)
    if is_first.false_count == 0:
        return rows
    # Few tasks have several rows in a record.
    is_several = pc.is_in(group, value_set=group.filter(pc.invert(is_first)).unique())
    several = {name: column.filter(is_several) for name, column in rows.items()}
    group = group.filter(is_several)
    names = ("state", "is_own")
    found = pa.table({"group": group, **{name: several[name] for name in names}})
    sums = found.group_by("group", use_threads=False).aggregate([(name, "max") for name in names])
    changed = {name: array(sums[f"{name}_max"]) for name in names}
    labelled = several["task_label"].is_valid()
    if labelled.true_count:
        at = positions(array(sums["group"]), group.filter(labelled))
        changed["task_label"] = several["task_label"].filter(labelled).take(at)
    first = {name: column.filter(is_first) for name, column in rows.items()}
    is_changed = is_several.filter(is_first)
    return first | {name: pc.replace_with_mask(first[name], is_changed, column) for name, column in changed.items()}


def _enough(groups: Iterator[dict[str, pa.Table]]) -> Iterator[dict[str, pa.Table]]:
    """Groups of enough rows that the fixed costs of counting are small, with records."""
    waiting: list[dict[str, pa.Table]] = []
    rows = 0
    for found in groups:
        waiting.append(found)
        rows += sum(map(rows_of, found.values()))
        if rows >= ENOUGH_ROWS:
            yield from _together(waiting)
            waiting, rows = [], 0
    yield from _together(waiting)


def _together(groups: Sequence[dict[str, pa.Table]]) -> Iterator[dict[str, pa.Table]]:
    """The rows of several groups, which are removed from these: nothing is twice in memory."""
    names = dict.fromkeys(name for found in groups for name in found)
    found = {name: joined([one.pop(name) for one in groups if name in one]) for name in names}
    if "records" in found:
        yield found


def _empty(schema: pa.Schema) -> pa.Table:
    columns = {name: pa.array([], pa.int64()) for name in (*PLACE, "record")}
    return pa.table(columns | {field.name: pa.array([], field.type) for field in schema})


def _no_subjects() -> pa.Table:
    kinds = (pa.int64(), pa.int64(), pa.timestamp("us", tz="UTC"), pa.string())
    names = (*PLACE, *inputs.RETIRED_CHILDREN)
    return pa.table({name: pa.array([], kind) for name, kind in zip(names, kinds, strict=True)})
