"""The labels of one combination of key columns, in one version of a workflow (see `transforms`)."""

import re
from typing import Any

from crowdarrow.exports.zooniverse.labels.versions import Workflow, item, items, member, option_lists, text

_SUBTASK_KEY = re.compile(r"(.+)\.([0-9]{1,9})\.([0-9]{1,9})", re.DOTALL)
"""The key of a subtask: those of its drawing task, its tool and its detail."""


def _tool(workflow: Workflow, task: str | None, index: int | None, label: str | None) -> Any:
    """The tool at `index`. A mark with a tool label takes a tool with it: the one at `index`, else the first."""
    tools = items(member(workflow.task(task), "tools"))
    at_index = item(tools, index)
    if label is None or (at_index is not None and workflow.label(at_index) == label):
        return at_index
    return next((tool for tool in tools if workflow.label(tool) == label), None)


def _subtask(
    workflow: Workflow,
    key: str | None,
    task: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
) -> Any:
    """The definition of a subtask: the task with its key, or the detail of its drawing tool."""
    if key is not None and key in workflow.tasks:
        return workflow.tasks[key]
    return item(member(_tool(workflow, task, tool_index, tool_label), "details"), detail_index)


def annotation(
    workflow: Workflow,
    task: str | None,
    drawing: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
) -> tuple[str | None, str | None]:
    """`task_label` and `task_type`; the last four arguments identify the task of a subtask."""
    definition = _subtask(workflow, task, drawing, tool_label, tool_index, detail_index)
    return workflow.question(definition), text(member(definition, "type"))


def mark(
    workflow: Workflow, task: str | None, tool_index: int | None, tool_label: str | None
) -> tuple[str | None, str | None, str | None]:
    """`tool_label`, `tool_type` and `task_label`."""
    tool = _tool(workflow, task, tool_index, tool_label)
    return workflow.label(tool), text(member(tool, "type")), workflow.question(workflow.task(task))


def task_label(workflow: Workflow, task: str | None) -> tuple[str | None]:
    """`task_label`. An annotation of a subtask that belongs to no mark has the subtask's key as its task."""
    key = None if task in workflow.tasks else _SUBTASK_KEY.fullmatch(task or "")
    if key is None:
        return (workflow.question(workflow.task(task)),)
    return (workflow.question(_subtask(workflow, task, key[1], None, int(key[2]), int(key[3]))),)


def identification(workflow: Workflow, task: str | None, choice: str | None) -> tuple[str | None, str | None]:
    """`choice_label` and `task_label`."""
    definition = workflow.task(task)
    return workflow.label(member(member(definition, "choices"), choice)), workflow.question(definition)


AnswerLabels = tuple[str | None, str | None, int | None]
"""`question_label`, `label` and `choice_index`."""


def survey(workflow: Workflow, task: str | None, question: str | None, answer: str | None) -> AnswerLabels:
    """The labels of an answer to a survey's question."""
    definition = member(member(workflow.task(task), "questions"), question)
    return workflow.label(definition), workflow.label(member(member(definition, "answers"), answer)), None


def subtask(
    workflow: Workflow,
    task: str | None,
    key: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
    index: int | None,
) -> AnswerLabels:
    """The labels of an answer to a subtask; `index` is the answer itself if it is an integer."""
    definition = _subtask(workflow, key, task, tool_label, tool_index, detail_index)
    answers = items(member(definition, "answers"))
    choice_index = index if index is not None and 0 <= index < len(answers) else None
    return workflow.question(definition), workflow.label(item(answers, choice_index)), choice_index


def dropdown(
    workflow: Workflow,
    task: str | None,
    key: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
    title: str | None,
    index: int | None,
    value: str | None,
    choice_index: int | None,
) -> AnswerLabels:
    """The labels of a dropdown's option, by its index if that is known, else by its value."""
    if key is None:
        definition, question = workflow.task(task), None
    else:
        definition = _subtask(workflow, key, task, tool_label, tool_index, detail_index)
        question = workflow.question(definition)
    select = _select(definition, index or 0, title)
    if select is None:
        return question, None, None
    if choice_index is not None:
        return question, workflow.label(item(next(iter(option_lists(select)), None), choice_index)), None
    found, option = workflow.options(select).get(value, (None, None)) if value is not None else (None, None)
    return question, workflow.label(option), found


def _select(task: Any, index: int, title: str | None) -> dict[str, Any] | None:
    """The select at `index` if it has this title (or none is given), else the first with this title.

    The simple dropdown of the current front end (FEM) is itself a select.
    """
    selects = [select for select in items(member(task, "selects")) if isinstance(select, dict)]
    if isinstance(task, dict) and "options" in task:
        selects.append(task)
    if index < len(selects) and title in {None, text(selects[index].get("title"))}:
        return selects[index]
    return next((one for one in selects if title is not None and text(one.get("title")) == title), None)
