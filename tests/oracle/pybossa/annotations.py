"""W3C Web Annotations: the row of `annotations` for a JSON object, and the rows of `values`."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from oracle.metadata import read_int, read_time
from oracle.node import Node
from oracle.scalars import Notes, UnreadableError

from .cells import read_epoch
from .nodes import NULL, NUMBER, OBJECT, STRING, part_of
from .targets import target_columns, text_member

Row = dict[str, Any]

_TEXTS = {"id": "id", "motivation": "motivation", "partOf": "part_of"}
TIMES = ("created", "generated", "modified")
"""The members that are times."""
_RAW = ("body", "target", "generator", "creator")
_KNOWN = {"type": "Annotation", "@context": "http://www.w3.org/ns/anno.jsonld"}
_TASK = re.compile(r".*/api/task/([0-9]+)", re.DOTALL)
_RESULT = re.compile(r".*/api/result/([0-9]+)", re.DOTALL)


def is_annotation(node: Node) -> bool:
    """Whether a node is an annotation: an object with `type` "Annotation", or with `body` and `target`."""
    if node.kind != OBJECT:
        return False
    kind = node.member("type")
    named = kind is not None and kind.kind == STRING and kind.value == "Annotation"
    return named or {"body", "target"} <= node.members.keys()


def _ids(generator: Node | None) -> list[str]:
    """The ids in a `generator` member: a string, or the ids of an object or of the items of a list."""
    if generator is None:
        return []
    found = [item.text if item.kind == STRING else text_member(item, "id") for item in generator.items or [generator]]
    return [text for text in found if text is not None]


def _number_of(pattern: re.Pattern[str], ids: list[str]) -> Any:
    """The number at the end of the first id of this form; None if it exceeds 64 bits."""
    for text in ids:
        if match := pattern.fullmatch(text):
            return read_int(match[1])[0]
    return None


def _purpose_is(body: Node, purpose: str | None) -> bool:
    found = body.member("purpose")
    if purpose is None:
        return found is None or found.kind == NULL
    return found is not None and found.kind == STRING and found.value == purpose


def _first(bodies: list[Node], *purposes: str | None) -> Node | None:
    """The first body with the first of these purposes that any body has."""
    for purpose in purposes:
        for body in bodies:
            if _purpose_is(body, purpose):
                return body
    return None


def _body_columns(body: Node | None) -> Row:
    if body is None:
        return {}
    if body.kind == STRING:
        return {"value": body.text}
    bodies = [item for item in body.items or [body] if item.kind == OBJECT]
    classifying = _first(bodies, "classifying")
    classification = text_member(classifying, "source")
    return {
        "tag": text_member(_first(bodies, "tagging"), "value"),
        "value": text_member(_first(bodies, "describing", "commenting", None), "value"),
        "classification": text_member(classifying, "value") if classification is None else classification,
    }


def _time(member: Node, notes: Notes) -> int | None:
    """A time, also as milliseconds since 1970; None if the member is not a time."""
    if member.kind == STRING:
        time: int | None = read_time(member.value)[0]
        return time
    try:
        return read_epoch(member.tokens, notes) if member.kind == NUMBER else None
    except UnreadableError:
        return None


def annotation_row(node: Node, position: int, notes: Notes) -> Row:
    """The columns that are read from the annotation.

    Args:
        node: A JSON object.
        position: Its index in its list or file.
        notes: Counts the times that are milliseconds.
    """
    row: Row = {"annotation_index": position}
    left: list[str] = []
    for key, member in node.members.items():
        if key in _TEXTS:
            row[_TEXTS[key]] = member.text
            exact = member.kind == STRING
        elif key in TIMES:
            row[key] = _time(member, notes)
            exact = row[key] is not None
        else:
            # The columns of these members and their raw columns store every value.
            exact = key in _RAW or (member.kind == STRING and member.value == _KNOWN.get(key))
        if not exact:
            left.append(key)
    for key in _RAW:
        member_ = node.member(key)
        row[f"raw_{key}"] = None if member_ is None or member_.kind == STRING else member_.tokens
    creator, generator = node.member("creator"), node.member("generator")
    row["creator"] = creator.text if creator is not None and creator.kind == STRING else text_member(creator, "id")
    row["generator"] = next(iter(_ids(generator)), None)
    row["extra"] = part_of(node, left)
    return row | target_columns(node.member("target")) | _body_columns(node.member("body"))


def collection_row(node: Node, position: int, notes: Notes) -> Row:
    """The row of a record of a collection; its task and its result are the numbers in the ids of the generators."""
    ids = _ids(node.member("generator"))
    row = annotation_row(node, position, notes)
    return row | {"task_id": _number_of(_TASK, ids), "result_id": _number_of(_RESULT, ids)}


def list_rows(items: Iterable[tuple[int, Node]], record: Row, notes: Notes) -> list[Row]:
    """The rows of the annotations among the items of a list, with the columns of the record."""
    return [record | annotation_row(item, position, notes) for position, item in items if is_annotation(item)]


def value_rows(annotations: list[Row]) -> list[Row]:
    """The rows of `values` for these annotations, in order, whatever their motivation."""
    seen: Counter[tuple[str | None, str | None]] = Counter()
    rows: list[Row] = []
    for annotation in annotations:
        motivation = annotation.get("motivation")
        row: Row = {name: annotation.get(name) for name in ("target", "x", "y", "width", "height", "task_id")}
        row |= {name: annotation.get(name) for name in ("result_id", "annotation_index", "id", "motivation")}
        row["tag"] = "comment" if motivation == "commenting" else annotation.get("tag")
        row["value"] = annotation.get("selector" if motivation == "tagging" else "value")
        row["value_index"] = seen[row["target"], row["tag"]]
        seen[row["target"], row["tag"]] += 1
        rows.append(row)
    return rows
