"""The tidy tables of several records, of old headers, and of lone surrogates.

The engine's tables are compared with the expected rows and with the oracle's tables.
"""

from typing import Any

import pytest

import crowdarrow as ca
from conftest import Collected, collect
from oracle.tidy import read_tidy
from support.zooniverse_compare import assert_same
from support.zooniverse_examples import HEADER, IDENTITY, csv_of

SURROGATE = r"\ud83d"
FIXED = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "metadata": "{}", "subject_ids": "7"}


def read(*records: dict[str, Any], header: str = HEADER) -> Collected:
    """The tables of these records, equal for both readers."""
    data = csv_of(header, list(records))
    result = collect(data)
    assert_same(result, read_tidy(data), shown=True)
    return result


def test_rows_have_the_identity_of_their_record() -> None:
    cells = ['[{"task":"T0","value":"a"},{"task":"T1","value":"b"}]', "", "[]", '[{"task":"T0","value":"c"}]']
    records = [
        FIXED | {"classification_id": number, "annotations": cell, "subject_ids": f"{number};9"}
        for number, cell in enumerate(cells)
    ]
    records[3] |= {"user_id": "", "subject_ids": "", "created_at": "", "workflow_version": "", "workflow_id": ""}
    rows = read(*records).tables["answers"].to_pylist()
    assert [(row["classification_id"], row["subject_id"], row["answer"]) for row in rows] == [
        (0, 0, "a"),
        (0, 0, "b"),
        (3, None, "c"),
    ]
    assert {name for name, value in rows[2].items() if value is not None} == {
        *("classification_id", "user_name", "annotation_key", "annotation_index", "task", "answer_index", "kind"),
        "answer",
    }


def test_header_of_2015() -> None:
    header = "user_id,user_ip,workflow_id,created_at,gold_standard,expert,metadata,annotations,subject_data"
    record = {
        "user_id": "not logged in",
        "workflow_id": 3,
        "created_at": "2015-05-03 10:00:00 UTC",
        "metadata": "{}",
        "annotations": '[{"task":"init","value":1}]',
        "subject_data": '{"x":{},"34":{"retired":true},"12":{}}',
    }
    tables = read(record, header=header).tables
    (row,) = tables["answers"].to_pylist()
    assert (row["classification_id"], row["subject_id"], row["user_id"], row["workflow_id"]) == (None, 34, None, 3)
    assert tables["subjects"]["subject_id"].to_pylist() == [34, 12]


def test_records_without_an_id_are_numbered_in_all_tables() -> None:
    header = "metadata,annotations,subject_data"
    cells = [("7", "a"), ("7", "b"), ("x", "c"), ("8", "d")]
    records = [
        {"annotations": f'[{{"task":"T0","value":"{text}"}}]', "subject_data": f'{{"{subject}":{{}}}}'}
        for subject, text in cells
    ]
    # Rejected records count.
    records.insert(1, {"annotations": "[", "subject_data": "{}"})
    result = read(*records, header=header)
    assert [reject.record for reject in result.rejects] == [2]
    assert all(table.column_names[0] == "record" for table in result.tables.values())
    for name in ("classifications", "annotations", "answers"):
        assert result.tables[name]["record"].to_pylist() == [1, 3, 4, 5], name
    # The record in which the subject was first seen.
    subjects = result.tables["subjects"].select(["record", "subject_id"]).to_pylist()
    assert [tuple(row.values()) for row in subjects] == [(1, 7), (5, 8)]


