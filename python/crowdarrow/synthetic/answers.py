"""Annotations of tasks other than drawing, as each age of the exporter writes them."""

from dataclasses import dataclass, replace

from .chance import Chance
from .encode import Json, Written
from .geometry import Canvas
from .model import Task, Version

Items = list[Json]
UNKNOWN = "unknown answer label"


@dataclass(frozen=True)
class Scene:
    """The input of an annotation: a task of a version, the front end, and the age of the exporter.

    `labels` is `raw` (to 2015-06-23), `appended` (to 2015-08-20), `early` (to 2016-05-19) or `current`.
    """

    chance: Chance
    version: Version
    key: str
    task: Task
    canvas: Canvas
    fem: bool = False
    labels: str = "current"
    long_paths: bool = False

    def at(self, key: str) -> "Scene":
        """The same scene for another task of the version."""
        return replace(self, key=key, task=self.version.tasks[key])


def answered(scene: Scene, *, raw: Json, labelled: Json) -> dict[str, Json]:
    """The annotation of a task type for which the exporter adds labels, in the form of its age."""
    if scene.labels == "raw":
        return {"task": scene.key, "value": raw}
    if scene.labels == "appended":
        return Written(task=scene.key, value=raw, task_label=scene.task.text)
    if scene.labels == "early":
        return Written(task=scene.key, value=labelled, task_label=scene.task.text)
    return Written(task=scene.key, task_label=scene.task.text, value=labelled)


def untouched(scene: Scene, value: Json, **more: Json) -> dict[str, Json]:
    """The annotation of a task type that the exporter does not change."""
    made: dict[str, Json] = {"task": scene.key, "value": value, **more}
    return made | {"taskType": scene.task.type} if scene.fem else made


def single(scene: Scene) -> Items:
    """A question with one answer, which may be skipped, unresolvable or (a fault of the exporter) unlabelled."""
    chance, answers = scene.chance, scene.task.answers
    if chance.likely(0.03):
        return [answered(scene, raw=None, labelled=None)]
    index = int(len(answers) * chance.random() ** 1.6)
    if chance.likely(0.004):
        return [answered(scene, raw=False, labelled=UNKNOWN)]
    if chance.likely(0.004):
        return [answered(scene, raw=index, labelled=index)]
    return [answered(scene, raw=index, labelled=answers[index])]


def multiple(scene: Scene) -> Items:
    """A question with any number of answers, in the order in which they were chosen."""
    chance, answers = scene.chance, scene.task.answers
    chosen: list[Json] = list(
        chance.sample(range(len(answers)), chance.weighted((0, 1, 2, 3), (3, 5, 2, 1)) % (len(answers) + 1))
    )
    named: list[Json] = [answers[index] for index in chosen if isinstance(index, int)]
    if named and chance.likely(0.01):
        named[-1] = chance.pick((UNKNOWN, None))
    return [answered(scene, raw=chosen, labelled=named)]


def text(scene: Scene) -> Items:
    """A text; the default is the empty string."""
    chance = scene.chance
    value = "" if chance.likely(0.15) else transcribed(chance, 3, 14)
    if scene.labels == "raw":
        return [{"task": scene.key, "value": value}]
    return [Written(task=scene.key, value=value, task_label=scene.task.text)]


def transcribed(chance: Chance, least: int, most: int) -> str:
    """Text typed by a volunteer: words, sometimes with a tag, a line break, a quote or pasted HTML."""
    words = chance.words(least, most)
    form = chance.weighted(("plain", "unclear", "deletion", "lines", "quote", "pasted"), (75, 5, 5, 5, 5, 5))
    if form == "unclear":
        return words + " [unclear]" + chance.words(1, 2) + "[/unclear]"
    if form == "deletion":
        return f"[deletion]{words}[/deletion] £{chance.randint(1, 90)}.10.6"
    if form == "lines":
        return words + "\n" + chance.words(1, 4)
    if form == "quote":
        return f'"{words}", he said\t& left'
    if form == "pasted":
        return f"{chance.person()}, {words} <{chance.pick(('i', 'b'))}>"
    return words


