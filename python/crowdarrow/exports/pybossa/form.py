"""How the records of a PYBOSSA download are read, whatever its format: JSON objects, or one of the layouts of CSV.

The tables are declared once; a `Form` says where their columns come from in one format.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from crowdarrow.declare import RECORD, Expr, JsonPath, JsonTemplate, RowPath, cell, coalesce, null, record, value

DOCUMENT = RECORD.single(record[""])
"""The record where it is JSON: a field without a name."""


@dataclass(frozen=True)
class Form:
    """One format."""

    path: RowPath
    """What a record's own row is made of."""
    scalar: Callable[[str], Expr]
    """The typed scalar of this name."""
    info: JsonPath
    """The JSON of `info`."""
    info_kind: Callable[[Expr], Expr]
    """`info_kind`, given the name of the JSON type of `info`."""
    annotations: tuple[RowPath, ...]
    """The items among which annotations are."""
    extra: Expr = null
    numbered_lists: Mapping[str, Expr] = field(default_factory=dict)
    """Lists of integers."""

    def integers(self, name: str) -> Expr:
        """A list of integers."""
        return self.numbered_lists.get(name) or self.scalar(name)


def _decode(name: str) -> str | None:
    """Some servers write `created` as the hex digits of its text."""
    return "hex" if name == "created" else None


def of_json(name: str) -> Expr:
    """A member of a JSON record, of its column's type or null."""
    return value(DOCUMENT[name], "strict", decode=_decode(name))


def with_old_name(scalar: Callable[[str], Expr]) -> Callable[[str], Expr]:
    """`project_id` was `app_id` before 2015."""

    def named(name: str) -> Expr:
        return coalesce(scalar(name), scalar("app_id")) if name == "project_id" else scalar(name)

    return named


def of_cells(prefix: str, nulls: tuple[str, ...]) -> Callable[[str], Expr]:
    """The CSV columns with this prefix."""

    def scalar(name: str) -> Expr:
        return cell(prefix + name, nulls, decode=_decode(name))

    return scalar


def annotation_tree(columns: list[tuple[str, str]]) -> JsonTemplate:
    """The tree of a flattened annotation, of its members' names and their columns.

    What lies below a column that is filled has no place in its member's tree, and stands under its own name.
    """
    paths = [(levels_of(name), column) for name, column in columns]
    members: dict[str, list[tuple[list[str], str]]] = {}
    for path, column in paths:
        members.setdefault(path[0], []).append((path[1:], column))
    found = [(name, tree_of(below)) for name, below in members.items()]
    at = {tuple(path): column for path, column in paths}
    for path, column in paths:
        above = [at[shorter] for depth in range(1, len(path)) if (shorter := tuple(path[:depth])) in at]
        if above:
            found.append(("_".join(path), JsonTemplate("below", [above, column])))
    return JsonTemplate("object", tuple(found))


def tree_of(columns: list[tuple[list[str], str]]) -> JsonTemplate:
    """The tree of flattened columns, each a path and its column: all-digit levels are lists.

    A column that is filled stands before what lies deeper under its name.
    """
    own = [column for path, column in columns if not path]
    deeper: dict[str, list[tuple[list[str], str]]] = {}
    for path, column in columns:
        if path:
            deeper.setdefault(path[0], []).append((path[1:], column))
    options = [JsonTemplate("text", column) for column in own]
    if deeper:
        inner = {key: tree_of(below) for key, below in deeper.items()}
        items = sorted((key for key in inner if key.isascii() and key.isdigit()), key=int)
        members = [key for key in inner if key not in items]
        levels = [[(key, inner[key]) for key in keys] for keys in (items, members)]
        options.append(JsonTemplate("levels", levels) if items else JsonTemplate("object", levels[1]))
    return options[0] if len(options) == 1 else JsonTemplate("first", tuple(options))


def levels_of(name: str) -> list[str]:
    """The levels of a flattened annotation's column: below these members it is taken apart, others are names."""
    member = name.partition("_")[0]
    return name.split("_") if member in ("body", "target", "generator", "creator", "partOf") else [name]
