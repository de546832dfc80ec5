"""One row of a workflow export: its tasks, their choices, and their texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from oracle.json_text import text_column
from oracle.node import NOTHING, Node, parse
from oracle.scalars import Notes, UnreadableError, read_bool

from .members import Members, as_text

RESOLVED = (".label", ".question", ".instruction", ".help", ".description")


def _as_required(node: Node) -> tuple[bool | None, bool]:
    """Read a boolean or the text of a boolean."""
    if node.kind == "string":
        try:
            return read_bool(node.value, Notes()), False
        except UnreadableError:
            return None, False
    return (node.value, True) if node.kind == "boolean" else (None, False)


def _objects(node: Node | None) -> Iterator[tuple[int, Node]]:
    """The objects of an array, with their indices."""
    if node is not None:
        yield from ((position, item) for position, item in enumerate(node.items) if item.kind == "object")


@dataclass(frozen=True)
class Version:
    """One version of a workflow; `major` and `minor` may be null."""

    workflow_id: int | None
    major: int | None
    minor: int | None
    tasks: Node
    strings: Node

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Version":
        """Read a row of the table `workflows`."""
        tasks, strings = (parse(row[name]) if row.get(name) else NOTHING for name in ("tasks", "strings"))
        return cls(row.get("workflow_id"), row.get("version"), row.get("minor_version"), tasks, strings)

    def text(self, node: Node | None) -> str | None:
        """A text; it is looked up in `strings` if it has the form of a path."""
        if node is None or node.kind != "string":
            return None
        if not node.value.endswith(RESOLVED):
            return text_column(node.value)
        found = self.strings.member(node.value)
        return text_column(found.value) if found is not None and found.kind == "string" else None

    def label(self, thing: Node) -> str | None:
        """The label of an answer, a tool or an option; a string is its own label."""
        return self.text(thing if thing.kind == "string" else thing.member("label"))

    def keyed_label(self, thing: Node) -> str | None:
        """The label of a choice or question of a survey, or of an answer to one, which have keys and are objects."""
        return self.text(thing.member("label"))

    def task_text(self, task: Node) -> str | None:
        """The question or instruction of a task."""
        question = task.member("question")
        if question is None or question.kind != "string":
            question = task.member("instruction")
        return self.text(question)

    def all_tasks(self) -> Iterator[tuple[str, Node]]:
        """Each task with its key; a drawing task is followed by the sub-tasks of its tools."""
        for key, task in self.tasks.members.items():
            yield text_column(key), task
            for tool_index, tool in _objects(task.member("tools")):
                for detail_index, detail in _objects(tool.member("details")):
                    yield f"{key}.{tool_index}.{detail_index}", detail

    def _identity(self) -> dict[str, Any]:
        return {"workflow_id": self.workflow_id, "version": self.major, "minor_version": self.minor}

    def task_rows(self) -> Iterator[dict[str, Any]]:
        """The rows of `tasks`."""
        for key, task in self.all_tasks():
            members = Members(task)
            yield self._identity() | {
                "task": key,
                "task_type": members.take(as_text, "type"),
                "label": self.task_text(task),
                "help": self.text(task.member("help")),
                "required": members.take(_as_required, "required"),
                "next": members.take(as_text, "next"),
                "definition": task.tokens,
            }

    def choice_rows(self) -> Iterator[dict[str, Any]]:
        """The rows of `choices`."""
        for key, task in self.all_tasks():
            for choice in self._choices(task):
                yield self._identity() | {"task": key} | choice

    def _choices(self, task: Node) -> Iterator[dict[str, Any]]:
        yield from self._listed("answer", task.member("answers"))
        for row, (_, tool) in zip(
            self._listed("tool", task.member("tools")), _listed_things(task.member("tools")), strict=True
        ):
            yield row | {"tool_type": Members(tool).take(as_text, "type")}
        yield from self._keyed("choice", task.member("choices"), None)
        for parent, options in option_lists(task):
            for position, option in _listed_things(options):
                yield {
                    "role": "option",
                    "choice_index": position,
                    "choice_id": option_value(option),
                    "parent": None if parent is None else text_column(parent),
                    "label": self.label(option),
                }
        questions = task.member("questions") or NOTHING
        rows = self._keyed("question", questions, None)
        for row, question in zip(rows, questions.members.values(), strict=True):
            yield row
            yield from self._keyed("question_answer", question.member("answers"), row["choice_id"])

    def _listed(self, role: str, array: Node | None) -> Iterator[dict[str, Any]]:
        for position, thing in _listed_things(array):
            yield {"role": role, "choice_index": position, "label": self.label(thing)}

    def _keyed(self, role: str, things: Node | None, parent: str | None) -> Iterator[dict[str, Any]]:
        for position, (key, thing) in enumerate((things or NOTHING).members.items()):
            identity = {"choice_id": text_column(key), "parent": parent}
            yield {"role": role, "choice_index": position, "label": self.keyed_label(thing)} | identity


def _listed_things(array: Node | None) -> list[tuple[int, Node]]:
    """The choices in an array: its objects and strings, with their indices."""
    items = [] if array is None else array.items
    return [(position, item) for position, item in enumerate(items) if item.kind in {"object", "string"}]


def option_value(option: Node) -> str | None:
    """The value of an option of a dropdown, as text."""
    value = option.member("value")
    if value is None or not value.is_scalar:
        return None
    return value.text if value.kind == "string" else value.tokens


def options_of(select: Node) -> list[Node]:
    """The lists of options of a select: one for each choice of the selects it depends on, or one array."""
    options = select.member("options")
    if options is None:
        return []
    return [options] if options.kind == "array" else list(options.members.values())


def selects_of(task: Node) -> list[Node]:
    """The selects of a dropdown; a simple dropdown of FEM is itself the select."""
    selects = [select for _, select in _objects(task.member("selects"))]
    return [*selects, task] if "options" in task.members else selects


def title_of(select: Node) -> str | None:
    """The title of a select, which is not looked up in `strings`."""
    title = select.member("title")
    return title.value if title is not None and title.kind == "string" else None


def option_lists(task: Node) -> Iterator[tuple[str | None, Node]]:
    """Each list of options, with the title of its select."""
    for select in selects_of(task):
        for options in options_of(select):
            yield title_of(select), options