def shortcut(scene: Scene) -> Items:
    """A button that answers all other questions of its step."""
    chosen = scene.chance.randint(0, len(scene.task.answers) - 1)
    return [answered(scene, raw=[chosen], labelled=[scene.task.answers[chosen]])]


def slider(scene: Scene) -> Items:
    """A slider, whose value is a string, or a number from some clients."""
    at = scene.chance.randint(0, 20) / 2
    return [untouched(scene, scene.chance.weighted((f"{at:g}", at, int(at), None), (6, 2, 1, 0.2)))]


def crop(scene: Scene) -> Items:
    """One rectangle, or null."""
    chance, canvas = scene.chance, scene.canvas
    if chance.likely(0.15):
        return [untouched(scene, None)]
    box = {
        "x": chance.coordinate(canvas.width),
        "y": chance.coordinate(canvas.height),
        "width": chance.randint(9, 300),
        "height": chance.randint(9, 200),
    }
    return [untouched(scene, box)]


def highlighter(scene: Scene) -> Items:
    """Spans of a text. `end` is inclusive in PFE and exclusive in FEM."""
    chance, at = scene.chance, 0
    marks: list[Json] = []
    for _ in range(chance.randint(0, 4)):
        words = chance.words(1, 4) + ("\n" if chance.likely(0.1) else "")
        start = at + chance.randint(2, 60)
        at = start + len(words)
        label = chance.pick(scene.task.answers)
        end = at if scene.fem else at - 1
        marks.append(
            {"end": end, "text": words, "start": start, "labelInformation": {"color": "#00FF7F", "label": label}}
        )
    return [untouched(scene, marks)]


def raw_select(chance: Chance, task: Task) -> list[Json]:
    """The answers of a dropdown as PFE sends them; null for each select without an answer."""
    made: list[Json] = []
    for select in task.selects:
        if chance.likely(0.15):
            made.append(None)
        elif select.allow_create and chance.likely(0.2):
            made.append({"value": chance.words(1, 3), "option": False})
        else:
            made.append({"value": chance.pick(select.options)[0], "option": True})
    return made


def _selected(chance: Chance, task: Task) -> list[Json]:
    made: list[Json] = []
    for select, answer in zip(task.selects, raw_select(chance, task), strict=True):
        item = Written(select_label=select.title)
        if isinstance(answer, dict):
            lost = not select.allow_create and chance.likely(0.05)
            if not lost:
                item |= {"option": answer["option"], "value": answer["value"]}
            if not lost and answer["option"]:
                item["label"] = dict(select.options)[answer["value"]]
        elif chance.likely(0.5):
            item |= {"option": False, "value": None}
        made.append(Written(item))
    return made


def dropdown(scene: Scene) -> Items:
    """A dropdown: one item per select in PFE, one object in FEM, in the form of two ages."""
    chance = scene.chance
    if not scene.fem:
        if scene.labels != "current":
            return [{"task": scene.key, "value": raw_select(chance, scene.task)}]
        return [Written(task=scene.key, value=_selected(chance, scene.task))]
    select = scene.task.selects[0]
    value = Written(select_label=select.title)
    form = chance.weighted(("current", "2021", "typed", "none"), (5, 4, 2, 1))
    index = chance.randint(0, len(select.options) - 1)
    code, label = select.options[index]
    if form == "current":
        value |= {"option": True, "option_index": index, "value": code, "label": label}
    elif form == "2021":
        value |= {"option": True, "value": index, "label": label}
    elif form == "typed":
        value |= {"option": False, "value": transcribed(chance, 1, 3)}
    return [Written(task=scene.key, task_type="dropdown-simple", value=Written(value))]


