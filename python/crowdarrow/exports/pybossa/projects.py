"""`pybossa.tasks`, `pybossa.task_runs`, `pybossa.results`: a project's downloads, in JSON and every layout of CSV."""

import re
from collections.abc import Callable

from crowdarrow.declare import RECORD, Export, JsonTemplate, Sample, is_type, literal, record, value, when
from crowdarrow.exports.pybossa.form import DOCUMENT, Form, annotation_tree, of_cells, of_json, with_old_name
from crowdarrow.exports.pybossa.kinds import PREFIXES, first_layout_kind, kind_of
from crowdarrow.exports.pybossa.tables import KINDS, LISTS

_LISTS = ("fav_user_ids", "task_run_ids")
_WHOLE, _FLAT, _TEXT, _ANNOTATIONS = "(info)", "(flat info)", "(info text)", "(annotations)"


def _is(kind: str, *, first_layout: bool = False) -> Callable[[Sample], bool]:
    def told(sample: Sample) -> bool:
        return kind_of(sample) == kind and first_layout == (first_layout_kind(sample.header) is not None)

    return told


def _json(kind: str) -> Export:
    info = DOCUMENT["info"]
    form = Form(
        path=DOCUMENT,
        scalar=with_old_name(of_json),
        info=info,
        info_kind=lambda found: found,
        annotations=(DOCUMENT.items(LISTS[kind](info)),),
        extra=DOCUMENT.residual(),
    )
    return Export(kind=kind, tables=KINDS[kind](form), json=True, detect=_is(kind))


def _numbered(names: list[str], name: str) -> list[str]:
    found = [other for other in names if re.fullmatch(re.escape(name) + r"_[0-9]+", other)]
    return sorted(found, key=lambda other: int(other.rsplit("_", 1)[1]))


def _list_tree(names: list[str], name: str, prefix: str = "") -> JsonTemplate:
    """A list of ids: its text, or its items in columns of their own."""
    items = tuple(JsonTemplate("token", other) for other in _numbered(names, prefix + name))
    return JsonTemplate(
        "first", (JsonTemplate("literal", prefix + name), *((JsonTemplate("list", items),) if items else ()))
    )


def _first_layout(kind: str) -> Export:
    """P1: `task_run__id`, the whole `info` in one cell, `None` for null."""
    prefix = next(prefix for prefix, of in PREFIXES.items() if of == kind)

    def shaped(names: list[str]) -> Export:
        info = record[_WHOLE]
        form = Form(
            path=RECORD,
            scalar=with_old_name(of_cells(prefix, ("None",))),
            info=info,
            info_kind=lambda found: found,
            annotations=(RECORD.items(LISTS[kind](info)),),
            numbered_lists={name: value(record[f"({name})"], "strict") for name in _LISTS},
        )
        derived = {_WHOLE: JsonTemplate("literal", f"{prefix}info")}
        derived |= {f"({name})": _list_tree(names, name, prefix) for name in _LISTS}
        exploded = frozenset(name for name in names if name.startswith(prefix[:-2] + "info__"))
        # Without the whole cell its parts are all there is.
        return Export(
            kind=kind,
            tables=KINDS[kind](form),
            layout="P1",
            detect=_is(kind, first_layout=True),
            derived=derived,
            nulls=("None",),
            redundant=exploded if f"{prefix}info" in names else frozenset(),
            for_header=shaped,
        )

    return shaped([])


def _later_layouts(kind: str) -> Export:
    """P2 and P3: `info_<key>`, flattened with `_`; ids may be floats."""

    def shaped(names: list[str]) -> Export:
        flat = [name for name in names if name.startswith("info_")]
        flattened = ~is_type(record[_FLAT], "missing") & is_type(record[_TEXT], "missing")
        listed = "info_annotations_" if kind == "pybossa.results" else "info_"
        items = _items([name for name in flat if re.match(listed + r"[0-9]+_", name)], listed)
        form = Form(
            path=RECORD,
            scalar=with_old_name(of_cells("", ())),
            info=record[_WHOLE],
            info_kind=lambda found: when(flattened, literal("flattened"), found),
            annotations=(
                RECORD.filter(flattened).numbered_members(record[_ANNOTATIONS]),
                RECORD.filter(~flattened).items(LISTS[kind](record[_WHOLE])),
            ),
            numbered_lists={name: value(record[f"({name})"], "strict") for name in _LISTS},
        )
        members = tuple((name.removeprefix("info_"), JsonTemplate("text", name)) for name in flat)
        flat_tree = JsonTemplate("object", members)
        derived = {
            _FLAT: flat_tree,
            _TEXT: JsonTemplate("text", "info"),
            _WHOLE: JsonTemplate("whole", ["info", flat_tree]),
            _ANNOTATIONS: JsonTemplate("object", tuple((index, annotation_tree(below)) for index, below in items)),
        }
        derived |= {f"({name})": _list_tree(names, name) for name in _LISTS}
        lists = {other for name in _LISTS for other in _numbered(names, name)}
        return Export(
            kind=kind,
            tables=KINDS[kind](form),
            layout="P2",
            detect=_is(kind),
            derived=derived,
            redundant=frozenset(flat) | lists,
            for_header=shaped,
        )

    return shaped([])


def _items(names: list[str], prefix: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The flattened columns of each item of a list, by its number."""
    items: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        index, _, rest = name.removeprefix(prefix).partition("_")
        items.setdefault(index, []).append((rest, name))
    return sorted(items.items(), key=lambda item: int(item[0]))


EXPORTS = (
    *(_json(kind) for kind in KINDS),
    *(_first_layout(kind) for kind in KINDS),
    *(_later_layouts(kind) for kind in KINDS),
)
