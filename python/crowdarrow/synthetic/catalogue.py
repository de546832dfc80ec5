"""The workflows of a synthetic project, and the share of each in every profile."""

from collections.abc import Callable
from dataclasses import dataclass

from .model import Task
from .recipes import DETAILS, FEM_DETAILS, FEM_TOOLS, PFE_TOOLS, combo_tasks, correction_tasks, custom_tasks, drawing_tasks, fem_dropdown_tasks, fem_special_tasks, group_tasks, page_tasks, question_tasks, survey_2016_tasks, survey_tasks, transcription_tasks


@dataclass(frozen=True)
class Recipe:
    """One workflow to be made: its name, tasks by stage, front end by stage, kind of subject, and shares by profile."""

    name: str
    title: str
    tasks: Callable[[int], dict[str, Task]]
    fem: tuple[bool, bool, bool]
    subjects: str
    ladder: int
    shares: dict[str, float]
    first_task: str = "T0"
    group: int = 1


_PFE, _FEM, _BOTH = (False, False, False), (True, True, True), (False, False, True)
RECIPES = (
    Recipe("survey", "Identify, count & describe", survey_tasks, _BOTH, "camera", 0, {"survey": 94, "mixed": 13}),
    Recipe(
        "survey-2016",
        "0646d800-d027-4490-80e3-1b058a235d6e",
        survey_2016_tasks,
        _PFE,
        "camera",
        1,
        {"survey": 6, "mixed": 2},
        "survey",
    ),
    Recipe("question", "Galaxy Zoo, “DECaLS”", question_tasks, _BOTH, "galaxy", 2, {"question": 90, "mixed": 14}),
    Recipe(
        "page",
        "Spot fires, smoke … palm crowns ",
        page_tasks,
        _PFE,
        "specimen",
        0,
        {"question": 5, "mixed": 6},
        "init",
    ),
    Recipe("combo", "Herbarium_Notes from Nature: Huasaí", combo_tasks, _PFE, "specimen", 1, {"mixed": 7}, "T3"),
    Recipe(
        "drawing-pfe",
        "Draw every shape",
        drawing_tasks(PFE_TOOLS, DETAILS),
        _PFE,
        "photo",
        2,
        {"drawing": 10, "mixed": 11},
    ),
    Recipe(
        "drawing-fem",
        "Draw every shape (2.0)",
        drawing_tasks(FEM_TOOLS, FEM_DETAILS),
        _FEM,
        "photo",
        0,
        {"drawing": 12, "mixed": 11},
    ),
    Recipe(
        "freehand-pfe",
        "Trace the outline",
        drawing_tasks(("freehandLine", "freehandShape"), ()),
        _PFE,
        "photo",
        1,
        {"drawing": 30, "mixed": 2},
    ),
    Recipe(
        "freehand-fem",
        "Draw",
        drawing_tasks(("freehandLine", "polygon"), ()),
        _FEM,
        "photo",
        2,
        {"drawing": 48, "mixed": 3},
    ),
    Recipe(
        "dropdown-fem",
        "Mark and transcribe titles",
        fem_dropdown_tasks,
        _FEM,
        "specimen",
        0,
        {"question": 5, "mixed": 5},
    ),
    Recipe(
        "transcription",
        "Transcribe lines (letters)",
        transcription_tasks,
        _FEM,
        "letter",
        1,
        {"transcription": 78, "mixed": 11},
    ),
    Recipe(
        "correction",
        "Correct the transcriptions",
        correction_tasks,
        _FEM,
        "playbill",
        2,
        {"transcription": 8, "mixed": 3},
    ),
    Recipe("custom", "Shakespeare's World", custom_tasks, _PFE, "letter", 0, {"transcription": 14, "mixed": 4}),
    Recipe("fem-special", "Transits, brains & maps", fem_special_tasks, _FEM, "photo", 1, {"mixed": 5}),
    Recipe("group", "Which of these\ndiffer?", group_tasks, _FEM, "photo", 2, {"mixed": 3}, group=9),
)
PROFILES = ("survey", "question", "drawing", "transcription", "mixed")
