"""The tidy tables of several records, of old headers, and of lone surrogates.

The engine's tables are compared with the expected rows and with the oracle's tables.
"""

from typing import Any

import pytest

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
        *("classification_id", "user_name", "annotation_index", "task", "answer_index", "kind", "answer")
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


@pytest.mark.parametrize(
    "annotations",
    [
        f'[{{"task":"{SURROGATE}"}}]',
        f'[{{"task":"T0","value":"{SURROGATE}"}}]',
        f'[{{"task":"T0","value":["a","{SURROGATE}"]}}]',
        f'[{{"task":"T0","value":[{{"x":1,"text":"{SURROGATE}"}}]}}]',
        f'[{{"task":"T0","value":[{{"x":1,"details":[{{"value":"{SURROGATE}"}}]}}]}}]',
        f'[{{"task":"T0","value":[{{"choice":"{SURROGATE}"}}]}}]',
        f'[{{"task":"T0","value":[{{"choice":"a","answers":{{"{SURROGATE}":"1"}}}}]}}]',
        f'[{{"task":"T0","value":{{"select_label":"{SURROGATE}","value":"a"}}}}]',
    ],
)
def test_lone_surrogate_in_a_string_column_rejects_until_0_2(annotations: str) -> None:
    # docs/contract.md, section 1.10, asks for U+FFFD in the column and the member in `extra` from 0.2.
    good = FIXED | {"annotations": '[{"task":"T0","value":"a"}]', "subject_data": '{"7":{}}'}
    result = read(good, FIXED | {"annotations": annotations, "subject_data": '{"8":{}}'}, good)
    assert [(reject.record, reject.column, reject.kind) for reject in result.rejects] == [(2, "annotations", "json")]
    assert result.table.num_rows == 2
    assert result.tables["answers"]["answer"].to_pylist() == ["a", "a"]
    assert result.tables["subjects"]["subject_id"].to_pylist() == [7]


def test_lone_surrogate_in_a_retirement_reason_rejects_until_0_2() -> None:
    data = f'{{"7":{{"retired":{{"retirement_reason":"{SURROGATE}"}}}}}}'
    result = read(FIXED | {"annotations": "[]", "subject_data": data})
    assert [(reject.column, reject.kind) for reject in result.rejects] == [("subject_data", "json")]


def test_lone_surrogate_in_json_text_is_kept() -> None:
    annotations = f'[{{"task":"T0","_key":"{SURROGATE}","value":[{{"x":1,"tag":"{SURROGATE}"}}]}}]'
    result = read(FIXED | {"annotations": annotations, "subject_data": f'{{"7":{{"name":"{SURROGATE}"}}}}'})
    assert not result.rejects
    assert result.tables["marks"]["extra"].to_pylist() == [f'{{"tag":"{SURROGATE}"}}']
    assert result.tables["subjects"]["metadata"].to_pylist() == [f'{{"name":"{SURROGATE}"}}']
