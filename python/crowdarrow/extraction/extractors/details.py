"""Extracts of the questions about each mark, beside the marks."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from crowdarrow.extraction.extractors.core import Annotation, Extract, Extractor, Task, run_extractor
from crowdarrow.extraction.versions import normal_version

_DRAWN = ("drawing", "dataVisAnnotation")
_NO_EXTRACTOR = "No extractor for this subtask type"

FindExtractor = Callable[[Any], Extractor | None]


def with_tools(extractor: Extractor) -> Extractor:
    """Let an extractor read only the marks of the keyword `tools`."""

    @wraps(extractor)
    def run(task: Task, **keywords: Any) -> Any:
        if "tools" not in keywords:
            return extractor(task, **keywords)
        tools = keywords.pop("tools")
        return extractor(task.only([_of_tools(one, tools) for one in task.annotations]), **keywords)

    return run


def _of_tools(annotation: Annotation, tools: Any) -> Annotation:
    """An annotation with the marks of some tools; the front ends write their number in different members."""
    if annotation.get("taskType", "drawing") != "drawing":
        return annotation
    members = ("tool", "toolIndex")
    marks = [one for one in annotation["value"] for name in members if name in one and one[name] in tools]
    return {**annotation, "value": marks}


def with_details(find: FindExtractor) -> Callable[[Extractor], Extractor]:
    """Add to the marks of an extractor what the extractors of the keyword `details` find in their sub-tasks."""

    def decorate(extractor: Extractor) -> Extractor:
        @wraps(extractor)
        def run(task: Task, **keywords: Any) -> Extract:
            details = keywords.pop("details", None)
            if task.is_second():
                return _second(task, extractor, keywords, details, find)
            found: Extract = extractor(task, **keywords)
            if details is not None:
                _first_details(task, found, details, find)
            return found

        return run

    return decorate


def _first_details(task: Task, found: Extract, details: Mapping[str, Any], find: FindExtractor) -> None:
    """The older front end has the answers in the mark, in the order of the questions."""
    for annotation in task.annotations:
        key = annotation["task"]
        for mark in annotation["value"]:
            tool, frame = f"{key}_tool{mark['tool']}", f"frame{mark['frame']}"
            if tool not in details:
                continue
            answers: list[Any] = []
            found[frame].setdefault(f"{tool}_details", []).append(answers)
            for number, detail in enumerate(mark["details"]):
                extractor = find(details[tool][number])
                answers.append(_NO_EXTRACTOR if extractor is None else _extract([detail], "ST", extractor))


def _second(
    task: Task,
    extractor: Extractor,
    keywords: Mapping[str, Any],
    details: Mapping[str, Any] | None,
    find: FindExtractor,
) -> Extract:
    """The newer front end has the answers in separate annotations, with the number of the mark."""
    drawn: list[Annotation] = []
    answers: dict[tuple[Any, Any], Annotation] = {}
    for annotation in task.annotations:
        if annotation.get("taskType", "drawing") in _DRAWN:
            drawn.append(annotation)
        else:
            answers[annotation["task"], annotation["markIndex"]] = annotation
    found: Extract = extractor(Task(drawn, {}, task.gold_standard), **keywords)
    found["classifier_version"] = normal_version(task.metadata["classifier_version"])
    if details is None:
        return found
    for annotation in drawn:
        for index, mark in enumerate(annotation["value"]):
            frame = f"frame{mark['frame']}"
            for detail in mark["details"]:
                subtask = detail["task"]
                key = "{}_toolIndex{}_subtask{}".format(*subtask.split("."))
                if key not in details:
                    continue
                found[frame].setdefault(key, [])
                chosen = find(details[key])
                if chosen is None:
                    raise KeyError(key)
                found[frame][key].append(_extract([answers[subtask, index]], key, chosen))
    return found


def _extract(annotations: list[Annotation], key: str, extractor: Extractor) -> Any:
    return run_extractor(extractor, {key: annotations}, {}, {"no_version": True})
