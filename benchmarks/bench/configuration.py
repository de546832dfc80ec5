"""A configuration of panoptes_aggregation for an export without a workflow export, as a person would write it."""

import csv
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

# A task with more distinct answers than these is free text, each of which would be a column.
MOST_ANSWERS = 300


def by_hand(source: Path, folder: Path) -> Path:
    """Write a configuration with the questions, surveys and dropdowns of the workflow with the most records.

    Raises:
        FileNotFoundError: The export has no such task.
    """
    csv.field_size_limit(sys.maxsize)
    tasks: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    answers: dict[tuple[str, str], set[str]] = defaultdict(set)
    records: Counter[str] = Counter()
    with source.open(encoding="utf-8", newline="") as lines:
        for record in csv.DictReader(lines):
            workflow = record["workflow_id"]
            records[workflow] += 1
            for annotation in json.loads(record["annotations"]):
                task, value = annotation["task"], annotation.get("value")
                for item in value if isinstance(value, list) else [value]:
                    kind = _kind(item)
                    tasks[workflow][task].add(kind)
                    if kind == "question":
                        answers[workflow, task].add(item)
    ((workflow, _),) = records.most_common(1)
    extractors: dict[str, list[dict[str, str]]] = defaultdict(list)
    for task, kinds in tasks[workflow].items():
        found = next((kind for kind in ("survey", "dropdown", "question") if kind in kinds), None)
        if found and len(answers[workflow, task]) <= MOST_ANSWERS:
            extractors[f"{found}_extractor"].append({"task": task})
    if not extractors:
        msg = "no question, survey or dropdown"
        raise FileNotFoundError(msg)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "by-hand.yaml"
    config = {"workflow_id": int(workflow), "workflow_version": {}, "extractor_config": extractors}
    path.write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML
    return path


def _kind(item: Any) -> str:
    """The kind of task that a value, or an item of a list, is an answer to."""
    if isinstance(item, dict):
        return "survey" if "choice" in item else "dropdown" if "select_label" in item else "other"
    return "question" if isinstance(item, str) else "other"
