"""A workflow export only fills what was null, and only in the columns it may (docs/contract.md, section 2.4)."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.tidy import read_tidy
from support import tidy_hostile
from support.zooniverse_examples import FEM, HEADER, IDENTITY, PFE, WORKFLOW_EXPORTS, csv_of, workflow_export

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "zooniverse"
PAIRS = [
    ("weecology__EvergladesTools", "everglades-watch-classifications@*.csv", "everglades-watch-workflows.csv"),
    ("zooniverse__aggregation-for-caesar", "cls_export.csv", "wf_export.csv"),
    ("coolneighbors__DataAnalysis", "*-classifications.csv", "*-workflows.csv"),
]
FILLED = {
    "annotations": {"task_label", "task_type"},
    "answers": {"label", "choice_index", "question_label"},
    "marks": {"task_label", "tool_label", "tool_type"},
    "identifications": {"choice_label"},
}
NORMALISED = {"cx", "cy", "xmin", "ymin", "xmax", "ymax"}


def check_filled(classifications: bytes, workflows: bytes) -> None:
    """Against the same export without labels."""
    bare, full = read_tidy(classifications), read_tidy(classifications, workflows)
    for name, filled in FILLED.items():
        without, having = bare.tables[name], full.tables[name]
        assert without.num_rows == having.num_rows
        for column in without.column_names:
            if column in NORMALISED:
                continue
            pairs = list(zip(without[column].to_pylist(), having[column].to_pylist(), strict=True))
            may_fill = column in filled or column == "label_exact"
            changed = [n for n, (one, other) in enumerate(pairs) if one != other and not (may_fill and one is None)]
            assert not changed, f"{name}.{column}"


@pytest.mark.parametrize(("folder", "classifications", "workflows"), PAIRS)
def test_real_exports(folder: str, classifications: str, workflows: str) -> None:
    files = sorted((DATA / folder).glob(classifications))
    if not files:
        pytest.skip("the real exports (../shared/data/zooniverse) are not here")
    (export,) = (DATA / folder).glob(workflows)
    for file in files:
        check_filled(file.read_bytes(), export.read_bytes())
        rows = read_tidy(file, export).table_of("annotations")
        assert any(row["label_exact"] is not None for row in rows)


@given(
    tidy_hostile.annotations,
    st.sampled_from([PFE, FEM]),
    st.sampled_from(["3.4", "3", "12.1", "1.1", "v2", "", "2.30"]),
)
def test_hostile_annotations(cell: str, metadata: str, version: str) -> None:
    record = {"created_at": "", "metadata": metadata, "annotations": cell, "workflow_version": version}
    check_filled(csv_of(HEADER, [IDENTITY | record]), workflow_export(WORKFLOW_EXPORTS["versions"]))


def test_old_workflow_exports_have_no_minor_version() -> None:
    header = "workflow_id,version,tasks"
    tasks = '{"T3":{"type":"single","question":"Plain?"}}'
    workflows = csv_of(header, [{"workflow_id": 10, "version": 3, "tasks": tasks}])
    for version, exact in (("3.0", False), ("3", False), ("3.4", False), ("2.0", False), ("odd", False)):
        record = {"created_at": "", "annotations": '[{"task":"T3","value":"a"}]', "workflow_version": version}
        (row,) = read_tidy(csv_of(HEADER, [IDENTITY | record]), workflows).table_of("annotations")
        assert (row["task_label"], row["task_type"], row["label_exact"]) == ("Plain?", "single", exact)
