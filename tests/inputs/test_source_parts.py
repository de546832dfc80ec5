"""Parts of a source give the rows, rejects, bytes and leniencies of one pass (docs/contract.md, section 4)."""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from crowdarrow._core import Checkpoints, CsvSource, Input, JsonSource, probe_csv, probe_json
from crowdarrow.errors import CrowdarrowError
from crowdarrow.read.opened import Opened, open_inputs
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.output import Reject
from crowdarrow.read.table_set import TableSet

SIZES: dict[str, Any] = {"block_bytes": 1 << 12, "max_record_bytes": 1 << 20}
HEAD = 1 << 16
"""Bytes that are read of a real file: cut there, most end within a record."""
FIRST_SEEN = {"subjects", "media"}
"""Tables whose rows are those of the first record that has them, in all parts together."""
CSV = b"classification_id,user_name,created_at,metadata,annotations\n" + b"".join(
    b'%d,"a ""b""\n%d",2022-03-04 10:00:31 UTC,{},"[{""task"":""T0"",""value"":""x""}]"\r\n' % (n, n)
    for n in range(200)
)
LINES = b"".join(b'{"id": %d, "task_id": 2, "user_ip": "}\\n{", "info": {"a": [{}, {}]}}\n' % n for n in range(200))
ARRAY = b"[" + LINES.replace(b"\n", b", ")[:-2] + b"]\n"


