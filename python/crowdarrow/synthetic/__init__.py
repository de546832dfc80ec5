"""Synthetic exports of any size, in the formats of Zooniverse and PYBOSSA, generated from a seed.

The same arguments give the same bytes on any machine. See `python -m crowdarrow.synthetic --help` for the command line.
"""

from .classifications import generate_classifications, generate_export
from .output import Summary
from .pybossa import generate_results, generate_task_runs, generate_tasks
from .subjects import generate_subjects
from .web_annotations import generate_collection
from .workflows import PROFILES, generate_workflows

__all__ = [
    "PROFILES",
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
