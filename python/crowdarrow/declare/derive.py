"""Fields composed from the columns whose names match a pattern, once the header of the input is known.

Some exports write a list or an object as one column per item or member: `ids_0`, `ids_1`, `info_title`. A `HeaderField`
declares such a field. `resolve_fields` replaces it by the `JsonTemplate` of the columns that a header has.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from crowdarrow.declare.header import Header
from crowdarrow.declare.templates import JsonTemplate
from crowdarrow.frozen import Frozen

_Path = tuple[str, ...]

_NUMBER = "[0-9]{1,9}"
"""An index in a column's name; more digits are no index."""
_NUMBERED = re.compile(f"(.+)_({_NUMBER})", re.DOTALL).fullmatch
_is_index = re.compile(_NUMBER).fullmatch
_MOST_LEVELS = 40
"""A name with more levels is not split: it is one level."""


class HeaderField(Protocol):
    """A field whose columns depend on the header."""

    def resolve(self, columns: Sequence[str], surplus: Mapping[str, str]) -> JsonTemplate:
        """The template of these columns. `surplus` are the unnamed and the repeated ones: output name to field."""


class ListField(Frozen):
    """A list as the text of one column, or with one column `<name>_<n>` per item."""

    name: str

    def resolve(self, columns: Sequence[str], surplus: Mapping[str, str]) -> JsonTemplate:  # noqa: ARG002 - not read
        """The column's text if it has one, else the items in order of n."""
        is_item = re.compile(rf"{re.escape(self.name)}_{_NUMBER}").fullmatch
        items = [column for column in columns if is_item(column)]
        items.sort(key=lambda column: int(column.rsplit("_", 1)[1]))
        whole = JsonTemplate("list", self.name)
        listed = JsonTemplate("array", tuple(JsonTemplate("token", column) for column in items))
        return JsonTemplate("first", (whole, listed) if items else (whole,))


class ObjectField(Frozen):
    """An object with one column `<prefix><key>` per member."""

    prefix: str
    whole: str | None = None
    """A column that may hold the whole object, or a text instead of an object."""

    def resolve(self, columns: Sequence[str], surplus: Mapping[str, str]) -> JsonTemplate:  # noqa: ARG002 - not read
        """The members as text, in the order of the header."""
        found = [column for column in columns if column.startswith(self.prefix)]
        members = tuple((column.removeprefix(self.prefix), JsonTemplate("text", column)) for column in found)
        template = JsonTemplate("object", members)
        return template if self.whole is None else JsonTemplate("whole", [self.whole, template])


class NumberedField(Frozen):
    """An object with one member per column `<name>_<n>`, ordered by the first column of a name, then by n."""

    def resolve(self, columns: Sequence[str], surplus: Mapping[str, str]) -> JsonTemplate:  # noqa: ARG002 - not read
        """The members as text, each under the name of its column."""
        found = [match for column in columns if (match := _NUMBERED(column))]
        places = {name: place for place, name in enumerate(dict.fromkeys(match[1] for match in found))}
        found.sort(key=lambda match: (places[match[1]], int(match[2])))
        return JsonTemplate("object", tuple((match[0], JsonTemplate("text", match[0])) for match in found))


