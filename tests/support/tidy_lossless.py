"""Comparison of the rows of the tidy tables with the cells of an export, parsed by Python's `json`."""

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
DRAWN = {*MARK_COLUMNS[:17], "points", "pathX", "pathY", "features"}
# What a feature does not take from its own members; these stay in `extra`.
NOT_OF_FEATURES = ("x", "y", "radius", "points", "toolType")


def without_nulls(source: Row, names: tuple[str, ...]) -> Row:
    """An object without the JSON nulls of members that have a column."""
    return {name: value for name, value in source.items() if value is not None or name not in names}


def members_of(row: Row, names: dict[str, str]) -> Row:
    """The members in the columns, by their names in the source, and those of `extra`."""
    found = {member: row[column] for column, member in names.items() if member and row[column] is not None}
    return found | (json.loads(row["extra"]) if row["extra"] is not None else {})


def spelling(source: Row, value: Any, *names: str) -> str:
    """The spelling of the member that the value of a column comes from; empty for a string, which is in `extra`."""
    return next((name for name in names if same_json(source.get(name), value)), "")


def value_in(item: Any) -> Any:
    """The value of an annotation; one that is not an object is itself the value."""
    return item.get("value") if isinstance(item, dict) else item


def rebuilt_item(row: Row, children: list[Any], source: Any) -> Any:
    """The annotation for a row and the rows of its children."""
    if not isinstance(source, dict):
        return children if row["value_kind"] == "combo" else json.loads(row["value"])
    names = {
        "task": "task",
        "task_label": "task_label",
        "task_type": spelling(source, row["task_type"], "taskType", "task_type"),
        "mark_index": spelling(source, row["mark_index"], "markIndex", "cellIndex"),
    }
    item = members_of(row, names)
    if row["value_kind"] == "combo":
        item["value"] = children
    elif row["value_kind"] != "missing":
        item["value"] = json.loads(row["value"])
    return item


def _as_source(item: Any) -> Any:
    return without_nulls(item, ITEM_COLUMNS) if isinstance(item, dict) else item


def same_items(rows: list[Row], source: list[Any]) -> bool:
    """Whether the list of a record is rebuilt from its rows of `annotations`."""
    by_index: dict[int, list[Row]] = {}
    for row in rows:
        by_index.setdefault(row["annotation_index"], []).append(row)
    if list(by_index) != list(range(len(source))):
        return False
    for (own, *others), item in zip(by_index.values(), source, strict=True):
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


class Feature(dict[str, Any]):
    """A feature of a feature collection, which does not count as a mark of another kind."""


def same_feature(row: Row, source: Feature) -> bool:
    """Whether the feature is rebuilt from its row; its geometry is in a column as JSON."""
    names = {name: name for name in MARK_COLUMNS if name not in NOT_OF_FEATURES}
    feature = members_of(row | {"details": None}, names | {"tool_index": spelling(source, row["tool_index"], *TOOL)})
    feature |= {name: json.loads(row[name]) for name in ("geometry", "details") if row[name] is not None}
    if row["tool_label"] is not None and isinstance(source.get("tool_label"), str):
        feature["tool_label"] = row["tool_label"]
    if source.get("type") == "Feature":
        feature["type"] = "Feature"
    known = (*MARK_COLUMNS, *NOT_OF_FEATURES, *TOOL, "geometry", "details", "tool_label")
    return same_json(feature, without_nulls(source, known))


TOOL = ("tool", "toolIndex", "tool_index")


def same_mark(row: Row, source: Row) -> bool:
    """Whether the mark, or the feature, is rebuilt from its row."""
    if isinstance(source, Feature):
        return same_feature(row, source)
    tool = spelling(source, row["tool_index"], *TOOL)
    names = {name: name for name in MARK_COLUMNS} | {"tool_index": tool, "tool_type": "toolType"}
    mark = members_of(row, names)
    if row["details"] is not None:
        mark["details"] = json.loads(row["details"])
    if isinstance(source.get("points"), list):
        mark.setdefault("points", row["points"])
    elif row["points"] is not None and "pathX" not in mark:
        mark |= {f"path{axis.upper()}": [point[axis] for point in row["points"]] for axis in ("x", "y")}
    if row["tool_label"] is not None and isinstance(source.get("tool_label"), str):
        mark["tool_label"] = row["tool_label"]
    known = (*names.values(), "toolIndex", "tool_index", "tool", "details", "points", "pathX", "pathY", "tool_label")
    return same_json(mark, without_nulls(source, known))


