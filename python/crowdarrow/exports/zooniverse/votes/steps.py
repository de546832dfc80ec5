"""The records that count: one of each volunteer and subject, and the first of each subject."""

from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    array,
    codes_of,
    combined,
    integers_of,
    is_first_of,
    order_reversed,
    positions,
    row_numbers,
    starts,
)
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
    if which == "all" or not records.num_rows:
        return records
    (volunteers,) = codes_of(records["volunteer"])
    key = combined(*(integers_of(records[name])[0] for name in PLACE), volunteers).values.dictionary_encode()
    times = pc.value_counts(key.indices)
    is_several = pc.greater(times.field("counts"), pa.scalar(1, pa.int64())).take(
        positions(key.indices, times.field("values"))
    )
    is_someone = pc.and_(array(records["subject_id"].is_valid()), array(records["volunteer"].is_valid()))
    is_several = pc.and_(is_several, is_someone)
    if not is_several.true_count:
        return records
    rows = row_numbers(records.num_rows).filter(is_several)
    several = records.filter(is_several).select(ORDER).combine_chunks()
    order = order_of(several, ORDER, nulls_last=True)
    if which == "last":
        order = order.take(order_reversed(len(order)))
    chosen = key.indices.filter(is_several).take(order)
    # Of equal ones the first row remains.
    is_first = is_first_of(chosen)
    dropped = rows.take(order).filter(pc.invert(is_first))
    return records.filter(pc.invert(pc.is_in(row_numbers(records.num_rows), value_set=dropped)))


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
