"""The hand-written examples of Zooniverse exports, read by the engine and by the oracle."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca
from conftest import collect
from oracle.tidy import read_tidy
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

Tables = dict[str, "pa.Table"]


def name_of(example: Example | WorkflowExample | SubjectExample) -> str:
    return example.name


def read_by_engine(export: bytes, workflows: Path | None = None) -> Tables:
    """All tables, read in one pass."""
    result = collect(export, workflows=workflows)
    assert not result.rejects
    return result.tables


def read_by_oracle(export: bytes, workflows: Path | None = None) -> Tables:
    """All tables of the oracle."""
    kind = "zooniverse.workflows" if export.startswith(b"workflow_id") else "zooniverse.classifications"
    result = read_tidy(export, workflows, kind=kind)
    assert not result.rejects
    return result.tables


def read_one_by_one(export: bytes, workflows: Path | None = None) -> Tables:
    """Each table alone, through the public API."""
    tables = {}
    for name in AT_CLASSIFICATIONS:
        with ca.open(io.BytesIO(export), table=name, workflows=workflows) as reader:
            tables[name] = reader.to_table()
        assert not reader.report.rejected
    return tables


BOTH = [read_by_engine, read_by_oracle]


@pytest.mark.parametrize(
    ("kind", "table"), [(kind, table) for kind, tables in COLUMNS.items() for table in tables], ids="-".join
)
def test_columns(kind: str, table: str) -> None:
    schema = ca.schema(kind, table)
    found = columns_text(", ".join(f"{field.name} {field.type}" for field in schema))
    assert found == COLUMNS[kind][table]


def test_columns_of_all_tidy_tables_are_listed() -> None:
    assert {kind: list(tables) for kind, tables in COLUMNS.items()} == {kind: ca.kinds()[kind][1:] for kind in COLUMNS}


@pytest.mark.parametrize("read", [*BOTH, read_one_by_one])
@pytest.mark.parametrize("example", EXAMPLES, ids=name_of)
def test_example(example: Example, read: Callable[..., Tables], tmp_path: Path) -> None:
    workflows = None
    if example.workflows is not None:
        workflows = tmp_path / "workflows.csv"
        workflows.write_bytes(example.workflow_export() or b"")
    tables = read(example.export(), workflows)
    for name in AT_CLASSIFICATIONS:
        table = tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name


@pytest.mark.parametrize("read", BOTH)
@pytest.mark.parametrize("example", WORKFLOWS, ids=name_of)
def test_workflow_example(example: WorkflowExample, read: Callable[..., Tables]) -> None:
    tables = read(example.export())
    for name in ("tasks", "choices"):
        table = tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name


@pytest.mark.parametrize("example", SUBJECTS, ids=name_of)
def test_subject_example(example: SubjectExample) -> None:
    result, by_oracle = collect(example.export()), read_tidy(example.export())
    for table in (result.tables["subjects"], by_oracle.tables["subjects"]):
        wanted = [{name: row.get(name) for name in table.column_names} for row in example.rows]
        assert differences(table.to_pylist(), wanted) == []
    counts = (example.no_subject_ids, example.changed_subjects)
    assert subject_notes(result) == (by_oracle.no_subject_ids, by_oracle.changed_subjects) == counts


def test_example_names_are_unique() -> None:
    names = [*map(name_of, EXAMPLES), *map(name_of, WORKFLOWS), *map(name_of, SUBJECTS)]
    assert len(names) == len(set(names))
