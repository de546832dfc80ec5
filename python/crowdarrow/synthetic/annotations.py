"""The annotation list of a classification, with drawings, transcriptions and their sub-tasks."""

from collections.abc import Callable
from functools import lru_cache

from . import answers
from .answers import Items, Scene, answered, custom_value, raw_select, raw_simple, transcribed, untouched
from .chance import Chance
from .encode import CELL, Json, Maker, Written, dumps, key_order, verbatim
from .geometry import FEM, PFE, long_path
from .model import Task, Tool


def _detail(chance: Chance, task: Task) -> Json:
    """The answer to a sub-task of a mark, which never has labels."""
    count = len(task.answers)
    if task.type == "single":
        return None if chance.likely(0.1) else chance.randint(0, count - 1)
    if task.type == "multiple":
        return list(chance.some(range(count)))
    if task.type == "slider":
        return f"{chance.randint(0, 20) / 2:g}"
    if task.type == "dropdown":
        return raw_select(chance, task)
    if task.type == "dropdown-simple":
        return raw_simple(chance, task)
    return "" if chance.likely(0.1) else transcribed(chance, 1, 6)


def _labelled(scene: Scene, mark: dict[str, Json], label: str | None) -> Json:
    """The mark as exported: its members in jsonb order, then the exporter's `tool_label`."""
    if scene.labels == "raw":
        return mark
    ordered = {key: mark[key] for key in sorted(mark, key=key_order)}
    return Written({**ordered, "tool_label": label})


def _pfe_mark(scene: Scene, index: int, tool: Tool) -> Json:
    chance = scene.chance
    mark = (
        long_path(chance, scene.canvas, tool.type, fem=False)
        if scene.long_paths
        else PFE[tool.type](chance, scene.canvas)
    )
    if chance.likely(0.01):
        return _labelled(scene, mark, None)  # a faulty release saved marks without tool, frame and details
    details: list[Json] = [{"value": _detail(chance, detail)} for detail in tool.details]
    mark |= {"tool": index, "frame": chance.randint(0, scene.canvas.frames - 1)}
    if not chance.likely(0.01):
        mark["details"] = details
    return _labelled(scene, mark, tool.label)


def _pfe_drawing(scene: Scene, count: int) -> Items:
    tools, chance = scene.task.tools, scene.chance
    marks: list[Json] = []
    for _ in range(count):
        index = chance.randint(0, len(tools) - 1)
        marks.append(_pfe_mark(scene, index, tools[index]))
    if marks and chance.likely(0.01):
        marks = [mark for mark in marks for _ in range(2)]  # some touch screens doubled every mark
    return [answered(scene, raw=marks, labelled=marks)]


def _fem_marks(scene: Scene, count: int) -> tuple[list[dict[str, Json]], Items]:
    """The marks, and the sibling annotations with the answers to their sub-tasks."""
    tools, chance = scene.task.tools, scene.chance
    marks: list[dict[str, Json]] = []
    siblings: Items = []
    for mark_index in range(count):
        index = chance.randint(0, len(tools) - 1)
        tool = tools[index]
        mark = (
            long_path(chance, scene.canvas, tool.type, fem=True)
            if scene.long_paths
            else FEM[tool.type](chance, scene.canvas)
        )
        mark |= {"frame": chance.randint(0, scene.canvas.frames - 1), "toolType": tool.type}
        mark["tool_index" if chance.likely(0.004) else "toolIndex"] = index
        details: list[Json] = []
        for order, detail in enumerate(tool.details):
            key = f"{scene.key}.{index}.{order}"
            # Some sub-tasks in `details` have no answer, and some answers are not in `details`.
            if not chance.likely(0.01):
                details.append({"task": key})
            if not chance.likely(0.02):
                siblings.append(
                    {"task": key, "value": _detail(chance, detail), "taskType": detail.type, "markIndex": mark_index}
                )
        mark["details"] = details
        if "rx" in mark and chance.likely(0.02):
            mark["angle"] = None
        marks.append(mark)
    return marks, siblings


def drawing(scene: Scene) -> Items:
    """A drawing task. The tool labels of FEM were null until June 2026."""
    chance = scene.chance
    count = chance.weighted((1, 2, 3, 4, 6, 0), (6, 6, 4, 3, 1, 1))
    if scene.long_paths:
        count = chance.weighted((1, 2, 3), (8, 3, 1))
    if not scene.fem:
        return _pfe_drawing(scene, count)
    marks, siblings = _fem_marks(scene, count)
    filled = chance.likely(0.4)
    made: list[Json] = []
    for mark in marks:
        index = mark.get("toolIndex", mark.get("tool_index"))
        label = scene.task.tools[index].label if filled and isinstance(index, int) else None
        made.append(_labelled(scene, mark, label))
    return [answered(scene, raw=made, labelled=made), *siblings]


def transcription(scene: Scene) -> Items:
    """Underlined lines, each with its text in a sibling annotation. Some lines run from right to left."""
    chance, canvas = scene.chance, scene.canvas
    lines: Items = []
    texts: Items = []
    top = chance.uniform(40, 120)
    for mark_index in range(chance.weighted((1, 2, 4, 6, 9, 14), (2, 3, 4, 4, 3, 1))):
        left, right = chance.uniform(20, canvas.width * 0.2), chance.uniform(canvas.width * 0.6, canvas.width)
        top += chance.uniform(20, 48)
        if chance.likely(0.04):
            left, right = right, left
        key = f"{scene.key}.0.0"
        lines.append(
            {
                "x1": left,
                "x2": right,
                "y1": top,
                "y2": top + chance.uniform(-4, 4),
                "frame": 0,
                "details": [{"task": key}],
                "toolType": "transcriptionLine",
                "toolIndex": 0,
            }
        )
        if not chance.likely(0.02):
            texts.append(
                {"task": key, "value": transcribed(chance, 4, 12), "taskType": "text", "markIndex": mark_index}
            )
    return [untouched(scene, lines), *texts]


