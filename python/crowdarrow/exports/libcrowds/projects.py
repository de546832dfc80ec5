"""`pybossa.tasks`, `pybossa.task_runs`, `pybossa.results`: a project's downloads, in JSON and every layout of CSV."""

import re
from collections.abc import Callable

from crowdarrow.declare import RECORD, Export, Sample, Tree, is_kind, record, text, value, when
from crowdarrow.exports.libcrowds.form import DOCUMENT, Form, of_cells, of_json, tree_of, with_old_name
from crowdarrow.exports.libcrowds.kinds import PREFIXES, first_layout_kind, kind_of
from crowdarrow.exports.libcrowds.tables import KINDS, LISTS

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
        annotations=((DOCUMENT, LISTS[kind](info)),),
        extra=DOCUMENT.rest(),
    )
    return Export(kind=kind, tables=KINDS[kind](form), json=True, told=_is(kind))


def _numbered(names: list[str], name: str) -> list[str]:
    found = [other for other in names if re.fullmatch(re.escape(name) + r"_[0-9]+", other)]
    return sorted(found, key=lambda other: int(other.rsplit("_", 1)[1]))


def _list_tree(names: list[str], name: str, prefix: str = "") -> Tree:
    """A list of ids: its text, or its items in columns of their own."""
    items = tuple(Tree("token", other) for other in _numbered(names, prefix + name))
    return Tree("first", (Tree("literal", prefix + name), *((Tree("list", items),) if items else ())))


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
            annotations=((RECORD, LISTS[kind](info)),),
            numbered_lists={name: value(record[f"({name})"], "strict") for name in _LISTS},
        )
        derived = {_WHOLE: Tree("literal", f"{prefix}info")}
        derived |= {f"({name})": _list_tree(names, name, prefix) for name in _LISTS}
        exploded = frozenset(name for name in names if name.startswith(prefix[:-2] + "info__"))
        # Without the whole cell its parts are all there is.
        return Export(
            kind=kind,
            tables=KINDS[kind](form),
            told=_is(kind, first_layout=True),
            derived=derived,
            passed_over=exploded if f"{prefix}info" in names else frozenset(),
            shaped=shaped,
        )

    return shaped([])


def _later_layouts(kind: str) -> Export:
    """P2 and P3: `info_<key>`, flattened with `_`; ids may be floats."""

    def shaped(names: list[str]) -> Export:
        flat = [name for name in names if name.startswith("info_")]
        flattened = ~is_kind(record[_FLAT], "missing") & is_kind(record[_TEXT], "missing")
        listed = "info_annotations_" if kind == "pybossa.results" else "info_"
        levels = [(_levels(name.removeprefix(listed)), name) for name in flat if re.match(listed + r"[0-9]+_", name)]
        form = Form(
            path=RECORD,
            scalar=with_old_name(of_cells("", ())),
            info=record[_WHOLE],
            info_kind=lambda found: when(flattened, text("flattened"), found),
            annotations=(
                (RECORD.when(flattened), record[_ANNOTATIONS]),
                (RECORD.when(~flattened), LISTS[kind](record[_WHOLE])),
            ),
            numbered_lists={name: value(record[f"({name})"], "strict") for name in _LISTS},
        )
        members = tuple((name.removeprefix("info_"), Tree("text", name)) for name in flat)
        flat_tree = Tree("object", members)
        derived = {
            _FLAT: flat_tree,
            _TEXT: Tree("text", "info"),
            _WHOLE: Tree("whole", ["info", flat_tree]),
            _ANNOTATIONS: tree_of(levels),
        }
        derived |= {f"({name})": _list_tree(names, name) for name in _LISTS}
        lists = {other for name in _LISTS for other in _numbered(names, name)}
        return Export(
            kind=kind,
            tables=KINDS[kind](form),
            told=_is(kind),
            derived=derived,
            passed_over=frozenset(flat) | lists,
            shaped=shaped,
        )

    return shaped([])


def _levels(name: str) -> list[str]:
    """The levels of a flattened name: below these members it is taken apart, elsewhere a name is a member's own."""
    index, _, rest = name.partition("_")
    member, _, inner = rest.partition("_")
    taken = member in ("body", "target", "generator", "creator", "partOf") and inner
    return [index, *(rest.split("_") if taken else [rest])]


EXPORTS = (
    *(_json(kind) for kind in KINDS),
    *(_first_layout(kind) for kind in KINDS),
    *(_later_layouts(kind) for kind in KINDS),
)
