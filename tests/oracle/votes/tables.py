"""The rows of `votes`, `consensus` and `volunteers` from the records that count and their tidy rows."""

import math
from collections import defaultdict
from typing import Any

from .steps import Record, Volunteer

Row = dict[str, Any]
Rows = dict[str, list[Row]]
Key = tuple[Any, ...]
KEY = ("workflow_id", "subject_id", "task", "question", "choice")


def in_order(value: Any) -> Any:
    """A sort key: nulls first, text by its bytes."""
    return (value is not None, value.encode() if isinstance(value, str) else value or 0)


def nulls_last(value: Any) -> Any:
    """A sort key: nulls last, text by its bytes."""
    return (value is None, value.encode() if isinstance(value, str) else value or 0)


def first_not_null(rows: list[Row], name: str) -> Any:
    """The first value that is not null."""
    return next((row[name] for row in rows if row.get(name) is not None), None)


def _number(index: int | None) -> str | None:
    return None if index is None else str(index)


def vote_rows(rows: Rows) -> list[Row]:
    """Each vote that stands in a row, with its labels, in the order of the records."""
    place = ("record", "annotation_key", "identification_index")
    choices = {tuple(row[name] for name in place): row["choice"] for row in rows["identifications"]}
    found = []
    for row in rows["answers"]:
        in_survey = row.get("identification_index") is not None
        if not in_survey and (row.get("subtask") is not None or row.get("mark_index") is not None):
            continue
        answer = row.get("answer")
        vote = {name: row.get(name) for name in ("record", "task", "task_label", "question", "question_label", "label")}
        vote["choice"] = choices[tuple(row[name] for name in place)] if in_survey else None
        found.append(vote | {"answer": _number(row.get("choice_index")) if answer is None else answer})
    for row in rows["identifications"]:
        vote = {name: row.get(name) for name in ("record", "task", "task_label")}
        vote |= {"question": None, "question_label": None, "choice": None}
        found.append(vote | {"answer": row["choice"], "label": row.get("choice_label")})
    return sorted(found, key=lambda row: row["record"])


