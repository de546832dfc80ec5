"""Sections 1.3 to 1.10 of docs/contract.md with values written by hand, for the engine and for the oracle."""

import gzip
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from conftest import Collect, Collected, collect
from crowdarrow.errors import UnknownKindError
from crowdarrow.read.reader import Reject
from crowdarrow.read.report import Report
from oracle import pure_python
from oracle.metadata import reconstruct, same_json


def collect_by_oracle(source: bytes, **options: Any) -> Collected:
    """What the oracle reads, in the form of `collect`."""
    result = pure_python.read(source, **options)
    rejects = [
        Reject("", r.record, r.line, r.byte_offset, r.column, r.kind, "", r.raw, more=False) for r in result.rejects
    ]
    rows = result.table.num_rows
    report = Report(records=result.records, rows=rows, rejected=len(rejects), leniencies=dict(result.leniencies))
    return Collected(result.kind, result.tables, rejects, report)


@pytest.fixture(params=[collect, collect_by_oracle], ids=["engine", "oracle"])
def read(request: pytest.FixtureRequest) -> Collect:
    """Each reader in turn."""
    reader: Collect = request.param
    return reader


# A record of each kind with nothing in it, to put one cell into.
ALWAYS = {
    "classifications": ("classification_id", "annotations"),
    "subjects": ("subject_id", "subject_set_id", "metadata"),
    "workflows": ("workflow_id", "version", "tasks"),
}
HEADER = b"classification_id,user_name,annotations\n"


def quoted(text: str) -> str:
    """A field in quotes."""
    return '"' + text.replace('"', '""') + '"'


def read_cell(read: Collect, column: str, field: str, kind: str = "classifications") -> tuple[Any, dict[str, int]]:
    """The value of one field in a record of nothing else (or the kind of its reject), and the leniencies."""
    names = list(dict.fromkeys([*ALWAYS[kind], column]))
    line = ",".join(field if name == column else "" for name in names)
    result = read(f"{','.join(names)}\n{line}\n".encode())
    if result.rejects:
        (reject,) = result.rejects
        assert (reject.record, reject.line, reject.column, reject.raw) == (1, 2, column, line.encode())
        return result.kinds, result.report.leniencies
    return result.rows[0][column], result.report.leniencies


