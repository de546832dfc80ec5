"""What the tidy tables must give back of an export, worked out anew from its cells by Python's own `json`."""

import json
from collections.abc import Iterator
from typing import Any

from oracle.metadata import same_json

Row = dict[str, Any]

ITEM_COLUMNS = ("task", "task_label", "taskType", "task_type", "markIndex", "cellIndex")
MARK_COLUMNS = (
    *("x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle", "x_center", "y_center"),
    *("radius", "spread", "rotation", "displayTime", "frame", "closed", "text", "start", "end"),
)
DRAWN = {*MARK_COLUMNS[:15], "points", "pathX", "pathY"} - {"angle"}


def less_nulls(source: Row, names: tuple[str, ...]) -> Row:
    """A JSON null of a member that has a column isn't repeated."""
    return {name: value for name, value in source.items() if value is not None or name not in names}


def held(row: Row, names: dict[str, str]) -> Row:
    """The members that the columns hold, by their names in the source, and those of `extra`."""
    found = {member: row[column] for column, member in names.items() if row[column] is not None}
    return found | (json.loads(row["extra"]) if row["extra"] is not None else {})


def spelling(source: Row, value: Any, *names: str) -> str:
    """Which of several spellings of a member filled the column that holds the value."""
    return next((name for name in names if same_json(source.get(name), value)), names[0])


def value_in(item: Any) -> Any:
    """The value of an annotation; a bare one is its own."""
    return item.get("value") if isinstance(item, dict) else item


def rebuilt_item(row: Row, children: list[Any], source: Any) -> Any:
    """An annotation from its row, and from those of its children."""
    if not isinstance(source, dict):
        return children if row["value_kind"] == "combo" else json.loads(row["value"])
    names = {
        "task": "task",
        "task_label": "task_label",
        "task_type": spelling(source, row["task_type"], "taskType", "task_type"),
        "mark_index": spelling(source, row["mark_index"], "markIndex", "cellIndex"),
    }
    item = held(row, names)
    if row["value_kind"] == "combo":
        item["value"] = children
    elif row["value_kind"] != "missing":
        item["value"] = json.loads(row["value"])
    return item


def _as_source(item: Any) -> Any:
    return less_nulls(item, ITEM_COLUMNS) if isinstance(item, dict) else item


def same_items(rows: list[Row], source: list[Any]) -> bool:
    """Whether the rows of `annotations` of one record give its list back."""
    places: dict[int, list[Row]] = {}
    for row in rows:
        places.setdefault(row["annotation_index"], []).append(row)
    if list(places) != list(range(len(source))):
        return False
    for (own, *others), item in zip(places.values(), source, strict=True):
        parts = value_in(item) if others else []
        if [row["combo_index"] for row in (own, *others)] != [None, *range(len(parts))]:
            return False
        children = [rebuilt_item(row, [], part) for row, part in zip(others, parts, strict=True)]
        wanted = _as_source(item)
        if others:
            values = [_as_source(part) for part in parts]
            wanted = wanted | {"value": values} if isinstance(item, dict) else values
        if not same_json(rebuilt_item(own, children, item), wanted):
            return False
    return True


def same_mark(row: Row, source: Row) -> bool:
    """Whether a row of `marks` gives the mark back."""
    tool = spelling(source, row["tool_index"], "tool", "toolIndex", "tool_index")
    names = {name: name for name in MARK_COLUMNS} | {"tool_index": tool, "tool_type": "toolType"}
    mark = held(row, names)
    if row["details"] is not None:
        mark["details"] = json.loads(row["details"])
    if isinstance(source.get("points"), list):
        mark.setdefault("points", row["points"])
    elif row["points"] is not None and "pathX" not in mark:
        mark |= {f"path{axis.upper()}": [point[axis] for point in row["points"]] for axis in ("x", "y")}
    if row["tool_label"] is not None and isinstance(source.get("tool_label"), str):
        mark["tool_label"] = row["tool_label"]
    known = (*names.values(), "toolIndex", "tool_index", "tool", "details", "points", "pathX", "pathY", "tool_label")
    return same_json(mark, less_nulls(source, known))


def same_identification(row: Row, source: Row) -> bool:
    """Whether a row of `identifications` gives the object back."""
    found = held(row, {"choice": "choice"})
    found |= {name: json.loads(row[name]) for name in ("answers", "filters") if row[name] is not None}
    return same_json(found, less_nulls(source, ("choice", "answers", "filters")))


def is_combo(item: Any) -> bool:
    """Whether an annotation holds others."""
    value = value_in(item)
    return isinstance(value, list) and any(isinstance(one, dict) and {"task", "value"} <= one.keys() for one in value)


def values_of(source: list[Any]) -> Iterator[tuple[int, int | None, Any]]:
    """Each value that is no combo's, with its two places."""
    for place, item in enumerate(source):
        combo = is_combo(item)
        for child_place, child in enumerate(value_in(item)) if combo else [(None, item)]:
            if not (combo and is_combo(child)):
                yield place, child_place, value_in(child)


def objects_of(source: list[Any], identifications: bool) -> Iterator[tuple[int, int | None, int, Row]]:
    """Each mark, or each identification, with its three places."""
    for place, child_place, value in values_of(source):
        listed = isinstance(value, list)
        for own_place, one in enumerate(value if listed else [value]):
            if not isinstance(one, dict) or ("choice" in one) is not identifications:
                continue
            drop = {"select_label", "option"} if listed else {"select_label", "selection"}
            is_dropdown = one.keys() & drop and not (listed and one.keys() & DRAWN)
            if identifications or not is_dropdown:
                yield place, child_place, own_place, one


def _scalars(value: Any) -> Iterator[Any]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if not isinstance(one, list | dict))


def atoms_of(value: Any, *, inside: bool = False) -> Iterator[Any]:
    """Each answer within a value, in order; a dropdown's option by place alone is the place."""
    listed = isinstance(value, list)
    for one in value if listed else [value]:
        if not isinstance(one, dict):
            yield from _scalars(one) if not isinstance(one, list) else ()
        elif "choice" in one:
            answers = one.get("answers")
            for given in answers.values() if isinstance(answers, dict) and not inside else ():
                yield from _scalars(given)
        elif "selection" in one and "select_label" not in one and not listed:
            yield one["selection"]
        elif one.keys() & ({"select_label", "option"} if listed else {"select_label"}) and not (
            listed and one.keys() & DRAWN
        ):
            yield one.get("value")
        elif not inside:
            details = one.get("details")
            for detail in details if isinstance(details, list) else ():
                yield from atoms_of(detail.get("value") if isinstance(detail, dict) else None, inside=True)


def same_answers(rows: list[Row], source: list[Any]) -> bool:
    """Whether the rows of `answers` of one record are its atoms, each exactly once, in order."""
    atoms = [atom for _, _, value in values_of(source) for atom in atoms_of(value) if atom is not None]
    return len(atoms) == len(rows) and all(_same_answer(row, atom) for row, atom in zip(rows, atoms, strict=True))


def _same_answer(row: Row, atom: Any) -> bool:
    if row["kind"] in {"array", "object"}:
        return isinstance(atom, list | dict) and row["answer"] is None
    if row["kind"] == "string":
        return bool(row["answer"] == atom)
    given = row["answer"] if row["answer"] is not None else str(row["choice_index"])
    return same_json(json.loads(given), atom) and row["number"] in {None, float(atom)}