@pytest.mark.parametrize(
    ("annotations", "table", "column"),
    [
        (f'[{{"task":"{SURROGATE}"}}]', "annotations", "task"),
        (f'[{{"task":"T0","task_label":"{SURROGATE}","value":1}}]', "answers", "task_label"),
        (f'[{{"task":"T0","value":"{SURROGATE}"}}]', "answers", "answer"),
        (f'[{{"task":"T0","value":["{SURROGATE}","{SURROGATE}"]}}]', "answers", "answer"),
        (f'[{{"task":"T0","value":[{{"x":1,"text":"{SURROGATE}"}}]}}]', "marks", "text"),
        (f'[{{"task":"T0","value":[{{"x":1,"details":[{{"value":"{SURROGATE}"}}]}}]}}]', "answers", "answer"),
        (f'[{{"task":"T0","value":[{{"choice":"{SURROGATE}"}}]}}]', "identifications", "choice"),
        (f'[{{"task":"T0","value":[{{"choice":"a","answers":{{"{SURROGATE}":"1"}}}}]}}]', "answers", "question"),
        (f'[{{"task":"T0","value":{{"select_label":"{SURROGATE}","value":"a"}}}}]', "answers", "question"),
    ],
)
def test_lone_surrogate_in_a_string_column_is_replaced_and_counted(annotations: str, table: str, column: str) -> None:
    good = FIXED | {"annotations": '[{"task":"T0","value":"a"}]', "subject_data": '{"7":{}}'}
    record = FIXED | {"classification_id": 43, "annotations": annotations, "subject_data": '{"8":{}}'}
    result = read(good, record, good)
    assert not result.rejects
    # The record is counted once, however many of its texts are replaced.
    assert result.report.leniencies == {"lone_surrogate": 1}
    rows = [row for row in result.tables[table].to_pylist() if row["classification_id"] == 43]
    assert {row[column] for row in rows} == {"\ufffd"}
    # These tables are no structs, so `extra` has no copy.
    assert all(row.get("extra") is None for row in rows)
    assert result.table["annotations"][1].as_py() == annotations


def test_lone_surrogates_of_a_pair_are_each_replaced() -> None:
    text = r"\udc00\ud83d\ud83d\ude00\ud83d"
    result = read(FIXED | {"annotations": f'[{{"task":"T0","value":"a{text}b"}}]'})
    assert result.tables["answers"]["answer"].to_pylist() == ["a\ufffd\ufffd\U0001f600\ufffdb"]


def test_lone_surrogate_in_a_retirement_reason_is_kept_in_extra() -> None:
    retired = f'{{"retirement_reason":"{SURROGATE}"}}'
    result = read(FIXED | {"annotations": "[]", "subject_data": f'{{"7":{{"retired":{retired}}}}}'})
    assert not result.rejects
    (row,) = result.tables["subjects"]["retired"].to_pylist()
    assert (row["retirement_reason"], row["extra"]) == ("\ufffd", retired)
    assert result.report.leniencies == {"lone_surrogate": 1}


def test_lone_surrogate_in_json_text_is_kept() -> None:
    annotations = f'[{{"task":"T0","_key":"{SURROGATE}","value":[{{"x":1,"tag":"{SURROGATE}"}}]}}]'
    result = read(FIXED | {"annotations": annotations, "subject_data": f'{{"7":{{"name":"{SURROGATE}"}}}}'})
    assert not result.rejects
    assert result.report.leniencies == {}
    assert result.tables["marks"]["extra"].to_pylist() == [f'{{"tag":"{SURROGATE}"}}']
    assert result.tables["subjects"]["metadata"].to_pylist() == [f'{{"name":"{SURROGATE}"}}']


def test_choices_have_the_same_order_with_and_without_tasks() -> None:
    task = '{"T0": {"answers": ["a"], "questions": {"Q": {}}, "tools": [{"details": [{"answers": ["b"]}]}]}}'
    data = csv_of("workflow_id,version,tasks,strings,minor_version", [{"workflow_id": 1, "tasks": task}])
    both = collect(data)
    assert_same(both, read_tidy(data, kind="zooniverse.workflows"), shown=True)
    rows = both.tables["choices"].to_pylist()
    assert [(row["task"], row["role"]) for row in rows] == [
        ("T0", "answer"),
        ("T0", "tool"),
        ("T0", "question"),
        ("T0.0.0", "answer"),
    ]
    assert ca.Export(data).table("choices").to_table().to_pylist() == rows
