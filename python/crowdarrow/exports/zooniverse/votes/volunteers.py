"""The rows of `volunteers`: one per volunteer and workflow (docs/contract.md, section 2.8)."""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    RowGroups,
    Runs,
    array,
    codes_of,
    numbered,
    positions,
    row_numbers,
    sorted_rows,
    starts,
)
from crowdarrow.exports.zooniverse.votes.steps import ORDER, VOLUNTEER
from crowdarrow.spill import SortedRows, order_of

KEYS = ("workflow_id", *VOLUNTEER)
_MICROSECONDS = 1e6
_ONE = pa.scalar(1, pa.int64())


class Volunteers:
    """Collects the records of volunteers, and how many of their votes agree with others."""

    def __init__(self) -> None:
        self._records = SortedRows(KEYS)
        self._rows = SortedRows(("workflow_id", "fewest", "user_id", "user_name", "record"), nulls_last=True)

    def add(self, records: pa.Table, agreement: pa.Table) -> None:
        """Add the records of whole subjects, before `once` and `first`."""
        records = records.combine_chunks()
        at = pc.index_in(array(records["record"]), value_set=array(agreement["record"]))
        for name in ("counted", "agreed"):
            records = records.append_column(
                name, pc.fill_null(array(agreement[name]).take(at), pa.scalar(0, pa.int64()))
            )
        for batch in records.to_batches():
            self._records.add("records", batch)

    def rows(self) -> Iterator[pa.Table]:
        """The rows, in their order."""
        for found in self._records.groups():
            for batch in _summarised(found["records"]).to_batches():
                self._rows.add("rows", batch)
        self._records.close()
        for found in self._rows.groups():
            yield self._rows.in_order(found["rows"])

    def close(self) -> None:
        """Remove the temporary files."""
        self._records.close()
        self._rows.close()


def _summarised(records: pa.Table) -> pa.Table:
    """One row per workflow and volunteer, of records that are whole groups of these."""
    records = records.append_column("who", RowGroups.of(*(array(records[name]) for name in VOLUNTEER)).of_row)
    order = order_of(records, ("workflow_id", "who", *ORDER), nulls_last=True)
    records = records.take(order).combine_chunks()
    is_start = starts([records["workflow_id"], records["who"]])
    group = numbered(is_start)
    first = records.filter(is_start)
    (sessions,) = codes_of(records["session"])
    session = pc.if_else(array(records["session"]).is_valid(), sessions.values, pa.scalar(None, pa.int64()))
    columns = {name: array(records[name]) for name in ("subject_id", "created_at", "counted", "agreed")}
    valid = pc.CountOptions(mode="only_valid")
    found = (
        pa.table({"group": group, "session": session, **columns})
        .group_by("group", use_threads=False)
        .aggregate(
            [
                ([], "count_all"),
                ("subject_id", "count_distinct", valid),
                ("subject_id", "count", valid),
                ("session", "count_distinct", valid),
                ("created_at", "min"),
                ("created_at", "max"),
                ("counted", "sum"),
                ("agreed", "sum"),
            ]
        )
    )
    subjects = array(found["subject_id_count_distinct"])
    counted = pc.if_else(
        pc.greater(found["counted_sum"], pa.scalar(0)), found["counted_sum"], pa.scalar(None, pa.int64())
    )
    count = array(found["count_all"])
    return pa.table(
        {
            **{name: array(first[name]) for name in ("user_id", "user_name", "workflow_id")},
            "classifications": count,
            "subjects": subjects,
            "repeats": pc.subtract(array(found["subject_id_count"]), subjects),
            "sessions": array(found["session_count_distinct"]),
            "first_at": array(found["created_at_min"]),
            "last_at": array(found["created_at_max"]),
            "seconds_median": _median(group, array(records["duration"]), len(first)),
            "agreement": pc.divide(found["agreed_sum"].cast(pa.float64()), counted.cast(pa.float64())),
            "fewest": pc.negate(count),
            "record": array(first["record"]),
        }
    )


def _median(group: pa.Array, duration: pa.Array, count: int) -> pa.Array:
    """The median of each group, in seconds; null for a group without any."""
    is_known = duration.is_valid()
    group, duration = group.filter(is_known), duration.filter(is_known)
    order = sorted_rows(group, duration)
    is_start = starts([group.take(order)])
    runs = Runs.of(is_start)
    half = pc.divide(pc.subtract(runs.counts, _ONE), pa.scalar(2, pa.int64()))
    # A client's clock can be centuries wrong: more microseconds than a float has exactly.
    seconds = pc.divide(duration.take(order).cast(pa.float64(), safe=False), pa.scalar(_MICROSECONDS))
    low, high = (seconds.take(rows) for rows in (pc.add(runs.begins, half), pc.subtract(runs.lasts, half)))
    middle = pc.divide(pc.add(low, high), pa.scalar(2.0))
    return middle.take(positions(row_numbers(count), group.take(order).filter(is_start)))
