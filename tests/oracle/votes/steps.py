"""Which records count: `live`, `gold`, `once` and `first`, in this order."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oracle.tidy import Result

Row = dict[str, Any]
Volunteer = tuple[Any, ...]


@dataclass(frozen=True)
class Steps:
    """The options that choose which records count."""

    once: str = "first"
    live: bool = False
    first: int | None = None
    gold: str = "include"


@dataclass(frozen=True)
class Record:
    """A classification, as far as votes are concerned."""

    number: int
    classification_id: int | None
    workflow_id: int | None
    subject_id: int | None
    user_id: int | None
    user_name: str | None
    session: str | None
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    is_live: bool
    is_gold: bool
    subject_data: str | None

    @property
    def volunteer(self) -> Volunteer:
        """`user_id`, else the session, else `user_name`; the three are distinct. Without any there is none."""
        if self.user_id is not None:
            return ("id", self.user_id)
        if self.session is not None:
            return ("session", self.session)
        return ("none",) if self.user_name is None else ("name", self.user_name)

    @property
    def order(self) -> tuple[Any, ...]:
        """By time, then id, then order of the input; nulls last."""
        time, number = self.created_at, self.classification_id
        return (time is None, time or 0, number is None, number or 0, self.number)


def records_of(result: Result) -> list[Record]:
    """The records that are neither rejected nor left out by filters."""
    return [
        _record(number, row) for number, row in zip(result.row_records, result.table_of("classifications"), strict=True)
    ]


def _record(number: int, row: Row) -> Record:
    metadata = row["metadata"] or {}
    return Record(
        number,
        row["classification_id"],
        row["workflow_id"],
        next(iter(row["subject_ids"] or []), None),
        row["user_id"],
        row["user_name"],
        metadata.get("session"),
        row["created_at"],
        metadata.get("started_at"),
        metadata.get("finished_at"),
        metadata.get("live_project") is True,
        row["gold_standard"] is True,
        row["subject_data"],
    )


def once_each(records: list[Record], which: str) -> list[Record]:
    """One record of each volunteer, workflow and subject; all of those without a subject, and of no one."""
    if which == "all":
        return records
    kept: dict[Any, Record] = {}
    for record in sorted(records, key=lambda record: record.order, reverse=which == "last"):
        key: Any = (record.volunteer, record.workflow_id, record.subject_id)
        if record.subject_id is None or record.volunteer == ("none",):
            key = record.number
        kept.setdefault(key, record)
    numbers = {record.number for record in kept.values()}
    return [record for record in records if record.number in numbers]


def first_of_subject(records: list[Record], most: int | None) -> list[Record]:
    """The first `most` records of each workflow and subject; all of those without a subject."""
    if most is None:
        return records
    numbers: set[int] = set()
    counts: dict[Any, int] = {}
    for record in sorted(records, key=lambda record: record.order):
        key = (record.workflow_id, record.subject_id)
        counts[key] = counts.get(key, 0) + 1
        if record.subject_id is None or counts[key] <= most:
            numbers.add(record.number)
    return [record for record in records if record.number in numbers]


def chosen(records: list[Record], steps: Steps) -> tuple[list[Record], list[Record], dict[str, int]]:
    """The records before `once` and `first`, those after, and how many each step leaves."""
    counts = {"records": len(records)}
    if steps.live:
        records = [record for record in records if record.is_live]
    counts["live"] = len(records)
    if steps.gold != "include":
        records = [record for record in records if record.is_gold == (steps.gold == "only")]
    counts["gold"] = len(records)
    after = once_each(records, steps.once)
    counts["once"] = len(after)
    after = first_of_subject(after, steps.first)
    counts["first"] = len(after)
    return records, after, counts
