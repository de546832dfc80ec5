"""The row of the record table for a JSON record, and the rows of the other tables for its `info`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

from oracle.json_text import text_column
from oracle.metadata import read_int
from oracle.node import Node
from oracle.scalars import Notes, UnreadableError

from .annotations import Row, is_annotation, list_rows
from .cells import COLUMNS, from_json
from .flat import Cells, annotation_of, listed_annotations
from .names import RESULTS, TASK_RUNS, TASKS
from .nodes import ARRAY, BOOLEAN, NULL, NUMBER, OBJECT, STRING, parse, part_of
from .targets import target_columns, text_member

Faults = list[tuple[str | None, str]]

FLATTENED = "flattened"
_TASK_TEXTS = ("parent_annotation_id", "manifest", "title", "tag", "link", "url")
_OF_ITEM = re.compile("([0-9]{1,9})_")
_LISTED = re.compile("annotations_[0-9]{1,9}(_.*)?", re.DOTALL)


@dataclass(frozen=True)
class Info:
    """The `info` of a record.

    Attributes:
        node: Its value; None if it is missing.
        kind: The value of `info_kind`.
        parts: The cells of a flattened `info` by key.
    """

    node: Node | None = None
    kind: str | None = None
    parts: Cells = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node | None) -> "Info":
        """The `info` with this JSON value."""
        return cls(node, node.kind if node is not None else None)

    @property
    def columns(self) -> Row:
        """`info` and `info_kind`."""
        text = None if self.node is None or self.node.kind == NULL else self.node.tokens
        return {"info": text, "info_kind": self.kind}

    def looked_into(self, notes: Notes, max_depth: int) -> Node | None:
        """The value; that of a string that holds a JSON object or list."""
        if self.node is None or self.node.kind != STRING:
            return self.node
        try:
            held = parse(self.node.value, found := Notes(), max_depth)
        except UnreadableError:
            return self.node
        if held.kind not in {ARRAY, OBJECT}:
            return self.node
        notes.update(found)
        return held


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


def _task_columns(info: Node | None, parts: Cells) -> Row:
    """The columns of a task that are read from `info`; a value of another type leaves the column null."""
    if info is None:
        return {}
    row: Row = {key: text_member(info, key) for key in _TASK_TEXTS}
    parent = info.member("parent_task_id")
    if parent is not None and parent.kind in {NUMBER, STRING}:
        row["parent_task_id"] = read_int(parent.value if parent.kind == STRING else parent.tokens)[0]
    target = info.member("target")
    if target is None:
        target = annotation_of({key: text for key, text in parts.items() if key.startswith("target_")}).member("target")
    return row | target_columns(target)


def _atoms(node: Node, path: tuple[str, ...]) -> Iterator[tuple[str, Node]]:
    """The values in a list that are no lists or objects, with the path that the servers name them by."""
    if node.kind == ARRAY:
        for position, item in enumerate(node.items):
            yield from _atoms(item, (*path, str(position)))
    elif node.kind == OBJECT:
        for key, member in node.members.items():
            yield from _atoms(member, (*path, key))
    else:
        yield "_".join(path), node


def _left_out(kind: str, parts: Cells) -> set[str]:
    """The cells of a flattened `info` that are pieces of annotations."""
    if kind == RESULTS:
        return {key for key in parts if key == "annotations" or _LISTED.fullmatch(key)}
    if kind != TASK_RUNS:
        return set()
    places = {position for position, item in listed_annotations(parts, "") if is_annotation(item)}
    return {key for key in parts if (found := _OF_ITEM.match(key)) and int(found[1]) in places}


def _values(kind: str, info: Node, parts: Cells) -> Iterator[tuple[int, str | None, Node]]:
    """Index, key and value of the rows of `answers` or `task_info`."""
    if info.kind == OBJECT:
        left_out = _left_out(kind, parts) if parts else {"annotations"} if kind == RESULTS else set()
        for position, (key, member) in enumerate(info.members.items()):
            if key not in left_out:
                yield position, key, member
    elif info.kind == ARRAY:
        items = enumerate(info.items)
        kept = [(str(at), item) for at, item in items if kind != TASK_RUNS or not is_annotation(item)]
        atoms = (atom for path, item in kept for atom in _atoms(item, (path,)))
        yield from ((position, key, atom) for position, (key, atom) in enumerate(atoms))
    elif info.kind != NULL:
        yield 0, None, info


def _answer(node: Node, text: str) -> Row:
    row: Row = {"kind": node.kind}
    if node.kind == STRING:
        row[text] = node.text
    elif node.kind in {NUMBER, BOOLEAN}:
        row[text] = node.tokens
    elif node.kind in {ARRAY, OBJECT}:
        row["json"] = node.tokens
    if node.kind == NUMBER and isfinite(float(node.tokens)):
        row["number"] = float(node.tokens)
    return row


def _answer_rows(kind: str, record: Row, info: Node | None, parts: Cells) -> list[Row]:
    """The rows of `answers`, or of `task_info` for a task: one for each member, atom or scalar."""
    if info is None:
        return []
    of_task = kind == TASKS
    own = {"task_id": record.get("id" if of_task else "task_id"), "project_id": record.get("project_id")}
    if not of_task:
        own |= {name: record.get(name) for name in ("id", "user_id")}
    index, text = ("value_index", "value") if of_task else ("answer_index", "answer")
    return [
        own | {"key": None if key is None else text_column(key), index: position} | _answer(node, text)
        for position, key, node in _values(kind, info, parts)
    ]


def _listed(kind: str, info: Node | None, parts: Cells) -> list[tuple[int, Node]]:
    """The items of the list in `info` that may have annotations, with their indices."""
    if parts:
        return listed_annotations(parts, "annotations_" if kind == RESULTS else "")
    found = info.member("annotations") if info is not None and kind == RESULTS else info
    return list(enumerate(found.items)) if found is not None else []


def tables_of(kind: str, row: Row, info: Info, notes: Notes, max_depth: int) -> dict[str, list[Row]]:
    """The rows of the other tables; sets the columns of a task that are read from `info`."""
    node = info.looked_into(notes, max_depth)
    # An unknown column may have the name of a column of another kind.
    known = {name: row.get(name) for name in COLUMNS[kind]}
    if kind == TASKS:
        row |= _task_columns(node, info.parts)
        return {"task_info": _answer_rows(kind, known, node, info.parts)}
    own = {name: known.get(name) for name in ("task_id", "project_id", "user_id", "finish_time")}
    own["task_run_id" if kind == TASK_RUNS else "result_id"] = known.get("id")
    annotations = list_rows(_listed(kind, node, info.parts), own, notes)
    return {"answers": _answer_rows(kind, known, node, info.parts), "annotations": annotations}
