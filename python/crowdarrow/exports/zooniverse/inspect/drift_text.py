"""The findings of `drift` as text for people: at most 100 columns wide, with long lists cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crowdarrow.terminal import number_of
from crowdarrow.terminal import plain as _plain

if TYPE_CHECKING:
    from collections.abc import Callable

_WIDTH = 100
_MAX_ITEMS = 12  # of each list
_MAX_RANGES = 4  # of a task
_MAX_SHAPES = 5  # of a range
_SHAPE_WIDTH = 44
_TASK_WIDTH = 24

_Found = dict[str, Any]


def as_lines(found: _Found) -> list[str]:
    """The report for `Drift.to_dict()`; empty if nothing was counted."""
    lines = [
        *_section("value shapes by task and version", found["tasks"], _task, "tasks"),
        *_section("tasks whose type of value changes", found["changes"], _change, "changes"),
        *_section("unknown members of annotations", found["unknown_keys"], _key, "members"),
        *_section("unknown shapes of values", found["unknown_shapes"], _unknown_shape, "shapes"),
        *_volunteers(found["volunteers"]),
        *_largest_cells(found["largest"]),
        *(f"not distinguished: {count:,} annotations, by their {what}" for what, count in found["beyond"].items()),
    ]
    return [_cut(line.rstrip(), _WIDTH) for line in lines]


def _section(title: str, items: list[_Found], lines: Callable[[_Found], list[str]], what: str) -> list[str]:
    return [title, *_indented(_first(items, _MAX_ITEMS, lines, what))] if items else []


def _first(items: list[_Found], limit: int, lines: Callable[[_Found], list[str]], what: str) -> list[str]:
    shown = [line for item in items[:limit] for line in lines(item)]
    return [*shown, f"… and {len(items) - limit:,} more {what}"] if len(items) > limit else shown


def _task(task: _Found) -> list[str]:
    ranges = task["ranges"]
    total = f"{number_of(task['annotations'], 'annotation')}{_dates(task)}"
    if len(ranges) == 1:
        return [f"{_place(task)} in {_versions(ranges[0])}: {total}", *_indented(_shapes(ranges[0]))]
    return [f"{_place(task)}: {total}", *_indented(_first(ranges, _MAX_RANGES, _range, "ranges of versions"))]


def _range(part: _Found) -> list[str]:
    return [f"{_versions(part)}: {part['annotations']:,}{_dates(part)}", *_indented(_shapes(part))]


def _versions(part: _Found) -> str:
    count = part["version_count"]
    return f"{_plain(part['versions'])} ({count:,} versions)" if count > 1 else _plain(part["versions"])


def _shapes(part: _Found) -> list[str]:
    return _first(part["shapes"], _MAX_SHAPES, _shape, "shapes")


def _shape(shape: _Found) -> list[str]:
    dialects = shape["dialects"]
    counts = (
        ", ".join(f"{name} {count:,}" for name, count in dialects.items()) if len(dialects) > 1 else "".join(dialects)
    )
    types = f"; {', '.join(map(_plain, shape['task_types']))}" if shape["task_types"] else ""
    return [f"{_cut(_plain(shape['shape'])):<{_SHAPE_WIDTH}} {shape['annotations']:>11,}  {counts}{types}"]


def _change(change: _Found) -> list[str]:
    before, after = (", ".join(map(_plain, change[name])) for name in ("before", "after"))
    to = _plain(change["to"])
    if change["from"] is None:
        return [f"{_place(change)}: {after}, all in {to}{_dates(change)}"]
    return [f"{_place(change)}: {before} in {_plain(change['from'])}, then {after} in {to}{_dates(change)}"]


def _key(key: _Found) -> list[str]:
    return [f"{_cut(_plain(key['key']))}: {_where(key)}"]


def _unknown_shape(shape: _Found) -> list[str]:
    name = _cut(", ".join(map(_plain, shape["members"])))
    whole = "" if shape["members"] == [shape["shape"]] else f" of {_cut(_plain(shape['shape']), 20)}"
    return [f"{name}{whole}: {_where(shape)}"]


def _volunteers(volunteers: _Found) -> list[str]:
    if not volunteers["classifications"]:
        return []
    lines = [_counts("all", volunteers)]
    if len(volunteers["workflows"]) > 1:
        lines += _first(volunteers["workflows"], _MAX_ITEMS, lambda one: [_counts(_workflow(one), one)], "workflows")
    return ["volunteers", *_indented(lines)]


def _counts(who: str, counts: _Found) -> str:
    found = counts["repeats"]
    visitors = f"{counts['visitors']:,} of {counts['classifications']:,} by visitors ({counts['share']:.1%})"
    repeats = "no repeats"
    if found["surplus"]:
        by_visitors = f" ({found['surplus_of_visitors']:,} by visitors)" if found["surplus_of_visitors"] else ""
        repeats = f"{number_of(found['surplus'], 'repeat')}{by_visitors}, at most {found['most']:,} of one"
    return f"{who}: {visitors}; {repeats}"


def _largest_cells(largest: dict[str, list[_Found]]) -> list[str]:
    lines = []
    for name, cells in largest.items():
        for cell in cells[:1]:
            record = cell["classification_id"]
            of = "a classification without id" if record is None else f"classification {record}"
            lines.append(f"{name} {number_of(cell['bytes'], 'byte')} in {of}")
    return ["largest cells", *_indented(lines)] if lines else []


def _where(item: _Found) -> str:
    return f"{item['annotations']:,} in {_place(item)}, {_plain(item['versions'])}{_dates(item)}"


def _place(item: _Found) -> str:
    task = "no task" if item["task"] is None else _cut(_plain(item["task"]), _TASK_WIDTH)
    return f"{_workflow(item)} {task}"


def _workflow(item: _Found) -> str:
    return "no workflow" if item["workflow_id"] is None else f"workflow {item['workflow_id']}"


def _dates(item: _Found) -> str:
    if item["first"] is None:
        return ""
    first, last = item["first"][:10], item["last"][:10]
    return f", {first}" if first == last else f", {first} to {last}"


def _cut(text: str, width: int = _SHAPE_WIDTH) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
