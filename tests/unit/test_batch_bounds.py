"""Batches of a table that is finished by vectorised transforms are bounded in rows and in bytes."""

import io
import json

import pytest

import crowdarrow as ca
from support.zooniverse_examples import HEADER, IDENTITY, csv_of

ROWS = 1 << 14
BYTES = 4 << 20


def export(records: int, marks: int, text: int) -> io.BytesIO:
    value = [{"x": 1, "y": 2, "tool": 0, "text": "x" * text}] * marks
    cell = json.dumps([{"task": "T0", "value": value}])
    fixed = IDENTITY | {"created_at": "2020-01-01 00:00:00 UTC", "metadata": "{}", "annotations": cell,
                        "subject_data": "{}", "subject_ids": "7"}  # fmt: skip
    return io.BytesIO(csv_of(HEADER, [fixed | {"classification_id": number} for number in range(records)]))


@pytest.mark.parametrize(("records", "marks", "text"), [(160, 1, 100_000), (4000, 20, 0)], ids=["bytes", "rows"])
def test_batches_do_not_grow_with_the_input(records: int, marks: int, text: int) -> None:
    with ca.open(export(records, marks, text), table="marks", block_bytes=1 << 20, threads=1) as reader:
        sizes = [(batch.num_rows, batch.nbytes) for batch in reader]
    assert sum(rows for rows, _ in sizes) == records * marks
    assert len(sizes) > 1
    # One block past the bound.
    assert all(rows < 2 * ROWS for rows, _ in sizes)
    assert all(size < 2 * BYTES for _, size in sizes)
