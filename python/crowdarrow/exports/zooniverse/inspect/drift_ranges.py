"""Version ranges with the same value shapes, changes of type and unknown members, from groups counted in `drift`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from crowdarrow.exports.groups import Group, Groups, merge

if TYPE_CHECKING:
    from collections.abc import Iterable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EMPTY = frozenset({"null", "missing", "[]", "[null]"})
"""Shapes of skipped or empty answers. They don't show the type of a task, so they never separate versions."""
_SCALARS = frozenset({"boolean", "number", "string", "null"})
_KNOWN_SHAPES = _EMPTY | _SCALARS | {"combo", "array", "object"}
_ELLIPSIS = "…"
"""The text in place of the members of a shape after the first few."""
_MARK_MEMBERS = (
    "x y x1 y1 x2 y2 width height r rx ry angle x_center y_center radius spread rotation points pathX pathY closed "
    "auto_closed tool toolIndex tool_index toolType tool_label frame details displayTime displayTimeStamp templateID "
    "row column 0 zoomLevelOnCreation"
)
_OTHER_MEMBERS = (  # of dropdowns, surveys, highlighters, subject groups, volumes and maps
    "select_label option option_index selection value label choice answers filters start end text labelInformation "
    "index subject threshold type features"
)
_KNOWN_MEMBERS = frozenset((*_MARK_MEMBERS.split(), *_OTHER_MEMBERS.split()))

Versions = dict[Any, dict[tuple[Any, ...], Group]]
"""Groups by version, and then by shape, task type and dialect."""


def tasks_by_range(groups: Groups) -> list[dict[str, Any]]:
    """The tasks, from groups by workflow, task, version, shape, task type and dialect."""
    tasks: dict[tuple[Any, Any], Versions] = defaultdict(lambda: defaultdict(dict))
    for (workflow, task, version, *shape), group in groups.items():
        tasks[workflow, task][version][tuple(shape)] = group
    return [
        {
            "workflow_id": workflow,
            "task": task,
            **_span(group for shapes in tasks[workflow, task].values() for group in shapes.values()),
            "ranges": [_range(part) for part in _split(tasks[workflow, task])],
        }
        for workflow, task in sorted(tasks, key=lambda key: (_nulls_last(key[0]), _natural_order(key[1])))
    ]


def unknown_keys(groups: Groups) -> list[dict[str, Any]]:
    """Members without a column, most frequent first, from groups by workflow, task, version and member."""
    return _by_versions(groups, "key")


def unknown_shapes(groups: Groups) -> list[dict[str, Any]]:
    """Shapes that no known task produces, each with its unknown `members`; groups are as for `tasks_by_range`."""
    unknown: Groups = {}
    for (*place, shape, _, _), group in groups.items():
        if shape is not None and _unknown_parts(str(shape)):
            key = (*place, shape)
            unknown[key] = merge([unknown[key], group]) if key in unknown else group
    return [{**one, "members": _unknown_parts(one["shape"])} for one in _by_versions(unknown, "shape")]


