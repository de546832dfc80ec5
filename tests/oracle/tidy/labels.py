"""Labels of the rows of a classification, from the version of its workflow.

See docs/contract.md, section 2.4.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from oracle.node import NOTHING, Node

from .items import Item, subtask_key
from .members import Members, as_int32, as_text
from .workflows import Version, option_value, options_of, selects_of, title_of


class Tool(NamedTuple):
    """A tool of a drawing task; all its values are null if the task has no such tool."""

    type: str | None
    label: str | None
    node: Node

    def detail(self, position: int) -> Node | None:
        """The definition of a sub-task."""
        details = self.node.member("details")
        if details is None or not 0 <= position < len(details.items):
            return None
        return details.items[position]


NO_TOOL = Tool(None, None, NOTHING)


class Labels:
    """The labels of one version of a workflow; `exact` is whether the row has this version."""

    def __init__(self, version: Version, *, exact: bool) -> None:
        """Set the version."""
        self.version = version
        self.exact = exact

    def _task(self, key: str | None) -> Node:
        return (self.version.tasks.member(key) if key is not None else None) or NOTHING

    def tool(self, task: str | None, index: int | None, label: str | None) -> Tool:
        """The tool with this label: of several the one at the index, or else the first. Without a label: by index."""
        tools_node = self._task(task).member("tools")
        tools = [] if tools_node is None else tools_node.items
        if label is None:
            fitting = [] if index is None else [index]
        else:
            fitting = [position for position, tool in enumerate(tools) if self.version.label(tool) == label]
        position = index if index in fitting else next(iter(fitting), None)
        if position is None or not 0 <= position < len(tools):
            return NO_TOOL
        tool = tools[position]
        return Tool(Members(tool).take(as_text, "type"), self.version.label(tool), tool)

    def definition(self, item: Item, tool_label: str | None) -> Node:
        """The task of an item; `tool_label` is the label of the mark that a sub-task belongs to."""
        if item.task is not None and item.task in self.version.tasks.members:
            return self._task(item.task)
        key = subtask_key(item.task)
        if key is None:
            return NOTHING
        task, tool_index, detail_index = key
        return self.tool(task, tool_index, tool_label).detail(detail_index) or NOTHING

    def _definition_of(self, item: Item) -> Node:
        mark = item.mark
        return self.definition(item, None if mark is None else tool_label_of(mark))

    def task_label(self, item: Item) -> str | None:
        """The question or instruction of the task of an item."""
        return self.version.task_text(self._definition_of(item))

    def label_of_task(self, key: str | None) -> str | None:
        """The question or instruction of a task."""
        return self.version.task_text(self._task(key))

    def task_type(self, item: Item) -> str | None:
        """The type of the task of an item."""
        return Members(self._definition_of(item)).take(as_text, "type")

    def choice_label(self, task: str | None, choice: str | None) -> str | None:
        """The label of a choice of a survey."""
        return self._keyed_label(self._task(task).member("choices"), choice)

    def question(self, task: str | None, question: str) -> Node:
        """A question of a survey."""
        return (self._task(task).member("questions") or NOTHING).member(question) or NOTHING

    def _keyed_label(self, things: Node | None, key: str | None) -> str | None:
        thing = (things or NOTHING).member(key) if key is not None else None
        return None if thing is None else self.version.keyed_label(thing)

    def fill_survey(self, row: dict[str, Any]) -> None:
        """Set the labels of an answer in a survey."""
        question = self.question(row["task"], row["question"])
        row["question_label"] = self.version.keyed_label(question)
        row["label"] = self._keyed_label(question.member("answers"), row["answer"])

    def fill_subtask(self, row: dict[str, Any], form: str, node: Node, definition: Node) -> None:
        """Set the labels of an answer to a sub-task."""
        row["question_label"] = self.version.task_text(definition)
        if form != "plain":
            self.fill_dropdown(row, form, definition)
            return
        answers = definition.member("answers")
        position = as_int32(node)[0]
        if answers is not None and position is not None and 0 <= position < len(answers.items):
            row["choice_index"] = position
            row["label"] = self.version.label(answers.items[position])

    def fill_dropdown(self, row: dict[str, Any], form: str, definition: Node) -> None:
        """Set index and label of the option of a dropdown, found by index if that is known, or else by value."""
        select = _select(selects_of(definition), row["answer_index"], row.get("question"))
        lists = [] if select is None else options_of(select)
        if row.get("choice_index") is not None:
            position = row["choice_index"]
            options = lists[0].items if lists else []
            option = options[position] if 0 <= position < len(options) else None
        elif form == "value" and row.get("answer") is not None and row.get("is_option") is not False:
            found = [
                (position, option)
                for options_list in lists
                for position, option in enumerate(options_list.items)
                if option_value(option) == row["answer"]
            ]
            row["choice_index"], option = found[0] if found else (None, None)
        else:
            option = None
        if option is not None and row.get("label") is None:
            row["label"] = self.version.label(option)


def _select(selects: list[Node], position: int, title: str | None) -> Node | None:
    """The select at the index of the item if it has that title or the item has none, or else the first with it."""
    if position < len(selects) and title in {None, title_of(selects[position])}:
        return selects[position]
    return next((select for select in selects if title is not None and title_of(select) == title), None)


class WorkflowExport:
    """The versions of a workflow export, in the order of the file."""

    def __init__(self, versions: Iterable[Version], *, has_minor: bool = True) -> None:
        """Group the versions by workflow; without minor versions in the export, majors alone are compared."""
        self._has_minor = has_minor
        self._versions: dict[int | None, list[Version]] = {}
        for version in versions:
            self._versions.setdefault(version.workflow_id, []).append(version)

    def labels_for(self, workflow_id: int | None, major: int | None, minor: int | None) -> Labels | None:
        """The labels of a classification; None if its workflow is not in the export."""
        versions = self._versions.get(workflow_id, []) if workflow_id is not None else []
        if not versions:
            return None
        if not self._has_minor:
            return _by_major(versions, major)
        for version in versions:
            if None not in {major, minor} and (version.major, version.minor) == (major, minor):
                return Labels(version, exact=True)
        if major is not None:
            for version in versions:
                if _number(version.major) >= major and (version.minor or 0) >= (minor or 0):
                    return Labels(version, exact=False)
        return Labels(max(versions, key=lambda one: (_number(one.major), one.minor or 0)), exact=False)


def _by_major(versions: list[Version], major: int | None) -> Labels:
    """The labels where the export has no minor versions (docs/contract.md, section 5 on 2.4)."""
    if major is not None:
        for version in versions:
            if version.major == major:
                return Labels(version, exact=True)
        for version in versions:
            if _number(version.major) > major:
                return Labels(version, exact=False)
    return Labels(max(versions, key=lambda one: _number(one.major)), exact=False)


def _number(major: int | None) -> int:
    """The key that orders versions: one without a number is smaller than all others."""
    return -1 if major is None else major


def task_label_of(item: Item, labels: Labels | None) -> str | None:
    """The column `task_label` of an item."""
    return labels.task_label(item) if item.task_label is None and labels is not None else item.task_label


def tool_label_of(mark: Node) -> str | None:
    """`tool_label`, or a highlighter's `labelInformation.label`."""
    label = Members(mark).take(as_text, "tool_label")
    information = mark.member("labelInformation")
    if label is None and information is not None and information.kind == "object":
        label = Members(information).take(as_text, "label")
    return label
