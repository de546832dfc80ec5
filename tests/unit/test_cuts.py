"""Parts of about the same size: exact ones from positions, and guesses from the bytes at their borders."""

import io
from itertools import pairwise
from pathlib import Path

import pytest

from crowdarrow.indexing.cuts import exact_cuts, guessed_cuts
from crowdarrow.indexing.index import make_index
from crowdarrow.indexing.positions import Positions
from crowdarrow.read.options import ReadOptions

CSV = b"classification_id,user_name,created_at,metadata,annotations\n" + b"".join(
    b'%d,"a\nb",2022-03-04 10:00:31 UTC,{},"[{""task"":""T0"",""value"":""%s""}]"\n' % (n, b"x" * (n % 50))
    for n in range(2000)
)
LINES = b"".join(b'{"id": %d, "task_id": 2, "user_ip": "}\\n{", "info": {"a": [{}, {}]}}\n' % n for n in range(2000))


def positions_of(size: int, every: int) -> Positions:
    found = tuple((at, at // 10 + 1, at // 10) for at in range(every, size, every))
    return Positions(("a",), ",", False, False, 1000, every, found, (size, 9, 9), size, None)  # noqa: FBT003


@pytest.mark.parametrize(("size", "target", "expected"), [
    (1000, 1000, []), (1000, 5000, []), (1001, 1000, [500]), (1000, 250, [250, 500, 750]), (1000, 334, [340, 670]),
    (0, 10, []),
])  # fmt: skip
def test_parts_have_even_sizes(size: int, target: int, expected: list[int]) -> None:
    assert [cut[0] for cut in exact_cuts(positions_of(size, 10), target)] == expected


def test_a_record_longer_than_parts_is_in_one_of_them() -> None:
    positions = positions_of(1000, 400)
    assert [cut[0] for cut in exact_cuts(positions, 100)] == [400, 800]


@pytest.mark.parametrize("data", [CSV, LINES], ids=["csv", "lines"])
def test_guesses_are_exact_cuts(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(data)
    positions = make_index(path, ReadOptions(), every=1).positions
    reads: list[tuple[int, int]] = []

    def read_range(offset: int, size: int) -> bytes:
        reads.append((offset, size))
        return data[offset : offset + size]

    guessed = guessed_cuts(
        read_range, len(data), 10_000, header=positions.header, separator=positions.separator, lines=positions.lines
    )
    assert guessed == [cut[0] for cut in exact_cuts(positions, 10_000)]
    assert all(size == 1 << 16 for _, size in reads)
    assert len(reads) == len(guessed)
    assert all(0 < after - before <= 10_100 for before, after in pairwise([0, *guessed, len(data)]))


def test_without_a_good_guess_two_parts_are_one() -> None:
    data = io.BytesIO(b"x" * 10_000)

    def read_range(offset: int, size: int) -> bytes:
        data.seek(offset)
        return data.read(size)

    assert guessed_cuts(read_range, 10_000, 1000, header=("a", "b"), separator=",", lines=False) == []
