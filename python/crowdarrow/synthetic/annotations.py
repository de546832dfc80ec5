"""The annotation list of one classification: which tasks it answers, in what order, and what goes wrong."""

from collections.abc import Callable

from . import answers, drawing
from .answers import Items, Scene
from .chance import Chance
from .custom_apps import custom_value
from .encode import Json, Written

# For each recipe, the tasks a volunteer passes, and how likely each is to be reached.
_WAYS: dict[str, tuple[tuple[str, float], ...]] = {
    "survey": (("T0", 1), ("T1", 0.3)),
    "survey-2016": (("survey", 1),),
    "question": (("T0", 1), ("T1", 0.85), ("T2", 0.5), ("T3", 0.4), ("T10", 0.12)),
    "page": (("init", 1), ("T4", 0.7), ("T5", 0.4), ("T6", 0.4), ("T7", 0.6), ("T8", 0.6)),
    "combo": (("T3", 1), ("T11", 0.6)),
    "drawing-pfe": (("T0", 1), ("T1", 0.5)),
    "drawing-fem": (("T0", 1), ("T1", 0.5)),
    "freehand-pfe": (("T0", 1), ("T1", 0.3)),
    "freehand-fem": (("T0", 1), ("T1", 0.3)),
    "dropdown-fem": (("T0", 1), ("T1", 0.9), ("T2", 0.6)),
    "transcription": (("T0", 1), ("T1", 0.9)),
    "correction": (("T0", 1), ("T1", 0.4)),
    "custom": (("T0", 1), ("T2", 0.3)),
    "fem-special": (("T0", 0.4), ("T1", 0.5), ("T2", 0.2), ("T3", 0.5), ("T4", 0.8)),
    "group": (("T0", 1),),
}


def _combo(scene: Scene) -> Items:
    """Several tasks of one page, each formatted as it would be alone; malformed ones have been seen."""
    chance = scene.chance
    if chance.likely(0.02):
        return [Written(task=scene.key, task_label=None, value=[0])]
    inner: Items = []
    for member in scene.task.members:
        if scene.version.tasks[member].type != "combo":
            inner.extend(answer(scene.at(member)))
        elif chance.likely(0.1):
            inner.append({"error": "combo tasks cannot be nested"})
    if scene.labels != "current":
        return [{"task": scene.key, "value": inner}]
    return [Written(task=scene.key, task_label=None, value=inner)]


def _custom(scene: Scene) -> Items:
    return [{"task": scene.key, "value": custom_value(scene.chance, scene.canvas, pictures=scene.key == "T2")}]


ANSWERS: dict[str, Callable[[Scene], Items]] = {
    "single": answers.single,
    "multiple": answers.multiple,
    "text": answers.text,
    "shortcut": answers.shortcut,
    "slider": answers.slider,
    "crop": answers.crop,
    "highlighter": answers.highlighter,
    "dropdown": answers.dropdown,
    "dropdown-simple": answers.dropdown_simple,
    "survey": answers.survey,
    "combo": _combo,
    "drawing": drawing.drawing,
    "transcription": drawing.transcription,
    "textFromSubject": drawing.text_from_subject,
    "dataVisAnnotation": drawing.data_vis,
    "volumetric": drawing.volumetric,
    "geoDrawing": drawing.geo_drawing,
    "subjectGroupComparison": drawing.group_comparison,
    "custom": _custom,
}


def answer(scene: Scene) -> Items:
    """The annotations of the scene's task: its own, and those of its marks' sub-tasks after it."""
    return ANSWERS[scene.task.type](scene)


def _odd(chance: Chance, items: Items) -> Items:
    """The list with something that real exports hold now and then."""
    strangers: tuple[Json, ...] = (
        {"task": "T77", "value": chance.randint(0, 5)},  # a task of another workflow
        {"task": "T1.0.9", "value": None, "taskType": "single", "markIndex": 0},
        {"task": "T8", "value": chance.likely(0.5)},
        {"task": "T1", "value": [{"value": "0806ccfc6feae", "option": True}], "taskType": "dropdown"},
    )
    form = chance.weighted(("stranger", "error", "twice", "none"), (4, 1, 1, 1))
    if form == "error":
        return [{"error": "task cannot be exported"}, *items[1:]]
    if form == "twice":
        return [items[0], *items]
    return [] if form == "none" else [*items, chance.pick(strangers)]


def annotate(scene: Scene, recipe: str) -> Json:
    """The annotation list of one classification of a workflow made by `recipe`."""
    chance = scene.chance
    keys = [key for key, share in _WAYS[recipe] if chance.likely(share)] or [_WAYS[recipe][0][0]]
    if recipe == "page" and chance.likely(0.3):
        # The button of the shortcut ends the page: its answer follows the question it is attached to.
        keys = ["init", "T9"]
    items = [item for key in keys for item in answer(scene.at(key))]
    return _odd(chance, items) if chance.likely(0.012) else items