class Ranged:
    """An object with ranged reads and nothing else, of which some are short."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_range(self, offset: int, size: int) -> bytes:
        return self._data[offset : offset + max(1, size // 3)]


@dataclass
class Reading:
    """The sums of what parts of a source gave."""

    tables: dict[str, list[pa.RecordBatch]] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    counts: tuple[int, ...] = (0, 0, 0, 0)
    leniencies: dict[str, int] = field(default_factory=dict)

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        return {name: pa.Table.from_batches(batches).to_pylist() for name, batches in self.tables.items() if batches}


def opened(data: bytes) -> Opened:
    return open_inputs(io.BytesIO(data), ReadOptions(**SIZES))


def at(data: bytes, start: tuple[int, int, int], end: int | None, source: Any, *, lines: bool) -> Any:
    """A source that starts at a position."""
    stored = Input(Ranged(data), "input", start=start[0])
    if isinstance(source, CsvSource):
        header: dict[str, Any] = {
            "header": source.header,
            "separator": source.separator,
            "header_quoted": source.header_quoted,
        }
        return CsvSource.at(stored, **SIZES, **header, start=start, end=end)
    return JsonSource.at(stored, **SIZES, lines=lines, start=start, end=end)


def read(found: Opened, source: Any, into: Reading) -> None:
    """Add what a source gives, without the tables whose rows are those of the first record that has them."""
    part = found.group.parts[0]._replace(sources=[source])
    single = [table.name for table in part.export.tables if table.name not in FIRST_SEEN]
    with TableSet([part], found.compile(single), found.options, None) as run:
        for step in run:
            for name, batch in step.batches:
                into.tables.setdefault(name, []).append(batch)
            into.rejects += step.rejects
    report = run.report
    added = (report.records, report.rows, report.rejected, report.bytes)
    into.counts = tuple(map(sum, zip(into.counts, added, strict=True)))
    for name, count in report.leniencies.items():
        into.leniencies[name] = into.leniencies.get(name, 0) + count


def checkpoints(data: bytes, every: int) -> tuple[list[tuple[int, int, int]], Checkpoints]:
    found = Checkpoints(opened(data).group.parts[0].sources[0], every=every)
    return list(found), found


def assert_parts(data: bytes, positions: Sequence[tuple[int, int, int]], *, lines: bool) -> None:
    found = opened(data)
    whole, sums = Reading(), Reading()
    read(found, found.group.parts[0].sources[0], whole)
    ends = [*(offset for offset, _, _ in positions), None]
    source = opened(data).group.parts[0].sources[0]
    first = Input(io.BytesIO(data), "input", start=0)
    if isinstance(source, CsvSource):
        read(found, CsvSource(first, **SIZES, separators=source.separator, end=ends[0]), sums)
        whole.leniencies.pop("separator", None)  # counted where several are tried
    else:
        read(found, JsonSource(first, **SIZES, end=ends[0]), sums)
    for start, end in zip(positions, ends[1:], strict=True):
        read(found, at(data, start, end, source, lines=lines), sums)
    assert [one[:-1] for one in joined(sums.rejects)] == [one[:-1] for one in joined(whole.rejects)]
    assert (sums.counts, sums.leniencies) == (whole.counts, whole.leniencies)
    assert sums.rows() == whole.rows()


def joined(rejects: Sequence[Reject]) -> Iterator[Reject]:
    """The rejects, with the parts of one put together; the name of the source aside."""
    raw = b""
    for one in rejects:
        raw += one.raw
        if not one.more:
            yield one._replace(source="", raw=raw)
            raw = b""


@pytest.mark.parametrize("data", [CSV, ARRAY, LINES], ids=["csv", "array", "lines"])
@pytest.mark.parametrize("every", [1, 2000])
def test_parts_give_what_one_pass_gives(data: bytes, every: int) -> None:
    positions, found = checkpoints(data, every)
    assert len(positions) == 199 if every == 1 else 1 < len(positions) <= len(data) // every
    assert (found.end[0], found.end[2], found.lines) == (len(data), 200, data is LINES)
    assert all(later[0] >= every * (number + 1) for number, later in enumerate(positions))
    assert_parts(data, positions[:: max(1, len(positions) // 9)], lines=found.lines)


def test_parts_of_real_and_damaged_exports(shared_data: Path) -> None:
    chosen = random.Random(20261130)  # noqa: S311 - which places are tried
    found = shared_data.rglob("*")
    files = [path for path in found if path.suffix in {".csv", ".json", ".jsonl"} and "suites" not in path.parts]
    seen = 0
    for path in sorted(files):
        with path.open("rb") as file:
            data = file.read(HEAD)
        try:
            positions, one_pass = checkpoints(data, chosen.choice([1, 1, 1000]))
        except CrowdarrowError:
            continue  # no export, or not of one kind
        if one_pass.end[0] != len(data):
            continue  # compressed, or written column by column
        cuts = sorted(chosen.sample(positions, min(5, len(positions))))
        assert_parts(data, cuts, lines=one_pass.lines)
        seen += bool(cuts)
    assert seen > 30


@pytest.mark.parametrize(
    "text",
    [
        '{"id": {"1": 1, "2": 2}, "n_answers": {"1": 1, "2": 2}}',
        '{"items": [{"id": 1, "n_answers": 1}, {"id": 2}], "total": 2}',
    ],
)
def test_json_that_is_one_part(text: str) -> None:
    stored = Input(io.BytesIO(text.encode()), "input", digest="sha256")
    found = Checkpoints(JsonSource(stored, **SIZES), every=1)
    assert list(found) == []
    assert found.end[2] == 2
    whole = open_inputs(io.BytesIO(text.encode()), ReadOptions(**SIZES))
    part = whole.group.parts[0]._replace(
        sources=[JsonSource(Input(io.BytesIO(text.encode()), "input"), **SIZES, end=3)]
    )
    with TableSet([part], whole.compile(None), whole.options, None) as run:
        assert list(run)
    assert run.report.records == 2
    stored_bytes, digest = found.finish()
    assert stored_bytes == len(text)
    assert digest is not None
    assert len(digest) == 64


@pytest.mark.parametrize("data", [CSV, ARRAY, LINES], ids=["csv", "array", "lines"])
def test_guesses_are_positions_of_one_pass(data: bytes) -> None:
    positions, found = checkpoints(data, 1)
    offsets = {offset for offset, _, _ in positions}
    guesses = []
    for start in range(60, len(data) - 1000, 7):
        window = data[start : start + 1000]
        guess = probe_csv(window, width=5, separator=",") if data is CSV else probe_json(window, lines=found.lines)
        guesses.append(None if guess is None else start + guess)
    known = [guess for guess in guesses if guess is not None]
    assert len(known) > 0.9 * len(guesses)
    assert offsets.issuperset(known)


def test_a_part_that_ends_at_no_position_reaches_the_next_one() -> None:
    positions, _ = checkpoints(CSV, 1)
    found = opened(CSV)
    source = found.group.parts[0].sources[0]
    run = found.read(found.compile(None))
    run.close()
    ((offset, line, records),) = positions[9:10]
    guess = CSV.index(b'"a', offset) + 5
    part = found.group.parts[0]._replace(sources=[at(CSV, (offset, line, records), guess, source, lines=False)])
    with TableSet([part], found.compile(None), found.options, None) as run:
        assert sum(batch.num_rows for step in run for _, batch in step.batches) == 1
        assert run.report.bytes == positions[10][0] - offset


def test_a_window_of_text_is_undecided() -> None:
    assert probe_csv(b"x" * 1000, width=5, separator=",") is None
    assert probe_csv(b'"' * 1000, width=5, separator=",") is None
    assert probe_json(b"x" * 1000, lines=True) is None
    assert probe_json(b"", lines=False) is None
