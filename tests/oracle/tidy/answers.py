"""The rows of `answers` of one item: one for each atomic answer."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from .items import Item, shape_alone, shape_in_array
from .labels import Labels, tool_label_of
from .nodes import Members, Node, as_bool, as_float, as_int32, as_text, text_column

Row = dict[str, Any]


class Atom(NamedTuple):
    """One answer: its columns, how it stands (`plain`, `value`, `selection`), and the value itself."""

    row: Row
    form: str
    node: Node


def _scalar(node: Node) -> Row:
    """Kind, answer and number; the answer of an array or object is null."""
    row: Row = {"kind": node.kind}
    if node.kind == "string":
        row["answer"] = text_column(node.value)
    elif node.is_scalar:
        row["answer"] = node.text
        row["number"] = as_float(node)[0]
    return row


def _dropdown_item(node: Node, place: int) -> Iterator[Atom]:
    """PFE: an object of an array; FEM: the whole value, with its option's place."""
    value = node.member("value")
    if value is None or value.kind == "null":
        return
    members = Members(node)
    about = {
        "answer_index": place,
        "question": members.take(as_text, "select_label"),
        "label": members.take(as_text, "label"),
        "is_option": members.take(as_bool, "option"),
    }
    yield Atom(_scalar(value) | about, "value", value)


def _dropdown_alone(node: Node) -> Iterator[Atom]:
    """FEM's dropdown in its exported or its submitted form."""
    if "select_label" in node.members:
        for atom in _dropdown_item(node, 0):
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
    row = {"answer_index": 0, "label": members.take(as_text, "label"), "is_option": is_option}
    index = as_int32(selection)[0]
    if is_option is True and index is not None:
        yield Atom(row | {"kind": "number", "choice_index": index}, "selection", selection)
    else:
        yield Atom(row | _scalar(selection), "selection", selection)


def _in_array(node: Node, place: int) -> Iterator[Atom]:
    """The answer of one item of a value array: a scalar or a dropdown's item."""
    shape = shape_in_array(node)
    if shape == "scalar":
        yield Atom(_scalar(node) | {"answer_index": place}, "plain", node)
    elif shape == "dropdown":
        yield from _dropdown_item(node, place)


def _subtask_atoms(value: Node, unknown: Counter[str]) -> Iterator[Atom]:
    """The answers of an entry of a mark's `details`."""
    if value.is_scalar:
        yield Atom(_scalar(value) | {"answer_index": 0}, "plain", value)
    elif value.kind == "object":
        if shape_alone(value) == "dropdown":
            yield from _dropdown_alone(value)
        else:
            unknown["object in a sub-task"] += 1
    for place, node in enumerate(value.items):
        if shape_in_array(node) in {"array", "identification", "mark"}:
            unknown[f"{node.kind} in a sub-task"] += 1
        yield from _in_array(node, place)


def _details(item: Item, mark: Node, place: int, labels: Labels | None, unknown: Counter[str]) -> Iterator[Row]:
    """PFE's sub-tasks of one mark."""
    details = mark.member("details")
    tool_index = Members(mark).take(as_int32, "tool", "toolIndex", "tool_index")
    for detail_index, detail in enumerate([] if details is None else details.items):
        value = detail.member("value")
        if value is None:
            unknown["sub-task without an object"] += detail.kind not in {"object", "null"}
            continue
        known = item.task is not None and tool_index is not None
        about = {
            "mark_index": place,
            "task": item.task,
            "subtask": f"{item.task}.{tool_index}.{detail_index}" if known else None,
        }
        for atom in _subtask_atoms(value, unknown):
            row = atom.row | about
            if labels is not None:
                definition = labels.tool(item.task, tool_index, tool_label_of(mark)).detail(detail_index)
                if definition is not None:
                    labels.fill_subtask(row, atom.form, atom.node, definition)
            yield row


def _survey(
    item: Item, identification: Node, place: int, labels: Labels | None, unknown: Counter[str]
) -> Iterator[Row]:
    """The answers to the questions of one identification."""
    answers = identification.member("answers")
    if answers is None or answers.kind == "null":
        return
    unknown["survey answers that are no object"] += answers.kind != "object"
    for question, given in answers.members.items():
        for answer_index, node in enumerate(given.items if given.kind == "array" else [given]):
            if not node.is_scalar:
                unknown["survey answer that is no scalar"] += node.kind != "null"
                continue
            row = _scalar(node) | {
                "identification_index": place,
                "mark_index": item.mark_index,
                "task": item.task,
                "question": text_column(question),
                "answer_index": answer_index,
            }
            if labels is not None:
                labels.fill_survey(row)
            yield row


def _own(item: Item, atom: Atom, labels: Labels | None) -> Row:
    """An answer of the item's own value; that of a sub-task beside its drawing belongs to the drawing."""
    row = atom.row | {"mark_index": item.mark_index, "task": item.task}
    if item.drawing_task is not None:
        row |= {"task": item.drawing_task, "subtask": item.task}
        if item.drawing is not None:
            row["annotation_index"] = item.drawing.annotation_index
            row["combo_index"] = item.drawing.combo_index
    if labels is None:
        return row
    mark = item.mark
    definition = labels.definition(item, None if mark is None else tool_label_of(mark))
    if item.drawing_task is not None:
        labels.fill_subtask(row, atom.form, atom.node, definition)
    elif atom.form != "plain":
        labels.fill_dropdown(row, atom.form, definition)
    return row


def _of_thing(
    item: Item, node: Node, place: int, shape: str, labels: Labels | None, unknown: Counter[str]
) -> Iterator[Row]:
    """The answers of a mark or an identification."""
    if shape == "mark":
        yield from _details(item, node, place, labels, unknown)
    elif shape == "identification":
        yield from _survey(item, node, place, labels, unknown)


def answers_of(item: Item, labels: Labels | None, unknown: Counter[str]) -> Iterator[Row]:
    """The rows in the order of the JSON; `unknown` counts the shapes that give none."""
    value = item.content
    if value is None:
        return
    if value.is_scalar:
        yield _own(item, Atom(_scalar(value) | {"answer_index": 0}, "plain", value), labels)
    elif value.kind == "object":
        shape = shape_alone(value)
        atoms = _dropdown_alone(value) if shape == "dropdown" else ()
        yield from (_own(item, atom, labels) for atom in atoms)
        yield from _of_thing(item, value, 0, shape, labels, unknown)
    for place, node in enumerate(value.items):
        shape = shape_in_array(node)
        unknown["array in an array"] += shape == "array"
        yield from (_own(item, atom, labels) for atom in _in_array(node, place))
        yield from _of_thing(item, node, place, shape, labels, unknown)
