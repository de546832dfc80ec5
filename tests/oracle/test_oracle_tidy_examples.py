"""The oracle of the tidy tables makes of each example the rows that were written out by hand."""

import pytest

from oracle.tidy import read_tidy
from support.zooniverse_examples import EXAMPLES, WORKFLOWS, Example, WorkflowExample, differences

AT_CLASSIFICATIONS = ("annotations", "answers", "marks", "identifications")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_example(example: Example) -> None:
    result = read_tidy(example.export(), example.workflow_export())
    assert not result.rejects
    for name in AT_CLASSIFICATIONS:
        table = result.tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name


@pytest.mark.parametrize("example", WORKFLOWS, ids=lambda example: example.name)
def test_workflow_example(example: WorkflowExample) -> None:
    result = read_tidy(example.export(), kind="zooniverse.workflows")
    assert not result.rejects
    for name in ("tasks", "choices"):
        table = result.tables[name]
        assert differences(table.to_pylist(), example.expected(name, table.column_names)) == [], name