class FlattenedField(Frozen):
    """An object that is flattened to columns `<member>_<level>_…`, in which all-digit levels are list indices."""

    nested: frozenset[str]
    """The members that are flattened; an underscore in another name doesn't separate levels."""

    def resolve(self, columns: Sequence[str], surplus: Mapping[str, str]) -> JsonTemplate:
        """The object of all columns; unnamed and repeated ones keep their output name.

        A record whose cells are all empty is an object too, without members.
        """
        members = self.compose(((column, column) for column in columns), surplus, "container")
        return JsonTemplate("first", (members, JsonTemplate("object", ())))

    def compose(
        self, columns: Iterable[tuple[str, str]], surplus: Mapping[str, str] | None = None, whole: str = "text"
    ) -> JsonTemplate:
        """The object of these columns, given as pairs of flattened name and column.

        A column below another one that has a value is not part of its member: it is kept under its flattened name.
        `whole` is the template of a column that is a whole member.
        """
        paths = [(self._split(name), column) for name, column in columns]
        members: dict[str, list[tuple[_Path, str]]] = defaultdict(list)
        for path, column in paths:
            members[path[0]].append((path[1:], column))
        found = [(name, _compose(below, whole if name in self.nested else "text")) for name, below in members.items()]
        by_path = dict(paths)
        for path, column in paths:
            if len(path) == 1:
                continue
            above = [by_path[path[:depth]] for depth in range(1, len(path)) if path[:depth] in by_path]
            if above:
                found.append(("_".join(path), JsonTemplate("below", [above, column])))
        found += [(name, JsonTemplate("text", field)) for name, field in (surplus or {}).items()]
        return JsonTemplate("object", tuple(found))

    def _split(self, name: str) -> _Path:
        is_nested = name.partition("_")[0] in self.nested and name.count("_") <= _MOST_LEVELS
        return tuple(name.split("_")) if is_nested else (name,)


class FlattenedItems(Frozen):
    """A list of flattened objects in columns `<prefix><n>_<flattened name>`, as an object with the indices as keys."""

    prefix: str
    item: FlattenedField

    def resolve(self, columns: Sequence[str], surplus: Mapping[str, str]) -> JsonTemplate:  # noqa: ARG002 - not read
        """The items in order of n."""
        items: dict[str, list[tuple[str, str]]] = defaultdict(list)
        of_item = re.compile(rf"{re.escape(self.prefix)}({_NUMBER})_(.*)", re.DOTALL).fullmatch
        for column in columns:
            if match := of_item(column):
                items[match[1]].append((match[2], column))
        ordered = sorted(items.items(), key=lambda item: int(item[0]))
        return JsonTemplate("object", tuple((index, self.item.compose(columns)) for index, columns in ordered))


def _compose(columns: list[tuple[_Path, str]], whole: str = "text") -> JsonTemplate:
    """The value of flattened columns, given as pairs of remaining levels and column.

    A column with a value takes precedence over the columns below it.
    """
    if len(columns) == 1 and not columns[0][0]:
        return JsonTemplate(whole, columns[0][1])
    options = [JsonTemplate(whole, column) for path, column in columns if not path]
    below: dict[str, list[tuple[_Path, str]]] = defaultdict(list)
    for path, column in columns:
        if path:
            below[path[0]].append((path[1:], column))
    if below:
        inner = {key: _compose(deeper) for key, deeper in below.items()}
        items = sorted(filter(_is_index, inner), key=int)
        members = [key for key in inner if not _is_index(key)]
        levels = [[(key, inner[key]) for key in keys] for keys in (items, members)]
        options.append(JsonTemplate("levels", levels) if items else JsonTemplate("object", levels[1]))
    return options[0] if len(options) == 1 else JsonTemplate("first", tuple(options))


def resolve_fields(
    fields: Mapping[str, JsonTemplate | HeaderField], headers: Sequence[Header]
) -> dict[str, JsonTemplate]:
    """The templates of derived fields, for sources with these headers."""
    columns = list(dict.fromkeys(name for header in headers for name in header.first))
    composed = any(isinstance(field, FlattenedField) for field in fields.values())
    surplus = {name: field for header in headers for name, field in header.surplus.items()} if composed else {}
    return {
        name: field if isinstance(field, JsonTemplate) else field.resolve(columns, surplus)
        for name, field in fields.items()
    }


def redundant_columns(redundant: Mapping[str, str], headers: Sequence[Header]) -> set[str]:
    """The columns that match a pattern and whose original is in the headers too."""
    names = {name for header in headers for name in header.first}
    patterns = [re.compile(pattern, re.DOTALL) for pattern, original in redundant.items() if original in names]
    if not patterns:
        return set()
    return {name for name in names if any(pattern.fullmatch(name) for pattern in patterns)}
