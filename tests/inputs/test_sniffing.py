"""The kind of an input is detected from whole records of a sample, wherever the sample ends."""

from pathlib import Path

import pytest

import crowdarrow as ca

SAMPLE_BYTES = 1 << 16
HEADER = "id,target,body_value,body_purpose,motivation\n"
RECORD = "https://example.org/1,https://example.org/page,Hamlet,describing,describing\n"


@pytest.mark.parametrize("offset", range(0, len(RECORD) + 1, 3))
def test_record_cut_at_the_end_of_the_sample_is_not_read(offset: int, tmp_path: Path) -> None:
    """A truncated `motivation` would be a different motivation and change the kind."""
    start = SAMPLE_BYTES - len(HEADER) - offset
    whole, rest = divmod(start, len(RECORD))
    padded = RECORD.replace("Hamlet", "H" * (len("Hamlet") + rest))
    path = tmp_path / "collection.csv"
    path.write_text(HEADER + padded + RECORD * (whole + 20), encoding="ascii")
    with ca.open(path) as reader:
        assert reader.kind == "libcrowds.describing"
