"""The records of a project download as CSV: layout P1 (to 2017), P2 and P3 (since), and P3's `_info_only` member.

P2 and P3 name every column that any record has, so the `info` are all made before the first record is written.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from .encode import FRESH, Json
from .flattening import Leaf, excel_field, flatten, float_columns, pandas_field, pandas_text, python2
from .server_json import POOL, fresh, info_at, places, rows
from .server_tables import ServerTable, Value

_SLOT = FRESH.encode()
# JSON's escape of it, and that of Python's `repr`.
_ESCAPED_SLOT = ascii(FRESH)[1:-1].encode()
_MOST_LISTED = 5
"""The longest list of ids that a row has."""


@dataclass(frozen=True)
class CsvDownload:
    """One member of a download: its header, and its records without end or to the last."""

    header: tuple[str, ...]
    records: Iterator[bytes]
    newline: str


def _pool(table: ServerTable, seed: int, page: str, records: int | None) -> list[Json]:
    """The `info` that so many records have; all there are, if their number isn't known."""
    size = POOL
    if records is not None:
        size = 1 + max(islice(places(table, seed), max(1, records)))
    return [info_at(table, seed, page, place) for place in range(size)]


def _rows(table: ServerTable, seed: int) -> Iterator[tuple[int, dict[str, Value], int]]:
    """Number, row and place of the `info` in the pool."""
    for number, (row, place) in enumerate(zip(rows(table, seed), places(table, seed), strict=False)):
        yield number, row, place


def p1(table: ServerTable, seed: int, page: str, records: int | None) -> CsvDownload:
    """Layout P1. The header is the first record's, and each record is laid out by its own keys."""
    pool = _pool(table, seed, page, records)
    laid_out = []
    for info in pool:
        whole = json.dumps(info) if isinstance(info, Mapping) else python2(info)
        cells = {f"{table.name}info__{key}": python2(member) for key, member in _members(info).items()}
        laid_out.append({f"{table.name}__info": whole} | cells)
    columns = {f"{table.name}__{name}": name for name in table.csv["P1"]}

    def made() -> Iterator[bytes]:
        templates = [{name: excel_field(text) for name, text in cells.items()} for cells in laid_out]
        for number, row, place in _rows(table, seed):
            template = templates[place]
            names = sorted({**columns, **template})
            fields = [template[one] if one in template else str(row[columns[one]]).encode() for one in names]
            digits = fresh(number)
            yield b",".join(fields).replace(_SLOT, digits).replace(_ESCAPED_SLOT, digits)

    return CsvDownload(tuple(sorted({**columns, **laid_out[0]})), made(), "\r\n")


def _members(info: Json) -> Mapping[str, Json]:
    return info if isinstance(info, Mapping) else {}


def _scalar_cells(table: ServerTable, layout: str, row: dict[str, Value]) -> dict[str, str]:
    """The cells of a row's own columns; before 2.9 its lists were flattened too."""
    cells: dict[str, str] = {}
    for name in table.csv[layout]:
        value = row.get(name)
        if isinstance(value, list):
            if layout == "P2":
                cells |= {f"{name}_{place}": str(item) for place, item in enumerate(value)}
            else:
                cells[name] = str(value) if value else ""
        elif name != "info":
            cells[name] = pandas_text(value, as_float=name in table.floats)
    return cells


def flat(table: ServerTable, seed: int, page: str, records: int | None, *, layout: str) -> CsvDownload:
    """Layout P2 or P3: the main member."""
    pool = _pool(table, seed, page, records)
    leaves = [flatten(info, "info") for info in pool]
    floats = float_columns(leaves)
    own = [name for name in table.csv[layout] if name != "info"]
    lists = {"fav_user_ids", "task_run_ids"} & set(own) if layout == "P2" else set()
    numbered = {f"{name}_{place}" for name in lists for place in range(_MOST_LISTED)}
    # A null leaves its column: `fav_user_ids` is null in most rows, `task_run_ids` in none.
    names = {name for row in leaves for name in row} | (set(own) - {"task_run_ids"} if lists else set(own)) | numbered
    header = tuple(sorted(names))

    def made() -> Iterator[bytes]:
        templates = [_fields(row, header, floats) for row in leaves]
        place_of = {name: place for place, name in enumerate(header)}
        for number, row, chosen in _rows(table, seed):
            fields = templates[chosen].copy()
            for name, text in _scalar_cells(table, layout, row).items():
                fields[place_of[name]] = pandas_field(text)
            yield b",".join(fields).replace(_SLOT, fresh(number))

    return CsvDownload(header, made(), "\n")


def _fields(row: dict[str, Leaf], header: tuple[str, ...], floats: set[str]) -> list[bytes]:
    return [pandas_field(pandas_text(row.get(name), as_float=name in floats)) for name in header]


def info_only(table: ServerTable, seed: int, page: str, records: int | None, *, wanted: int) -> CsvDownload:
    """P3's second member: one row for an object, or for each object of a list; of the first `wanted` records."""
    pool = _pool(table, seed, page, records)
    parts = [[flatten(part, "") for part in _parts(info)] for info in pool]
    floats = float_columns(row for rows in parts for row in rows)
    id_column = f"{table.name}_id"
    header = tuple(sorted({name for rows in parts for row in rows for name in row} | {id_column}))

    def made() -> Iterator[bytes]:
        templates = [[_fields(row, header, floats) for row in rows] for rows in parts]
        at = header.index(id_column)
        for number, row, chosen in _rows(table, seed):
            if number == wanted:
                return
            for template in templates[chosen]:
                fields = template.copy()
                fields[at] = str(row["id"]).encode()
                yield b",".join(fields).replace(_SLOT, fresh(number))

    return CsvDownload(header, made(), "\n")


def _parts(info: Json) -> list[Json]:
    items = info if isinstance(info, list) else [info]
    return [item for item in items if isinstance(item, Mapping) and item]
