"""Tasks, tools and choices of a workflow, and their JSON in the columns `tasks` and `strings`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .encode import Json

_EXTRACTED = frozenset({"instruction", "label", "question", "help", "description", "confusions"})


@dataclass(frozen=True)
class Select:
    """One list of a dropdown task; `options` are (value, label)."""

    id: str
    title: str
    options: tuple[tuple[str | int, str], ...]
    allow_create: bool = False


@dataclass(frozen=True)
class Tool:
    """One drawing tool, with the sub-tasks of its marks."""

    type: str
    label: str
    colour: str
    details: tuple["Task", ...] = ()


@dataclass(frozen=True)
class Trait:
    """One question of a survey about each identification; `answers` are (id, label)."""

    id: str
    label: str
    answers: tuple[tuple[str, str], ...]
    multiple: bool = False


@dataclass(frozen=True)
class Task:
    """One task. `type` is its type in the workflow; members that the type does not use are empty."""

    type: str
    text: str = ""
    answers: tuple[str, ...] = ()
    tools: tuple[Tool, ...] = ()
    selects: tuple[Select, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    traits: tuple[Trait, ...] = ()
    members: tuple[str, ...] = ()
    help: str | None = None
    next: str | None = None
    required: bool | str | None = None
    unlinked: str | None = None
    feedback: bool = False


@dataclass(frozen=True)
class Version:
    """One version of a workflow. `exported` is false if the workflow export has no row for it."""

    major: int
    minor: int
    tasks: Mapping[str, Task]
    exported: bool = True

    @property
    def text(self) -> str:
        """`major.minor`, as the classification export has it."""
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True)
class Workflow:
    """One workflow with all its versions, oldest first."""

    id: int
    name: str
    recipe: str
    subjects: str
    versions: tuple[Version, ...]
    first_task: str = "T0"
    group: int = 1
    active: bool = True
    language: str | None = "en"
    retirement: Json = field(default=None)

    def resolve(self, major: int, minor: int) -> Version:
        """The version whose labels the exporter uses: the first with both numbers at least as great, or the newest."""
        stored = [version for version in self.versions if version.exported]
        for version in stored:
            if version.major >= major and version.minor >= minor:
                return version
        return stored[-1]


@dataclass(frozen=True)
class Counts:
    """The number of classifications of a workflow, and of their subjects."""

    records: int = 0
    subjects: int = 0


def _answers(task: Task) -> list[Json]:
    first: dict[str, Json] = {"next": task.next} if task.next else {}
    return [{**(first if index == 0 else {}), "label": label} for index, label in enumerate(task.answers)]


def _survey(task: Task) -> dict[str, Json]:
    likes = {task.choices[1][0]: "The two are often taken for each other."} if len(task.choices) > 1 else {}
    return {
        "images": {
            f"{key}1.jpg": f"https://panoptes-uploads.zooniverse.org/production/workflow_attached_image/{key}.jpeg"
            for key, _ in task.choices
        },
        "choices": {
            key: {
                "label": label,
                "images": [f"{key}1.jpg"],
                "confusions": likes if index == 0 else {},
                "noQuestions": "Nothing" in label,
                "description": f"{label}: see the Field Guide.",
                "characteristics": {"CLR": ["RD"] if index % 2 else []},
            }
            for index, (key, label) in enumerate(task.choices)
        },
        "choicesOrder": [key for key, _ in task.choices],
        "questions": {
            trait.id: {
                "label": trait.label,
                "multiple": trait.multiple,
                "required": not trait.multiple,
                "answersOrder": [key for key, _ in trait.answers],
                "answers": {key: {"label": label} for key, label in trait.answers},
            }
            for trait in task.traits
        },
        "questionsOrder": [trait.id for trait in task.traits],
        "questionsMap": {},
        "characteristics": {
            "CLR": {"label": "Colour", "values": {"RD": {"label": "Red", "image": "red.png"}}, "valuesOrder": ["RD"]}
        },
        "characteristicsOrder": ["CLR"],
        "inclusions": [],
        "exclusions": [],
        "alwaysShowThumbnails": False,
    }


def _own_members(task: Task) -> dict[str, Json]:
    """The members that depend on the task's type."""
    own: dict[str, Json] = {"instruction": task.text}
    if task.type in {"single", "multiple", "shortcut"}:
        return {"question": task.text, "answers": _answers(task)}
    if task.type == "survey":
        return _survey(task)
    if task.type == "combo":
        return {"tasks": list(task.members), "loosen_requirements": True}
    if task.type == "slider":
        own |= {"min": "0", "max": "10", "step": "0.5", "defaultValue": "5"}
    elif task.type == "highlighter":
        own["highlighterLabels"] = [
            {"id": index, "color": "#00FF7F", "label": label} for index, label in enumerate(task.answers)
        ]
    elif task.type == "dropdown-simple":
        own["options"] = list(task.answers)
    return own


def definition(task: Task) -> dict[str, Json]:
    """The JSON object of the task, with its texts."""
    made: dict[str, Json] = {"type": task.type}
    if task.help is not None:
        made["help"] = task.help
    if task.required is not None:
        made["required"] = task.required
    if task.unlinked:
        made["unlinkedTask"] = task.unlinked
    if task.feedback:
        made["feedback"] = {
            "enabled": True,
            "rules": [{"id": "1", "strategy": "singleAnswerQuestion", "defaultFailureMessage": "Not quite."}],
        }
    made |= _own_members(task)
    if task.tools:
        made["tools"] = [
            {
                "type": tool.type,
                "color": tool.colour,
                "label": tool.label,
                "details": [definition(detail) for detail in tool.details],
            }
            for tool in task.tools
        ]
    if task.selects:
        made["selects"] = [
            {
                "id": select.id,
                "title": select.title,
                "required": False,
                "allowCreate": select.allow_create,
                "options": {"*": [{"value": value, "label": label} for value, label in select.options]},
            }
            for select in task.selects
        ]
    if task.next and task.type not in {"single", "shortcut"}:
        made["next"] = task.next
    return made


def _extract(node: Json, path: str, strings: dict[str, Json]) -> Json:
    if isinstance(node, str):
        return node
    if isinstance(node, Mapping):
        made: dict[str, Json] = {}
        for key, member in node.items():
            at = f"{path}.{key}" if path else key
            if key in _EXTRACTED:
                strings[at] = member
                made[key] = at
            elif key in {"highlighterLabels", "feedback"}:
                made[key] = member
            else:
                made[key] = _extract(member, at, strings)
        return made
    if isinstance(node, Sequence):
        return [_extract(item, f"{path}.{index}", strings) for index, item in enumerate(node)]
    return node


def tasks_and_strings(version: Version) -> tuple[dict[str, Json], dict[str, Json]]:
    """The two JSON objects of a version: tasks with paths in place of texts, and the texts by path."""
    strings: dict[str, Json] = {}
    tasks = {key: _extract(definition(task), key, strings) for key, task in version.tasks.items()}
    return tasks, strings
