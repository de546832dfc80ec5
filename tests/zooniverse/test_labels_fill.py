"""Labels replace only nulls, and only in the columns of labels (docs/contract.md, section 2.4)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import ABSENT, SHARED_DATA, collect
from support import tidy_hostile
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, WORKFLOW_EXPORTS, csv_of, workflow_export

DATA = SHARED_DATA / "zooniverse"
PAIRS = [
    ("weecology__EvergladesTools", "everglades-watch-classifications@*.csv", "everglades-watch-workflows.csv"),
    ("zooniverse__aggregation-for-caesar", "cls_export.csv", "wf_export.csv"),
    ("coolneighbors__DataAnalysis", "*-classifications.csv", "*-workflows.csv"),
]
FILLED = {
    "annotations": {"task_label", "task_type"},
    "answers": {"task_label", "label", "choice_index", "question_label"},
    "marks": {"task_label", "tool_label", "tool_type"},
    "identifications": {"task_label", "choice_label"},
}
NORMALISED = {"cx", "cy", "xmin", "ymin", "xmax", "ymax"}


def assert_only_nulls_are_filled(classifications: bytes | Path, workflows: Path) -> list[bool | None]:
    """Compare the tables with and without labels; give `label_exact` of the annotations."""
    bare, labelled = (collect(classifications, workflows=path).tables for path in (None, workflows))
    for name, filled in FILLED.items():
        without, having = bare[name], labelled[name]
        assert without.num_rows == having.num_rows
        for column in {*without.column_names} - NORMALISED:
            pairs = zip(without[column].to_pylist(), having[column].to_pylist(), strict=True)
            may_fill = column in filled or column == "label_exact"
            changed = [row for row, (old, new) in enumerate(pairs) if old != new and not (may_fill and old is None)]
            assert not changed, f"{name}.{column}"
    exact: list[bool | None] = labelled["annotations"]["label_exact"].to_pylist()
    return exact


@pytest.mark.parametrize(("folder", "classifications", "workflows"), PAIRS)
def test_real_exports(folder: str, classifications: str, workflows: str) -> None:
    files = sorted((DATA / folder).glob(classifications))
    if not files:
        pytest.skip(ABSENT)
    (export,) = (DATA / folder).glob(workflows)
    for file in files:
        exact = assert_only_nulls_are_filled(file, export)
        assert any(value is not None for value in exact)


@pytest.fixture(scope="module")
def workflow_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("labels") / "workflows.csv"
    path.write_bytes(workflow_export(WORKFLOW_EXPORTS["versions"]))
    return path


@given(
    tidy_hostile.annotations,
    st.sampled_from([PFE, FEM]),
    st.sampled_from(["3.4", "3", "12.1", "1.1", "v2", "", "2.30"]),
)
def test_hostile_annotations(workflow_file: Path, cell: str, metadata: str, version: str) -> None:
    record = {"created_at": "", "metadata": metadata, "annotations": cell, "workflow_version": version}
    assert_only_nulls_are_filled(csv_of(HEADER, [IDENTITY | record]), workflow_file)


@pytest.mark.parametrize(
    ("version", "exact"), [("3.0", True), ("3", True), ("3.4", True), ("2.0", False), ("odd", False)]
)
def test_labels_of_a_workflow_export_without_minor_versions(version: str, tmp_path: Path, *, exact: bool) -> None:
    path = tmp_path / "workflows.csv"
    tasks = '{"T3":{"type":"single","question":"Plain?"}}'
    path.write_bytes(csv_of("workflow_id,version,tasks", [{"workflow_id": 10, "version": 3, "tasks": tasks}]))
    record = {"created_at": "", "annotations": '[{"task":"T3","value":"a"}]', "workflow_version": version}
    (row,) = collect(csv_of(HEADER, [IDENTITY | record]), tables=["annotations"], workflows=path).rows
    assert (row["task_label"], row["task_type"], row["label_exact"]) == ("Plain?", "single", exact)
