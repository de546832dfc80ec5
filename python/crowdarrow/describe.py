"""The columns of a table with their types and descriptions, as `crowdarrow schema` shows them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from crowdarrow.declare.types import StructType, json_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from crowdarrow.declare import Table

_LEAST_WIDTH = 30
"""Characters of a line of descriptions beside the names and types; with less they follow on the next line."""
_TYPE_WIDTH = 20
"""Characters of a type; the description of a column with a longer one follows on the next line."""
_INDENT = "  "


def as_dict(table: Table) -> list[dict[str, Any]]:
    """The columns as JSON-ready values; those of a struct with its children."""
    found = []
    for field in table.schema():
        column = {"name": field.name, "type": str(field.type), "description": table.about[field.name]}
        if children := _children(table, field.name):
            column["children"] = [
                {"name": child.name, "type": str(child.type), "description": table.about[f"{field.name}.{child.name}"]}
                for child in children
            ]
        found.append(column)
    return found


def lines(table: Table, width: int) -> Iterator[str]:
    """The columns as lines of text that are no wider than `width` if that can be."""
    rows: list[tuple[str, str, str]] = []
    for column in table.columns:
        if column.optional or column.unless is not None:
            continue
        kind, name = column.type, column.name
        children = kind.children if isinstance(kind, StructType) and kind.extra else ()
        rows.append((name, "struct" if children else kind.name, table.about[name]))
        rows += [(f"{name}.{child}", type_.name, table.about[f"{name}.{child}"]) for child, type_ in children]
        if children:
            rows.append((f"{name}.extra", json_text.name, table.about[f"{name}.extra"]))
    name_width = max(len(name) for name, *_ in rows)
    type_width = max(len(kind) for _, kind, _ in rows if len(kind) <= _TYPE_WIDTH)
    start = len(_INDENT) + name_width + 2 + type_width + 2
    for name, type_name, text in rows:
        left = f"{_INDENT}{name:{name_width}}  {type_name:{type_width}}  "
        if len(left) > start or width - start < _LEAST_WIDTH:
            yield left.rstrip()
            indent = _INDENT * 3
            yield from textwrap.wrap(text, max(width, _LEAST_WIDTH), initial_indent=indent, subsequent_indent=indent)
        else:
            yield from textwrap.wrap(text, width, initial_indent=left, subsequent_indent=" " * start)


def _children(table: Table, name: str) -> list[pa.Field]:
    """The children of a struct that has descriptions of them."""
    column = next(one for one in table.columns if one.name == name)
    if not isinstance(column.type, StructType) or not column.type.extra:
        return []
    return list(column.type.arrow)