def raw_simple(chance: Chance, task: Task) -> Json:
    """The answer of a simple dropdown as FEM sends it."""
    if chance.likely(0.1):
        return None
    if chance.likely(0.15):
        return {"selection": chance.words(1, 2), "option": False}
    return {"selection": chance.randint(0, len(task.answers) - 1), "option": True}


def dropdown_simple(scene: Scene) -> Items:
    """A simple dropdown that is one in the workflow too, so that the exporter does not change it."""
    return [untouched(scene, raw_simple(scene.chance, scene.task))]


def survey(scene: Scene) -> Items:
    """Identifications: a list, or in early 2016 one object, with the task type as the task key."""
    chance, task = scene.chance, scene.task
    made: list[Json] = []
    for _ in range(chance.weighted((1, 2, 3, 0), (80, 12, 3, 5))):
        choice = chance.pick(task.choices)[0]
        answered_traits: dict[str, Json] = {}
        if not choice.startswith(("NTHNG", "NOTHING")):
            for trait in task.traits:
                given = [key for key, _ in trait.answers]
                if chance.likely(0.85):
                    answered_traits[trait.id] = chance.some(given[:4], 0) if trait.multiple else chance.pick(given)
        made.append(
            {"choice": choice, "answers": answered_traits, "filters": {"CLR": "RD"} if chance.likely(0.1) else {}}
        )
    if scene.key == "survey":
        return [{"task": "survey", "value": made[0] if made else {"answers": {}, "filters": {}, "choice": "NTHNGHR"}}]
    return [untouched(scene, made)]


_WORD_XML = (
    "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View><w:Zoom>0</w:Zoom>"
    "</w:WordDocument></xml><![endif]-->"
)


def _spelt(chance: Chance, value: float) -> Json:
    """The number, or sometimes its text."""
    return f"{value:.2f}" if chance.likely(0.2) else value


def _point(chance: Chance, canvas: Canvas) -> dict[str, Json]:
    return {"x": _spelt(chance, chance.coordinate(canvas.width)), "y": _spelt(chance, chance.coordinate(canvas.height))}


def _abbreviated(chance: Chance) -> str:
    words = chance.words(2, 9)
    if chance.likely(0.08):
        return _WORD_XML + words
    if chance.likely(0.25):
        short = chance.pick(("th", "ye", "mr"))
        return f"<brev-y>{short}</brev-y>{words} <unclear>{chance.words(1, 1)}</unclear>"
    return words


def _line(chance: Chance, canvas: Canvas) -> Json:
    made: dict[str, Json] = {
        "text": _abbreviated(chance),
        "type": "text",
        "complete": chance.likely(0.9),
        "startPoint": _point(chance, canvas),
        "endPoint": _point(chance, canvas),
    }
    return made | {"variants": [chance.words(1, 1)]} if chance.likely(0.3) else made


def _graphic(chance: Chance, canvas: Canvas) -> Json:
    tag = f"<graphic>{chance.pick(('seal', 'drawing', 'catchword', 'column'))}</graphic>"
    return _point(chance, canvas) | {
        "tag": tag,
        "type": "graphic",
        "width": _spelt(chance, chance.randint(5, 90)),
        "height": chance.randint(5, 90),
    }


def _manuscript(chance: Chance, canvas: Canvas) -> Json:
    points = [_point(chance, canvas) for _ in range(chance.randint(2, 6))]
    return {"frame": 0, "points": points, "details": [{"value": chance.words(2, 9)}]}


def custom_value(chance: Chance, canvas: Canvas, *, pictures: bool) -> Json:
    """The value of one annotation: `false`, an empty list, or a list of lines, graphics or polygons."""
    if chance.likely(0.04):
        return False
    if pictures:
        return [_graphic(chance, canvas) for _ in range(chance.randint(0, 3))]
    make = _manuscript if chance.likely(0.2) else _line
    return [make(chance, canvas) for _ in range(chance.randint(1, 11))]
