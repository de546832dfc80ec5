"""Hypothesis strategies for malformed and unusual exports: cells, JSON and CSV."""

import json

from hypothesis import settings
from hypothesis import strategies as st


def examples(factor: float) -> settings:
    """Settings with `factor` times the examples of the profile, for slow and for fast tests."""
    return settings(max_examples=max(10, round(settings().max_examples * factor)))


def _split(text: str) -> list[str]:
    return text.split()


NULLS = ["", " ", "not logged in", *_split("NA None null NaN nan NULL")]
INTEGERS = [
    *_split("0 -0 7 007 -12 +1 +1.0 + +-1 ++1 1.0 1.00 -3.0 1. .0 1.5 1e3 1.0e0 --1 - 1_000 1,000 ٣ 0x10"),
    *_split("2147483648 -2147483648 9007199254740993 9223372036854775807 9223372036854775808"),
    *_split("-9223372036854775808 -9223372036854775809 9223372036854775807.0"),
    *(" 1", "1 ", "0" * 25 + "1"),
]
FLOATS = _split("0.5 .5 5. 1e5 1E+2 -1e-7 1e400 inf Infinity 1e e5 0.1.2 +0.5 1e-400")
BOOLS = [*_split("true false TRUE False t F T yes 1 0 tRuE"), "true "]
TIMES = [
    *("2017-05-22 21:08:29 UTC", "2017-05-22 21:08", "0000-01-01 00:00:00", "2017-02-29 00:00:00 UTC"),
    *_split("2017-05-22T21:08:29.517Z 2017-05-22 9999-12-31T23:59:59.999999999+23:59 0001-01-01T00:00:00-23:59"),
    *("24:00:00", "2017-05-22 7:08:29 utc", "2017-05-22t21:08:29gmt", "2017-05-22 21:08:29.", "1495487309000"),
    *("0000-12-31 23:59:59-00:01", "0001-01-01 00:00:00+00:01", "9999-12-31T23:59:59-00:01", "10000-01-01 00:00:00"),
    *("9999-12-31 23:59:59.9999999 UTC", "0000-02-29 00:00:00-23:59", "0000-01-01t00:00:00Z"),
]
VERSIONS = [*_split("12.100 12 12.1 1.2.3 .5 5. -1.2 2147483648.1 1.2147483648 v1 ٣.٤"), "12.1 "]
ZONES = [
    *_split("Z z UTC +02:00 -0700 +02 +24:00 +1:00 -00:00 +5"),
    *_split("utc gmt Utc +0060"),
    *("", " ", " UTC", " Z", " +0200", " GMT", " gmt", "  UTC"),
]
times = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(
        ["2017-05-22", "2016-02-29", "1969-12-31", "2017-13-01", "2017-1-01", "0001-01-01", "0000-12-31", "9999-12-31"]
    ),
    st.sampled_from([" ", "T", "t", "  "]),
    st.sampled_from(["21:08:29", "00:00:00", "23:59:60", "24:00:00", "21:08", "7:08:29"]),
    st.sampled_from(["", "", ".", ".5", ".517", ".123456", ".1234567", ".999999999", ".1234567890", ",5"]),
    st.sampled_from(ZONES),
)

spaces = st.sampled_from(["", "", "", "", " ", "\n", "\t\r\n "])
texts = st.one_of(
    st.sampled_from([*NULLS, *INTEGERS, *FLOATS, *BOOLS, *TIMES]),
    times,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
)
strings = st.one_of(
    st.builds(json.dumps, texts, ensure_ascii=st.booleans()),
    st.sampled_from([*_split(r'''"\u0041" "\ud83d\ude00" "\ud83d" "\udc00x" "\/\b\f\n\r\t\\\"" "\u0000"''')]),
    st.sampled_from(['"\\u0032017-05-22T21:08:29.517Z"', '"\\u0035"', '"t\\u0072ue"', '"\x7f"', '"\u2028"']),
)
numbers = st.sampled_from(
    [
        *_split("0 -0 1 -1 1.0 5.00 1e0 1E+2 -0.0 0.1 1e-7 1e400 -1e400 1e-400 12.5 3.0000000000000000001"),
        *_split("9007199254740992 9007199254740993 -9007199254740993 9007199254740993.0 2147483648"),
        *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "1" * 40),
    ]
)
words = st.sampled_from(["true", "false", "null"])
invalid = st.sampled_from(
    [
        *_split(r"""01 +1 .5 1. NaN -Infinity True 'a' "\x" "\u12" tru [1,] {"a":1,} {a:1} {"a":} [,]"""),
        *_split("""[ { ] {"a":1 "open \ufeff[]"""),
        *("", "[1] x", '{"a" 1}', "[1 2]", '"\x01"'),
    ]
)


def _within(brackets: str, parts: list[str], space: str) -> str:
    return brackets[0] + space + f"{space},{space}".join(parts) + space + brackets[1]


def _array(items: list[str], space: str) -> str:
    return _within("[]", items, space)


def _object(members: list[tuple[str, str]], space: str) -> str:
    return _within("{}", [f"{key}{space}:{space}{value}" for key, value in members], space)


def _nested(depth: int, core: str, *, array: bool) -> str:
    return "[" * depth + core + "]" * depth if array else '{"a":' * depth + (core or "1") + "}" * depth


def arrays(items: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    """JSON arrays of these items."""
    return st.builds(_array, st.lists(items, max_size=most), spaces)


def objects(keys: st.SearchStrategy[str], values: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    """JSON objects; keys may repeat."""
    return st.builds(_object, st.lists(st.tuples(keys, values), max_size=most), spaces)


scalars = st.one_of(strings, numbers, words)
values = st.recursive(scalars, lambda inner: st.one_of(arrays(inner), objects(strings, inner)), max_leaves=5)
deep = st.builds(_nested, st.sampled_from([126, 127, 128, 129]), st.sampled_from(["", "1"]), array=st.booleans())

_INNER = [
    *_split("width height clientWidth clientHeight naturalWidth naturalHeight retired selected_at already_seen"),
    *_split("selection_state finished_workflow opt_in messageShown uuid T0"),
]
inner_keys = st.sampled_from([f'"{name}"' for name in _INNER])
METADATA = [
    *_split("started_at finished_at session user_agent user_language utc_offset viewport source live_project"),
    *_split("seen_before subject_flagged user_group_ids subject_dimensions subject_selection_state interventions"),
    *_split("classifier_version revision feedback extra"),
]
_ESCAPED_KEYS = ['"\\u0073ession"', '"session"', '"viewport"', '"other"', '"\\u006fther"', '"\\ud800"', '""']
keys = st.one_of(st.sampled_from([f'"{name}"' for name in METADATA]), st.sampled_from(_ESCAPED_KEYS), strings)
inner = objects(inner_keys, st.one_of(scalars, values))
members = st.one_of(values, inner, arrays(st.one_of(inner, scalars)), deep)
metadata = st.one_of(objects(keys, members, 6), objects(keys, members, 6), values, invalid, deep)
_IDS = [*["1", "12", "-3", "+1", "01", "1.0", "x", "9223372036854775808", "\\u0031"], "", " 1"]
id_keys = st.sampled_from([f'"{text}"' for text in _IDS])
