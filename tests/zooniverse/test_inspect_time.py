"""The time of `inspect` by the number of workflows."""

import time

import pyarrow as pa
import pytest

from crowdarrow.exports.zooniverse.inspect.volunteers import VolunteerCounts

ROWS = 1 << 17


def seconds_of(workflows: int) -> float:
    """Processor time for records of so many workflows."""
    counts = VolunteerCounts()
    rows = range(ROWS)
    table = pa.table(
        {
            "user_id": pa.array([row % 1000 for row in rows], pa.int64()),
            "user_name": pa.array(["volunteer"] * ROWS),
            "workflow_id": pa.array([row % workflows for row in rows], pa.int64()),
            "subject_ids": pa.array([[row] for row in rows], pa.list_(pa.int64())),
        }
    )
    started = time.process_time()
    for start in range(0, ROWS, 1 << 14):
        counts.add(table.slice(start, 1 << 14))
    taken = time.process_time() - started
    assert sum(one["classifications"] for one in counts.to_dict()["workflows"]) == ROWS
    return taken


@pytest.mark.serial
def test_counting_volunteers_takes_no_pass_for_each_workflow() -> None:
    seconds_of(1)
    one, many = (min(seconds_of(workflows) for _ in range(3)) for workflows in (1, 400))
    assert many < 4 * one, (one, many)
