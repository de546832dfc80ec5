"""A W3C Web Annotation, wherever it stands: in a task run's list, in a result, or as a record of a collection.

Its members are strings, objects or lists by turns (docs/formats/libcrowds.md, section 3.1): each column takes what it
can, `raw_…`
keeps the member where it is more than a string, and `extra` what no column holds.
"""

from crowdarrow.declare import (
    Column,
    Expr,
    JsonPath,
    Predicate,
    RowPath,
    Transform,
    coalesce,
    equals_text,
    exact,
    float64,
    from_rows,
    int32,
    int64,
    is_type,
    json_text,
    lazy,
    string,
    suffix_int,
    timestamp,
    to_json,
    value,
    when,
)

TASK_ID = "/api/task/#"
RESULT_ID = "/api/result/#"
"""The ends of a generator's id that say which task or result an annotation is of."""

BOX = ("x", "y", "width", "height")
COLUMNS: tuple[Column, ...] = (
    from_rows("task_run_id", int64),
    from_rows("result_id", int64),
    from_rows("task_id", int64),
    from_rows("project_id", int64),
    from_rows("user_id", int64),
    from_rows("finish_time", timestamp),
    from_rows("annotation_index", int32),
    from_rows("id", string),
    from_rows("motivation", string),
    from_rows("created", timestamp),
    from_rows("generated", timestamp),
    from_rows("modified", timestamp),
    from_rows("creator", string),
    from_rows("generator", string),
    from_rows("part_of", string),
    from_rows("target", string),
    from_rows("selector", string),
    *(from_rows(name, float64) for name in BOX),
    from_rows("tag", string),
    from_rows("value", string),
    from_rows("classification", string),
    from_rows("raw_body", json_text),
    from_rows("raw_target", json_text),
    from_rows("raw_generator", json_text),
    from_rows("raw_creator", json_text),
    from_rows("extra", json_text),
)

FRAGMENT = Transform(("selector",), BOX, lazy("crowdarrow.exports.web_annotation.fragment", "box"))
"""The numbers of `xywh=…`."""

_CONSTANT = (("type", "Annotation"), ("@context", "http://www.w3.org/ns/anno.jsonld"))


def is_annotation(path: RowPath) -> Predicate:
    """An object that says it is one, or has what one needs."""
    whole = path.has_any("body") & path.has_any("target")
    return is_type(path.element, "object") & (equals_text(path["type"], "Annotation") | whole)


def selector_of(target: JsonPath) -> Expr:
    """The text of a target's selector."""
    return exact(target["selector"]["value"])


def source_of(target: JsonPath) -> Expr:
    """The IRI of a target: itself, or its source."""
    return coalesce(exact(target), exact(target["source"]), exact(target["source"]["id"]))


def value_of(body: JsonPath) -> Expr:
    """What is said: described, else commented, else said without a purpose, else a bare text."""
    purposes = [
        body.find("purpose", "describing"),
        body.find("purpose", "commenting"),
        body.find("purpose", absent=True),
    ]
    found = exact(body)
    for place in reversed(purposes):
        found = when(is_type(place, "object"), exact(place["value"]), found)
    return found


def tag_of(body: JsonPath) -> Expr:
    """The tag."""
    return exact(body.find("purpose", "tagging")["value"])


def generated_by(generator: JsonPath, ending: str) -> Expr:
    """The number at the end of the first generator id that ends so."""
    found = generator.find("id", ends=(ending,), texts=True)
    return coalesce(suffix_int(found, 0, ending), suffix_int(found["id"], 0, ending))


def _raw(at: JsonPath) -> Expr:
    return when(~is_type(at, "string", "missing"), to_json(at))


def columns_of(path: RowPath) -> dict[str, Expr]:
    """The columns that stand in an annotation itself."""
    body, target, generator, creator = (path[name] for name in ("body", "target", "generator", "creator"))
    generated = generator.find("id", texts=True)
    classified = body.find("purpose", "classifying")
    return {
        "id": exact(path["id"]),
        "motivation": exact(path["motivation"]),
        **{name: value(path[name], "parsed") for name in ("created", "generated", "modified")},
        "creator": coalesce(exact(creator), exact(creator["id"])),
        "generator": coalesce(exact(generated), exact(generated["id"])),
        "part_of": exact(path["partOf"]),
        "target": source_of(target),
        "selector": selector_of(target),
        "tag": tag_of(body),
        "value": value_of(body),
        "classification": coalesce(
            exact(classified["source"]), exact(classified["source"]["id"]), exact(classified["value"])
        ),
        "raw_body": _raw(body),
        "raw_target": _raw(target),
        "raw_generator": _raw(generator),
        "raw_creator": _raw(creator),
        "extra": path.residual("body", "target", "generator", "creator", nulls=True, constant=_CONSTANT),
    }
