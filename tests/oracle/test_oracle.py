"""The oracle against values written by hand from the contract, one rule at a time."""

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from oracle import pure_python, schemas
from oracle.metadata import reconstruct, same_json

CLASSIFICATIONS = "classification_id,user_name,user_id,created_at,gold_standard,expert,metadata,annotations"


def quoted(text: str) -> str:
    """A field in quotes."""
    return '"' + text.replace('"', '""') + '"'


def read(header: str, *lines: str) -> pure_python.Result:
    """Read an export given by its header and its records."""
    return pure_python.read("".join(f"{line}\n" for line in (header, *lines)).encode())


def cell(column: str, field: str, kind: str = "classifications") -> Any:
    """The value of one field in a record of nothing else, or the kinds of its faults."""
    always = {
        "classifications": {"annotations": "", "classification_id": ""},
        "subjects": {"subject_id": "", "metadata": "", "subject_set_id": ""},
        "workflows": {"workflow_id": "", "tasks": "", "version": ""},
    }[kind]
    fields = always | {column: field}
    result = read(",".join(fields), ",".join(fields.values()))
    if result.rejects:
        return [fault for _, fault in result.rejects[0].faults]
    return result.table[column][0].as_py()


def metadata(source: str) -> dict[str, Any]:
    """The metadata struct of a record, without its null children."""
    value = cell("metadata", quoted(source))
    assert isinstance(value, dict), value
    return {key: child for key, child in value.items() if child is not None}


