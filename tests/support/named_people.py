"""Exports of all kinds in which every name, id and address of a person has a mark of its own."""

import csv
import io
import json
from pathlib import Path
from typing import Any

NAME, ID, ADDRESS = "Zq-{}-name", 91827360, "203.0.113.{}"
"""Forms of a name and an address; the smallest id."""
MARKS = [b"Zq-", b"9182736", b"203.0.113.", *((ID + n).to_bytes(8, "little") for n in range(10))]
"""Bytes that no output has, if names are not kept."""

_CLASSIFICATION = (
    "classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version",
    "created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids",
)  # fmt: skip
_RUN = (
    "id", "created", "project_id", "task_id", "user_id", "user_ip", "finish_time", "timeout", "calibration",
    "external_uid", "media_url", "info",
)  # fmt: skip


def name(number: int) -> str:
    """The name of a person."""
    return NAME.format(number)


def _csv(header: Any, rows: Any) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def classifications() -> str:
    """Classifications: repeats, visitors, members of people in JSON, and damaged records."""
    rows = []
    for number in range(1, 10):
        person = number % 4
        about = {"session": f"s{person}", "user_name": name(person), "started_at": "2024-01-01T00:00:00.000Z"}
        marks = {"task": "T1", "value": [{"x": 1, "y": 2, "tool": 0, "user_id": ID + person}]}
        values = [{"task": "T0", "task_label": "What?", "value": f"option {number % 3}"}, marks]
        subject = {str(number % 2): {"retired": None, "a": 1.50, "user_ip": ADDRESS.format(person)}}
        rows.append([
            number, name(person) if person else f"not-logged-in-{name(9)}", (ID + person) if person else "",
            ADDRESS.format(person), 1, "work", "1.2", f"2024-01-0{number} 00:00:00 UTC", "", "", json.dumps(about),
            json.dumps(values), json.dumps(subject), str(number % 2),
        ])  # fmt: skip
    damaged = [[*rows[0]] for _ in range(5)]
    damaged[0][2] = f"{name(1)} has no id"  # type
    damaged[1][10] = f'{{"user_name":"{name(1)}"'  # JSON
    damaged[2] = [*damaged[2], "more"]  # fields
    damaged[3][11] = f'{{"user_name":"{name(1)}"}}'  # JSON of another type
    damaged[4][7] = f"the time of {name(1)}"
    text = _csv((*_CLASSIFICATION, "data.user_id"), [[*row, row[2]] for row in rows] + damaged)
    return text + f'10,"{name(1)}" text,{ID},,1\n11,"{name(2)} is not closed,{ID}\n'


def subjects() -> str:
    """Subjects whose metadata name people."""
    header = ("subject_id", "project_id", "workflow_id", "subject_set_id", "metadata", "locations", "user_id")
    rows = [[n, 1, 1, 1, json.dumps({"user_name": name(n), "a": n}), '{"0":"u"}', ID + n] for n in (0, 1)]
    return _csv(header, [*rows, [2, 1, name(1), 1, "{}", "{}", ID]])


def workflows() -> str:
    """Workflows."""
    header = ("workflow_id", "display_name", "version", "minor_version", "tasks", "first_task", "user_name")
    return _csv(header, [[1, "work", 1, 2, '{"T0":{"type":"single","user_name":"' + name(1) + '"}}', "T0", name(1)]])


def _annotation(person: int, **more: Any) -> dict[str, Any]:
    creator = {"id": f"https://example.org/{name(person)}", "type": "Person", "name": name(person), "nickname": "Zq-n"}
    body = {"type": "TextualBody", "purpose": "describing", "value": "a text", "creator": creator}
    return {
        "id": f"a{person}", "type": "Annotation", "motivation": "describing", "body": body, "target": "https://t",
        "creator": creator, **more,
    }  # fmt: skip