def same_identification(row: Row, source: Row) -> bool:
    """Whether the identification is rebuilt from its row."""
    found = members_of(row, {"choice": "choice"})
    found |= {name: json.loads(row[name]) for name in ("answers", "filters") if row[name] is not None}
    return same_json(found, without_nulls(source, ("choice", "answers", "filters")))


def is_combo(item: Any) -> bool:
    """Whether an annotation is a combo."""
    value = item.get("value") if isinstance(item, dict) else None
    return isinstance(value, list) and any(isinstance(one, dict) and {"task", "value"} <= one.keys() for one in value)


class Dropdown(dict[str, Any]):
    """An object of an annotation whose type is that of a dropdown."""


def _typed(item: Any) -> Any:
    """The value of an annotation, with its objects as `Dropdown` if that is its type."""
    value = value_in(item)
    types = [item.get(name) for name in ("taskType", "task_type")] if isinstance(item, dict) else []
    if not any(isinstance(name, str) and name.startswith("dropdown") for name in types):
        return value
    if isinstance(value, list):
        return [Dropdown(one) if isinstance(one, dict) else one for one in value]
    return Dropdown(value) if isinstance(value, dict) else value


def is_dropdown(one: Row, *, listed: bool) -> bool:
    """Whether an object of a value is an answer of a dropdown."""
    if isinstance(one, Dropdown):
        return True
    drawn = one.keys() & DRAWN
    if listed:
        return bool(one.keys() & {"select_label", "option"}) and not drawn
    return bool(one.keys() & {"select_label", "selection"}) or ({"option", "value"} <= one.keys() and not drawn)


def values_of(source: list[Any]) -> Iterator[tuple[int, int | None, Any]]:
    """Each value that is not of a combo, with `annotation_index` and `combo_index`."""
    for index, item in enumerate(source):
        combo = is_combo(item)
        for child_index, child in enumerate(value_in(item)) if combo else [(None, item)]:
            if not (combo and is_combo(child)):
                yield index, child_index, _typed(child)


def objects_of(source: list[Any], identifications: bool) -> Iterator[tuple[int, int | None, int, Row]]:
    """Each mark or feature, or each identification, with its three indices."""
    for index, child_index, value in values_of(source):
        listed = isinstance(value, list)
        for own_index, one in enumerate(value if listed else [value]):
            if isinstance(one, Dropdown) or not isinstance(one, dict) or ("choice" in one) is not identifications:
                continue
            if not identifications and is_dropdown(one, listed=listed):
                continue
            if not listed and not identifications and isinstance(one.get("features"), list):
                features = enumerate(one["features"])
                yield from ((index, child_index, n, Feature(each)) for n, each in features if isinstance(each, dict))
            else:
                yield index, child_index, own_index, one


def _scalars(value: Any) -> Iterator[Any]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if not isinstance(one, list | dict))


def answers_in(value: Any, *, inside: bool = False) -> Iterator[Any]:
    """Each answer in a value, in order; for an option without a value, its index."""
    listed = isinstance(value, list)
    for one in value if listed else [value]:
        if not isinstance(one, dict):
            yield from _scalars(one) if not isinstance(one, list) else ()
        elif "choice" in one and not isinstance(one, Dropdown):
            answers = one.get("answers")
            for answer in answers.values() if isinstance(answers, dict) and not inside else ():
                yield from _scalars(answer)
        elif is_dropdown(one, listed=listed):
            is_selection = "selection" in one and (isinstance(one, Dropdown) or not listed)
            yield one["selection"] if is_selection else one.get("value")
        elif isinstance(one.get("features"), list) and not listed and not inside:
            for feature in one["features"]:
                yield from _details_in(feature)
        elif not inside:
            yield from _details_in(one)


def _details_in(mark: Any) -> Iterator[Any]:
    """The answers to the sub-tasks of a mark."""
    details = mark.get("details") if isinstance(mark, dict) else None
    for detail in details if isinstance(details, list) else ():
        yield from answers_in(detail.get("value") if isinstance(detail, dict) else None, inside=True)


def same_answers(rows: list[Row], source: list[Any]) -> bool:
    """Whether the rows of `answers` are the answers of the record, in order."""
    atoms = [atom for _, _, value in values_of(source) for atom in answers_in(value) if atom is not None]
    return len(atoms) == len(rows) and all(_same_answer(row, atom) for row, atom in zip(rows, atoms, strict=True))


def _same_answer(row: Row, atom: Any) -> bool:
    if row["kind"] in {"array", "object"}:
        return isinstance(atom, list | dict) and row["answer"] is None
    if row["kind"] == "string":
        return bool(row["answer"] == atom)
    text = row["answer"] if row["answer"] is not None else str(row["choice_index"])
    return same_json(json.loads(text), atom) and row["number"] in {None, float(atom)}