def at(*parts: int) -> datetime:
    """A time in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


# docs/contract.md, section 1.3. "An empty unquoted CSV field is null. A quoted empty field is the empty string in a
# text column and
# null in any other. ... the texts NA, None, null, NaN are null too; in text columns they stay text, but ..."
RULE_3 = [
    *((column, "", None) for column in ("user_name", "user_id", "created_at", "gold_standard", "metadata", "expert")),
    *((column, '""', "") for column in ("user_name", "user_ip", "workflow_name", "workflow_version")),
    *(
        (column, '""', None)
        for column in ("classification_id", "created_at", "gold_standard", "metadata", "annotations")
    ),
    *((column, '""', None) for column in ("subject_data", "subject_ids", "expert")),
    *(
        (column, text, None)
        for column in (
            "user_id",
            "gold_standard",
            "created_at",
            "metadata",
            "annotations",
            "subject_data",
            "subject_ids",
        )
        for text in ("NA", "None", "null", "NaN", '"NA"', '"null"')
    ),
    *(("user_name", text, text) for text in ("NA", "None", "null", "NaN", "not logged in")),
    ("workflow_name", '"NA"', "NA"),
    ("expert", "NA", None),
    ("expert", '"NA"', None),
    ("expert", "None", "None"),
    ("expert", "null", "null"),
    ("user_id", "not logged in", None),
    ("workflow_id", "not logged in", ["type"]),
    ("user_id", "nan", ["type"]),
    ("user_id", "n/a", ["type"]),
    ("user_id", '" "', ["type"]),
]


@pytest.mark.parametrize(("column", "field", "value"), RULE_3)
def test_null(column: str, field: str, value: object, read: Collect) -> None:
    assert read_cell(read, column, field) == (value, {})


def test_null_in_other_kinds(read: Collect) -> None:
    for field in ("NA", '""', "", '"NA"'):
        assert read_cell(read, "retirement_reason", field, "subjects") == (None, {})
    assert read_cell(read, "retirement_reason", "None", "subjects") == ("None", {})
    assert read_cell(read, "locations", "null", "subjects") == (None, {})
    assert read_cell(read, "first_task", '""', "workflows") == ("", {})
    assert read_cell(read, "first_task", "", "workflows") == (None, {})
    assert read_cell(read, "strings", "NA", "workflows") == (None, {})
    # An unknown column is a text column.
    assert read_cell(read, "mine", "NA") == ("NA", {})
    assert read_cell(read, "mine", '""') == ("", {})


# docs/contract.md, section 1.4. "Accepted, and counted in the report".
RULE_4 = [
    *(("gold_standard", text, True, {"bool_form": 1}) for text in ("True", "TRUE", "tRue", "t", "T")),
    *(("gold_standard", text, False, {"bool_form": 1}) for text in ("False", "FALSE", "f", "F")),
    ("gold_standard", "true", True, {}),
    ("gold_standard", "false", False, {}),
    *(("gold_standard", text, ["type"], {}) for text in ("yes", "1", "0", "tr", "on")),
    ("user_id", "1544935.0", 1544935, {"float_as_integer": 1}),
    ("user_id", "-7.000", -7, {"float_as_integer": 1}),
    *(("user_id", text, number, {}) for text, number in (("-5", -5), ("007", 7), ("0" * 5000 + "1", 1))),
    ("user_id", "1544935", 1544935, {}),
    ("user_id", "+1544935", 1544935, {"plus_sign": 1}),
    ("user_id", "+7.0", 7, {"float_as_integer": 1, "plus_sign": 1}),
    ("user_id", "9223372036854775807", 9223372036854775807, {}),
    *(
        ("user_id", text, ["type"], {})
        for text in ("1.5", "1.", "1e3", "+-1", "+", " 1", "1 ", "0x1", "9223372036854775808", "٣", "1" * 5000)
    ),
    ("created_at", "2017-05-22 21:08:29 UTC", at(2017, 5, 22, 21, 8, 29), {}),
    *(
        ("created_at", text, at(2017, 5, 22, 21, 8, 29), {"time_form": 1})
        for text in (
            "2017-05-22 21:08:29",
            "2017-05-22T21:08:29",
            "2017-05-22 21:08:29Z",
            "2017-05-22T21:08:29Z",
            "2017-05-22T21:08:29 UTC",
            "2017-05-22 21:08:29.0",
            "2017-05-22T21:08:29.000000000Z",
            "2017-05-22T23:08:29+02:00",
            "2017-05-22 23:08:29 +0200",
            "2017-05-22T23:08:29+02",
            "2017-05-22T13:38:29-07:30",
            "2017-05-22T21:08:29-00:00",
            "2017-05-22 21:08:29 utc",
            "2017-05-22t21:08:29z",
            "2017-05-22 21:08:29 GMT",
            "2017-05-22T21:08:29gmt",
        )
    ),
    ("created_at", "2017-05-22T21:08:29.5Z", at(2017, 5, 22, 21, 8, 29, 500000), {"time_form": 1}),
    ("created_at", "2017-05-22 21:08:29.123456 UTC", at(2017, 5, 22, 21, 8, 29, 123456), {"time_form": 1}),
    ("created_at", "2017-05-22T21:08:29.123456999", at(2017, 5, 22, 21, 8, 29, 123456), {"time_form": 1}),
    ("created_at", "2017-05-22 7:08:29 UTC", at(2017, 5, 22, 7, 8, 29), {"time_form": 1}),
    ("created_at", "0000-12-31T23:30:00-01:00", at(1, 1, 1, 0, 30), {"time_form": 1}),
    ("created_at", "2016-02-29 00:00:00 Z", at(2016, 2, 29), {"time_form": 1}),
    ("created_at", "0001-01-01 00:00:00 UTC", at(1, 1, 1), {}),
    ("created_at", "9999-12-31T23:59:59.999999Z", at(9999, 12, 31, 23, 59, 59, 999999), {"time_form": 1}),
    ("created_at", "1969-12-31T23:59:59.999999Z", at(1969, 12, 31, 23, 59, 59, 999999), {"time_form": 1}),
    *(
        ("created_at", text, ["type"], {})
        for text in (
            "2017-05-22",
            "2017-05-22 21:08 UTC",
            "22/05/2017 21:08:29",
            "2017-02-30 10:00:00 UTC",
            "2017-05-22 24:00:00 UTC",
            "2017-05-22T21:08:29.1234567890Z",
            "2017-05-22 21:08:29 EST",
            "2017-05-22 21:08:29.",
            "2017-05-22 21:08:29. UTC",
            "2017-05-22 :08:29 UTC",
            "2017-05-22 21:08:29  UTC",
            "0001-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
            "1495487309",
            "0000-01-01 00:00:00 UTC",
            "2017-05-22 23:59:60 UTC",
            "2017-05-22 21:08:29 +24:00",
            " 2017-05-22 21:08:29 UTC",
        )
    ),
    ("user_name", 'a"b', 'a"b', {"quote_in_field": 1}),
    ("user_name", 'a""b"', 'a""b"', {"quote_in_field": 1}),
    ("user_name", '"a""b"', 'a"b', {}),
    ("subject_ids", "12;34", [12, 34], {}),
    ("subject_ids", '"12, 34"', [12, 34], {}),
    ("subject_ids", "12.0;34", [12, 34], {"float_as_integer": 1}),
    ("subject_ids", quoted("12; 13, 14.0"), [12, 13, 14], {"float_as_integer": 1}),
    ("subject_ids", quoted("12,34"), ["type"], {}),
    ("subject_ids", quoted("12, 34,56"), ["type"], {}),
    ("subject_ids", "12;+34", ["type"], {}),
    ("subject_ids", "12;;34", ["type"], {}),
    ("subject_ids", "12;x", ["type"], {}),
]


# docs/contract.md, sections 1.5 and 1.10: JSON cells at the limits.
JSON_CELLS = [
    ("annotations", "[NaN]", ["json"]),
    ("annotations", quoted('["\t"]'), ["json"]),
    ("metadata", quoted('"text"'), ["json_type"]),
    ("metadata", '" null"', ["json_type"]),
    ("annotations", f"[{'9' * 5000}]", f"[{'9' * 5000}]"),
    ("annotations", '" [1,  2] "', " [1,  2] "),
]


@pytest.mark.parametrize(("column", "field", "value"), JSON_CELLS)
def test_json_cells(column: str, field: str, value: object, read: Collect) -> None:
    assert read_cell(read, column, field)[0] == value


@pytest.mark.parametrize(("column", "field", "value", "leniencies"), RULE_4)
def test_leniency(column: str, field: str, value: object, leniencies: dict[str, int], read: Collect) -> None:
    assert read_cell(read, column, field) == (value, leniencies)


@pytest.mark.parametrize(
    ("data", "leniencies"),
    [
        (HEADER + b"1,a,[]\n2,b,[]\n", {}),
        (b"\xef\xbb\xbf" + HEADER + b"1,a,[]\n2,b,[]\n", {"bom": 1}),
        (HEADER[:-1] + b"\r\n1,a,[]\r\n2,b,[]\r\n", {"crlf": 3}),
        (HEADER[:-1] + b"\r1,a,[]\r2,b,[]\r", {"lone_cr": 3}),
        (HEADER + b"\n1,a,[]\n\n\n2,b,[]\n\n", {"empty_line": 4}),
        (b"\n" + HEADER + b"1,a,[]\n2,b,[]", {"empty_line": 1, "missing_final_newline": 1}),
        (HEADER + b'1,a,[],\n2,b,[],"",,\n', {"surplus_fields": 2}),
        (HEADER + b'"1","a","[]"\r\n2,"b",[]', {"crlf": 1, "missing_final_newline": 1}),
    ],
)
def test_leniencies_of_lines(data: bytes, leniencies: dict[str, int], read: Collect) -> None:
    result = read(data)
    assert result.rejects == []
    assert result.table.select([0, 1]).to_pylist()[0]["classification_id"] == 1
    assert result.table["user_name"].to_pylist() == ["a", "b"]
    assert result.report.leniencies == leniencies


def test_position_of_a_reject_after_line_ends_of_each_kind(read: Collect) -> None:
    before = b"\xef\xbb\xbf" + HEADER[:-1] + b'\r\n\n1,a,[]\r2,"b\rb\r\nb",[]\r\n\r\n'
    result = read(before + b"3,c,bad\n4,d,[]")
    assert [(r.record, r.line, r.byte_offset, r.column, r.kind, r.raw) for r in result.rejects] == [
        (3, 8, len(before), "annotations", "json", b"3,c,bad")
    ]
    assert result.table["user_name"].to_pylist() == ["a", "b\rb\r\nb", "d"]
    assert result.report.leniencies == {"bom": 1, "crlf": 3, "empty_line": 2, "lone_cr": 1, "missing_final_newline": 1}


def rejects(read: Collect, records: bytes, **options: Any) -> tuple[list[tuple[int, str, bytes]], list[str]]:
    """Number, kind and raw bytes of each reject, and the user names of the rows."""
    result = read(HEADER + records, **options)
    for reject in result.rejects:
        assert (HEADER + records).startswith(reject.raw, reject.byte_offset)
    return [(r.record, r.kind, r.raw) for r in result.rejects], result.table["user_name"].to_pylist()


# docs/contract.md, section 1.5. "Rejected, with the whole raw record kept".
@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"2,b", "fields"),
        (b"2,b,[],x", "fields"),
        (b"2,b,[],,x", "fields"),
        (b"two,b,[]", "type"),
        (b"2,b,[1", "json"),
        (b"2,b,\"[{'task': u'T0'}]\"", "json"),
        (b"2,b,[] []", "json"),
        (b"2,b,{}", "json_type"),
        (b"2,b,7", "json_type"),
        (b"2,b," + b"[" * 129 + b"]" * 129, "depth"),
        (b'2,"b"x,[]', "quote"),
        (b'2,"b" ,[]', "quote"),
        (b"2,\xff,[]", "utf8"),
        (b"2,\xed\xa0\x80,[]", "utf8"),
        (b'2,b,"[""\xe9""]"', "utf8"),
        (b"2," + b"b" * 3000 + b",[]", "length"),
    ],
)
def test_bad_record_is_rejected_and_its_neighbours_are_read(raw: bytes, kind: str, read: Collect) -> None:
    found = rejects(read, b"1,a,[]\n" + raw + b"\r\n3,c,[]\n", max_record_bytes=2000)
    assert found == ([(2, kind, raw)], ["a", "c"])


def test_records_at_the_limits_are_read(read: Collect) -> None:
    deep = b"[" * 128 + b"]" * 128
    assert rejects(read, b"1,a," + deep + b"\n") == ([], ["a"])
    long = b"1," + b"b" * 1995 + b",[]"
    assert rejects(read, long + b"\r\n", max_record_bytes=2000) == ([], ["b" * 1995])


def test_reading_continues_after_an_unclosed_quote(read: Collect) -> None:
    records = b'1,a,[]\n2,"b,[]\n\ntwo,fields\n3,c,[],,\n4,d,[]\n'
    assert rejects(read, records) == (
        [(2, "unclosed_quote", b'2,"b,[]\n\ntwo,fields')],
        ["a", "c", "d"],
    )
    assert rejects(read, b'1,a,[]\n2,"b,[]\nno record\n') == (
        [(2, "unclosed_quote", b'2,"b,[]\nno record')],
        ["a"],
    )
    # The limit is reached before any other quote.
    records = b'1,"a,[]\n' + b"2,b,[]\n" * 10 + b'3,"c",[]\n'
    assert rejects(read, records, max_record_bytes=50) == (
        [(1, "unclosed_quote", b'1,"a,[]')],
        ["b"] * 10 + ["c"],
    )


def test_reading_continues_after_text_behind_a_closing_quote(read: Collect) -> None:
    # In a record of one line: that line.
    assert rejects(read, b'1,"a"x,[]\n2\n3,c,[]\n')[0] == [
        (1, "quote", b'1,"a"x,[]'),
        (2, "fields", b"2"),
    ]
    # In a record of several: up to the next line at which a whole record begins.
    records = b'1,"a\nb"x,[]\nno record\n2,"c\nd",[]\n3,e,[]\n'
    assert rejects(read, records) == ([(1, "quote", b'1,"a\nb"x,[]\nno record')], ["c\nd", "e"])
    # The opening quote that a stray one makes into a closing one.
    records = b'1,"a,[]\n2,"b",[]\n3,c,[]\n'
    assert rejects(read, records) == ([(1, "quote", b'1,"a,[]')], ["b", "c"])


def test_truncated_gzip_is_reported(read: Collect) -> None:
    def cut(records: bytes) -> list[tuple[int, str, bytes]]:
        # All the bytes are there, but not the gzip's own end.
        result = read(gzip.compress(HEADER + records)[:-8])
        assert result.report.records == result.report.rows + result.report.rejected
        return [(r.record, r.kind, r.raw) for r in result.rejects]

    assert cut(b"1,a,[]\n") == [(2, "truncated", b"")]
    assert cut(b"1,a,[]\n2,b,[") == [(2, "truncated", b"2,b,[")]
    assert cut(b"1,a,[]\n2,b,[]") == [(2, "truncated", b"2,b,[]")]
    assert cut(b'1,a,[]\n2,b,"[{""task"":""T0') == [(2, "truncated", b'2,b,"[{""task"":""T0')]
    assert cut(b"") == [(1, "truncated", b"")]
    assert [kind for _, kind, _ in cut(b'1,"a\nb"x,[]\n')] == ["quote", "truncated"]


def test_encoding_is_suggested_when_most_records_are_not_utf8() -> None:
    suggestion = collect(HEADER + b"1,\xe9,[]\n2,\xe9,[]\n3,c,[]\n").report.suggestion
    assert "specify `encoding`" in str(suggestion)
    assert collect(HEADER + b"1,\xe9,[]\n2,b,[]\n").report.suggestion is None


# docs/contract.md, section 1.7. "Unknown CSV columns follow the known ones, as string, under their own name ..."
def test_unknown_columns(read: Collect) -> None:
    header = b",classification_id,b,annotations,b,annotations,workflow_minor,column_1,metadata\n"
    result = read(header + b"1,2,3,[],5,6,7,8,{}\n")
    names = ["column_1", "b", "b_5", "annotations_6", "workflow_minor_7", "column_1_8"]
    assert result.table.schema.names[16:] == names
    assert [str(result.table.schema.field(name).type) for name in names] == ["string"] * 6
    assert [result.rows[0][name] for name in names] == ["1", "3", "5", "6", "7", "8"]
    assert (result.rows[0]["classification_id"], result.rows[0]["annotations"]) == (2, "[]")


def test_known_columns_that_the_header_lacks_are_null(read: Collect) -> None:
    row = read(b"annotations,subject_ids\n[],5\n").rows[0]
    assert {name: value for name, value in row.items() if value is not None} == {
        "record": 1,
        "annotations": "[]",
        "subject_ids": [5],
    }
    # The 16 columns of the table, and the number of the record, since the header lacks its id.
    assert row["record"] == 1
    assert len(row) == 17


# docs/contract.md, sections 1.9 and 1.10.
def test_last_duplicate_key_wins_and_is_counted(read: Collect) -> None:
    cell = quoted('{"session":"a","x":{"y":1,"y":2},"session":"b","\\u0073ession":"c"}')
    value, leniencies = read_cell(read, "metadata", cell)
    assert (value["session"], value["extra"], leniencies) == (
        "c",
        '{"x":{"y":1,"y":2}}',
        {"duplicate_keys": 3},
    )
    assert read_cell(read, "subject_data", quoted('{"1":{},"1":{}}'))[1] == {"duplicate_keys": 1}


def test_json_text_keeps_the_tokens_of_the_source(read: Collect) -> None:
    cell = quoted('{ "a\\u0062" : [ 1.50 , 1E+2, "\\u003c  \\/" ] , "feedback" : { "T0" : [ -0 ] } }')
    value, _ = read_cell(read, "metadata", cell)
    assert value["extra"] == '{"a\\u0062":[1.50,1E+2,"\\u003c  \\/"]}'
    assert value["feedback"] == '{"T0":[-0]}'
    text = ' [ 1.50 ,\n "\\u003c" ] '
    assert read_cell(read, "annotations", quoted(text)) == (text, {})


def test_lone_surrogate_in_a_string_column_is_replaced_and_kept_in_extra(read: Collect) -> None:
    cell = '{"session":"a\\ud800\\udfff","source":"\\udc00","subject_selection_state":{"selection_state":"\\ud83d"}}'
    value, leniencies = read_cell(read, "metadata", quoted(cell))
    # `\\ud800\\udfff` is a pair; `\\udc00` and `\\ud83d` are alone.
    assert (value["session"], value["source"]) == ("a\U000103ff", "\ufffd")
    assert value["subject_selection_state"]["selection_state"] == "\ufffd"
    assert json.loads(value["extra"]) == {
        "source": "\udc00",
        "subject_selection_state": {"selection_state": "\ud83d"},
    }
    # A record is counted once.
    assert leniencies == {"lone_surrogate": 1}
    pair = quoted('{"session":"\\ud83d\\ude00"}')
    assert read_cell(read, "metadata", pair)[1] == {}


def test_lone_surrogate_in_json_text_is_kept(read: Collect) -> None:
    assert read_cell(read, "metadata", quoted('{"other":"\\ud800"}'))[0]["extra"] == '{"other":"\\ud800"}'
    kept = '[{"task":"T0","other":"\\ud800"}]'
    assert read_cell(read, "annotations", quoted(kept))[0] == kept


def test_rows_keep_the_order_of_the_input() -> None:
    lines = [b"%d,%s,[]\n" % (number, b"x" * (number * 37 % 91)) for number in range(3000)]
    result = collect(io.BytesIO(HEADER + b"".join(lines)), block_bytes=512, threads=4)
    assert result.table["classification_id"].to_pylist() == list(range(3000))


# docs/contract.md, section 1.8.
@pytest.mark.parametrize(
    ("source", "typed", "extra"),
    [
        ('{"session":"s","seen_before":true}', {"session": "s", "seen_before": True}, None),
        ('{"utc_offset":"-3600"}', {"utc_offset": -3600}, None),
        ('{"utc_offset":3600}', {"utc_offset": 3600}, {"utc_offset": 3600}),
        ('{"utc_offset":"18000.0"}', {"utc_offset": 18000}, {"utc_offset": "18000.0"}),
        ('{"utc_offset":"NA"}', {}, {"utc_offset": "NA"}),
        (
            '{"started_at":"2025-01-21T16:06:58.517Z"}',
            {"started_at": at(2025, 1, 21, 16, 6, 58, 517000)},
            None,
        ),
        (
            '{"started_at":"2016-03-28T23:46:18-07:00"}',
            {"started_at": at(2016, 3, 29, 6, 46, 18)},
            {"started_at": "2016-03-28T23:46:18-07:00"},
        ),
        ('{"finished_at":"soon"}', {}, {"finished_at": "soon"}),
        ('{"seen_before":"True"}', {"seen_before": True}, {"seen_before": "True"}),
        ('{"seen_before":1}', {}, {"seen_before": 1}),
        ('{"revision":5}', {}, {"revision": 5}),
        ('{"revision":null,"other":null}', {}, {"revision": None, "other": None}),
        ('{"viewport":{"width":5,"height":2.5}}', {"viewport": {"width": 5, "height": 2.5}}, None),
        ('{"viewport":{}}', {"viewport": {"width": None, "height": None}}, None),
        (
            '{"viewport":{"width":"5","height":null,"x":1}}',
            {"viewport": {"width": 5, "height": None}},
            {"viewport": {"width": "5", "height": None, "x": 1}},
        ),
        ('{"viewport":[5,6]}', {}, {"viewport": [5, 6]}),
        (
            '{"viewport":{"width":9007199254740993}}',
            {"viewport": {"width": 2.0**53, "height": None}},
            {"viewport": {"width": 9007199254740993}},
        ),
        (
            '{"viewport":{"width":1e999}}',
            {"viewport": {"width": None, "height": None}},
            {"viewport": {"width": float("inf")}},
        ),
        ('{"user_group_ids":[1,null,5.0]}', {"user_group_ids": [1, None, 5]}, None),
        ('{"user_group_ids":["7",true]}', {"user_group_ids": [7, None]}, {"user_group_ids": ["7", True]}),
        ('{"user_group_ids":7}', {}, {"user_group_ids": 7}),
        ('{"subject_dimensions":[null]}', {"subject_dimensions": [None]}, None),
        ('{"subject_dimensions":[1]}', {"subject_dimensions": [None]}, {"subject_dimensions": [1]}),
        (
            '{"subject_dimensions":{"clientWidth":3}}',
            {
                "subject_dimensions": [
                    {"clientWidth": 3, "clientHeight": None, "naturalWidth": None, "naturalHeight": None}
                ]
            },
            {"subject_dimensions": {"clientWidth": 3}},
        ),
        ('{"feedback":{"T0": [1.50]}}', {"feedback": '{"T0":[1.50]}'}, None),
        ('{"feedback":null}', {}, {"feedback": None}),
        ('{"extra":"e"}', {}, {"extra": "e"}),
        ('{"session":"a","session":"b"}', {"session": "b"}, None),
    ],
)
def test_metadata(source: str, typed: dict[str, Any], extra: dict[str, Any] | None, read: Collect) -> None:
    value, _ = read_cell(read, "metadata", quoted(source))
    row = {key: child for key, child in value.items() if child is not None}
    residual = row.pop("extra", None)
    assert row == typed
    assert (None if residual is None else json.loads(residual)) == extra
    assert same_json(reconstruct(value), json.loads(source))


# Section 2: the header's history, and the tables of the other kinds.
OLD = "user_id,user_ip,workflow_id,created_at,gold_standard,expert,metadata,annotations,subject_data"
SUBJECTS_2015 = "subject_id,project_id,workflow_ids,subject_set_id,metadata,classifications_by_workflow"
WORKFLOWS_2015 = "workflow_id,display_name,version,active,first_task,tasks,retirement,aggregation"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (f"classification_id,user_name,{OLD}", "classifications"),
        (f"user_name,{OLD},workflow_version", "classifications"),
        # The first exports.
        (OLD, "classifications"),
        (f"project_name,{OLD},subject_ids".replace(",subject_data", ""), "classifications"),
        ("annotations,classification_id", "classifications"),
        ("annotations,subject_data", "classifications"),
        ("annotations,subject_ids", "classifications"),
        (f"{SUBJECTS_2015},retired_in_workflow", "subjects"),
        ("subject_id,metadata,subject_set_id", "subjects"),
        ("subject_id,metadata,subject_set_ids", "subjects"),
        (f"{WORKFLOWS_2015},strings,minor_version", "workflows"),
        (WORKFLOWS_2015, "workflows"),
        ("workflow_id,tasks,version", "workflows"),
        ("workflow_id,tasks,first_task", "workflows"),
    ],
)
def test_kind_of_a_header(header: str, kind: str, read: Collect) -> None:
    assert read(header.encode() + b"\n").kind == f"zooniverse.{kind}"


@pytest.mark.parametrize(
    "header",
    [
        *(b"", b"\n\r", b'"a', b'"a"b,c', b"\xff,a", b"a,b", b"metadata", b"annotations", b"subject_id,metadata"),
        *(b"workflow_id,tasks", b"Classification_Id,Annotations"),
        b"workflow_content_id,workflow_id,language,version,strings",
        b"id,classification_id,classification_at,extractor_key,subject_id,data.a",
        b"classification_id,user_name,user_id,workflow_id,task,created_at,subject_id,extractor,data.a",
    ],
)
def test_header_of_no_known_kind_is_an_error(header: bytes, read: Collect) -> None:
    with pytest.raises((ValueError, OSError, UnknownKindError), match=r"header|kind|quote|codec|UTF-8"):
        read(header + b"\n")


def test_subject_ids_are_the_keys_of_subject_data_in_old_files(read: Collect) -> None:
    cell = quoted('{"12":{},"x":1,"-3":{},"99999999999999999999":{}}')
    result = read(f"classification_id,annotations,subject_data\n1,[],{cell}\n2,[],{{}}\n3,[],\n".encode())
    assert result.table["subject_ids"].to_pylist() == [[12, -3], [], None]


def test_subjects_and_media(read: Collect) -> None:
    result = read(
        "\n".join([
            "subject_id,metadata,subject_set_id,locations,retired_in_workflow",
            "1,{},5," + quoted('{"10":"k","2":"c"}') + ',"[1,2.0]"',
            "1,{},6," + quoted('{"0":"other"}') + ",",
            "2,{},5,,",
            "3,{},5," + quoted('{"0":null}') + ",[1]",
            "4,{},5,{},[true]",
            "5,{},5,[],[]",
            "6,{},5," + quoted('{"a":"u"}') + ",[]",
        ]).encode()
    )  # fmt: skip
    assert list(result.tables) == ["subjects", "media"]
    assert result.table["locations"].to_pylist() == [["c", "k"], ["other"], None, [None]]
    assert result.table["retired_in_workflow"].to_pylist() == [[1, 2], None, None, [1]]
    assert result.report.leniencies["null_url"] == 1
    assert result.tables["media"].to_pylist() == [
        {"subject_id": 1, "frame": 2, "url": "c"},
        {"subject_id": 1, "frame": 10, "url": "k"},
        {"subject_id": 3, "frame": 0, "url": None},
    ]
    assert [(reject.record, reject.column, reject.kind) for reject in result.rejects] == [
        (5, "retired_in_workflow", "type"),
        (6, "locations", "json_type"),
        (7, "locations", "type"),
    ]


def test_workflows(read: Collect) -> None:
    result = read(b'workflow_id,version,tasks,first_task,minor_version\n5,6,{},"",7\n5,6,[],T0,7\n')
    (row,) = result.rows
    assert {name: value for name, value in row.items() if value is not None} == {
        "workflow_id": 5, "version": 6, "tasks": "{}", "first_task": "", "minor_version": 7,
    }  # fmt: skip
    assert [(reject.column, reject.kind) for reject in result.rejects] == [("tasks", "json_type")]
