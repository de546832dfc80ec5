"""Compares votes with the counts of `panoptes_aggregation reduce`."""

import csv
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import crowdarrow as ca
from support import panoptes

EXTRACTORS = ("question", "survey", "dropdown")
MOST_ANSWERS = 300
"""Distinct answers of a task beyond which it is free text, each of which would be a column."""


class Task(NamedTuple):
    """A task of a workflow, and the extractor that reads it."""

    workflow_id: int
    task: str
    extractor: str


def tasks_of(rows: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> Iterator[Task]:
    """The tasks that have votes, outside of combos; with free text left out."""
    top = {(row["workflow_id"], row["task"]) for row in annotations if row["combo_index"] is None}
    children = {(row["workflow_id"], row["task"]) for row in annotations if row["combo_index"] is not None}
    dropdowns = {
        (row["workflow_id"], row["task"])
        for row in annotations
        if (row["task_type"] or "").startswith("dropdown") or '"select_label"' in (row["value"] or "")
    }
    answers = defaultdict(set)
    surveys = set()
    for row in rows:
        key = (row["workflow_id"], row["task"])
        answers[key].add(row["answer"])
        if row["choice"] is not None:
            surveys.add(key)
    surveys |= {
        (row["workflow_id"], row["task"])
        for row in annotations
        if row["value_kind"] == "array" and '"choice"' in row["value"]
    }
    for key, found in answers.items():
        if key[0] is None or key[1] is None or key not in top or key in children or len(found) > MOST_ANSWERS:
            continue
        yield Task(*key, "survey" if key in surveys else "dropdown" if key in dropdowns else "question")


def reduced(path: Path, tasks: list[Task], folder: Path) -> dict[Task, Path | str]:
    """For each task the file of its reductions, or the error."""
    calls: list[tuple[str, dict[str, Any]]] = []
    files = {}
    for number, task in enumerate(tasks):
        config, reducer = folder / f"{number}.json", folder / f"{number}r.json"  # JSON is YAML
        extractor = {f"{task.extractor}_extractor": [{"task": task.task}]}
        config.write_text(
            json.dumps({"workflow_id": task.workflow_id, "workflow_version": {}, "extractor_config": extractor})
        )
        reducer.write_text(json.dumps({"reducer_config": {f"{task.extractor}_reducer": {}}}))
        shared = {"output_dir": str(folder), "output_name": str(number), "hide_progressbar": True}
        extracts = folder / f"{task.extractor}_extractor_{number}.csv"
        calls += [
            ("extract", {"classification_csv": str(path), "config": str(config), **shared}),
            ("reduce", {"extracted_csv": str(extracts), "reducer_config": str(reducer), "filter": "all", **shared}),
        ]
        files[task] = folder / f"{task.extractor}_reducer_{number}.csv"
    errors = panoptes.run(calls)
    pairs = zip(tasks, errors[::2], errors[1::2], strict=True)
    return {task: first or second or files[task] for task, first, second in pairs}


def counts_of(path: Path, task: Task) -> dict[str, Counter[tuple[str, ...]]]:
    """For each subject, the counts of a task: by answer; of surveys also by choice, question and answer."""
    found: dict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["task"] != task.task:
                continue
            counts = found[row["subject_id"]]
            cells = {name[5:]: cell for name, cell in row.items() if name.startswith("data.") and cell}
            cells.pop("aggregation_version", None)
            if task.extractor == "survey":
                choice = cells.pop("choice")
                counts[(choice,)] += int(float(cells.pop("choice_count")))
                cells.pop("total_vote_count")
                for name, cell in cells.items():
                    question, answer = name.removeprefix("answers_").split(".", 1)
                    counts[choice, question, answer] += int(float(cell))
            elif task.extractor == "dropdown":
                for one in _literal(cells.get("value", "[]")):
                    counts.update({(answer,): int(number) for answer, number in one.items()})
            else:
                counts.update({(answer,): int(float(cell)) for answer, cell in cells.items()})
    return {subject: Counter({key: n for key, n in one.items() if key[-1] != "None"}) for subject, one in found.items()}


def _literal(text: str) -> Any:
    import ast

    return ast.literal_eval(text)


class Compared(NamedTuple):
    """Cells that were compared and that differ, and those that cannot be equal.

    Attributes:
        cells: the number of cells that were compared.
        differ: those that differ.
        merged: cells in which several answers have one name there.
        repeated: cells of a choice that a classification has twice, each of which counts there, and of a task that a
            classification has twice, of which the first alone counts there; they must differ in that direction.
    """

    cells: int
    differ: list[str]
    merged: int
    repeated: int


def compare(
    votes: list[dict[str, Any]],
    task: Task,
    counts: dict[str, Counter[tuple[str, ...]]],
    repeats: set[tuple[int, int, str, str]],
    tasks_twice: set[tuple[int, int, str]],
) -> Compared:
    """The votes of a task and its reductions; answers have the names that the extractor gives them.

    `repeats` are workflow, subject, task and choice of choices that stand twice in one classification, `tasks_twice`
    workflow, subject and task of such tasks.
    """
    ours: dict[str, dict[tuple[str, ...], list[int]]] = defaultdict(lambda: defaultdict(list))
    by_question: dict[Any, set[Any]] = defaultdict(set)
    for row in votes:
        if (row["workflow_id"], row["task"]) != (task.workflow_id, task.task) or row["subject_id"] is None:
            continue
        if row["answer"] is None:
            continue
        parts = (row["choice"], row["question"], row["answer"]) if row["choice"] is not None else (row["answer"],)
        key = tuple(panoptes_name(part) for part in parts)
        ours[str(row["subject_id"])][key].append(row["votes"])
        by_question[row["subject_id"], key].add((row["question"], *parts))
    # Of a task that stands twice in a classification, only the first annotation is read there.
    twice = {str(one[1]) for one in tasks_twice if (one[0], one[2]) == task[:2]}
    again = {(str(one[1]), panoptes_name(one[3])) for one in repeats if (one[0], one[2]) == task[:2]}
    cells, merged, repeated, differ = 0, 0, 0, []
    for subject in ours.keys() | {one for one in counts if one.isdigit()}:
        theirs = counts.get(subject, Counter())
        for key in ours[subject].keys() | theirs.keys():
            names = {parts[1:] for parts in by_question[int(subject), key]}
            if len(names) > 1:
                merged += 1
                continue
            number = sum(ours[subject].get(key, [0]))
            is_more = (subject, key[0]) in again and number < theirs[key]
            is_less = subject in twice and number > theirs[key]
            if is_more or is_less:
                repeated += 1
                continue
            cells += 1
            if number != theirs[key]:
                differ.append(f"{task.workflow_id} {task.task} ({task.extractor}), a key of {len(key)}")
    return Compared(cells, differ, merged, repeated)


def panoptes_name(text: str) -> str:
    """The name of an answer in a column: as `slugify` makes it, computed where it is installed."""
    return _NAMES[text]


_NAMES: dict[str, str] = {}


def learn_names(votes: list[dict[str, Any]]) -> None:
    """Compute the names of answers."""
    texts = {row[name] for row in votes for name in ("choice", "question", "answer") if row[name] is not None}
    new = sorted(texts - _NAMES.keys())
    _NAMES.update(zip(new, panoptes.slugs(new), strict=True))


def rows_of(path: Path, table: str, **options: Any) -> list[dict[str, Any]]:
    """The rows of a table of an export."""
    with ca.open(path, table, **options) as reader:
        rows: list[dict[str, Any]] = reader.to_table().to_pylist()
        return rows


def twice(rows: list[dict[str, Any]], *more: str) -> set[Any]:
    """Workflow, subject, task and `more` of what stands twice in a classification."""
    names = ("classification_id", "workflow_id", "subject_id", "task", *more)
    times = Counter(tuple(row[name] for name in names) for row in rows)
    return {key[1:] for key, number in times.items() if number > 1 and None not in key}


def compare_file(path: Path, folder: Path) -> tuple[Compared, list[str]]:
    """The comparison of all tasks of an export, and why tasks could not be read."""
    votes = rows_of(path, "votes", once="all")
    annotations = rows_of(path, "annotations")
    repeats = twice(rows_of(path, "identifications"), "choice")
    tasks_twice = twice(annotations)
    tasks = list(tasks_of(votes, annotations))
    learn_names(votes)
    total = Compared(0, [], 0, 0)
    errors: list[str] = []
    for task, found in reduced(path, tasks, folder).items():
        if isinstance(found, str):
            errors.append(f"{task.workflow_id} {task.task}: {re.sub(chr(10), ' ', found)[:80]}")
            continue
        result = compare(votes, task, counts_of(found, task), repeats, tasks_twice)
        total = Compared(
            total.cells + result.cells,
            total.differ + result.differ,
            total.merged + result.merged,
            total.repeated + result.repeated,
        )
    return total, errors
