"""Peer: votes per subject with pandas in chunks and `orjson`."""

from collections import Counter
from collections.abc import Iterator
from os import PathLike
from typing import Any

import orjson
import pandas as pd

ROWS_PER_CHUNK = 50_000
KEY = ("workflow_id", "subject_id", "task", "question", "choice", "answer")
Vote = tuple[str | None, str | None, str | None, str]


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the votes for each answer about each subject to Parquet, counted in a `Counter`.

    Parses the JSON of `annotations`, of which it knows questions, sliders, texts, dropdowns, surveys and combos.
    Leaves out: the other columns; `asked`, `skipped`, `empty`, `fraction` and labels; rejects (the first malformed
    record is an error); the digits of numbers as they were written.
    """
    counts: Counter[tuple[int, int, *Vote]] = Counter()
    chunks = pd.read_csv(
        path,
        usecols=["workflow_id", "annotations", "subject_ids"],
        dtype={"workflow_id": "int64", "annotations": str, "subject_ids": str},
        keep_default_na=False,
        chunksize=ROWS_PER_CHUNK,
    )
    for chunk in chunks:
        columns = (chunk[name].tolist() for name in ("workflow_id", "subject_ids", "annotations"))
        for workflow, subjects, annotations in zip(*columns, strict=True):
            subject = int(subjects.partition(";")[0])
            # A set: a classification votes once for an answer.
            counts.update({(workflow, subject, *vote) for vote in _votes(orjson.loads(annotations))})
    table = pd.DataFrame(counts.keys(), columns=list(KEY)).astype(dict.fromkeys(KEY[2:], "str"))
    table["votes"] = list(counts.values())
    table.to_parquet(output, compression="zstd", compression_level=1, index=False)


def _votes(annotations: list[dict[str, Any]]) -> Iterator[Vote]:
    for annotation in annotations:
        value, task = annotation.get("value"), annotation.get("task")
        # In the new front end, the answers about a mark are annotations with an index.
        if value is None or "markIndex" in annotation:
            continue
        if isinstance(value, list):
            for item in value:
                if isinstance(item, dict) and "task" in item:
                    yield from _votes([item])
                else:
                    yield from _of_item(task, item)
        else:
            yield from _of_item(task, value)


def _of_item(task: str | None, item: Any) -> Iterator[Vote]:
    if not isinstance(item, dict):
        if item is not None:
            yield task, None, None, _text(item)
    elif "choice" in item:
        choice = item["choice"]
        yield task, None, None, choice
        for question, answers in item["answers"].items():
            for answer in answers if isinstance(answers, list) else [answers]:
                yield task, question, choice, _text(answer)
    elif "select_label" in item or "option" in item:
        answer = item.get("selection", item.get("value"))
        if answer is not None:
            yield task, item.get("select_label"), None, _text(answer)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
