"""From the groups that `drift` counted to ranges of versions, changes of type and what stands out."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = frozenset({"null", "missing", "[]", "[null]"})
"""Shapes of a skipped or empty answer: they say nothing of a task's type, so no version differs by them."""
_SCALARS = frozenset({"boolean", "number", "string", "null"})
_PLAIN = _NOTHING | _SCALARS | {"combo", "array", "object"}
_CUT = "…"
"""In place of members beyond the first few of a shape."""
_MARK = (
    "x y x1 y1 x2 y2 width height r rx ry angle x_center y_center radius spread rotation points pathX pathY closed "
    "auto_closed tool toolIndex tool_index toolType tool_label frame details displayTime displayTimeStamp templateID "
    "row column 0 zoomLevelOnCreation"
)
_OTHERS = (  # dropdowns, surveys, highlighter, subject groups, volumes, maps
    "select_label option option_index selection value label choice answers filters start end text labelInformation "
    "index subject threshold type features"
)
_MEMBERS = frozenset((*_MARK.split(), *_OTHERS.split()))

Group = list[Any]
"""Count, first time, last time (microseconds since 1970)."""
Groups = dict[tuple[Any, ...], Group]
Versions = dict[Any, dict[tuple[Any, ...], Group]]
"""By version, and then by shape, task type and dialect."""


def tasks_by_range(groups: Groups) -> list[dict[str, Any]]:
    """The tasks for groups by workflow, task, version, shape, task type and dialect."""
    tasks: dict[tuple[Any, Any], Versions] = {}
    for (workflow, task, version, *shape), group in groups.items():
        tasks.setdefault((workflow, task), {}).setdefault(version, {})[tuple(shape)] = group
    told = []
    for workflow, task in sorted(tasks, key=lambda key: (_order(key[0]), _natural(key[1]))):
        versions = tasks[workflow, task]
        span = _span(group for shapes in versions.values() for group in shapes.values())
        ranges = [_range(part) for part in _ranges(versions)]
        told.append({"workflow_id": workflow, "task": task, **span, "ranges": ranges})
    return told


def unknown_keys(groups: Groups) -> list[dict[str, Any]]:
    """The members for groups by workflow, task, version and member, the most frequent first."""
    found: dict[tuple[Any, ...], dict[Any, Group]] = {}
    for (workflow, task, version, name), group in groups.items():
        found.setdefault((workflow, task, name), {})[version] = group
    return _listed(found, "key")


def unknown_shapes(groups: Groups) -> list[dict[str, Any]]:
    """Those of the shapes, grouped as for `tasks_by_range`, that no known task gives, and the `members` that tell."""
    found: dict[tuple[Any, ...], dict[Any, Group]] = {}
    for (workflow, task, version, shape, *_), group in groups.items():
        if shape is not None and _strange(shape):
            versions = found.setdefault((workflow, task, shape), {})
            versions[version] = joined([versions[version], group]) if version in versions else group
    return [{**one, "members": _strange(one["shape"])} for one in _listed(found, "shape")]


