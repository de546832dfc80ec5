"""The oracle's tidy tables as wholes: their columns, the subjects, several records, rejects and old headers."""

import pytest

from oracle.tidy import read_tidy
from oracle.tidy.schemas import TABLES
from support.zooniverse_examples import (
    COLUMNS,
    EXAMPLES,
    HEADER,
    IDENTITY,
    SUBJECTS,
    SubjectExample,
    columns_text,
    csv_of,
    differences,
)

SURROGATE = r"\ud83d"
FIXED = IDENTITY | {"created_at": "2026-05-04 10:00:00 UTC", "metadata": "{}", "subject_ids": "7"}


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns(kind: str) -> None:
    assert {
        name: columns_text(", ".join(f"{field.name} {field.type}" for field in schema))
        for name, schema in TABLES[kind].items()
    } == COLUMNS[kind]


@pytest.mark.parametrize("example", SUBJECTS, ids=lambda example: example.name)
def test_subjects(example: SubjectExample) -> None:
    result = read_tidy(example.export())
    table = result.tables["subjects"]
    wanted = [{name: row.get(name) for name in table.column_names} for row in example.rows]
    assert differences(table.to_pylist(), wanted) == []
    assert (result.no_subject_ids, result.changed_subjects) == (example.no_subject_ids, example.changed_subjects)


def test_records_follow_each_other() -> None:
    cells = ['[{"task":"T0","value":"a"},{"task":"T1","value":"b"}]', "", "[]", '[{"task":"T0","value":"c"}]']
    records = [
        FIXED | {"classification_id": number, "annotations": cell, "subject_ids": f"{number};9"}
        for number, cell in enumerate(cells)
    ]
    records[3] |= {"user_id": "", "subject_ids": "", "created_at": "", "workflow_version": "", "workflow_id": ""}
    rows = read_tidy(csv_of(HEADER, records)).table_of("answers")
    assert [(row["classification_id"], row["subject_id"], row["answer"]) for row in rows] == [
        (0, 0, "a"),
        (0, 0, "b"),
        (3, None, "c"),
    ]
    assert {name for name, value in rows[2].items() if value is not None} == {
        *("classification_id", "user_name", "annotation_index", "task", "answer_index", "kind", "answer")
    }


def test_the_oldest_header() -> None:
    header = "user_id,user_ip,workflow_id,created_at,gold_standard,expert,metadata,annotations,subject_data"
    record = {
        "user_id": "not logged in",
        "workflow_id": 3,
        "created_at": "2015-05-03 10:00:00 UTC",
        "metadata": "{}",
        "annotations": '[{"task":"init","value":1}]',
        "subject_data": '{"x":{},"34":{"retired":true},"12":{}}',
    }
    result = read_tidy(csv_of(header, [record]))
    (row,) = result.table_of("answers")
    assert (row["classification_id"], row["subject_id"], row["user_id"], row["workflow_id"]) == (None, 34, None, 3)
    assert [row["subject_id"] for row in result.table_of("subjects")] == [34, 12]


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
def test_half_a_surrogate_pair_in_a_text_rejects_the_record(annotations: str) -> None:
    good = FIXED | {"annotations": '[{"task":"T0","value":"a"}]', "subject_data": '{"7":{}}'}
    bad = FIXED | {"annotations": annotations, "subject_data": '{"8":{}}'}
    result = read_tidy(csv_of(HEADER, [good, bad, good]))
    assert [(reject.record, reject.column, reject.kind) for reject in result.rejects] == [(2, "annotations", "json")]
    assert result.tables["classifications"].num_rows == 2
    assert [row["answer"] for row in result.table_of("answers")] == ["a", "a"]
    assert [row["subject_id"] for row in result.table_of("subjects")] == [7]


def test_half_a_surrogate_pair_in_json_text_is_kept() -> None:
    annotations = f'[{{"task":"T0","_key":"{SURROGATE}","value":[{{"x":1,"tag":"{SURROGATE}"}}]}}]'
    cell = FIXED | {"annotations": annotations, "subject_data": f'{{"7":{{"name":"{SURROGATE}"}}}}'}
    result = read_tidy(csv_of(HEADER, [cell]))
    assert not result.rejects
    (row,) = result.table_of("marks")
    assert row["extra"] == f'{{"tag":"{SURROGATE}"}}'
    (subject,) = result.table_of("subjects")
    assert subject["metadata"] == f'{{"name":"{SURROGATE}"}}'


def test_half_a_surrogate_pair_in_a_reason_rejects_the_record() -> None:
    data = f'{{"7":{{"retired":{{"retirement_reason":"{SURROGATE}"}}}}}}'
    result = read_tidy(csv_of(HEADER, [FIXED | {"annotations": "[]", "subject_data": data}]))
    assert [(reject.column, reject.kind) for reject in result.rejects] == [("subject_data", "json")]


def test_unknown_shapes_are_counted() -> None:
    annotations = (
        '[{"task":"T0","value":[["a"],[]]},{"task":"T1","value":[{"x":1,"details":[0,{"value":{"a":1}},'
        '{"value":[["b"]]}]},{"choice":"A","answers":{"Q":{"a":1}}},{"choice":"B","answers":[]}]}]'
    )
    result = read_tidy(csv_of(HEADER, [FIXED | {"annotations": annotations, "subject_data": "{}"}]))
    assert not result.table_of("answers")
    assert result.unknown_shapes == {
        "array in an array": 2,
        "sub-task without an object": 1,
        "object in a sub-task": 1,
        "array in a sub-task": 1,
        "survey answer that is no scalar": 1,
        "survey answers that are no object": 1,
    }


def test_example_names_are_unique() -> None:
    names = [example.name for example in EXAMPLES]
    assert len(names) == len(set(names))
