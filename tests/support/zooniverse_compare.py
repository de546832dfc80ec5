"""Comparison of the tidy tables of the engine and the oracle."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from oracle.tidy import Result
from support.zooniverse_examples import differences

if TYPE_CHECKING:
    from conftest import Collected

AT_CLASSIFICATIONS = ("annotations", "answers", "marks", "identifications")
NO_ID = "subject key that is no integer"
CHANGED = "subject with other data than before"
SUBJECT_NOTES = (NO_ID, CHANGED)


def subject_notes(result: "Collected") -> tuple[int, int]:
    """The two counts of `subject_data` in the report: keys that are not integers, subjects with different content."""
    return result.report.notes.get(NO_ID, 0), result.report.notes.get(CHANGED, 0)


def assert_same(ours: "Collected", theirs: Result, *, shown: bool = False) -> None:
    """Tables, rejects, leniencies and counts are equal; messages show rows only if `shown`, since they may be real."""
    assert ours.kind == theirs.kind
    assert list(ours.tables) == list(theirs.tables)
    assert [(r.record, r.line, r.byte_offset, r.raw) for r in ours.rejects] == [
        (r.record, r.line, r.byte_offset, r.raw) for r in theirs.rejects
    ]
    for reject, expected in zip(ours.rejects, theirs.rejects, strict=True):
        assert (reject.column, reject.kind) in expected.faults, f"record {reject.record}: {reject.message}"
    for name, table in list(ours.tables.items())[1:]:
        assert table.schema == theirs.tables[name].schema, name
        found = differences(table.to_pylist(), theirs.table_of(name), shown=shown)
        assert not found, f"{name}: {found[:20]}"
    assert ours.report.records == theirs.records
    assert ours.report.leniencies == theirs.leniencies
    assert ours.report.tables == {name: table.num_rows for name, table in theirs.tables.items()}
    if "subject_data" in ours.tables.get("classifications", ours.table).column_names:
        assert subject_notes(ours) == (theirs.no_subject_ids, theirs.changed_subjects)


def counts(result: "Collected") -> Any:
    """The report without its duration."""
    return replace(result.report, seconds=0.0)
