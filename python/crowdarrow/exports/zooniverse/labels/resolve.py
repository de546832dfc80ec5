"""One distinct combination of keys to its labels. What a batch repeats is asked once (see `steps`)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from crowdarrow.exports.zooniverse.labels.versions import Version, Versions, items, members, text

Keys = Sequence[Any]


def _tool(version: Version, task: str | None, index: int | None, label: str | None) -> Any:
    """The tool with this label, of several the one at the index, else the first; without a label the one there."""
    tools = items(members(version.tasks.get(task) if task is not None else None).get("tools"))
    if label is None:
        fitting = [] if index is None else [index]
    else:
        fitting = [place for place, tool in enumerate(tools) if version.label(tool) == label]
    place = index if index in fitting else next(iter(fitting), None)
    return tools[place] if place is not None and 0 <= place < len(tools) else None


def _detail(tool: Any, index: int | None) -> Any:
    """The definition of a tool's sub-task."""
    details = items(members(tool).get("details"))
    return details[index] if index is not None and 0 <= index < len(details) else None


def _subtask(version: Version, key: str | None, task: str | None, place: Keys) -> Any:
    """The definition of a sub-task: under its own key, or of its tool (`place`: tool index, detail index, label)."""
    if key is not None and key in version.tasks:
        return version.tasks[key]
    tool_index, detail_index, tool_label = place
    return _detail(_tool(version, task, tool_index, tool_label), detail_index)


class Annotation(NamedTuple):
    """Labels of an annotation."""

    task_label: str | None
    task_type: str | None
    label_exact: bool | None


def annotation(versions: Versions, keys: Keys) -> Annotation:
    """Of (workflow_id, workflow_version, task, tool label, its drawing's task, tool and detail index)."""
    workflow_id, number, task, tool_label, drawing, tool_index, detail_index = keys
    found = versions.resolve(workflow_id, number)
    if found is None:
        return Annotation(None, None, None)
    version, exact = found
    definition = _subtask(version, task, drawing, (tool_index, detail_index, tool_label))
    return Annotation(version.asked(definition), text(members(definition).get("type")), exact)


class Mark(NamedTuple):
    """Labels of a mark."""

    tool_label: str | None
    tool_type: str | None
    task_label: str | None
    label_exact: bool | None


def mark(versions: Versions, keys: Keys) -> Mark:
    """Of (workflow_id, workflow_version, task, tool_index, tool_label)."""
    workflow_id, number, task, tool_index, tool_label = keys
    found = versions.resolve(workflow_id, number)
    if found is None:
        return Mark(None, None, None, None)
    version, exact = found
    tool = _tool(version, task, tool_index, tool_label)
    asked = version.asked(version.tasks.get(task) if task is not None else None)
    return Mark(version.label(tool), text(members(tool).get("type")), asked, exact)


class Identification(NamedTuple):
    """Labels of an identification."""

    choice_label: str | None
    label_exact: bool | None


def identification(versions: Versions, keys: Keys) -> Identification:
    """Of (workflow_id, workflow_version, task, choice)."""
    workflow_id, number, task, choice = keys
    found = versions.resolve(workflow_id, number)
    if found is None:
        return Identification(None, None)
    version, exact = found
    choices = members(members(version.tasks.get(task)).get("choices"))
    return Identification(version.label(choices.get(choice)), exact)


class Answer(NamedTuple):
    """Labels of an answer."""

    question_label: str | None
    label: str | None
    choice_index: int | None
    label_exact: bool | None


def answer(versions: Versions, keys: Keys) -> Answer:
    """Of the columns `steps.ANSWER_KEYS`."""
    (workflow_id, number, role, task, subtask, tool_label, tool_index, detail_index, question, place, value, index,
     choice_index, is_option) = keys  # fmt: skip
    found = versions.resolve(workflow_id, number)
    if found is None:
        return Answer(None, None, None, None)
    version, exact = found
    if role == "plain":
        return Answer(None, None, None, exact)
    if role == "survey":
        asked = members(members(version.tasks.get(task)).get("questions")).get(question)
        chosen = members(members(asked).get("answers")).get(value)
        return Answer(version.label(asked), version.label(chosen), None, exact)
    asked_label = None
    if subtask is None:
        definition = version.tasks.get(task)
    else:
        definition = _subtask(version, subtask, task, (tool_index, detail_index, tool_label))
        asked_label = version.asked(definition)
    if role == "subtask":
        answers = items(members(definition).get("answers"))
        if index is None or not 0 <= index < len(answers):
            return Answer(asked_label, None, None, exact)
        return Answer(asked_label, version.label(answers[index]), index, exact)
    label, chosen_index = _option(version, definition, (question, place, value, choice_index, is_option))
    return Answer(asked_label, label, chosen_index, exact)


def _option(version: Version, definition: Any, keys: Keys) -> tuple[str | None, int | None]:
    """Label and place of a dropdown's option: by its place where that is known, else by its value."""
    question, place, value, choice_index, is_option = keys
    lists = _lists(definition, place, question)
    if choice_index is not None:
        options = lists[0] if lists else []
        return version.label(options[choice_index]) if 0 <= choice_index < len(options) else None, None
    if value is not None and is_option is not False:
        for options in lists:
            for number, option in enumerate(options):
                if _value(option) == value:
                    return version.label(option), number
    return None, None


def _lists(definition: Any, place: int, title: str | None) -> list[list[Any]]:
    """The lists of options of a select: the one at a place if the title is its own, else the first so titled.

    The current front end's simple dropdown is its own select.
    """
    task = members(definition)
    selects = [select for select in items(task.get("selects")) if isinstance(select, dict)]
    selects += [task] if "options" in task else []
    select = selects[place] if place < len(selects) and title in (None, text(selects[place].get("title"))) else None
    if select is None and title is not None:
        select = next((one for one in selects if text(one.get("title")) == title), None)
    options = members(select).get("options")
    if isinstance(options, dict):
        return [items(one) for one in options.values()]
    return [items(options)]


def _value(option: Any) -> str | None:
    """An option's value as text."""
    value = members(option).get("value")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value)
