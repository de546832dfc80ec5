"""The oracle's scalars and JSON tokens against values written by hand from the contract."""

from datetime import UTC, datetime, timedelta

import pytest

from oracle.json_text import compact, depth, members
from oracle.scalars import Notes, UnreadableError, read_float, read_int, read_time, read_version


def time(*parts: int) -> datetime:
    """A time in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("-5", -5),
        ("007", 7),
        ("1544935.0", 1544935),
        ("9223372036854775807", 2**63 - 1),
        ("0" * 5000 + "1", 1),
    ],
)
def test_integers(text: str, number: int) -> None:
    assert read_int(text, Notes()) == number


@pytest.mark.parametrize("text", ["", "+5", " 5", "5.", "5.5", "5e3", "9223372036854775808", "٣", "1" * 5000])
def test_bad_integers(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_int(text, Notes())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2017-05-22 21:08:29 UTC", time(2017, 5, 22, 21, 8, 29)),
        ("2017-05-22T21:08:29Z", time(2017, 5, 22, 21, 8, 29)),
        ("2017-05-22 21:08:29", time(2017, 5, 22, 21, 8, 29)),
        ("2017-05-22T21:08:29.123456789+02:00", time(2017, 5, 22, 19, 8, 29, 123456)),
        ("2017-05-22 21:08:29.5-0730", time(2017, 5, 23, 4, 38, 29, 500000)),
        ("0001-01-01 00:00:00 UTC", time(1, 1, 1)),
        ("9999-12-31T23:59:59.999999Z", time(9999, 12, 31, 23, 59, 59, 999999)),
        ("2016-02-29 00:00:00 Z", time(2016, 2, 29)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    notes = Notes()
    assert timedelta(microseconds=read_time(text, notes)) == expected - datetime(1970, 1, 1, tzinfo=UTC)
    assert notes["time_form"] == (not (text.endswith(" UTC") and len(text) == 23))


@pytest.mark.parametrize(
    "text",
    [
        "2017-02-29 00:00:00 UTC",
        "0000-01-01 00:00:00 UTC",
        "2017-05-22 24:00:00 UTC",
        "2017-05-22 23:59:60 UTC",
        "2017-05-22",
        "2017-05-22 21:08 UTC",
        "2017-05-22 21:08:29 CET",
        "2017-05-22 21:08:29.1234567890 UTC",
        "2017-05-22 21:08:29 +24:00",
        " 2017-05-22 21:08:29 UTC",
    ],
)
def test_bad_times(text: str) -> None:
    with pytest.raises(UnreadableError):
        read_time(text, Notes())


def test_floats() -> None:
    assert [read_float(text) for text in ("1", "-1.5e3", ".5", "1e-400")] == [1.0, -1500.0, 0.5, 0.0]
    for text in ("1e400", "inf", "nan", "1_0", "", "0x1", " 1"):
        with pytest.raises(UnreadableError):
            read_float(text)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("12.100", (12, 100)),
        ("16", (16, None)),
        ("2147483647.0", (2147483647, 0)),
        ("2147483648.1", (None, None)),
        ("1.2.3", (None, None)),
        ("12.", (None, None)),
        ("", (None, None)),
        (None, (None, None)),
    ],
)
def test_versions(text: str | None, version: tuple[int | None, int | None]) -> None:
    assert read_version(text) == version


def test_tokens() -> None:
    assert compact(' { "a b" : [ 1 , "\\" ]" ] } ') == '{"a b":[1,"\\" ]"]}'
    assert members('{"a":{"x":[1,2]},"b":"}, ","a" : 2}') == {"a": ('"a"', "2"), "b": ('"b"', '"}, "')}
    assert members("{}") == {}
    assert [depth(text) for text in ("1", "[]", '[{"a":"[["}]')] == [0, 1, 2]
