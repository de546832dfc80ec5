"""Extractors of tasks without marks: questions, surveys, dropdowns, sliders, texts."""

from typing import Any

from crowdarrow.extraction.extractors.core import Extract, Task
from crowdarrow.extraction.slug import slug, slug_or_literal


def votes_of(value: Any) -> Extract:
    """One vote for the slug of each answer; of the choices in a survey, one for each choice."""
    votes: Extract = {}
    for answer in value if isinstance(value, list) else [value]:
        chosen = answer["choice"] if isinstance(value, list) and isinstance(answer, dict) else answer
        name = slug_or_literal(chosen)
        votes[name] = votes.get(name, 0) + 1
    return votes


def question(task: Task, **_: Any) -> Extract:
    """The answers to a question."""
    return votes_of(task.annotations[0]["value"]) if task.annotations else {}


def survey(task: Task, **_: Any) -> list[Extract]:
    """Each choice of a survey, with the answers to its questions."""
    found: list[Extract] = []
    if not task.annotations:
        return found
    for item in task.annotations[0]["value"]:
        extract: Extract = {"choice": slug(item["choice"])}
        if "answers" in item:
            for name, answer in item["answers"].items():
                extract[f"answers_{slug(name)}"] = votes_of(answer)
        found.append(extract)
    return found


def dropdown(task: Task, **_: Any) -> Extract:
    """The options chosen in the lists of a dropdown."""
    is_second = task.is_second()
    if not task.annotations:
        return {}
    first = task.annotations[0]
    found: list[Extract] = []
    if not is_second:
        found = [{slug_or_literal(item["value"]): 1} for item in first["value"]]
    elif "dropdown-simple" in {_text(first.get("taskType")), _text(first.get("task_type"))}:
        found = [{slug_or_literal(_selected(first["value"])): 1}]
    return {"value": found}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _selected(value: Any) -> Any:
    if value is None:
        return None
    member = next((name for name in ("selection", "value") if name in value), None)
    return None if member is None else value[member]


def slider(task: Task, **_: Any) -> Extract:
    """The value of a slider."""
    return {"slider_value": task.annotations[0]["value"]} if task.annotations else {}


def text(task: Task, **_: Any) -> Extract:
    """A text, and whether it was typed in gold standard mode."""
    if not task.annotations:
        return {}
    return {"text": task.annotations[0]["value"], "gold_standard": task.gold_standard}


def all_tasks_empty(task: Task, **_: Any) -> Extract:
    """Whether no task has a value."""
    return {"result": all(one.get("value") is None for one in task.annotations)}
