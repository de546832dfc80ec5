"""Examples of every task type, both front ends and every age of the format, with the rows they must give.

Inputs and rows are plain data, so that the oracle and the engine are held to the same.
"""

from .columns import COLUMNS
from .combos import COMBOS
from .drawing import DRAWINGS
from .dropdowns import DROPDOWNS
from .example import Example, WorkflowExample, differences
from .labelled import LABELLED
from .others import OTHERS
from .questions import QUESTIONS
from .subjects import SUBJECTS, SubjectExample
from .subtasks import SUBTASKS
from .surveys import SURVEYS
from .workflows import WORKFLOWS

EXAMPLES = QUESTIONS + COMBOS + DROPDOWNS + SURVEYS + DRAWINGS + SUBTASKS + OTHERS + LABELLED

__all__ = [
    "COLUMNS",
    "EXAMPLES",
    "SUBJECTS",
    "WORKFLOWS",
    "Example",
    "SubjectExample",
    "WorkflowExample",
    "differences",
]