def changes(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where the type of a task's values changes from one range to the next, or is not one within a range."""
    found = []
    for task in tasks:
        before: tuple[str, list[str]] | None = None
        for part in task["ranges"]:
            types = sorted({_type(shape) for shape in _telling(one["shape"] for one in part["shapes"])})
            place = {"workflow_id": task["workflow_id"], "task": task["task"]}
            times = {"annotations": part["annotations"], "first": part["first"], "last": part["last"]}
            if before and types and types != before[1]:
                found.append(
                    {**place, "from": before[0], "to": part["versions"], "before": before[1], "after": types, **times}
                )
            elif not before and len(types) > 1:
                found.append({**place, "from": None, "to": part["versions"], "before": [], "after": types, **times})
            before = (part["versions"], types) if types else before
    return found


def joined(groups: Iterable[Group]) -> Group:
    """One group of several."""
    counts, first, last = zip(*groups, strict=True)
    known_first, known_last = ([time for time in times if time is not None] for times in (first, last))
    return [sum(counts), min(known_first, default=None), max(known_last, default=None)]


def _span(groups: Iterable[Group]) -> dict[str, Any]:
    count, first, last = joined(groups)
    return {"annotations": count, "first": _iso(first), "last": _iso(last)}


def _iso(time: int | None) -> str | None:
    return None if time is None else (_EPOCH + timedelta(microseconds=time)).isoformat().replace("+00:00", "Z")


def _ranges(versions: Versions) -> list[Versions]:
    """The versions in their order, taken together while their shapes (but those of nothing) are the same."""
    parts: list[Versions] = []
    before: frozenset[str] | None = None
    numbered = False
    for version in sorted(versions, key=_version):
        shapes = _telling(shape for shape, *_ in versions[version])
        joins = parts and numbered and _version(version)[0] == 0
        if joins and (not shapes or not before or shapes == before):
            parts[-1][version] = versions[version]
        else:
            parts.append({version: versions[version]})
            before = None
        before = shapes or before
        numbered = _version(version)[0] == 0
    return parts


def _range(part: Versions) -> dict[str, Any]:
    by_shape: dict[Any, list[tuple[Any, Any, Group]]] = {}
    for shapes in part.values():
        for (shape, task_type, dialect), group in shapes.items():
            by_shape.setdefault(shape, []).append((task_type, dialect, group))
    told: list[dict[str, Any]] = []
    for shape, found in by_shape.items():
        dialects, types = Counter[str](), Counter[str]()
        for task_type, dialect, group in found:
            dialects[dialect or "unknown"] += group[0]
            if task_type is not None:
                types[task_type] += group[0]
        counted = {"dialects": dict(sorted(dialects.items())), "task_types": dict(sorted(types.items()))}
        told.append({"shape": shape, **_span(group for *_, group in found), **counted})
    told.sort(key=lambda one: (-one["annotations"], str(one["shape"])))
    everything = _span(group for found in by_shape.values() for *_, group in found)
    return {**_versions(part), **everything, "shapes": told}


def _versions(versions: Iterable[Any]) -> dict[str, Any]:
    ordered = sorted(versions, key=_version)
    ends = [ordered[0]] if len(ordered) == 1 else [ordered[0], ordered[-1]]
    return {"versions": "..".join("none" if end is None else str(end) for end in ends), "version_count": len(ordered)}


def _listed(found: dict[tuple[Any, ...], dict[Any, Group]], what: str) -> list[dict[str, Any]]:
    told = [
        {"workflow_id": workflow, "task": task, what: name, **_versions(versions), **_span(versions.values())}
        for (workflow, task, name), versions in found.items()
    ]
    return sorted(told, key=lambda one: (-one["annotations"], _order(one["workflow_id"]), str(one["task"]), one[what]))


def _telling(shapes: Iterable[str | None]) -> frozenset[str]:
    return frozenset(shape for shape in shapes if shape is not None and shape not in _NOTHING)


def _parts(shape: str) -> tuple[list[str], list[str]]:
    """The types of the items of a list's shape, such as `[null string {x y}]`, and the members of the objects in it."""
    before, brace, members = shape[1:].removesuffix("]").partition("{")
    types = [kind for kind in before.split() if kind != "null"] + ["object"] * bool(brace)
    return types, [name for name in members.removesuffix("}").split() if name != _CUT]


def _type(shape: str) -> str:
    """The outer type of a shape: `[object]` for `[{x y tool}]`, `[string]` for `[null string]`."""
    if shape.startswith("{"):
        return "object"
    return f"[{' '.join(_parts(shape)[0])}]" if shape.startswith("[") else shape


def _strange(shape: str) -> list[str]:
    """What of a shape no known task gives: members, types of items, or the shape itself."""
    if shape in _PLAIN:
        return []
    if shape[:1] not in ("[", "{"):
        return [shape]
    types, members = _parts(shape if shape.startswith("[") else f"[{shape}]")
    return sorted((set(types) - _SCALARS - {"object"}) | (set(members) - _MEMBERS))


def _version(version: str | None) -> tuple[int, int, int, str]:
    """The order of versions: by their two integers; then those of another form; then none."""
    if version is None:
        return 2, 0, 0, ""
    numbers = re.fullmatch(r"([0-9]{1,18})(?:\.([0-9]{1,18}))?", version)
    if numbers is None:
        return 1, 0, 0, version
    return 0, int(numbers[1]), -1 if numbers[2] is None else int(numbers[2]), version


def _order(workflow: int | None) -> tuple[bool, int]:
    return workflow is None, workflow or 0


def _natural(task: str | None) -> tuple[Any, ...]:
    """`T2` before `T10`; an annotation without a task last."""
    if task is None:
        return (True,)
    parts = re.split(r"([0-9]{1,18})", task)
    return (False, *(int(part) if at % 2 else part for at, part in enumerate(parts)))
