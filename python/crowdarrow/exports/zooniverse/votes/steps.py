"""The records that count: one of each volunteer and subject, and the first of each subject."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import array, groups, row_numbers, starts
from crowdarrow.spill import order_of

PLACE = ("workflow_id", "subject_id")
ORDER = ("created_at", "classification_id", "record")
"""What first and last are decided by; nulls are last."""


class Choice(NamedTuple):
    """The options that choose records."""

    once: str = "first"
    live: bool = False
    first: int | None = None
    gold: str = "include"


def volunteer_of(user_id: pa.Array, session: pa.Array, user_name: pa.Array) -> pa.Array:
    """Who made each record: the user, else the session, else the name; null for a record of no one.

    The first letter tells the three apart.
    """
    empty = pa.scalar("")
    named = [("i", user_id.cast(pa.string())), ("s", session), ("n", user_name)]
    return pc.coalesce(*(pc.binary_join_element_wise(pa.scalar(letter), one, empty) for letter, one in named))


def once_each(records: pa.Table, which: str) -> pa.Table:
    """One record of each volunteer, workflow and subject; all of those without a subject, and of no one."""
    if which == "all":
        return records
    is_alone = _or(records["subject_id"].is_null(), records["volunteer"].is_null())
    keys = {name: array(records[name]) for name in (*PLACE, "volunteer")}
    others = pc.invert(is_alone)
    distinct = groups({name: column.filter(others) for name, column in keys.items()})
    if distinct.num_rows == pc.sum(others).as_py():
        return records  # nobody comes twice, as is usual
    rows = row_numbers(records.num_rows)
    records = _sorted(records, ORDER)
    is_alone = _or(records["subject_id"].is_null(), records["volunteer"].is_null())
    others = pc.invert(is_alone)
    keys = {name: array(records[name]).filter(others) for name in (*PLACE, "volunteer")}
    best = "min" if which == "first" else "max"
    chosen = groups(keys, {"row": rows.filter(others)}, ("row", best))[f"row_{best}"]
    return records.filter(_or(is_alone, pc.is_in(rows, value_set=array(chosen))))


def first_of_subject(records: pa.Table, most: int | None) -> pa.Table:
    """The first `most` records of each workflow and subject; all of those without a subject."""
    if most is None or not records.num_rows:
        return records
    records = _sorted(records, (*PLACE, *ORDER))
    rows = row_numbers(records.num_rows)
    is_start = starts([records[name] for name in PLACE])
    begins = rows.filter(is_start).take(pc.subtract(pc.cumulative_sum(is_start.cast(pa.int64())), pa.scalar(1)))
    is_early = pc.less(pc.subtract(rows, begins), pa.scalar(most))
    return records.filter(_or(records["subject_id"].is_null(), is_early))


def _or(one: pa.ChunkedArray | pa.Array, other: pa.ChunkedArray | pa.Array) -> pa.Array:
    return pc.or_(array(one), array(other))


def _sorted(records: pa.Table, names: tuple[str, ...]) -> pa.Table:
    return records.take(order_of(records, names, nulls_last=True))
