"""Exports of PYBOSSA projects: tasks, task runs and results."""

SKIP_MEMBERS = ("_info_only.csv",)
"""Suffixes of zip members that repeat columns of another member."""
