"""What `drift` found, as text for people: plain, at most 100 columns wide, long lists cut."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_WIDTH = 100
_SHOWN = 12  # of each list
_RANGES = 4  # of a task
_SHAPES = 5  # of a range
_SHAPE_WIDTH = 44

_Found = dict[str, Any]


def as_text(found: _Found) -> str:
    """The report for `Drift.to_dict()`; the empty string where nothing was counted."""
    lines = [
        *_section("value shapes by task and version", found["tasks"], _task, "tasks"),
        *_section("tasks whose type of value changes", found["changes"], _change, "changes"),
        *_section("unknown members of annotations", found["unknown_keys"], _key, "members"),
        *_section("unknown shapes of values", found["unknown_shapes"], _strange, "shapes"),
        *_people(found["volunteers"]),
        *_cells(found["largest"]),
        *(f"not told apart: {count:,} annotations, by their {what}" for what, count in found["beyond"].items()),
    ]
    return "\n".join(_fitted(line) for line in lines)


def _section(title: str, items: list[_Found], lines: Callable[[_Found], list[str]], what: str) -> list[str]:
    return [title, *_indented(_first(items, _SHOWN, lines, what))] if items else []


def _first(items: list[_Found], shown: int, lines: Callable[[_Found], list[str]], what: str) -> list[str]:
    told = [line for item in items[:shown] for line in lines(item)]
    return [*told, f"… and {len(items) - shown:,} more {what}"] if len(items) > shown else told


def _task(task: _Found) -> list[str]:
    ranges = task["ranges"]
    total = f"{task['annotations']:,} annotations{_dates(task)}"
    if len(ranges) == 1:
        return [f"{_place(task)} in {_within(ranges[0])}: {total}", *_indented(_shapes(ranges[0]))]
    return [f"{_place(task)}: {total}", *_indented(_first(ranges, _RANGES, _range, "ranges of versions"))]


def _range(part: _Found) -> list[str]:
    return [f"{_within(part)}: {part['annotations']:,}{_dates(part)}", *_indented(_shapes(part))]


def _within(part: _Found) -> str:
    count = part["version_count"]
    return f"{_plain(part['versions'])} ({count:,} versions)" if count > 1 else _plain(part["versions"])


def _shapes(part: _Found) -> list[str]:
    return _first(part["shapes"], _SHAPES, _shape, "shapes")


def _shape(shape: _Found) -> list[str]:
    name = _cut(_plain(shape["shape"]), _SHAPE_WIDTH)
    dialects = _counts(shape["dialects"]) if len(shape["dialects"]) > 1 else "".join(shape["dialects"])
    types = f"; {', '.join(map(_plain, shape['task_types']))}" if shape["task_types"] else ""
    return [f"{name:<{_SHAPE_WIDTH}} {shape['annotations']:>11,}  {dialects}{types}"]


def _change(change: _Found) -> list[str]:
    after = ", ".join(map(_plain, change["after"]))
    to = _plain(change["to"])
    if change["from"] is None:
        return [f"{_place(change)}: {after}, all in {to}{_dates(change)}"]
    before = ", ".join(map(_plain, change["before"]))
    moved = f"{before} in {_plain(change['from'])}, then {after} in {to}"
    return [f"{_place(change)}: {moved}{_dates(change)}"]


def _key(key: _Found) -> list[str]:
    name = _cut(_plain(key["key"]), _SHAPE_WIDTH)
    return [f"{name}: {key['annotations']:,} in {_place(key)}, {_plain(key['versions'])}{_dates(key)}"]


def _strange(shape: _Found) -> list[str]:
    name = _cut(", ".join(map(_plain, shape["members"])), _SHAPE_WIDTH)
    whole = "" if shape["members"] == [shape["shape"]] else f" of {_cut(_plain(shape['shape']), 20)}"
    return [f"{name}{whole}: {shape['annotations']:,} in {_place(shape)}, {_plain(shape['versions'])}{_dates(shape)}"]


def _people(volunteers: _Found) -> list[str]:
    if not volunteers["classifications"]:
        return []
    told = ["volunteers", *_indented(_volunteers("all", volunteers))]
    if len(volunteers["workflows"]) > 1:
        told += _indented(
            _first(
                volunteers["workflows"],
                _SHOWN,
                lambda one: _volunteers(_workflow(one), one),
                "workflows",
            )
        )
    return told


def _volunteers(who: str, counts: _Found) -> list[str]:
    repeats = counts["repeats"]
    visitors = f"{counts['visitors']:,} of {counts['classifications']:,} by visitors ({counts['share']:.1%})"
    again = "no repeats"
    if repeats["surplus"]:
        by_visitors = f" ({repeats['surplus_of_visitors']:,} by visitors)" if repeats["surplus_of_visitors"] else ""
        again = f"{repeats['surplus']:,} repeats{by_visitors}, at most {repeats['most']:,} of one"
    return [f"{who}: {visitors}; {again}"]


def _cells(largest: dict[str, list[_Found]]) -> list[str]:
    cells = [
        f"{name} {cell['bytes']:,} bytes in {_record(cell)}" for name, found in largest.items() for cell in found[:1]
    ]
    return ["largest cells", *_indented(cells)] if cells else []


def _record(cell: _Found) -> str:
    record = cell["classification_id"]
    return "a classification without id" if record is None else f"classification {record}"


def _place(item: _Found) -> str:
    task = "no task" if item["task"] is None else _cut(_plain(item["task"]), 24)
    return f"{_workflow(item)} {task}"


def _workflow(item: _Found) -> str:
    return "no workflow" if item["workflow_id"] is None else f"workflow {item['workflow_id']}"


def _dates(item: _Found) -> str:
    if item["first"] is None:
        return ""
    first, last = item["first"][:10], item["last"][:10]
    return f", {first}" if first == last else f", {first} to {last}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _plain(text: Any) -> str:
    """A text that cannot disturb a terminal or the lines."""
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in str(text))


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _fitted(line: str) -> str:
    return _cut(line.rstrip(), _WIDTH)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
