"""One distinct combination of keys to its labels, in a version of the workflow.

What a batch repeats is asked once (see `steps`).
"""

from typing import Any

from crowdarrow.exports.zooniverse.labels.versions import Opened, items, members, option_lists, text


def _tool(version: Opened, task: str | None, index: int | None, label: str | None) -> Any:
    """The tool with this label, of several the one at the index, else the first; without a label the one there."""
    tools = items(members(version.tasks.get(task) if task is not None else None).get("tools"))
    if label is None:
        fitting = [] if index is None else [index]
    else:
        fitting = [place for place, tool in enumerate(tools) if version.label(tool) == label]
    place = index if index in fitting else next(iter(fitting), None)
    return tools[place] if place is not None and 0 <= place < len(tools) else None


def _subtask(
    version: Opened,
    key: str | None,
    task: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
) -> Any:
    """The definition of a sub-task: under its own key, or of its tool."""
    if key is not None and key in version.tasks:
        return version.tasks[key]
    details = items(members(_tool(version, task, tool_index, tool_label)).get("details"))
    return details[detail_index] if detail_index is not None and 0 <= detail_index < len(details) else None


def annotation(
    version: Opened,
    task: str | None,
    drawing: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
) -> tuple[str | None, str | None]:
    """`task_label` and `task_type`; the last four tell the sub-task where it is one."""
    definition = _subtask(version, task, drawing, tool_label, tool_index, detail_index)
    return version.asked(definition), text(members(definition).get("type"))


def mark(
    version: Opened, task: str | None, tool_index: int | None, tool_label: str | None
) -> tuple[str | None, str | None, str | None]:
    """`tool_label`, `tool_type` and `task_label`."""
    tool = _tool(version, task, tool_index, tool_label)
    asked = version.asked(version.tasks.get(task) if task is not None else None)
    return version.label(tool), text(members(tool).get("type")), asked


def identification(version: Opened, task: str | None, choice: str | None) -> tuple[str | None]:
    """`choice_label`."""
    choices = members(members(version.tasks.get(task) if task is not None else None).get("choices"))
    return (version.label(choices.get(choice) if choice is not None else None),)


AnswerLabels = tuple[str | None, str | None, int | None]
"""`question_label`, `label` and `choice_index`."""


def survey(version: Opened, task: str | None, question: str | None, answer: str | None) -> AnswerLabels:
    """Of an answer to a survey's question."""
    definition = members(version.tasks.get(task) if task is not None else None)
    asked = members(definition.get("questions")).get(question) if question is not None else None
    chosen = members(members(asked).get("answers")).get(answer) if answer is not None else None
    return version.label(asked), version.label(chosen), None


def subtask(
    version: Opened,
    task: str | None,
    key: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
    index: int | None,
) -> AnswerLabels:
    """Of an answer to a sub-task; `index` is the whole number that it is."""
    definition = _subtask(version, key, task, tool_label, tool_index, detail_index)
    asked = version.asked(definition)
    answers = items(members(definition).get("answers"))
    if index is None or not 0 <= index < len(answers):
        return asked, None, None
    return asked, version.label(answers[index]), index


def dropdown(
    version: Opened,
    task: str | None,
    key: str | None,
    tool_label: str | None,
    tool_index: int | None,
    detail_index: int | None,
    title: str | None,
    place: int | None,
    value: str | None,
    choice_index: int | None,
) -> AnswerLabels:
    """Of a dropdown's option, by its place where that is known, else by its value."""
    if key is None:
        definition, asked = version.tasks.get(task) if task is not None else None, None
    else:
        definition = _subtask(version, key, task, tool_label, tool_index, detail_index)
        asked = version.asked(definition)
    select = _select(members(definition), place or 0, title)
    if select is None:
        return asked, None, None
    if choice_index is not None:
        options = next(iter(option_lists(select)), [])
        return asked, version.label(options[choice_index]) if 0 <= choice_index < len(options) else None, None
    found, option = version.options(select).get(value, (None, None)) if value is not None else (None, None)
    return asked, version.label(option), found


def _select(task: dict[str, Any], place: int, title: str | None) -> dict[str, Any] | None:
    """The select at a place if the title is its own or there is none, else the first so titled.

    The current front end's simple dropdown is its own select.
    """
    selects = [select for select in items(task.get("selects")) if isinstance(select, dict)]
    if "options" in task:
        selects.append(task)
    if place < len(selects) and title in {None, text(selects[place].get("title"))}:
        return selects[place]
    return next((one for one in selects if title is not None and text(one.get("title")) == title), None)