def changes(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where the type of a task's values differs from the range before, or where one range has several types."""
    found = []
    for task in tasks:
        before: tuple[str | None, list[str]] = (None, [])
        for part in task["ranges"]:
            types = sorted({_type(shape) for shape in _without_empty(one["shape"] for one in part["shapes"])})
            if types and types != before[1] and (before[1] or len(types) > 1):
                place = {"workflow_id": task["workflow_id"], "task": task["task"]}
                times = {name: part[name] for name in ("annotations", "first", "last")}
                types_of = {"from": before[0], "to": part["versions"], "before": before[1], "after": types}
                found.append({**place, **types_of, **times})
            before = (part["versions"], types) if types else before
    return found


def _span(groups: Iterable[Group]) -> dict[str, Any]:
    span = merge(groups)
    return {"annotations": span.rows, "first": _iso(span.first), "last": _iso(span.last)}


def _iso(time: int | None) -> str | None:
    return None if time is None else (_EPOCH + timedelta(microseconds=time)).isoformat().replace("+00:00", "Z")


def _split(versions: Versions) -> list[Versions]:
    """Split the ordered versions where their shapes, except those of empty answers, change."""
    parts: list[Versions] = []
    before: frozenset[str] = frozenset()
    was_numbered = False
    for version in sorted(versions, key=_version_order):
        shapes = _without_empty(shape for shape, *_ in versions[version])
        is_numbered = _version_order(version)[0] == 0
        if was_numbered and is_numbered and (not shapes or not before or shapes == before):
            parts[-1][version] = versions[version]
            before = shapes or before
        else:
            parts.append({version: versions[version]})
            before = shapes
        was_numbered = is_numbered
    return parts


def _range(part: Versions) -> dict[str, Any]:
    by_shape: dict[Any, list[tuple[Any, Any, Group]]] = defaultdict(list)
    for shapes in part.values():
        for (shape, task_type, dialect), group in shapes.items():
            by_shape[shape].append((task_type, dialect, group))
    counted: list[dict[str, Any]] = []
    for shape, found in by_shape.items():
        dialects, types = Counter[str](), Counter[str]()
        for task_type, dialect, group in found:
            dialects[dialect or "unknown"] += group.rows
            if task_type is not None:
                types[task_type] += group.rows
        counts = {"dialects": dict(sorted(dialects.items())), "task_types": dict(sorted(types.items()))}
        counted.append({"shape": shape, **_span(group for *_, group in found), **counts})
    counted.sort(key=lambda one: (-one["annotations"], str(one["shape"])))
    total = _span(group for found in by_shape.values() for *_, group in found)
    return {**_version_range(part), **total, "shapes": counted}


def _version_range(versions: Iterable[Any]) -> dict[str, Any]:
    ordered = sorted(versions, key=_version_order)
    bounds = [ordered[0]] if len(ordered) == 1 else [ordered[0], ordered[-1]]
    text = "..".join("none" if bound is None else str(bound) for bound in bounds)
    return {"versions": text, "version_count": len(ordered)}


def _by_versions(groups: Groups, what: str) -> list[dict[str, Any]]:
    """Groups by workflow, task, version and `what`, merged over the versions; the most frequent first."""
    found: dict[tuple[Any, Any, Any], dict[Any, Group]] = defaultdict(dict)
    for (workflow, task, version, name), group in groups.items():
        found[workflow, task, name][version] = group
    listed: list[dict[str, Any]] = [
        {"workflow_id": workflow, "task": task, what: name, **_version_range(versions), **_span(versions.values())}
        for (workflow, task, name), versions in found.items()
    ]
    return sorted(
        listed, key=lambda one: (-one["annotations"], _nulls_last(one["workflow_id"]), str(one["task"]), one[what])
    )


def _without_empty(shapes: Iterable[str | None]) -> frozenset[str]:
    return frozenset(shape for shape in shapes if shape is not None and shape not in _EMPTY)


def _parse_list(shape: str) -> tuple[list[str], list[str]]:
    """Item types of a list's shape such as `[null string {x y}]`, and the members of its objects; nulls are ignored."""
    before, brace, members = shape[1:].removesuffix("]").partition("{")
    types = [kind for kind in before.split() if kind != "null"] + ["object"] * bool(brace)
    return types, [name for name in members.removesuffix("}").split() if name != _ELLIPSIS]


def _type(shape: str) -> str:
    """The outer type of a shape: `[object]` for `[{x y tool}]`, `[string]` for `[null string]`."""
    if shape.startswith("{"):
        return "object"
    return f"[{' '.join(_parse_list(shape)[0])}]" if shape.startswith("[") else shape


def _unknown_parts(shape: str) -> list[str]:
    """The parts of a shape that no known task produces: members, item types, or the shape itself."""
    if shape in _KNOWN_SHAPES:
        return []
    if shape[:1] not in ("[", "{"):
        return [shape]
    types, members = _parse_list(shape if shape.startswith("[") else f"[{shape}]")
    return sorted((set(types) - _SCALARS - {"object"}) | (set(members) - _KNOWN_MEMBERS))


def _version_order(version: str | None) -> tuple[int, int, int, str]:
    """Sort key: versions of one or two integers by these, then other versions as text, then a missing version."""
    if version is None:
        return 2, 0, 0, ""
    numbers = re.fullmatch(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?", version)
    if numbers is None:
        return 1, 0, 0, version
    return 0, int(numbers[1]), -1 if numbers[2] is None else int(numbers[2]), version


def _nulls_last(workflow: int | None) -> tuple[bool, int]:
    return workflow is None, workflow or 0


def _natural_order(task: str | None) -> tuple[Any, ...]:
    """Sort key: `T2` before `T10`, a missing task last."""
    if task is None:
        return (True,)
    parts = re.split(r"([0-9]{1,18})", task)
    return (False, *(int(part) if at % 2 else part for at, part in enumerate(parts)))