def _infos() -> list[Any]:
    creator = {"id": name(3), "name": name(3)}
    several = [name(3), creator]
    return [
        {"genre": "play", "user_id": ID + 1, "creator": creator, "nested": {"external_uid": name(2)}},
        [_annotation(1), _annotation(2, creator=name(2)), _annotation(3, creator=several, via={"user_id": ID})],
        [{"value": "x", "creator": creator}, {"user_ip": ADDRESS.format(2)}],
        json.dumps({"user_name": name(1), "text": "x"}),
        {"held": json.dumps({"creator": creator})},
        "plain",
        None,
    ]  # fmt: skip


def _runs() -> list[dict[str, Any]]:
    return [
        {
            "id": number, "created": "2018-01-01T00:00:00.000000", "project_id": 1, "task_id": number % 3,
            "user_id": ID + number if number % 2 else None, "user_ip": None if number % 2 else ADDRESS.format(number),
            "finish_time": "2018-01-01T00:01:00.000000", "timeout": None, "calibration": None,
            "external_uid": name(number) if number % 3 else None, "media_url": None, "info": info,
            "user": {"user_name": name(number)},
        }
        for number, info in enumerate(_infos())
    ]  # fmt: skip


def task_runs() -> str:
    """Task runs as JSON, with damaged records."""
    whole = ",".join(map(json.dumps, _runs()))
    return f'[{whole},{{"id":"{name(1)}","task_id":1}},{{"id":1,"user_id":{ID} {name(1)}}},{{"id":7,"user_id":{ID}'


def task_runs_p1() -> str:
    """Task runs in the oldest layout of CSV."""
    runs = [{f"task_run__{key}": value for key, value in run.items() if key in _RUN} for run in _runs()]
    header = list(runs[0])
    rows = [[one[key] if one[key] is not None else "None" for key in header] + [name(1)] for one in runs]
    return _csv([*header, "task_run__user_name"], [*rows, [name(2), *rows[0][1:]]])


def task_runs_p2() -> str:
    """Task runs in a layout of CSV that flattens `info`."""
    pieces = ["info_genre", "info_user_id", "info_creator_id", "info_creator_name", "info_0_creator_name"]
    header = [key for key in _RUN if key != "info"] + ["info", *pieces, "info_annotations_0_type"]
    rows = [[run[key] if run[key] is not None else "" for key in _RUN] + [""] * 6 for run in _runs()[:3]]
    rows.append([*rows[1][:-7], "", "play", ID + 1, name(1), name(1), name(2), ""])
    return _csv(header, [*rows, [name(2), *rows[0][1:]]])


def tasks() -> str:
    """Tasks as JSON."""
    found = [
        {"id": n, "project_id": 1, "n_answers": 1, "quorum": 0, "priority_0": 0.0, "fav_user_ids": [ID + n, ID + 1],
         "info": {"url": "u", "user_id": ID + n}, "user_name": name(n)} for n in (1, 2)
    ]  # fmt: skip
    return json.dumps([*found, {**found[0], "id": name(1)}])


def results() -> str:
    """Results as JSON."""
    info = {"annotations": [_annotation(1)], "creator": name(1)}
    return json.dumps([{"id": 1, "task_id": 1, "last_version": True, "task_run_ids": [1], "info": info}])


def collection() -> str:
    """A collection of annotations as JSON."""
    return json.dumps([_annotation(1), _annotation(2), _annotation(3, creator=name(3))])


def collection_b() -> str:
    """A collection of annotations as CSV."""
    header = (
        "id",
        "type",
        "motivation",
        "body_purpose",
        "body_value",
        "target",
        "creator_id",
        "creator_name",
        "user_id",
    )
    return _csv(header, [["a", "Annotation", "describing", "describing", "x", "t", name(1), name(1), ID]])


EXPORTS = {
    "classifications.csv": classifications, "subjects.csv": subjects, "workflows.csv": workflows,
    "task_runs.json": task_runs, "task_runs_p1.csv": task_runs_p1, "task_runs_p2.csv": task_runs_p2,
    "tasks.json": tasks, "results.json": results, "collection.json": collection, "collection_b.csv": collection_b,
}  # fmt: skip
"""The exports by the names of their files."""


def write_all(folder: Path) -> list[Path]:
    """Write all of them."""
    for file, made in EXPORTS.items():
        (folder / file).write_text(made(), encoding="utf-8")
    return [folder / file for file in EXPORTS]
