"""W3C Web Annotations, in task runs, in results, or as the records of a collection.

The members of an annotation are strings, objects or lists (docs/formats/libcrowds.md, section 3.1). Each column takes
the forms that it can hold, `raw_…` keeps a member that is more than a string, and `extra` keeps the rest.
"""

from collections.abc import Callable, Iterator

from crowdarrow.declare import (
    Column,
    Expr,
    JsonPath,
    LazyRows,
    People,
    Predicate,
    RowPath,
    Rows,
    Table,
    coalesce,
    equals_text,
    exact,
    float64,
    from_rows,
    int32,
    int64,
    is_type,
    json_text,
    string,
    suffix_int,
    timestamp,
    to_json,
    value,
    when,
)
from crowdarrow.exports.about import pybossa as about

TASK_ID = "/api/task/#"
RESULT_ID = "/api/result/#"
"""The end of a generator's id if an annotation was made for a task, or from a result."""

NESTED = frozenset({"body", "target", "generator", "creator", "partOf"})
"""The members that CSV files flatten."""

PEOPLE = People(
    ("user_id", "user_ip", "external_uid", "creator", "fav_user_ids", "user_name"),
    flattened=True,
    json=("raw_creator", "json"),
    pairs=("key", "answer", "value", "number", "json"),
)
"""What names people in PYBOSSA's exports and in annotations (docs/people.md)."""

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

_CONSTANT = (("type", "Annotation"), ("@context", "http://www.w3.org/ns/anno.jsonld"))


FRAGMENTS = ("selector", BOX)
"""The media fragments in `selector`, and their columns in pixels (docs/contract.md, section 2.5)."""


def table(rows: Callable[[], Iterator[Rows]]) -> Table:
    """The table `annotations` with these rows."""
    return Table("annotations", COLUMNS, rows=LazyRows(rows), fragments=FRAGMENTS, about=about.WEB_ANNOTATIONS)


def is_annotation(at: RowPath | JsonPath) -> Predicate:
    """Whether an element, or another value, is an object with an annotation's type, or with a body and a target."""
    has_both = ~is_type(at["body"], "missing") & ~is_type(at["target"], "missing")
    value = at.element if isinstance(at, RowPath) else at
    return is_type(value, "object") & (equals_text(at["type"], "Annotation") | has_both)


def selector_of(target: JsonPath) -> Expr:
    """The text of a target's selector."""
    return exact(target["selector"]["value"])


def source_of(target: JsonPath) -> Expr:
    """The IRI of a target: the target itself, or its source."""
    return coalesce(exact(target), exact(target["source"]), exact(target["source"]["id"]))


def value_of(body: JsonPath) -> Expr:
    """The value of the describing, else the commenting body, else of one without purpose, else the body's text."""
    parts = (
        body.find("purpose", "describing"),
        body.find("purpose", "commenting"),
        body.find("purpose", absent=True),
    )
    found = exact(body)
    for part in reversed(parts):
        found = when(is_type(part, "object"), exact(part["value"]), found)
    return found


def tag_of(body: JsonPath) -> Expr:
    """The value of the body that tags."""
    return exact(body.find("purpose", "tagging")["value"])


def generated_by(generator: JsonPath, suffix: str) -> Expr:
    """The integer in the first generator id with this suffix."""
    found = generator.find("id", ends=(suffix,), texts=True)
    return coalesce(suffix_int(found, 0, suffix), suffix_int(found["id"], 0, suffix))


def _raw(at: JsonPath) -> Expr:
    return when(~is_type(at, "string", "missing"), to_json(at))


def columns_of(path: RowPath, *, cells: bool = False) -> dict[str, Expr]:
    """The columns that depend on the annotation only; `cells` if its values are the texts of CSV cells."""
    forms = ("epoch", "epoch_text") if cells else ("epoch",)
    body, target, generator, creator = (path[name] for name in ("body", "target", "generator", "creator"))
    generated = generator.find("id", texts=True)
    classified = body.find("purpose", "classifying")
    return {
        "id": exact(path["id"]),
        "motivation": exact(path["motivation"]),
        **{name: value(path[name], "parsed", decode=forms) for name in ("created", "generated", "modified")},
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
