"""The engine makes of each example the rows that were written out by hand, through the public API."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca
from crowdarrow.exports.zooniverse.classifications import EXPORT
from support.zooniverse_compare import AT_CLASSIFICATIONS, subject_notes
from support.zooniverse_examples import (
    COLUMNS,
    EXAMPLES,
    SUBJECTS,
    WORKFLOWS,
    Example,
    SubjectExample,
    WorkflowExample,
    columns_text,
    differences,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from conftest import Collect

NO_LABELS = "labels from a workflow export are not there yet"
LABELLED = [example for example in EXAMPLES if example.workflows is not None]
UNLABELLED = [example for example in EXAMPLES if example.workflows is None]


def tables_of(kind: str) -> list[str]:
    """The tables after the record table."""
    return ca.kinds()[kind][1:]


@pytest.mark.parametrize(
    ("kind", "table"), [(kind, table) for kind, tables in COLUMNS.items() for table in tables], ids="-".join
)
def test_columns(kind: str, table: str) -> None:
    schema = ca.schema(kind, table)
    found = columns_text(", ".join(f"{field.name} {field.type}" for field in schema))
    assert found == COLUMNS[kind][table]


def test_all_tidy_tables_are_tried() -> None:
    assert {kind: list(tables) for kind, tables in COLUMNS.items()} == {kind: tables_of(kind) for kind in COLUMNS}


def assert_example(example: Example, **options: Any) -> None:
    for name in AT_CLASSIFICATIONS:
        with ca.open(io.BytesIO(example.export()), table=name, **options) as reader:
            table = reader.to_table()
        assert not reader.report.rejected
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name


@pytest.mark.parametrize("example", UNLABELLED, ids=lambda example: example.name)
def test_example(example: Example) -> None:
    assert_example(example)


@pytest.mark.skipif(EXPORT.labels is None, reason=NO_LABELS)
@pytest.mark.parametrize("example", LABELLED, ids=lambda example: example.name)
def test_labelled_example(example: Example, tmp_path: Path) -> None:
    path = tmp_path / "workflows.csv"
    path.write_bytes(example.workflow_export() or b"")
    assert_example(example, workflows=path)


@pytest.mark.parametrize("example", UNLABELLED, ids=lambda example: example.name)
def test_example_with_all_tables_at_once(example: Example, run_collect: "Collect") -> None:
    result = run_collect(example.export())
    assert not result.rejects
    for name in AT_CLASSIFICATIONS:
        table = result.tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name


@pytest.mark.parametrize("example", WORKFLOWS, ids=lambda example: example.name)
def test_workflow_example(example: WorkflowExample, run_collect: "Collect") -> None:
    result = run_collect(example.export())
    assert result.kind == "zooniverse.workflows"
    assert not result.rejects
    for name in ("tasks", "choices"):
        table = result.tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name


@pytest.mark.parametrize("example", SUBJECTS, ids=lambda example: example.name)
def test_subject_example(example: SubjectExample, run_collect: "Collect") -> None:
    result = run_collect(example.export())
    table: pa.Table = result.tables["subjects"]
    wanted = [{name: row.get(name) for name in table.column_names} for row in example.rows]
    assert differences(table.to_pylist(), wanted) == []
    assert subject_notes(result) == (example.no_subject_ids, example.changed_subjects)
