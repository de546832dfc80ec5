"""The row of the record table for a JSON record, and the rows of `answers` and `annotations` for its `info`."""

from math import isfinite
from typing import Any

from oracle.metadata import read_int
from oracle.node import Node
from oracle.scalars import Notes, UnreadableError

from .annotations import Row, list_rows
from .cells import COLUMNS, from_json
from .names import RESULTS, TASK_RUNS, TASKS
from .nodes import ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, STRING, object_node, part_of
from .targets import target_columns, text_member

Faults = list[tuple[str | None, str]]

_TASK_TEXTS = ("parent_annotation_id", "manifest", "title", "tag", "link", "url")


def record_row(kind: str, node: Node, notes: Notes) -> tuple[Row, Faults]:
    """The row of a record of `kind` without the columns from `info`, and its faults."""
    row: Row = {}
    faults: Faults = []
    left: list[str] = []
    for key, member in node.members.items():
        column = "project_id" if key == "app_id" and "project_id" not in node.members else key
        if column in COLUMNS[kind]:
            try:
                row[column] = from_json(COLUMNS[kind][column], member, notes)
            except UnreadableError as fault:
                faults.append((column, fault.kind))
        elif key != "info":
            left.append(key)
    order = list(COLUMNS[kind])
    faults.sort(key=lambda fault: order.index(fault[0] or ""))
    row["extra"] = part_of(node, left)
    return row, faults


def info_columns(info: Node | None) -> Row:
    """`info` and `info_kind`."""
    if info is None:
        return {}
    return {"info": None if info.kind == NULL else info.tokens, "info_kind": info.kind}


def nested(info: Node | None) -> Node | None:
    """A flattened `info` with the nested `target` that the columns of tasks are read from."""
    if info is None or info.kind != OBJECT or "target" in info.members:
        return info
    target = {key: info.members[f"target_{key}"] for key in ("source",) if f"target_{key}" in info.members}
    if "target_selector_value" in info.members:
        target["selector"] = object_node({"value": info.members["target_selector_value"]})
    return object_node(info.members | ({"target": object_node(target)} if target else {}))


def task_columns(info: Node | None) -> Row:
    """The columns of a task that are read from `info`; a value of another type leaves the column null."""
    if info is None:
        return {}
    row: Row = {key: text_member(info, key) for key in _TASK_TEXTS}
    parent = info.member("parent_task_id")
    if parent is not None and parent.kind in {NUMBER, STRING}:
        row["parent_task_id"] = read_int(_plain(parent))[0]
    return row | target_columns(info.member("target"))


def _plain(node: Node) -> Any:
    """A string or the token of a number, which are parsed by the same rules."""
    return node.value if node.kind == STRING else node.tokens


def answer_rows(kind: str, record: Row, info: Node | None) -> list[Row]:
    """The rows of `answers` for a record: one for each member of an object, or one for a scalar.

    Raises:
        UnreadableError: of kind `json`, for a lone surrogate.
    """
    if info is None or info.kind in {NULL, ARRAY}:
        return []
    own = {name: record.get(name) for name in ("id", "task_id", "project_id", "user_id")}
    if info.kind != OBJECT:
        return [own | {"key": None, "answer_index": 0} | _answer(info)]
    rows: list[Row] = []
    for position, (key, member) in enumerate(info.members.items()):
        if kind == RESULTS and key == "annotations":
            continue
        text = Node(STRING, info.keys[key], key).text
        rows.append(own | {"key": text, "answer_index": position} | _answer(member))
    return rows


def _answer(node: Node) -> Row:
    row: Row = {"kind": node.kind}
    if node.kind == STRING:
        row["answer"] = node.text
    elif node.kind in {NUMBER, BOOLEAN}:
        row["answer"] = node.tokens
    elif node.kind in {ARRAY, OBJECT}:
        row["json"] = node.tokens
    if node.kind == NUMBER and isfinite(float(node.tokens)):
        row["number"] = float(node.tokens)
    return row


def annotation_rows(kind: str, record: Row, items: list[tuple[int, Node]]) -> list[Row]:
    """The rows of the annotations among the items of the list of a record."""
    own = {name: record.get(name) for name in ("task_id", "project_id", "user_id", "finish_time")}
    own["task_run_id" if kind == TASK_RUNS else "result_id"] = record.get("id")
    return list_rows(items, own)


def listed(kind: str, info: Node | None) -> list[tuple[int, Node]]:
    """The items of the list in `info` that may have annotations, with their indices."""
    if info is None:
        return []
    found = info.member("annotations") if kind == RESULTS else info
    return list(enumerate(found.items)) if found is not None else []


def tables_of(kind: str, row: Row, info: Node | None, items: list[tuple[int, Node]]) -> dict[str, list[Row]]:
    """The rows of the other tables; sets the columns of a task that are read from `info`.

    Raises:
        UnreadableError: of kind `json`, for a lone surrogate in a string column.
    """
    if kind == TASKS:
        row |= task_columns(info)
        return {}
    return {"answers": answer_rows(kind, row, info), "annotations": annotation_rows(kind, row, items)}
