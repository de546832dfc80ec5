"""The rows of `answers` for an item: one for each atomic answer."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from oracle.json_text import text_column
from oracle.node import Node

from .items import Item, features_of, shape_alone, shape_in_array
from .labels import Labels, task_label_of, tool_label_of
from .mark_members import tool_index_of
from .members import Members, as_bool, as_float, as_int32, as_text

Row = dict[str, Any]


class Atom(NamedTuple):
    """One answer: its columns, its form (`plain`, `value` or `selection`), and its node."""

    row: Row
    form: str
    node: Node


def _scalar(node: Node) -> Row:
    """Kind, answer and number; the answer of an array or object is null."""
    row: Row = {"kind": node.kind}
    if node.kind == "string":
        row["answer"] = node.text
    elif node.is_scalar:
        row["answer"] = node.tokens
        row["number"] = as_float(node)[0]
    return row


def _dropdown_item(node: Node, position: int) -> Iterator[Atom]:
    """The answer of a dropdown item: in PFE an item of an array, in FEM the value."""
    value = node.member("value")
    if value is None or value.kind == "null":
        return
    members = Members(node)
    about = {
        "answer_index": position,
        "question": members.take(as_text, "select_label"),
        "label": members.take(as_text, "label"),
        "is_option": members.take(as_bool, "option"),
    }
    yield Atom(_scalar(value) | about, "value", value)


def _fem_dropdown(node: Node, position: int) -> Iterator[Atom]:
    """The answer of a dropdown of FEM, in the exported or the submitted form; `selection` goes before `value`."""
    if "selection" not in node.members:
        for atom in _dropdown_item(node, position):
            index = Members(node).take(as_int32, "option_index")
            if index is None and atom.row["is_option"] is True:
                index = as_int32(atom.node)[0]
            yield Atom(atom.row | {"choice_index": index}, atom.form, atom.node)
        return
    selection = node.members["selection"]
    if selection.kind == "null":
        return
    members = Members(node)
    is_option = members.take(as_bool, "option")
    row = {
        "answer_index": position,
        "question": members.take(as_text, "select_label"),
        "label": members.take(as_text, "label"),
        "is_option": is_option,
    }
    index = as_int32(selection)[0]
    if is_option is True and index is not None:
        yield Atom(row | {"kind": "number", "choice_index": index}, "selection", selection)
    else:
        yield Atom(row | _scalar(selection), "selection", selection)


def _in_array(node: Node, position: int, *, is_dropdown: bool = False) -> Iterator[Atom]:
    """The answer of an item of an array: a scalar or a dropdown item."""
    shape = shape_in_array(node, is_dropdown=is_dropdown)
    if shape == "scalar":
        yield Atom(_scalar(node) | {"answer_index": position}, "plain", node)
    elif shape == "dropdown":
        yield from _fem_dropdown(node, position) if is_dropdown else _dropdown_item(node, position)


def _subtask_atoms(value: Node) -> Iterator[Atom]:
    """The answers of an item of the `details` of a mark."""
    if value.is_scalar:
        yield Atom(_scalar(value) | {"answer_index": 0}, "plain", value)
    elif value.kind == "object":
        yield from _fem_dropdown(value, 0) if shape_alone(value) == "dropdown" else ()
    for position, node in enumerate(value.items):
        yield from _in_array(node, position)


def _details(item: Item, mark: Node, position: int, labels: Labels | None) -> Iterator[Row]:
    """The answers to the sub-tasks of a PFE mark."""
    details = mark.member("details")
    tool_index = tool_index_of(Members(mark))
    for detail_index, detail in enumerate([] if details is None else details.items):
        value = detail.member("value")
        if value is None:
            continue
        known = item.task is not None and tool_index is not None
        about = {
            "mark_index": position,
            "task": item.task,
            "task_label": task_label_of(item, labels),
            "subtask": f"{item.task}.{tool_index}.{detail_index}" if known else None,
        }
        for atom in _subtask_atoms(value):
            row = atom.row | about
            if labels is not None:
                definition = labels.tool(item.task, tool_index, tool_label_of(mark)).detail(detail_index)
                if definition is not None:
                    labels.fill_subtask(row, atom.form, atom.node, definition)
            yield row


def _survey(item: Item, identification: Node, position: int, labels: Labels | None) -> Iterator[Row]:
    """The answers to the questions of one identification."""
    answers = identification.member("answers")
    if answers is None or answers.kind == "null":
        return
    for question, answer in answers.members.items():
        for answer_index, node in enumerate(answer.items if answer.kind == "array" else [answer]):
            if not node.is_scalar:
                continue
            row = _scalar(node) | {
                "identification_index": position,
                "mark_index": item.mark_index,
                "task": item.task,
                "task_label": task_label_of(item, labels),
                "question": text_column(question),
                "answer_index": answer_index,
            }
            if labels is not None:
                labels.fill_survey(row)
            yield row


def _drawing_label(item: Item, labels: Labels | None) -> str | None:
    """The label of the drawing task of a sub-task that is its own item."""
    if item.drawing is not None:
        return task_label_of(item.drawing, labels)
    return None if labels is None else labels.label_of_task(item.drawing_task)


def _own(item: Item, atom: Atom, labels: Labels | None) -> Row:
    """The row of an answer of the item's value; for a sub-task that is its own item, the row refers to the drawing."""
    row = atom.row | {"mark_index": item.mark_index, "task": item.task, "task_label": task_label_of(item, labels)}
    if item.drawing_task is not None:
        row |= {"task": item.drawing_task, "task_label": _drawing_label(item, labels), "subtask": item.task}
        if item.drawing is not None:
            row["annotation_index"] = item.drawing.annotation_index
            row["combo_index"] = item.drawing.combo_index
            row["annotation_key"] = item.drawing.annotation_key
    if labels is None:
        return row
    mark = item.mark
    definition = labels.definition(item, None if mark is None else tool_label_of(mark))
    if item.drawing_task is not None:
        labels.fill_subtask(row, atom.form, atom.node, definition)
    elif atom.form != "plain":
        labels.fill_dropdown(row, atom.form, definition)
    return row


def _of_thing(item: Item, node: Node, position: int, shape: str, labels: Labels | None) -> Iterator[Row]:
    """The answers of a mark or an identification."""
    if shape == "mark":
        yield from _details(item, node, position, labels)
    elif shape == "identification":
        yield from _survey(item, node, position, labels)


def answers_of(item: Item, labels: Labels | None) -> Iterator[Row]:
    """The rows, in the order of the JSON."""
    value = item.content
    if value is None:
        return
    if value.is_scalar:
        yield _own(item, Atom(_scalar(value) | {"answer_index": 0}, "plain", value), labels)
    elif value.kind == "object":
        shape = shape_alone(value, is_dropdown=item.is_dropdown)
        atoms = _fem_dropdown(value, 0) if shape == "dropdown" else ()
        yield from (_own(item, atom, labels) for atom in atoms)
        yield from _of_thing(item, value, 0, shape, labels)
        for position, feature in features_of(item):
            yield from _details(item, feature, position, labels)
    for position, node in enumerate(value.items):
        shape = shape_in_array(node, is_dropdown=item.is_dropdown)
        yield from (_own(item, atom, labels) for atom in _in_array(node, position, is_dropdown=item.is_dropdown))
        yield from _of_thing(item, node, position, shape, labels)
