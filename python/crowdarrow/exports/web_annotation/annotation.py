"""A W3C Web Annotation, wherever it stands: in a task run's list, in a result, or as a record of a collection.

Its members are strings, objects or lists by turns (formats/libcrowds.md 3.1): each column takes what it can, `raw_…`
keeps the member where it is more than a string, and `extra` what no column holds.
"""

from crowdarrow.declare import (
    At,
    Column,
    Expr,
    Path,
    Step,
    Test,
    exact,
    first_of,
    float64,
    given,
    int32,
    int64,
    is_kind,
    is_text,
    json_of,
    json_text,
    later,
    string,
    tail,
    timestamp,
    value,
    when,
)

TASK_ID = "/api/task/#"
RESULT_ID = "/api/result/#"
"""The ends of a generator's id that say which task or result an annotation is of."""

BOX = ("x", "y", "width", "height")
COLUMNS: tuple[Column, ...] = (
    given("task_run_id", int64),
    given("result_id", int64),
    given("task_id", int64),
    given("project_id", int64),
    given("user_id", int64),
    given("finish_time", timestamp),
    given("annotation_index", int32),
    given("id", string),
    given("motivation", string),
    given("created", timestamp),
    given("generated", timestamp),
    given("modified", timestamp),
    given("creator", string),
    given("generator", string),
    given("part_of", string),
    given("target", string),
    given("selector", string),
    *(given(name, float64) for name in BOX),
    given("tag", string),
    given("value", string),
    given("classification", string),
    given("raw_body", json_text),
    given("raw_target", json_text),
    given("raw_generator", json_text),
    given("raw_creator", json_text),
    given("extra", json_text),
)

FRAGMENT = Step(("selector",), BOX, later("crowdarrow.exports.web_annotation.fragment", "box"))
"""The numbers of `xywh=…`."""

_CONSTANT = (("type", "Annotation"), ("@context", "http://www.w3.org/ns/anno.jsonld"))


def is_annotation(path: Path) -> Test:
    """An object that says it is one, or has what one needs."""
    whole = path.has("body") & path.has("target")
    return is_kind(path.part, "object") & (is_text(path["type"], "Annotation") | whole)


def selector_of(target: At) -> Expr:
    """The text of a target's selector."""
    return exact(target["selector"]["value"])


def source_of(target: At) -> Expr:
    """The IRI of a target: itself, or its source."""
    return first_of(exact(target), exact(target["source"]), exact(target["source"]["id"]))


def value_of(body: At) -> Expr:
    """What is said: described, else commented, else said without a purpose, else a bare text."""
    purposes = [
        body.find("purpose", "describing"),
        body.find("purpose", "commenting"),
        body.find("purpose", absent=True),
    ]
    found = exact(body)
    for place in reversed(purposes):
        found = when(is_kind(place, "object"), exact(place["value"]), found)
    return found


def tag_of(body: At) -> Expr:
    """The tag."""
    return exact(body.find("purpose", "tagging")["value"])


def generated_by(generator: At, ending: str) -> Expr:
    """The number at the end of the first generator id that ends so."""
    found = generator.find("id", ends=(ending,), texts=True)
    return first_of(tail(found, 0, ending), tail(found["id"], 0, ending))


def _raw(at: At) -> Expr:
    return when(~is_kind(at, "string", "missing"), json_of(at))


def columns_of(path: Path) -> dict[str, Expr]:
    """The columns that stand in an annotation itself."""
    body, target, generator, creator = (path[name] for name in ("body", "target", "generator", "creator"))
    generated = generator.find("id", texts=True)
    classified = body.find("purpose", "classifying")
    return {
        "id": exact(path["id"]),
        "motivation": exact(path["motivation"]),
        **{name: value(path[name], "readable") for name in ("created", "generated", "modified")},
        "creator": first_of(exact(creator), exact(creator["id"])),
        "generator": first_of(exact(generated), exact(generated["id"])),
        "part_of": exact(path["partOf"]),
        "target": source_of(target),
        "selector": selector_of(target),
        "tag": tag_of(body),
        "value": value_of(body),
        "classification": first_of(
            exact(classified["source"]), exact(classified["source"]["id"]), exact(classified["value"])
        ),
        "raw_body": _raw(body),
        "raw_target": _raw(target),
        "raw_generator": _raw(generator),
        "raw_creator": _raw(creator),
        "extra": path.rest("body", "target", "generator", "creator", nulls=True, constant=_CONSTANT),
    }
