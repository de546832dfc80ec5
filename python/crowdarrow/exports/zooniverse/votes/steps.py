"""The records that count: one of each volunteer and subject, and the first of each subject."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    RowGroups,
    are_first,
    array,
    is_first_of,
    numbered,
    order_reversed,
    row_numbers,
    starts,
)
from crowdarrow.spill import order_of

PLACE = ("workflow_id", "subject_id")
VOLUNTEER = ("user_id", "visitor")
"""Who made a record: the user, else the visitor."""
ORDER = ("created_at", "classification_id", "record")
"""What first and last are decided by; nulls are last."""


class Choice(NamedTuple):
    """The options that choose records."""

    once: str = "first"
    live: bool = False
    first: int | None = None
    gold: str = "include"


def visitor_of(user_id: pa.Array, session: pa.Array, user_name: pa.Array) -> pa.Array:
    """Who made each record without a user: the session, else the name; null for a record of no one.

    The first letter distinguishes the two.
    """
    is_visitor = user_id.is_null()
    if not is_visitor.true_count:
        return pa.nulls(len(user_id), pa.string())
    named = [("s", session.filter(is_visitor)), ("n", user_name.filter(is_visitor))]
    found = pc.coalesce(*(pc.binary_join_element_wise(pa.scalar(letter), one, pa.scalar("")) for letter, one in named))
    return pc.replace_with_mask(pa.nulls(len(user_id), pa.string()), is_visitor, found)


def once_each(records: pa.Table, which: str) -> pa.Table:
    """One record of each volunteer, workflow and subject; all of those without a subject, and of no one."""
    if which == "all" or not records.num_rows:
        return records
    key = RowGroups.of(*(array(records[name]) for name in (*PLACE, *VOLUNTEER)))
    if len(key.firsts) == len(key.of_row):
        return records
    again = key.of_row.filter(pc.invert(are_first(key.of_row)))
    is_someone = pc.or_(*(array(records[name].is_valid()) for name in VOLUNTEER))
    is_someone = pc.and_(array(records["subject_id"].is_valid()), is_someone)
    is_several = pc.and_(pc.is_in(key.of_row, value_set=again.unique()), is_someone)
    if not is_several.true_count:
        return records
    rows = row_numbers(records.num_rows).filter(is_several)
    several = records.select(ORDER).filter(is_several).combine_chunks()
    order = order_of(several, ORDER, nulls_last=True)
    if which == "last":
        order = order.take(order_reversed(len(order)))
    # Of equal ones the first row remains.
    is_first = is_first_of(key.of_row.filter(is_several).take(order))
    return _without(records, rows.take(order).filter(pc.invert(is_first)))


def first_of_subject(records: pa.Table, most: int | None) -> pa.Table:
    """The first `most` records of each workflow and subject; all of those without a subject."""
    if most is None or not records.num_rows:
        return records
    order = order_of(records, (*PLACE, *ORDER), nulls_last=True)
    found = records.select(PLACE).take(order)
    is_start = starts([found[name] for name in PLACE])
    rows = row_numbers(records.num_rows)
    begins = rows.filter(is_start).take(numbered(is_start))
    is_late = pc.greater_equal(pc.subtract(rows, begins), pa.scalar(most))
    return _without(records, order.filter(pc.and_(is_late, array(found["subject_id"].is_valid()))))


def _without(records: pa.Table, rows: pa.Array) -> pa.Table:
    """The records but for some rows, in their order."""
    numbers = row_numbers(records.num_rows)
    return records.filter(pc.invert(pc.is_in(numbers, value_set=rows.cast(numbers.type))))
