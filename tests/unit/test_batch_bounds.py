"""Batches of a table that is finished by vectorised transforms are bounded in rows and in bytes."""

import io
import json

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


def test_bytes_of_a_batch_do_not_grow_with_the_input() -> None:
    with ca.open(export(160, marks=1, text=100_000), table="marks", block_bytes=1 << 20, threads=1) as reader:
        sizes = [(batch.num_rows, batch.nbytes) for batch in reader]
    assert sum(rows for rows, _ in sizes) == 160
    assert all(size < 2 * BYTES for _, size in sizes)


def test_rows_of_a_batch_do_not_grow_with_the_input() -> None:
    """In a table so narrow that its rows reach their bound before its bytes."""
    source = export(4000, marks=20, text=0)
    with ca.open(source, table="marks", columns=["cx"], block_bytes=1 << 17, threads=1) as reader:
        rows = [batch.num_rows for batch in reader]
    assert sum(rows) == 80_000
    assert max(rows) < ROWS * 5 // 4
