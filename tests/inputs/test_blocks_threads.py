"""Rows, rejects, positions and reports do not depend on block boundaries or the number of threads."""

import gzip
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from crowdarrow.read.reader import open_tables
from crowdarrow.read.report import Report
from crowdarrow.synthetic import generate_classifications, generate_subjects
from crowdarrow.synthetic.faults import KINDS

if TYPE_CHECKING:
    from conftest import Collect, Collected

BLOCKS = (1, 2, 3, 7, 64, 4096, 4 << 20)
HEADER = b"classification_id,user_name,annotations\r\n"


def counts(report: Report) -> Report:
    """The report without its time."""
    return replace(report, seconds=0.0)


def assert_same(result: "Collected", expected: "Collected") -> None:
    """Equal tables, rejects and reports."""
    assert result.tables == expected.tables
    assert result.rejects == expected.rejects
    assert counts(result.report) == counts(expected.report)


@pytest.fixture(scope="module", params=["classifications", "subjects"])
def damaged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small export with malformed records, with a BOM, and with CR LF."""
    path = tmp_path_factory.mktemp(request.param) / "export.csv"
    generate = {"classifications": generate_classifications, "subjects": generate_subjects}[request.param]
    summary = generate(path, records=36, seed=3, faults=0.5, newline="\r\n", bom=True)
    assert set(summary.faults) == set(KINDS)
    return path.read_bytes()


# Records with unusual ends, each with the kind of its reject.
ODD = (
    HEADER
    + b'1,"a\r\nb",[]\r\n\r\n'
    + b'2,"a\r\n""b""","[\r\n1]"\r'
    + b'3,"text after\r\na quote"x,[]\r\nno record\r\n'
    + b'4,c"c,[],"",\n'
    + b"5,caf\xe9,[]\r\n"
    + b'6,"\xc3\xa4",[\n'
    + b'7,"not closed,[]\r\n8,\r\n'
)
ODD_KINDS = ["quote", "utf8", "json", "unclosed_quote"]


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_damaged_exports(block_bytes: int, threads: int, damaged: bytes, run_collect: "Collect") -> None:
    expected = run_collect(damaged, block_bytes=4 << 20, threads=1)
    assert expected.report.rejected > 0
    assert_same(run_collect(damaged, block_bytes=block_bytes, threads=threads), expected)


@pytest.mark.parametrize("block_bytes", [*range(1, 40), 64, 4096])
def test_odd_records(block_bytes: int, run_collect: "Collect") -> None:
    result = run_collect(ODD, block_bytes=block_bytes)
    assert result.kinds == ODD_KINDS
    assert result.table["user_name"].to_pylist() == ["a\r\nb", 'a\r\n"b"', 'c"c']
    assert [(r.record, r.line) for r in result.rejects] == [(3, 8), (5, 12), (6, 13), (7, 14)]
    assert [r.raw for r in result.rejects] == [
        b'3,"text after\r\na quote"x,[]\r\nno record',
        b"5,caf\xe9,[]",
        b'6,"\xc3\xa4",[',
        b'7,"not closed,[]\r\n8,',
    ]
    assert [ODD[r.byte_offset :].startswith(r.raw) for r in result.rejects] == [True] * 4
    assert result.report.leniencies == {
        "crlf": 6,
        "empty_line": 1,
        "lone_cr": 1,
        "quote_in_field": 1,
        "surplus_fields": 1,
    }


@pytest.mark.parametrize("block_bytes", [1, 2, 5, 64, 4096])
def test_lines_after_a_long_record(block_bytes: int, run_collect: "Collect") -> None:
    data = HEADER + b'1,"' + b"line\r\n" * 20 + b'",[]\r\n2,b,bad\r\n'
    whole = run_collect(data, block_bytes=block_bytes)
    assert [(r.record, r.line) for r in whole.rejects] == [(2, 23)]
    # An oversized record without a quote within the limit ends at its line end.
    data = HEADER + b"1," + b"long" * 13 + b',"' + b"line\r\n" * 20 + b'"\r\n2,b,bad\r\n'
    limited = run_collect(data, block_bytes=block_bytes, max_record_bytes=50)
    assert [(r.record, r.line, r.kind) for r in limited.rejects] == [(1, 2, "length"), (2, 23, "json")]


@pytest.mark.parametrize("block_bytes", BLOCKS)
def test_record_longer_than_many_blocks(block_bytes: int, run_collect: "Collect") -> None:
    text = "ä,\n" * 5000
    data = HEADER + f'1,"{text}",[]\n2,b,[]\n'.encode()
    table = run_collect(data, block_bytes=block_bytes).table
    assert table["user_name"].to_pylist() == [text, "b"]


def test_oversized_reject_has_parts() -> None:
    text = b"a line\r\n" * 600_000
    data = HEADER + b"1,a,[]\n" + b'2,"' + text + b"3,c,[]\n"
    with open_tables(io.BytesIO(data), block_bytes=1 << 16, max_record_bytes=1 << 16) as run:
        rejects = [reject for step in run for reject in step.rejects]
    assert len(rejects) > 3
    assert [reject.more for reject in rejects] == [True] * (len(rejects) - 1) + [False]
    assert {(r.record, r.line, r.byte_offset, r.kind) for r in rejects} == {(2, 3, 48, "unclosed_quote")}
    assert b"".join(reject.raw for reject in rejects) == (b'2,"' + text).removesuffix(b"\r\n")
    assert (run.report.rejected, run.report.rows) == (1, 2)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("block_bytes", [1, 7, 4096])
def test_several_sources(block_bytes: int, threads: int, run_collect: "Collect") -> None:
    sources: list[Any] = [io.BytesIO(part) for part in (ODD, gzip.compress(ODD), HEADER, ODD)]
    result = run_collect(sources, block_bytes=block_bytes, threads=threads)
    assert result.table["user_name"].to_pylist() == ["a\r\nb", 'a\r\n"b"', 'c"c'] * 3
    assert [(r.record, r.line) for r in result.rejects] == [(3, 8), (5, 12), (6, 13), (7, 14)] * 3
    assert (result.report.records, result.report.rejected) == (21, 12)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("block_bytes", [1, 64, 4096])
def test_first_row_of_a_subject_gives_its_media(block_bytes: int, threads: int, run_collect: "Collect") -> None:
    header = b"subject_id,subject_set_id,metadata,locations\n"
    lines = [b'%d,1,{},"{""0"":""url %d""}"\n' % (number * 7 % 10, number) for number in range(100)]
    sources = [io.BytesIO(header + b"".join(lines[:60])), io.BytesIO(header + b"".join(lines[60:]))]
    media = run_collect(sources, block_bytes=block_bytes, threads=threads).tables["media"]
    assert media["subject_id"].to_pylist() == [number * 7 % 10 for number in range(10)]
    assert media["url"].to_pylist() == [f"url {number}" for number in range(10)]
