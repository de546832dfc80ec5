"""Counts of records by the version that labels are taken from (docs/contract.md, section 2.4)."""

from pathlib import Path

import pytest

import crowdarrow as ca
from oracle.tidy import read_tidy
from support.zooniverse_examples import HEADER, csv_of, workflow_export

RECORDS = [(10, "3.4"), (10, "3.5"), (10, "3.4"), (11, "3.4"), ("10.0", "3.4"), ("", "3.4"), ("NA", "3.4"), (10, "")]
TASKS = {"T0": {"type": "single", "question": "Near?"}}


@pytest.fixture
def classifications(tmp_path: Path) -> Path:
    """An export of records of these workflows and versions, one of which has no annotations."""
    path = tmp_path / "classifications.csv"
    fixed = {"metadata": "{}", "subject_ids": 7, "annotations": '[{"task":"T0","value":"Yes"}]'}
    records = [{**fixed, "workflow_id": number, "workflow_version": version} for number, version in RECORDS]
    records[2]["annotations"] = "[]"
    path.write_bytes(csv_of(HEADER, records))
    return path


def workflows(folder: Path, workflow_id: int) -> Path:
    """A workflow export with version 3.4 of one workflow."""
    path = folder / "workflows.csv"
    path.write_bytes(
        workflow_export([{"workflow_id": workflow_id, "version": 3, "minor_version": 4, "tasks": TASKS, "strings": {}}])
    )
    return path


@pytest.mark.parametrize("tables", [None, ["answers"], ["marks", "identifications"], "all"])
def test_records_are_counted_whatever_tables_are_read(
    classifications: Path, tmp_path: Path, tables: list[str] | str | None
) -> None:
    path = workflows(tmp_path, 10)
    with ca.open_tables(classifications, tables=tables, workflows=path) as reader:
        assert sum(batch.num_rows for block in reader for _, batch in block.batches) == sum(
            reader.report.tables.values()
        )
        expected = {"exact": 3, "near": 2, "no_workflow": 3}
        assert reader.report.labels == expected == read_tidy(classifications.read_bytes(), path).labels
        # The id of a record is read once.
        assert reader.report.leniencies == {"float_as_integer": 1}
    assert "labels: 3 records of their exact version, 2 of a near one, 3 whose workflow is not in the export" in str(
        reader.report
    )
    assert reader.report.suggestion is None


def test_filtered_and_rejected_records_are_not_counted(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    rows = ["1,10,3.4,[]", "2,10,3.4,{}", "3,11,3.4,[]", "4,10,9.9,[]"]
    path.write_text("\n".join(["classification_id,workflow_id,workflow_version,annotations", *rows, ""]))
    with ca.open_tables(path, tables="all", workflows=workflows(tmp_path, 10), workflow_id=10) as reader:
        list(reader)
    assert (reader.report.rejected, reader.report.filtered) == (1, 1)
    assert reader.report.labels == {"exact": 1, "near": 1, "no_workflow": 0}


def test_each_reading_counts_anew(classifications: Path, tmp_path: Path) -> None:
    export = ca.Export(classifications, workflows=workflows(tmp_path, 10)).table("annotations")
    for _ in range(2):
        assert export.to_table().num_rows == 7
        assert export.report is not None
        assert export.report.labels["exact"] == 3


def test_export_of_another_project_is_a_warning(classifications: Path, tmp_path: Path) -> None:
    report = ca.convert(classifications, f"{tmp_path}/out/", workflows=workflows(tmp_path, 99))
    assert report.labels == {"exact": 0, "near": 0, "no_workflow": 8}
    assert report.suggestion is not None
    assert "no record's workflow is in the export that `workflows` names" in report.suggestion


def test_without_a_workflow_export_nothing_is_counted(classifications: Path) -> None:
    with ca.open_tables(classifications, tables="all") as reader:
        list(reader)
    assert reader.report.labels == {}
    assert "labels" not in str(reader.report)
