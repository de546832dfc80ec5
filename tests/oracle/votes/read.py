"""`read_votes`, which reads classifications into the three tables."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from oracle.node import NOTHING, parse
from oracle.tidy import Result, read_tidy

from .schemas import TABLES
from .steps import Record, Steps, chosen, records_of
from .tables import SubjectVotes, in_order, volunteers_of

Row = dict[str, Any]
TIDY = ("annotations", "answers", "marks", "identifications")


@dataclass
class VoteResult:
    """The result of `read_votes`.

    Attributes:
        tidy: The other tables of the input.
        tables: The three tables by name.
        counts: How many records each step leaves.
        missing: The subjects of rows that the subject export lacks.
    """

    tidy: Result
    tables: dict[str, pa.Table]
    counts: dict[str, int]
    missing: set[int]


def read_votes(source: Any, steps: Steps | None = None, **options: Any) -> VoteResult:
    """Read classifications.

    Args:
        source: As for `read_tidy`.
        steps: Which records count.
        options: Those of `read_tidy`.
    """
    return votes_of(read_tidy(source, **options), steps or Steps())


def votes_of(tidy: Result, steps: Steps) -> VoteResult:
    """The three tables from the other tables."""
    before, after, counts = chosen(records_of(tidy), steps)
    votes: list[Row] = []
    consensus: list[Row] = []
    agreements: dict[Any, list[bool]] = defaultdict(list)
    missing: set[int] = set()
    retired = {(row["workflow_id"], row["subject_id"]): row["retired"] or {} for row in tidy.rows["subjects"]}
    for place, own, found in _by_subject(tidy, after):
        subject = SubjectVotes(place[0], place[1], found)
        beside, lacks = _beside(tidy, own[0])
        votes += [row | beside for row in subject.votes]
        state = {name: retired.get(place, {}).get(name) for name in ("retired_at", "retirement_reason")}
        consensus += [row | state | beside for row in subject.consensus]
        if lacks and subject.consensus:
            missing.add(lacks)
        by_number = {record.number: record for record in own}
        for number, key, answer in subject.voted():
            winner, total = subject.winners[key]
            if key[-1] is None and total > 1:
                record = by_number[number]
                agreements[record.workflow_id, record.volunteer].append(answer == winner)
    rows = {"votes": votes, "consensus": consensus, "volunteers": volunteers_of(before, agreements)}
    fields = [] if tidy.beside is None else tidy.beside.fields
    tables = {}
    for name, schema in TABLES.items():
        own_schema = schema if name == "volunteers" else pa.schema([*schema, *fields])
        tables[name] = pa.Table.from_pylist(rows[name], own_schema)
    return VoteResult(tidy, tables, counts, missing)


def _by_subject(tidy: Result, records: list[Record]) -> list[tuple[Any, list[Record], dict[str, list[Row]]]]:
    """Workflow and subject, the records that count and their rows in the other tables; in order, nulls first."""
    groups: dict[Any, list[Record]] = defaultdict(list)
    place_of = {}
    for record in records:
        place_of[record.number] = (record.workflow_id, record.subject_id)
        groups[place_of[record.number]].append(record)
    rows: dict[Any, dict[str, list[Row]]] = {place: {name: [] for name in TIDY} for place in groups}
    for name in TIDY:
        for row in tidy.rows[name]:
            if row["record"] in place_of:
                rows[place_of[row["record"]]][name].append(row)
    return [(place, groups[place], rows[place]) for place in sorted(groups, key=lambda place: [*map(in_order, place)])]


def _beside(tidy: Result, record: Record) -> tuple[Row, int | None]:
    """The columns of the subject, from the first record that counts; and the subject if the export lacks it."""
    if tidy.beside is None or record.subject_id is None:
        return {}, None
    before = tidy.beside.missing
    tidy.beside.missing = set()
    data = NOTHING if record.subject_data is None else parse(record.subject_data)
    found = tidy.beside.columns(record.subject_id, data)
    tidy.beside.note_missing(record.subject_id)
    lacks = next(iter(tidy.beside.missing), None)
    tidy.beside.missing = before
    return found, lacks
