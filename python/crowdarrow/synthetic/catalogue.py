"""The workflows of a synthetic project, and the share of each in every profile."""

from collections.abc import Callable
from dataclasses import dataclass

from . import recipes
from .model import Task


@dataclass(frozen=True)
class Recipe:
    """One workflow to be made: tasks and front end by stage, kind of subject, share in each profile."""

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
    Recipe(
        "survey",
        "Identify, count & describe",
        recipes.survey,
        _BOTH,
        "camera",
        0,
        {"survey": 94, "mixed": 13},
    ),
    Recipe(
        "survey-2016",
        "0646d800-d027-4490-80e3-1b058a235d6e",
        recipes.survey_2016,
        _PFE,
        "camera",
        1,
        {"survey": 6, "mixed": 2},
        "survey",
    ),
    Recipe(
        "question",
        "Galaxy Zoo, “DECaLS”",
        recipes.question,
        _BOTH,
        "galaxy",
        2,
        {"question": 90, "mixed": 14},
    ),
    Recipe(
        "page",
        "Spot fires, smoke … palm crowns ",
        recipes.page,
        _PFE,
        "specimen",
        0,
        {"question": 5, "mixed": 6},
        "init",
    ),
    Recipe("combo", "Herbarium_Notes from Nature: Huasaí", recipes.combo, _PFE, "specimen", 1, {"mixed": 7}, "T3"),
    Recipe(
        "drawing-pfe",
        "Draw every shape",
        recipes.drawing(recipes.PFE_TOOLS, recipes.DETAILS),
        _PFE,
        "photo",
        2,
        {"drawing": 10, "mixed": 11},
    ),
    Recipe(
        "drawing-fem",
        "Draw every shape (2.0)",
        recipes.drawing(recipes.FEM_TOOLS, recipes.FEM_DETAILS),
        _FEM,
        "photo",
        0,
        {"drawing": 12, "mixed": 11},
    ),
    Recipe(
        "freehand-pfe",
        "Trace the outline",
        recipes.drawing(("freehandLine", "freehandShape"), ()),
        _PFE,
        "photo",
        1,
        {"drawing": 30, "mixed": 2},
    ),
    Recipe(
        "freehand-fem",
        "Draw",
        recipes.drawing(("freehandLine", "polygon"), ()),
        _FEM,
        "photo",
        2,
        {"drawing": 48, "mixed": 3},
    ),
    Recipe(
        "dropdown-fem",
        "Mark and transcribe titles",
        recipes.fem_dropdown,
        _FEM,
        "specimen",
        0,
        {"question": 5, "mixed": 5},
    ),
    Recipe(
        "transcription",
        "Transcribe lines (letters)",
        recipes.transcription,
        _FEM,
        "letter",
        1,
        {"transcription": 78, "mixed": 11},
    ),
    Recipe(
        "correction",
        "Correct the transcriptions",
        recipes.correction,
        _FEM,
        "playbill",
        2,
        {"transcription": 8, "mixed": 3},
    ),
    Recipe("custom", "Shakespeare's World", recipes.custom, _PFE, "letter", 0, {"transcription": 14, "mixed": 4}),
    Recipe("fem-special", "Transits, brains & maps", recipes.fem_special, _FEM, "photo", 1, {"mixed": 5}),
    Recipe("group", "Which of these\ndiffer?", recipes.group, _FEM, "photo", 2, {"mixed": 3}, group=9),
)
PROFILES = ("survey", "question", "drawing", "transcription", "mixed")
