"""Counts votes in one pass: takes batches of a run's tables, and gives those of votes, consensus and volunteers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes import inputs
from crowdarrow.exports.zooniverse.votes.codes import array
from crowdarrow.exports.zooniverse.votes.counting import Rows, SubjectCounts
from crowdarrow.exports.zooniverse.votes.parts import Parts, with_retirement
from crowdarrow.exports.zooniverse.votes.steps import PLACE, Choice, first_of_subject, once_each, volunteer_of
from crowdarrow.exports.zooniverse.votes.volunteers import Volunteers
from crowdarrow.exports.zooniverse.votes.words import COLUMNS, Words
from crowdarrow.spill import SortedRows

if TYPE_CHECKING:
    from crowdarrow._core import WorkerPool

_PEOPLE = ("user_id", "user_name", "session", "duration")
_SCHEMAS = {
    "annotations": ("task", "task_label", "state", "is_own"),
    "words": ("word",),
    "votes": (*COLUMNS, "is_choice"),
    "others": ("task",),
}
_TYPES = {"word": pa.int32(), "state": pa.int32(), "is_own": pa.int64(), "is_choice": pa.bool_()}
_STEPS = ("records", "live", "gold", "once", "first")

Columns = Mapping[str, pa.Array]


class _Counted(NamedTuple):
    """What was counted in a part of the records."""

    tables: dict[str, pa.Table]
    records: pa.Table
    agreement: pa.Table | None
    once: int
    first: int


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
        self._words = Words()
        self._volunteers = Volunteers()
        self._left = dict.fromkeys(_STEPS, 0)
        self._add = {
            inputs.RECORDS: self._add_records,
            inputs.ANNOTATIONS: self._add_annotations,
            inputs.ANSWERS: self._add_answers,
            inputs.IDENTIFICATIONS: self._add_identifications,
            inputs.MARKS: self._add_marks,
            inputs.SUBJECTS: self._add_subjects,
        }

    def add(self, table: str, batch: pa.RecordBatch) -> None:
        """Take the rows of a batch of one of the tables in `inputs`."""
        self._add[table](dict(zip(batch.schema.names, batch.columns, strict=True)))

    def counts(self) -> dict[str, int]:
        """How many records each step left, at the end."""
        return dict(self._left)

    def close(self) -> None:
        """Remove the temporary files."""
        self._rows.close()
        self._volunteers.close()

    def finish(self, workers: "WorkerPool") -> Iterator[tuple[str, pa.Table]]:
        """The rows of the tables, each in its order; the tables take turns."""
        for found in self._rows.groups():
            if "records" in found:
                yield from self._of_subjects(found, workers)
        self._rows.close()
        if "volunteers" in self._tables:
            for rows in self._volunteers.rows():
                yield "volunteers", rows

    def _of_subjects(self, found: Mapping[str, pa.Table], workers: "WorkerPool") -> Iterator[tuple[str, pa.Table]]:
        """The votes of whole subjects, counted in parallel in parts of a size that suits the processor's caches."""
        tables = {name: found.get(name, _empty(names)).select(["record", *names]) for name, names in _SCHEMAS.items()}
        records = found["records"]
        if "consensus" in self._tables:
            records = with_retirement(records, found.get("subjects", _no_subjects()))
        self._words.table()  # before threads ask for it
        parts = Parts(records, tables, max(table.num_rows for table in tables.values()))
        for begin in range(0, parts.count, workers.count):
            numbers = range(begin, min(begin + workers.count, parts.count))
            for counted in workers.map(lambda number: self._count(*parts.part(number)), numbers):
                self._left["once"] += counted.once
                self._left["first"] += counted.first
                yield from counted.tables.items()
                if counted.agreement is not None:
                    self._volunteers.add(counted.records, counted.agreement)

    def _count(self, records: pa.Table, tables: Mapping[str, pa.Table]) -> "_Counted":
        once = once_each(records, self._choice.once)
        kept = first_of_subject(once, self._choice.first)
        counts = SubjectCounts(Rows(kept, **tables), self._words.table())
        found = {}
        for name, count in (("votes", counts.votes), ("consensus", counts.consensus)):
            if name in self._tables:
                rows = count()
                beside = self._beside if name == "votes" else (*self._beside, *inputs.RETIRED_CHILDREN)
                for column, values in counts.beside(array(rows["place"]), beside).items():
                    rows = rows.append_column(column, values)
                found[name] = rows
        agreement = counts.agreement() if "volunteers" in self._tables else None
        return _Counted(found, records, agreement, once.num_rows, kept.num_rows)

    def _add_records(self, columns: Columns) -> None:
        metadata = dict(zip(inputs.METADATA_CHILDREN, columns["metadata"].flatten(), strict=True))
        own = {name: columns[name] for name in (*PLACE, "record", "created_at", "classification_id", *self._beside)}
        own["volunteer"] = volunteer_of(columns["user_id"], metadata["session"], columns["user_name"])
        if "volunteers" in self._tables:
            seconds = [metadata[name].cast(pa.int64()) for name in ("finished_at", "started_at")]
            people = (columns["user_id"], columns["user_name"], metadata["session"], pc.subtract(*seconds))
            own |= dict(zip(_PEOPLE, people, strict=True))
        rows = pa.RecordBatch.from_pydict(own)
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

    def _add_annotations(self, columns: Columns) -> None:
        own = _with_dictionaries(columns, "task", "task_label")
        state = columns["_state"]
        is_own = pc.and_(columns["mark_index"].is_null(), pc.less(state, pa.scalar(inputs.COMBO, state.type)))
        own |= {"state": state, "is_own": is_own.cast(pa.int64())}
        self._rows.add("annotations", pa.RecordBatch.from_pydict(own))

    def _add_answers(self, columns: Columns) -> None:
        in_survey = columns["identification_index"].is_valid()
        has_vote = pc.and_(columns["subtask"].is_null(), columns["mark_index"].is_null())
        has_vote = pc.or_(has_vote, in_survey)
        answer = columns["answer"]
        if answer.null_count:
            answer = pc.coalesce(answer, columns["choice_index"].cast(pa.string()))
        votes = {**columns, "answer": answer, "choice": columns["_choice"]}
        if has_vote.true_count < len(answer):
            others = pa.RecordBatch.from_pydict(_with_dictionaries(columns, "task"))
            self._rows.add("others", others.filter(pc.invert(has_vote)))
            votes = {name: votes[name].filter(has_vote) for name in (*PLACE, "record", *COLUMNS)}
        self._add_votes(votes, is_choice=False)

    def _add_identifications(self, columns: Columns) -> None:
        nothing = pa.nulls(len(columns["task"]), pa.string())
        absent = dict.fromkeys(("question", "answer", "question_label"), nothing)
        self._add_votes({**columns, **absent, "label": columns["choice_label"]}, is_choice=True)

    def _add_votes(self, columns: Columns, *, is_choice: bool) -> None:
        place = {name: columns[name] for name in (*PLACE, "record")}
        texts = {name: columns[name] if name == "answer" else columns[name].dictionary_encode() for name in COLUMNS}
        numbers = self._words.numbers_of(texts, is_choice=is_choice)
        if numbers is not None:
            self._rows.add("words", pa.RecordBatch.from_pydict(place | {"word": numbers}))
        else:
            texts["is_choice"] = pa.repeat(pa.scalar(is_choice), len(columns["task"]))
            self._rows.add("votes", pa.RecordBatch.from_pydict(place | texts))

    def _add_marks(self, columns: Columns) -> None:
        self._rows.add("others", pa.RecordBatch.from_pydict(_with_dictionaries(columns, "task")))

    def _add_subjects(self, columns: Columns) -> None:
        retired = dict(zip(inputs.RETIRED_CHILDREN, columns["retired"].flatten(), strict=True))
        own = {name: columns[name] for name in PLACE}
        self._rows.add("subjects", pa.RecordBatch.from_pydict(own | retired))


def _with_dictionaries(columns: Columns, *names: str) -> dict[str, pa.Array]:
    """Columns of text that repeats as dictionaries, after those of the place."""
    own = {name: columns[name] for name in (*PLACE, "record")}
    return own | {name: columns[name].dictionary_encode() for name in names}


def _empty(names: Sequence[str]) -> pa.Table:
    columns = {name: pa.array([], pa.int64()) for name in (*PLACE, "record")}
    return pa.table(columns | {name: pa.array([], _TYPES.get(name, pa.string())) for name in names})


def _no_subjects() -> pa.Table:
    kinds = (pa.int64(), pa.int64(), pa.timestamp("us", tz="UTC"), pa.string())
    names = (*PLACE, *inputs.RETIRED_CHILDREN)
    return pa.table({name: pa.array([], kind) for name, kind in zip(names, kinds, strict=True)})