class Asked:
    """How many classifications were asked a task, skipped it, or answered with nothing but empty lists."""

    def __init__(self, annotations: list[Row]) -> None:
        """Count the rows of `annotations` of one workflow and subject."""
        kinds: dict[Any, dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in annotations:
            kind = "empty" if row["value_kind"] == "array" and row["value"] == "[]" else row["value_kind"]
            kinds[row["task"]][row["record"]].append(kind)
        self.asked = {task: len(by_record) for task, by_record in kinds.items()}
        self.skipped = {
            task: sum(set(found) <= {"null", "missing"} for found in by_record.values())
            for task, by_record in kinds.items()
        }
        self.empty = {
            task: sum("empty" in found and set(found) <= {"null", "missing", "empty"} for found in by_record.values())
            for task, by_record in kinds.items()
        }


class SubjectVotes:
    """The rows of `votes` and `consensus` of one workflow and subject."""

    def __init__(self, workflow_id: int | None, subject_id: int | None, rows: Rows) -> None:
        """Count the rows of its records."""
        self._place = {"workflow_id": workflow_id, "subject_id": subject_id}
        self._rows = rows
        self._asked = Asked(rows["annotations"])
        self._by_key: dict[Key, dict[Any, list[Row]]] = defaultdict(lambda: defaultdict(list))
        for vote in vote_rows(rows):
            key = (vote["task"], vote["question"], vote["choice"])
            self._by_key[key][vote["answer"]].append(vote)
        self.winners: dict[Key, tuple[Any, int]] = {}
        self.consensus = [self._consensus(key) for key in sorted(self._by_key, key=lambda key: [*map(in_order, key)])]
        self.consensus += [self._unanswered(task) for task in self._unanswered_tasks()]
        self.consensus.sort(key=lambda row: [in_order(row[name]) for name in KEY])

    @property
    def votes(self) -> list[Row]:
        """The rows of `votes`."""
        keys = sorted(self._by_key, key=lambda key: [*map(in_order, key)])
        return [row for key in keys for row in self._votes(key)]

    def voted(self) -> set[tuple[int, Key, Any]]:
        """Record, key and answer of each vote."""
        return {
            (row["record"], key, answer)
            for key, by_answer in self._by_key.items()
            for answer, found in by_answer.items()
            for row in found
        }

    def _asked_of(self, key: Key) -> dict[str, int | None]:
        task, _, choice = key
        if choice is None:
            return {name: getattr(self._asked, name).get(task, 0) for name in ("asked", "skipped", "empty")}
        chosen = {
            row["record"] for row in self._rows["identifications"] if (row["task"], row["choice"]) == (task, choice)
        }
        return {"asked": len(chosen), "skipped": None, "empty": None}

    def _votes(self, key: Key) -> list[Row]:
        task, question, choice = key
        asked = self._asked_of(key)
        rows = []
        for answer, found in self._by_key[key].items():
            votes = len({row["record"] for row in found})
            rows.append(
                self._place
                | {"task": task, "question": question, "choice": choice, "answer": answer, "votes": votes}
                | {name: first_not_null(found, name) for name in ("task_label", "question_label", "label")}
                | asked
                | {"fraction": votes / asked["asked"] if asked["asked"] else None}
            )
        return sorted(rows, key=lambda row: (-row["votes"], in_order(row["answer"])))

    def _consensus(self, key: Key) -> Row:
        rows = self._votes(key)
        best, second = rows[0], rows[1] if len(rows) > 1 else None
        total = sum(row["votes"] for row in rows)
        shares = [row["votes"] / total for row in rows]
        found = [row for answer in self._by_key[key].values() for row in answer]
        found.sort(key=lambda row: row["record"])
        self.winners[key] = (best["answer"], total)
        return (
            {name: best[name] for name in (*KEY, "label", "votes", "asked", "skipped")}
            | {name: first_not_null(found, name) for name in ("task_label", "question_label")}
            | {
                "most_likely": best["answer"],
                "total_votes": total,
                "agreement": best["votes"] / total,
                "entropy": abs(sum(share * math.log(share) for share in shares)),
                "tied": second is not None and second["votes"] == best["votes"],
                "runner_up": None if second is None else second["answer"],
            }
        )

    def _unanswered_tasks(self) -> list[Any]:
        """Tasks with annotations of their own, and nothing in the other tables."""
        tasks = {
            row["task"]
            for row in self._rows["annotations"]
            if row["mark_index"] is None and row["value_kind"] != "combo"
        }
        others = ("answers", "marks", "identifications")
        return sorted(tasks - {row["task"] for name in others for row in self._rows[name]}, key=in_order)

    def _unanswered(self, task: str | None) -> Row:
        labels = [row for row in self._rows["annotations"] if row["task"] == task]
        return self._place | {
            "task": task,
            "task_label": first_not_null(labels, "task_label"),
            **dict.fromkeys(("question", "question_label", "choice", "most_likely", "label"), None),
            **dict.fromkeys(("votes", "total_votes"), 0),
            "asked": self._asked.asked[task],
            "skipped": self._asked.skipped[task],
            **dict.fromkeys(("agreement", "entropy", "runner_up"), None),
            "tied": False,
        }


def volunteers_of(records: list[Record], agreements: dict[Any, list[bool]]) -> list[Row]:
    """The rows of `volunteers`; `agreements` has for each volunteer and workflow whether each vote is the winner."""
    groups: dict[tuple[int | None, Volunteer], list[Record]] = defaultdict(list)
    for record in records:
        groups[record.workflow_id, record.volunteer].append(record)
    rows = []
    for key, own in groups.items():
        own.sort(key=lambda record: record.order)
        subjects = [record.subject_id for record in own if record.subject_id is not None]
        times = [record.created_at for record in own if record.created_at is not None]
        agreed = agreements.get(key, [])
        row = {
            "user_id": own[0].user_id,
            "user_name": own[0].user_name,
            "workflow_id": key[0],
            "classifications": len(own),
            "subjects": len(set(subjects)),
            "repeats": len(subjects) - len(set(subjects)),
            "sessions": len({record.session for record in own if record.session is not None}),
            "first_at": min(times, default=None),
            "last_at": max(times, default=None),
            "seconds_median": _median(own),
            "agreement": sum(agreed) / len(agreed) if agreed else None,
        }
        order = (nulls_last(key[0]), -len(own), nulls_last(own[0].user_id), nulls_last(own[0].user_name), own[0].number)
        rows.append((order, row))
    return [row for _, row in sorted(rows, key=lambda pair: pair[0])]


def _median(records: list[Record]) -> float | None:
    seconds = sorted(
        (record.finished_at - record.started_at).total_seconds()
        for record in records
        if record.started_at is not None and record.finished_at is not None
    )
    middle = len(seconds) // 2
    if not seconds:
        return None
    return seconds[middle] if len(seconds) % 2 else (seconds[middle - 1] + seconds[middle]) / 2
