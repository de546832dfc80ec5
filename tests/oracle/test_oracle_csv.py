"""The oracle's CSV splitter: leniencies, rejects, and where reading goes on.

See docs/contract.md, sections 1.4 and 1.5.
"""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.exact_csv import LINE_END, Splitter
from oracle.pure_python import Reject, Result, read
from support.hostile import examples

HEADER = b"classification_id,user_name,annotations\n"


def read_records(records: bytes, **limits: int) -> Result:
    """Read records below a header of three columns."""
    return read(HEADER + records, **limits)  # type: ignore[arg-type]


def rows(result: Result) -> list[tuple[int, str]]:
    """Id and user name of each row."""
    return list(zip(result.table[0].to_pylist(), result.table[1].to_pylist(), strict=True))


def faults(result: Result) -> list[tuple[int, int, str, bytes]]:
    """Record, line, kind and raw bytes of each reject."""
    return [(r.record, r.line, r.kind, r.raw) for r in result.rejects]


def test_fields() -> None:
    splitter = Splitter(b'a,b\n"","x""y,\r\nz"\n,p"q"\n')
    assert splitter.header == ["a", "b"]
    first, second = splitter.units()
    assert [(f.text, f.quoted) for f in first.fields] == [(b"", True), (b'x"y,\r\nz', True)]
    assert [(f.text, f.quoted, f.bare_quote) for f in second.fields] == [
        (b"", False, False),
        (b'p"q"', False, True),
    ]
    assert (second.start, second.line) == (18, 4)


def test_line_ends_are_counted_and_numbered() -> None:
    result = read(b"\xef\xbb\xbf" + HEADER[:-1] + b'\r\n\n1,a,[]\r2,"b\rb\r\nb",[]\r\n\r\n3,c,bad\n4,d,[]')
    assert rows(result) == [(1, "a"), (2, "b\rb\r\nb"), (4, "d")]
    assert result.leniencies == {
        "bom": 1,
        "crlf": 3,
        "empty_line": 2,
        "lone_cr": 1,
        "missing_final_newline": 1,
    }
    data = b"\xef\xbb\xbf" + HEADER[:-1] + b'\r\n\n1,a,[]\r2,"b\rb\r\nb",[]\r\n\r\n'
    fault = (("annotations", "json"),)
    assert result.rejects == [Reject(3, 8, len(data), "annotations", "json", b"3,c,bad", fault)]
    assert result.records == 4
    assert result.row_records == [1, 2, 4]


def test_a_bare_quote_is_data_where_reading_goes_on() -> None:
    result = read_records(b'1,"a,[]\r\n2,b\r\n3,c"c,[],\r\n4,d,[]\r\n')
    assert faults(result) == [(1, 2, "quote", b'1,"a,[]\r\n2,b')]
    assert rows(result) == [(3, 'c"c'), (4, "d")]
    assert result.leniencies == {"crlf": 3, "quote_in_field": 1, "surplus_fields": 1}


def test_unclosed_quote_ends_at_the_limit() -> None:
    result = read_records(b'1,"a,[]\n2,b,[]\n3,c,[]\n4,"d",[]\n', max_record_bytes=20)
    assert faults(result) == [(1, 2, "unclosed_quote", b'1,"a,[]')]
    assert result.rejects[0].faults == ((None, "unclosed_quote"), (None, "length"))
    assert rows(result) == [(2, "b"), (3, "c"), (4, "d")]


@pytest.mark.parametrize(("limit", "kinds"), [(8, []), (7, ["length"])])
def test_length(limit: int, kinds: list[str]) -> None:
    result = read_records(b"1,aa,[]\r\n2,bbb,[]\r\n3,c,[]\r\n", max_record_bytes=limit)
    assert [r.kind for r in result.rejects] == kinds
    assert result.table.num_rows == 3 - len(kinds)


def test_utf8() -> None:
    result = read_records(b"1,\xff,\xfe\n2,\xc3\xa4,[]\n3,\xed\xa0\x80,[]\n")
    assert rows(result) == [(2, "ä")]
    assert [r.faults for r in result.rejects] == [
        (("user_name", "utf8"), ("annotations", "utf8")),
        (("user_name", "utf8"),),
    ]


def test_input_that_ends_early() -> None:
    whole = HEADER + b"1,a,[]\n2,b,[]\n"
    for cut, kept, raw in (
        (len(whole) - 2, 1, b"2,b,["),
        (len(whole) - 1, 1, b"2,b,[]"),
        (len(whole), 2, b""),
    ):
        result = read(whole[:cut], truncated=True)
        assert (result.table.num_rows, result.records) == (kept, kept + 1)
        assert [(r.kind, r.raw) for r in result.rejects] == [("truncated", raw)]
        assert result.leniencies == {}


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b'"a', b'"a"b,c\n', b"\xff,annotations\n"])
def test_bad_headers(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"header|codec"):
        read(data)


PIECES = st.lists(st.sampled_from([b'"', b",", b"\n", b"\r", b"\r\n", b"a", b'""', b'",', b',"']), max_size=40)


@given(PIECES)
@examples(5)
def test_every_byte_is_in_one_place(pieces: list[bytes]) -> None:
    data = b"a,b\n" + b"".join(pieces)
    at, line = 4, 2
    for unit in Splitter(data, limit=12).units():
        between = data[at : unit.start]
        assert between.strip(b"\r\n") == b""
        line += len(LINE_END.findall(between))
        assert unit.line == line
        assert unit.start < unit.following
        assert data[unit.end : unit.following] in (b"", b"\n", b"\r", b"\r\n")
        at, line = unit.following, line + len(LINE_END.findall(data[unit.start : unit.following]))
    assert data[at:].strip(b"\r\n") == b""


@given(PIECES)
@examples(5)
def test_agrees_with_the_csv_module_where_quotes_are_in_order(pieces: list[bytes]) -> None:
    text = "a,b\n" + b"".join(pieces).decode()
    units = list(Splitter(text.encode()).units())
    in_order = [unit for unit in units if not {"quote", "unclosed_quote"} & set(unit.faults)]
    if len(in_order) < len(units):
        return
    theirs = [fields for fields in csv.reader(io.StringIO(text, newline="")) if fields]
    assert [[field.text.decode() for field in unit.fields] for unit in units] == theirs[1:]


@given(st.lists(st.lists(st.text(max_size=6), min_size=2, max_size=2), max_size=8))
def test_reads_what_the_csv_module_writes(records: list[list[str]]) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *records])
    units = list(Splitter(file.getvalue().encode(errors="surrogatepass")).units())
    assert [unit.faults for unit in units] == [()] * len(records)
    texts = [[field.text.decode(errors="surrogatepass") for field in unit.fields] for unit in units]
    assert texts == records
