"""Labels from a workflow export: what was asked and could be answered in a row's own version.

See docs/contract.md, section 2.4.
"""

from collections.abc import Mapping

from crowdarrow.declare import RECORD, Column, LabelSource, Rows, Table, always, cell, lazy, string
from crowdarrow.terminal import number_of

COLUMNS = ("workflow_id", "version", "minor_version", "tasks", "strings")
"""The columns of a workflow export that labels are taken from."""

RECORDS = Table(
    "labels",
    # As text: the tables' own column counts what is irregular about the id.
    (Column("workflow_id", string, cell("workflow_id")), Column("workflow_version", string)),
    (Rows(RECORD.filter(always)),),
)
"""What determines the version of each record."""


def _summary(counts: Mapping[str, int]) -> str:
    return (
        f"labels: {number_of(counts['exact'], 'record of its', 'records of their')} exact version, "
        f"{counts['near']:,} of a near one, {counts['no_workflow']:,} whose workflow is not in the export"
    )


def _advice(counts: Mapping[str, int]) -> str | None:
    if not counts["no_workflow"] or counts["exact"] or counts["near"]:
        return None
    return "no record's workflow is in the export that `workflows` names; it looks like another project's export"


LABELS = LabelSource(
    "zooniverse.workflows",
    COLUMNS,
    lazy("crowdarrow.exports.zooniverse.labels.transforms", "transforms"),
    RECORDS,
    _summary,
    _advice,
)