@lru_cache(maxsize=1)
def _lines() -> list[bytes]:
    chance = Chance.of("lines of pages")
    return [dumps(chance.words(5, 11))[1:-1].replace('"', '""').encode() for _ in range(1024)]


def text_from_subject(scene: Scene) -> Items:
    """The corrected text of a page."""
    count, lines = scene.chance.randint(6, 24), _lines()
    return [untouched(scene, scene.canvas.slot_for(lambda chance: rb"\n".join(chance.choices(lines, k=count))))]


def data_vis(scene: Scene) -> Items:
    """Ranges on a graph, with `tool` instead of `toolIndex`, and without frame and details."""
    chance = scene.chance
    ranges: list[Json] = [
        {
            "x": chance.rounded(27),
            "tool": 0,
            "width": chance.rounded(2),
            "toolType": "graph2dRangeX",
            "zoomLevelOnCreation": chance.randint(0, 4),
        }
        for _ in range(chance.randint(0, 5))
    ]
    return [untouched(scene, ranges)]


def _voxels(chance: Chance, count: int) -> Maker:
    """Returns a maker of voxels in a plane whose position differs each time."""
    x, y = chance.randint(0, 255), chance.randint(0, 255)
    made = (b'{""x"":%d,""y"":%d,""z"":Z}' % (x + step % 16, y + step // 16) for step in range(count))
    plane = b"[" + b",".join(made) + b"]"
    return lambda chance: plane.replace(b"Z", b"%d" % (chance.random() * 256))


def volumetric(scene: Scene) -> Items:
    """Hundreds to thousands of voxels in nested arrays."""
    chance = scene.chance

    def voxels(count: int) -> Json:
        return verbatim(scene.canvas.slot_for(_voxels(chance, count)))

    parts: list[Json] = []
    for number in range(1, chance.randint(1, 3) + 1):
        points: dict[str, Json] = {
            "active": voxels(chance.randint(1, 9)),
            "connected": [voxels(chance.randint(5, 160)) for _ in range(chance.randint(1, 3))],
        }
        parts.append({"label": f"Annotation #{number}", "points": points, "threshold": chance.randint(5, 40)})
    return [untouched(scene, parts)]


def geo_drawing(scene: Scene) -> Items:
    """A GeoJSON collection in map units, or null."""
    chance = scene.chance
    if chance.likely(0.15):
        return [untouched(scene, None)]

    def position() -> list[Json]:
        return [round(chance.uniform(-9.2e6, -9.1e6), 2), round(chance.uniform(4.1e6, 4.3e6), 2)]

    features: list[Json] = []
    for _ in range(chance.randint(0, 4)):
        drawn = chance.likely(0.3)
        where = [position() for _ in range(chance.randint(2, 6))] if drawn else position()
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "LineString" if drawn else "Point", "coordinates": where},
                "properties": None if chance.likely(0.1) else {"uncertainty_radius": chance.randint(1, 40) * 100},
            }
        )
    return [untouched(scene, {"type": "FeatureCollection", "features": features})]


def group_comparison(scene: Scene) -> Items:
    """Cells chosen from a grid of subjects, some with sub-tasks. The subject ids are slots."""
    chance = scene.chance
    later = chance.likely(0.5)
    cells: list[Json] = []
    siblings: Items = []
    for cell_index, cell in enumerate(sorted(chance.some(range(9), 1))):
        made: dict[str, Json] = {"index": cell, "subject": chr(CELL + cell)}
        if later:
            key = f"{scene.key}.cell.{cell}.subtask.0"
            made["details"] = [{"task": key}]
            siblings.append(
                {"task": key, "value": transcribed(chance, 1, 5), "taskType": "text", "cellIndex": cell_index}
            )
        cells.append(made)
    return [untouched(scene, cells), *siblings]


# For each recipe, the tasks in order, and the probability that a volunteer answers each.
_TASK_ORDER: dict[str, tuple[tuple[str, float], ...]] = {
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
    """Several tasks of one page, each formatted as outside a combo. A few are malformed, as in real exports."""
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
    "drawing": drawing,
    "transcription": transcription,
    "textFromSubject": text_from_subject,
    "dataVisAnnotation": data_vis,
    "volumetric": volumetric,
    "geoDrawing": geo_drawing,
    "subjectGroupComparison": group_comparison,
    "custom": _custom,
}


def answer(scene: Scene) -> Items:
    """The annotation of the scene's task, followed by those of its marks' sub-tasks."""
    return ANSWERS[scene.task.type](scene)


def _irregular(chance: Chance, items: Items) -> Items:
    """The list with an irregularity that occurs in real exports."""
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
    """The annotation list of one classification of a recipe's workflow."""
    chance = scene.chance
    keys = [key for key, share in _TASK_ORDER[recipe] if chance.likely(share)] or [_TASK_ORDER[recipe][0][0]]
    if recipe == "page" and chance.likely(0.3):
        # A shortcut ends the page: its answer follows that of its question.
        keys = ["init", "T9"]
    items = [item for key in keys for item in answer(scene.at(key))]
    return _irregular(chance, items) if chance.likely(0.012) else items