def time(*parts: int) -> datetime:
    """A time in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("column", "field", "value"),
    [
        ("user_name", "", None),
        ("user_name", '""', ""),
        ("user_name", "NA", "NA"),
        ("classification_id", "", None),
        ("classification_id", '""', None),
        ("classification_id", "NA", None),
        ("classification_id", "nan", ["type"]),
        ("gold_standard", "None", None),
        ("created_at", "NaN", None),
        ("metadata", "null", None),
        ("metadata", '"NA"', None),
        ("metadata", '" null"', ["json_type"]),
        ("annotations", '""', None),
        ("subject_ids", "NA", None),
        ("expert", "NA", None),
        ("expert", '""', None),
        ("expert", "None", "None"),
        ("user_id", "not logged in", None),
        ("workflow_id", "not logged in", ["type"]),
    ],
)
def test_nulls(column: str, field: str, value: object) -> None:
    assert cell(column, field) == value


def test_leniencies_of_fields_are_counted_for_rows_alone() -> None:
    result = read(
        CLASSIFICATIONS,
        "1.0,a,,2020-01-01T00:00:00Z,TRUE,,,[]",
        '2,a"b,,2020-01-01 00:00:00 UTC,f,,,[],,',
        '3,a,,,true,,"{""a"":1,""a"":2,""b"":{""c"":1,""c"":1}}",[]',
        "4.0,a,,2020-01-01T00:00:00Z,TRUE,,,bad",
    )
    assert [reject.record for reject in result.rejects] == [4]
    assert result.leniencies == {
        "bool_form": 2,
        "duplicate_keys": 2,
        "float_as_integer": 1,
        "quote_in_field": 1,
        "surplus_fields": 1,
        "time_form": 1,
    }
    assert result.table["gold_standard"].to_pylist() == [True, False, True]


@pytest.mark.parametrize(
    ("column", "field", "kinds"),
    [
        ("annotations", "{}", ["json_type"]),
        ("metadata", "[]", ["json_type"]),
        ("metadata", quoted('"text"'), ["json_type"]),
        ("annotations", "[", ["json"]),
        ("annotations", "[NaN]", ["json"]),
        ("annotations", quoted('["\t"]'), ["json"]),
        ("annotations", "[" * 129 + "]" * 129, ["depth"]),
        ("annotations", "[" * 128 + "]" * 128, "[" * 128 + "]" * 128),
        ("annotations", quoted('["\\ud800"]'), '["\\ud800"]'),
        ("annotations", f"[{'9' * 5000}]", f"[{'9' * 5000}]"),
        ("annotations", '" [1,  2] "', " [1,  2] "),
        ("metadata", quoted('{"session":"\\ud800"}'), ["json"]),
        ("subject_ids", quoted("12; 13,14.0"), [12, 13, 14]),
        ("subject_ids", "12;", ["type"]),
        ("subject_ids", "12;x", ["type"]),
        ("gold_standard", "yes", ["type"]),
    ],
)
def test_cells(column: str, field: str, kinds: object) -> None:
    assert cell(column, field) == kinds


def test_faults_of_a_record_in_the_order_of_the_table() -> None:
    result = read("annotations,user_id,classification_id", "{},x,1", "[],1,y", "[],1,2")
    assert [(r.record, r.column, r.kind) for r in result.rejects] == [
        (1, "user_id", "type"),
        (2, "classification_id", "type"),
    ]
    assert result.rejects[0].faults == (("user_id", "type"), ("annotations", "json_type"))
    assert result.row_records == [3]


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
            {"started_at": time(2025, 1, 21, 16, 6, 58, 517000)},
            None,
        ),
        (
            '{"started_at":"2016-03-28T23:46:18-07:00"}',
            {"started_at": time(2016, 3, 29, 6, 46, 18)},
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
def test_metadata(source: str, typed: dict[str, Any], extra: dict[str, Any] | None) -> None:
    row = metadata(source)
    left = row.pop("extra", None)
    assert row == typed
    assert (None if left is None else json.loads(left)) == extra
    assert same_json(reconstruct(row | {"extra": left}), json.loads(source))


def test_extra_keeps_the_tokens() -> None:
    row = metadata('{ "n\\u00e4me" : [ 1.50 , "a  \\u003cb" , {"x" : 1E+2} ] , "session" : "s" }')
    assert row == {"session": "s", "extra": '{"n\\u00e4me":[1.50,"a  \\u003cb",{"x":1E+2}]}'}


OLD = "user_id,user_ip,workflow_id,created_at,gold_standard,expert,metadata,annotations,subject_data"
SUBJECTS_2015 = "subject_id,project_id,workflow_ids,subject_set_id,metadata,classifications_by_workflow"
WORKFLOWS_2015 = "workflow_id,display_name,version,active,first_task,tasks,retirement,aggregation"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (",".join(schemas.CLASSIFICATIONS.names), "classifications"),
        (f"classification_id,user_name,{OLD}", "classifications"),
        (f"user_name,{OLD},workflow_version", "classifications"),
        ("annotations,subject_ids", "classifications"),
        (",".join(schemas.SUBJECTS.names), "subjects"),
        (f"{SUBJECTS_2015},retired_in_workflow", "subjects"),
        ("subject_id,project_id,workflow_ids,subject_set_ids,metadata,locations", "subjects"),
        (",".join(schemas.WORKFLOWS.names), "workflows"),
        (f"{WORKFLOWS_2015},strings,minor_version", "workflows"),
        (WORKFLOWS_2015, "workflows"),
    ],
)
def test_kinds(header: str, kind: str) -> None:
    assert pure_python.read(header.encode()).kind == f"zooniverse.{kind}"


@pytest.mark.parametrize("header", ["", "workflow_content_id,workflow_id,language,version,strings", "metadata"])
def test_other_headers(header: str) -> None:
    with pytest.raises(ValueError, match="header"):
        pure_python.read(header.encode())


def test_unknown_columns() -> None:
    result = read(
        ",classification_id,annotations,x,x,annotations,workflow_major,column_1",
        '7,1,[],NA,"",b,c,d',
    )
    assert result.table.schema.names[:16] == schemas.CLASSIFICATIONS.names
    assert result.table.schema.names[16:] == [
        "column_1",
        "x",
        "x_5",
        "annotations_6",
        "workflow_major_7",
        "column_1_8",
    ]
    assert [column[0].as_py() for column in result.table.columns[16:]] == ["7", "NA", "", "b", "c", "d"]
    assert result.table["workflow_major"].type == pa.int32()


def test_subject_ids_of_old_files() -> None:
    result = read(
        "classification_id,annotations,subject_data",
        "1,[]," + quoted('{"12":{},"x":1,"-3":{},"99999999999999999999":{}}'),
        "2,[],{}",
        "3,[],",
    )
    assert result.table["subject_ids"].to_pylist() == [[12, -3], [], None]


def test_subjects_and_media() -> None:
    header = "subject_id,metadata,subject_set_id,locations,retired_in_workflow"
    result = read(
        header,
        "1,{},5," + quoted('{"10":"k","2":"c"}') + ',"[1,2.0]"',
        "1,{},6," + quoted('{"0":"other"}') + ",",
        "2,{},5,,",
        "3,{},5," + quoted('{"0":null}') + ",[1]",
        "4,{},5,{},[true]",
        "5,{},5,[],[]",
        "6,{},5," + quoted('{"a":"u"}') + ",[]",
    )
    assert list(result.tables) == ["subjects", "media"]
    assert result.table.schema.names == [*schemas.SUBJECTS.names, "retired_in_workflow"]
    assert result.table["locations"].to_pylist() == [["c", "k"], ["other"], None]
    assert result.table["retired_in_workflow"].to_pylist() == [[1, 2], None, None]
    assert result.tables["media"].to_pylist() == [
        {"subject_id": 1, "frame": 2, "url": "c"},
        {"subject_id": 1, "frame": 10, "url": "k"},
    ]
    assert [r.faults for r in result.rejects] == [
        (("locations", "type"),),
        (("retired_in_workflow", "type"),),
        (("locations", "json_type"),),
        (("locations", "type"),),
    ]


def test_workflows() -> None:
    result = read("workflow_id,version,tasks,first_task,minor_version", '5,6,{},"",7', "5,6,[],T0,7")
    assert result.table.schema == schemas.WORKFLOWS
    row = result.table.to_pylist()[0]
    assert {k: v for k, v in row.items() if v is not None} == {
        "workflow_id": 5,
        "version": 6,
        "tasks": "{}",
        "first_task": "",
        "minor_version": 7,
    }
    assert [(r.column, r.kind) for r in result.rejects] == [("tasks", "json_type")]
