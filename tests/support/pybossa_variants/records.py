"""Random records of PYBOSSA projects and LibCrowds collections, with values as in real downloads, and others."""

from random import Random
from typing import Any, TypeAlias

Record: TypeAlias = dict[str, Any]

TEXTS = [
    *(
        "",
        "",
        "None",
        "NA",
        "null",
        "NaN",
        "None ",
        "True",
        "65",
        "000615",
        "-05-12",
        "1,2,6",
        "580.0",
        "1e5",
        "x" * 300,
    ),
    *(
        "é",
        "caf\u00e9 \U0001f600",
        "\u2028",
        "a,b;c\td",
        'say "x"',
        "it's",
        "both ' and \"",
        "two\nlines",
        "two\r\nlines",
    ),
    *(" blanks ", "tab\t", "back\\slash", "\\x32", "=1+1", "https://c.example/1", "<p>\u00a0</p>", "a_b_0"),
    *("xywh=1,2,3,4", "?xywh=1.5,-2,3,4", "#xywh=pixel:1,2,3,4.0", "xywh=1,2,3", "xywh=+1,2,3,4"),
    *("[1]", "[]", "{}", "{'a': 1}", '{"a": [1, "x"], "b": null}', "('a',)", "[u'x']", "[1, 2", "{1: 2}", '"quoted"'),
    *('[{"type": "Annotation", "body": "b"}]', '{"annotations": [{"type": "Annotation"}], "url": "u"}'),
    *("1589898631842", "1589898631842.5", "99999999999", "2018-05-30T18:29:57Z", "\x00", "\x7f"),
]
LONE = ["\ud83d", "x\udc00y", "\ud83d\ud83d\ude00"]
TIMES = [
    *["2016-07-04T16:14:26.236857", "2018-05-30T18:29:57", "2020-01-01T00:00:00.5", "2017-09-16T18:13:31.690Z"] * 3,
    *(
        "2018-05-30 18:29:57 UTC",
        "2018-05-30t8:29:57 gmt",
        "2018-05-30T18:29:57+02:00",
        "2018-05-30T18:29:57.-0230",
        "NA",
    ),
    *("0001-01-01 00:00:00+02:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "9999-12-31T23:59:59-00:01"),
    *("018-02-08T22:15:07.152Z", "2018-02-30T00:00:00", "2018-05-30T24:00:00", "2018-05-30T18:29:60", "Date(1)", ""),
    *("\\x323032302d30352d31395431343a33303a33312e383432363637", "\\x3230", "\\xzz"),
]
NUMBERS = [0, 1, -1, 5, 66, 580, 69898, 580.0, 1.5, 1e16, -2.5e-07, 2**53 + 1, 2**63 - 1, 2**63, 10**11, 99999999999]
EPOCHS = [1589898631842, 1589898646157.25, 1.589898631842e12, 10**11, 10**11 - 1, 253402300799999, 253402300800000]
KEYS = [
    "a",
    "b",
    "a_b",
    "0",
    "1_0",
    "",
    "É",
    "oclc-option",
    "Find spot",
    "@context",
    "annotations",
    "url",
    "title",
    "target",
]


def text(r: Random, *, lone: bool = False) -> str:
    """A text; with lone surrogates if `lone`."""
    return r.choice(LONE) if lone and r.random() < 0.05 else r.choice(TEXTS)


def scalar(r: Random) -> Any:
    """A text, a number, a boolean or null."""
    return r.choice([text(r, lone=True), text(r), r.choice(NUMBERS), r.random() < 0.5, None])


def value(r: Random, depth: int = 0) -> Any:
    """A JSON value."""
    chance = r.random()
    if depth > 3 or chance < 0.6:
        return scalar(r)
    if chance < 0.8:
        return [value(r, depth + 1) for _ in range(r.randrange(4))]
    return {r.choice(KEYS): value(r, depth + 1) for _ in range(r.randrange(4))}


def time(r: Random) -> Any:
    """A time, in the form of the servers, in others, or none."""
    return r.choice([r.choice(TIMES[:12]), r.choice(TIMES[:12]), r.choice(TIMES), None])


def target(r: Random) -> Any:
    """The target of an annotation or a task."""
    source: Any = r.choice(["https://c.example/1", "https://c.example/2", {"id": "https://c.example/3"}, 5])
    selector: Any = {"type": "FragmentSelector", "value": text(r)} if r.random() < 0.8 else value(r)
    return r.choice(["https://c.example/1", source, {"source": source}, {"source": source, "selector": selector}])


def _body(r: Random) -> Any:
    purpose = r.choice(["describing", "tagging", "commenting", "classifying", None, 5])
    body: Record = {"type": "TextualBody", "purpose": purpose, "value": text(r, lone=True)}
    if purpose is None and r.random() < 0.7:
        del body["purpose"]
    if purpose == "classifying":
        body["source"] = r.choice(["https://purl.example/title", None, 5])
    return body


def annotation(r: Random, motivation: str | None = None) -> Record:
    """A Web Annotation."""
    found: Record = {
        "@context": r.choice(["http://www.w3.org/ns/anno.jsonld", "other"]),
        "id": text(r, lone=True),
        "type": r.choice(["Annotation"] * 5 + ["Note", None]),
        "motivation": motivation or r.choice(["describing", "tagging", "commenting", "linking", None]),
        "created": time(r),
        "generated": r.choice([time(r), r.choice(EPOCHS)]),
        "modified": time(r),
        "generator": r.choice(
            [
                {"id": "https://g.example", "type": "Software"},
                [{"id": "https://g.example"}, {"id": f"http://b.example/api/task/{r.choice([7, '007', 2**64])}"}],
                ["https://g.example", {"id": "http://b.example/api/result/9"}, 5],
                "http://b.example/api/task/8",
                value(r),
            ]
        ),
        "creator": r.choice([{"id": "p1", "name": text(r)}, "p2", None, 5]),
        "partOf": r.choice(["https://m.example", None, {"id": "m"}]),
        "body": r.choice([_body(r), [_body(r) for _ in range(r.randrange(4))], text(r), [text(r), _body(r)], value(r)]),
        "target": target(r),
        "rights": value(r),
    }
    return {key: found[key] for key in found if r.random() < 0.8 or key == "target"}


def info(r: Random, kind: str) -> Any:
    """The `info` of a record."""
    if kind == "tasks" and r.random() < 0.5:
        return {
            "title": text(r, lone=True),
            "url": text(r),
            "target": target(r),
            "parent_task_id": r.choice([69898, "69898", 69898.0, None, "x"]),
            "parent_annotation_id": r.choice([text(r), 5]),
            "tag": text(r),
        }
    chance = r.random()
    if kind == "results" and chance < 0.4:
        return {
            "annotations": r.choice([[annotation(r), {}, None, annotation(r)], "https://a.example/", []]),
            "n": value(r),
        }
    if chance < 0.3:
        return [r.choice([annotation(r), value(r)]) for _ in range(r.randrange(4))]
    if chance < 0.6:
        return {r.choice(KEYS): value(r) for _ in range(r.randrange(5))}
    return value(r)


def _ids(r: Random) -> Any:
    return r.choice([None, [], [1], [1, 2, 10], [1, None], [5.0]])


def record(r: Random, kind: str, number: int) -> Record:
    """A record of `tasks`, `task_runs` or `results`, or an annotation of a motivation or of any (`annotations`)."""
    if kind not in {"tasks", "task_runs", "results"}:
        return annotation(r, None if kind == "annotations" else kind)
    row: Record = {"info": info(r, kind), "id": number, "project_id": 66, "created": time(r)}
    if kind == "tasks":
        row |= {
            "state": text(r),
            "quorum": 0,
            "calibration": r.choice([0, None]),
            "priority_0": r.choice([0.0, 1, 0.5]),
        }
        row |= {"n_answers": 3, "fav_user_ids": _ids(r)}
    elif kind == "task_runs":
        row |= {
            "task_id": 5,
            "user_id": r.choice([7, None]),
            "user_ip": text(r),
            "finish_time": time(r),
            "timeout": None,
        }
        row |= {"external_uid": r.choice([None, text(r, lone=True)]), "media_url": None, "calibration": None}
    else:
        row |= {"task_id": 5, "task_run_ids": _ids(r), "last_version": True}
    if r.random() < 0.1:
        row["app_id"] = 9
    if r.random() < 0.2:
        row[r.choice(["link", "links", "gold"])] = value(r)
    return row


def retyped(r: Random, row: Record) -> Record:
    """The record with a value of another type."""
    key = r.choice(list(row))
    other = r.choice([str(row[key]), value(r), r.choice(NUMBERS), r.choice(EPOCHS), None, [row[key]], time(r)])
    return row | {key: other}
