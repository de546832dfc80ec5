"""Seeded synthetic exports of any size: what Zooniverse and PYBOSSA write, with nobody's data in it.

The same arguments give the same bytes, on any machine. `python -m crowdarrow.synthetic --help` tells the
command line.
"""

from .classifications import generate_classifications
from .collection import generate_collection
from .output import Summary
from .project_download import generate_results, generate_task_runs, generate_tasks
from .project_export import generate_export
from .subject_export import generate_subjects
from .workflow_export import generate_workflows

__all__ = [
    "Summary",
    "generate_classifications",
    "generate_collection",
    "generate_export",
    "generate_results",
    "generate_subjects",
    "generate_task_runs",
    "generate_tasks",
    "generate_workflows",
]
