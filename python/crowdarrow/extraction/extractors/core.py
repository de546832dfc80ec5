"""What all extractors share: the annotations of a task, and the keywords that every extractor has.

An extractor raises an error for a record of another shape than it expects: a `KeyError`, a `TypeError`, ... The record
then has no extract, as in panoptes_aggregation, and the run counts it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crowdarrow.extraction.versions import parse_version

Annotation = dict[str, Any]
Extract = dict[str, Any]
Extracts = Extract | list[Extract]

RELEASE = "5.3.1"
"""The release of panoptes_aggregation whose extracts these are."""
VERSION_KEY = "aggregation_version"

_SECOND = (2,)
_FEEDBACK = {"graph2drange": ("x", "width"), "singleAnswerQuestion": ("answer",), "surveySimple": ("choiceIds",)}
"""For each strategy of feedback, the members that hold the true answer."""


@dataclass
class Task:
    """The annotations of one task in one record, and what else of the record an extractor may read.

    Attributes:
        annotations: the annotations, those of the sub-tasks included.
        data: the record as JSON values: `metadata`, and in the Python API `subject`, `created_at` and `gold_standard`.
        gold_standard: whether the classification was made in gold standard mode.
    """

    annotations: list[Annotation]
    data: Mapping[str, Any]
    gold_standard: Any = False

    @property
    def metadata(self) -> Any:
        """The metadata of the classification."""
        return self.data.get("metadata", {})

    def is_second(self) -> bool:
        """Whether the record is from the newer front end, whose classifier has version 2.0.

        Raises:
            ValueError: the classifier's version cannot be parsed.
        """
        return self.classifier_version >= _SECOND

    @property
    def classifier_version(self) -> tuple[int, ...]:
        """The version of the classifier."""
        return _version_of(self.metadata.get("classifier_version", "1.0"))

    def only(self, annotations: list[Annotation]) -> "Task":
        """The same record with other annotations."""
        return Task(annotations, self.data, self.gold_standard)


def is_newer(version: Any) -> bool:
    """Whether a version of a classifier is that of the newer front end.

    Raises:
        ValueError: it cannot be parsed.
    """
    return _version_of(version) >= _SECOND


def _version_of(value: Any) -> tuple[int, ...]:
    version = parse_version(value)
    if version is None:
        msg = "classifier_version is not a version"
        raise ValueError(msg)
    return version


Extractor = Callable[..., Any]
"""A function of a `Task` and keywords."""


def group_by_task(annotations: Any) -> dict[Any, list[Annotation]]:
    """The annotations by the key of their task.

    Raises:
        ValueError: one has no task. panoptes_aggregation ends with an error at such a record.
    """
    if not isinstance(annotations, list):
        msg = "annotations is not a list"
        raise ValueError(msg)  # noqa: TRY004 - wrong content of a record
    found: dict[Any, list[Annotation]] = {}
    for annotation in annotations:
        if not isinstance(annotation, dict) or "task" not in annotation:
            msg = "an annotation has no task"
            raise ValueError(msg)
        key = annotation["task"]
        if isinstance(key, list | dict):
            msg = "the task of an annotation is a list or an object"
            raise ValueError(msg)  # noqa: TRY004 - wrong content of a record
        found.setdefault(key, []).append(annotation)
    return found


def annotations_of(groups: Mapping[Any, list[Annotation]], task: Any) -> list[Annotation]:
    """The annotations of a task and of its sub-tasks (`T0.0.0` belongs to `T0`), or of all tasks."""
    if task == "all":
        return [one for group in groups.values() for one in group]
    heads = _HEADS
    found: list[Annotation] = []
    for key, group in groups.items():
        head = heads.get(key)
        if head is None:
            head = _head(key)
        if head == task:
            found += group
    return found


_HEADS: dict[Any, str] = {}
"""The tasks that keys belong to; they are few in most exports."""
_MOST_HEADS = 1 << 12


def _head(key: Any) -> str:
    """The task that a key belongs to: `T0` of `T0.0.0`."""
    found: str = key.split(".")[0]
    if len(_HEADS) >= _MOST_HEADS:
        _HEADS.clear()
    _HEADS[key] = found
    return found


def run_extractor(
    extractor: Extractor, groups: Mapping[Any, list[Annotation]], data: Mapping[str, Any], keywords: Mapping[str, Any]
) -> Extracts:
    """The extracts of a record by an extractor with these keywords."""
    rest = {name: value for name, value in keywords.items() if name not in _SHARED}
    annotations = annotations_of(groups, keywords.get("task", "all"))
    gold = data.get("gold_standard", False)
    found: Extracts
    if keywords.get("recursive", False):
        found = [extractor(Task([one], data, gold), **rest) for one in annotations]
    else:
        found = extractor(Task(annotations, data, gold), **rest)
    plucked = keywords.get("pluck")
    if plucked is not None:
        root = {**data, "annotations": groups if keywords.get("recursive", False) else annotations}
        for name, value in pluck(root, plucked).items():
            found[name] = value  # type: ignore[call-overload] # a list has no members: the record has no extract
    if not keywords.get("no_version", False):
        for one in found if isinstance(found, list) else [found]:
            one[VERSION_KEY] = RELEASE
    return found


_SHARED = frozenset({"task", "recursive", "no_version", "pluck"})


def pluck(data: Mapping[str, Any], keys: Mapping[str, str]) -> Extract:
    """The members of a record at paths such as `metadata.session`; those that it lacks are left out."""
    found: Extract = {}
    for name, path in keys.items():
        value: Any = data
        try:
            for step in path.strip().split("."):
                value = value[step.strip()]
            if name == "feedback":
                found["feedback"] = _feedback(value)
            else:
                found["pluck." + name.strip()] = value
        except KeyError:
            continue
    return found


def _feedback(items: Sequence[Mapping[str, Any]]) -> Extract:
    """What the feedback tool noted: whether each answer was right, and the true answers."""
    try:
        strategy = items[0]["strategy"]
    except IndexError:
        return {}
    members = _FEEDBACK[strategy]
    success = [item["success"] for item in items]
    found: Extract = {"success": success}
    for member in members:
        found[f"true_{member}"] = [item[member] for item in items]
    found["strategy"] = strategy
    found["agreement_score"] = float(sum(success) / len(success))
    return found
