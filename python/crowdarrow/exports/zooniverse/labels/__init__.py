"""Labels from a workflow export: what was asked and could be answered in a row's own version.

See docs/contract.md, section 2.4.
"""

COLUMNS = ("workflow_id", "version", "minor_version", "tasks", "strings")
"""The columns of a workflow export that labels are taken from."""
