"""Labels from a workflow export: what was asked and could be answered in a row's own version.

See docs/contract.md, section 2.4.
"""

from crowdarrow.declare import LabelSource, lazy

COLUMNS = ("workflow_id", "version", "minor_version", "tasks", "strings")
"""The columns of a workflow export that labels are taken from."""

LABELS = LabelSource(
    "zooniverse.workflows", COLUMNS, lazy("crowdarrow.exports.zooniverse.labels.transforms", "transforms")
)
