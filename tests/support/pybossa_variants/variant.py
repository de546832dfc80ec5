"""A variant: random records, written by the rules of an era or a program, then often damaged."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, NamedTuple

from .records import Record, record, retyped

PROJECTS = {"tasks": "task", "task_runs": "task_run", "results": "result"}
COLLECTIONS = ("describing", "tagging", "commenting", "annotations")


class Variant(NamedTuple):
    """A download.

    Attributes:
        data: Its bytes.
        file: Its name.
        kind: The kind that the readers are given; None if they find it.
        encoding: The encoding of the bytes, if it is not UTF-8.
    """

    data: bytes
    file: str
    kind: str | None
    encoding: str | None


Rows = list[list[Any]]
"""The header and the records of a CSV; None is an unquoted empty cell, `Bare` text is never quoted."""


class Bare(str):
    """A cell that is written as it is."""

    __slots__ = ()


def _records(r: Random, kind: str) -> list[Record]:
    records = [record(r, kind, number) for number in range(1, r.randrange(2, 6))]
    return [retyped(r, row) if r.random() < 0.15 else row for row in records]


def _json(r: Random, value: Any, **options: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, **options)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, **options)
    return json.dumps(value, **options) if r.random() < 0.5 else text


# JSON


def _array(r: Random, rows: list[Record]) -> str:
    return _json(r, rows, indent=r.choice([None, None, None, 1]))


def _lines(r: Random, rows: list[Record]) -> str:
    end = r.choice(["\n", "\n", "\r\n"])
    return end.join([*(_json(r, row) for row in rows), *r.choice([[""], ["", ""], []])])


def _pages(r: Random, rows: list[Record]) -> str:
    """Pages of every form, one after the other or in an array."""
    pages: list[str] = []
    while rows:
        length = r.randrange(1, 3)
        page: Any = rows[:length]
        rows = rows[length:]
        wrapped = {"id": "https://p.example", "items": page, "next": "https://p.example?page=1", "total": 3}
        page = r.choice([page, page, wrapped, {"type": "Collection", "first": wrapped, "last": {"items": 1}}])
        pages.append(_json(r, page, indent=r.choice([None, None, 2])))
    if r.random() < 0.3:
        return "[" + r.choice([",", ", ", ""]).join(pages) + "]"
    return r.choice(["\n", "\n", "", ",", ",\n", "\r\n"]).join(pages)


def _columns(r: Random, rows: list[Record]) -> str:
    """JSON as pandas writes it: an object of columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    keys = [str(number) for number in r.choice([range(len(rows)), [10, 2, 33, 4, 5, 6][: len(rows)]])]
    columns = {name: dict(zip(keys, (row.get(name) for row in rows), strict=True)) for name in names}
    if r.random() < 0.15:
        columns[r.choice(names)][r.choice([*keys, "x"])] = 1
    return _json(r, columns, indent=r.choice([None, None, 1]))


# CSV


def _csv(r: Random, rows: Rows, *, separator: str = ",", line_end: str = "\n") -> str:
    def cell(value: Any, *, alone: bool) -> str:
        if value is None:
            return '""' if alone else ""
        text = str(value)
        if isinstance(value, Bare) or not (set(text) & {separator, '"', "\n", "\r"} or (alone and not text)):
            return text
        return '"' + text.replace('"', '""') + '"'

    lines = [separator.join(cell(value, alone=len(row) == 1) for value in row) for row in rows]
    return line_end.join(lines) + r.choice([line_end, line_end, ""])


def _quoted(text: str) -> Bare:
    return Bare('"' + text.replace('"', '""') + '"')


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The cells of `flatten_json`."""
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in pairs:
            yield from _flat(item, f"{path}_{key}" if path else str(key))
    else:
        yield path, value


def _table(r: Random, rows: list[Record]) -> Rows:
    """What pandas writes: the union of the names, empty cells for null and `""`, integers with nulls as floats."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if r.random() < 0.7:
        names.sort()
    floats = {name for name in names if r.random() < 0.3 and any(row.get(name) is None for row in rows)}

    def cell(row: Record, name: str) -> Any:
        value = row.get(name)
        if value is None or value == "":
            return None
        whole = name in floats and isinstance(value, int) and not isinstance(value, bool)
        return f"{value}.0" if whole else value

    return [names, *([cell(row, name) for name in names] for row in rows)]


def _flattened(r: Random, rows: list[Record]) -> Rows:
    """Layouts P2, P3 and B."""
    flat = []
    for row in rows:
        cells = dict(_flat(row))
        for name in ("task_run_ids", "fav_user_ids"):
            if row.get(name) and r.random() < 0.5:
                cells = {key: cell for key, cell in cells.items() if not key.startswith(f"{name}_")} | {name: row[name]}
        flat.append(cells)
    return _table(r, flat)


def _literals(r: Random, rows: list[Record]) -> Rows:
    """Records as pandas writes them without flattening: lists and dicts as Python literals, or as JSON."""
    write = r.choice([repr, _repr2, json.dumps])
    nested = [{k: write(v) if isinstance(v, dict | list) else v for k, v in row.items()} for row in rows]
    if r.random() < 0.5:
        nested = [row | {"info_x": r.choice([None, "x"])} for row in nested]
    return _table(r, nested)


def _repr2(value: Any) -> str:
    """What `repr` of Python 2 writes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_repr2(key)}: {_repr2(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_repr2, value)) + "]"
    if isinstance(value, int) and not isinstance(value, bool) and value > 1 << 40:
        return f"{value}L"
    return "u" + ascii(value) if isinstance(value, str) else repr(value)


def _of_p1(r: Random, rows: list[Record], prefix: str) -> Rows:
    """Layout P1: the header is that of one row, each row has the cells of its own keys."""

    def cells(row: Record) -> dict[str, Any]:
        info = row.get("info")
        whole = json.dumps(info) if isinstance(info, dict) else info
        found = {f"{prefix}__{key}": whole if key == "info" else value for key, value in row.items()}
        if isinstance(info, dict):
            found |= {f"{prefix}info__{key}": value for key, value in info.items() if "__" not in key}
        return {
            key: _repr2(cell) if isinstance(cell, list | dict) else str(cell) for key, cell in sorted(found.items())
        }

    table = [cells(row) for row in rows]
    header = list(r.choice(table))
    if r.random() < 0.1:
        return [header, *([row.get(name, "") for name in header] for row in table)]
    return [header, *(list(row.values()) for row in table)]


def _of_a(r: Random, rows: list[Record], tag: str) -> Rows:
    """Layout A: a row for each target."""
    del rows
    names = [
        f"{r.choice([tag, 'title', 'genre', 'body', 'a_b'])}_{r.choice([0, 1, 2, 10])}"
        for _ in range(r.randrange(1, 5))
    ]
    header = [*names, "target", *r.choice([[], ["note"], [""], ["share_url_0", "task_state"], ["target"]])]
    texts = ["", None, "NA", "Farce", "-05-12", "?xywh=1,2,3,4", "xywh=1,2", "1818-12-11", "a,b", "x\ny"]
    return [header, *([r.choice(texts) for _ in header] for _ in range(r.randrange(1, 4)))]


def _resaved(r: Random, rows: Rows) -> str:
    """The text of a table as a server, pandas, R or a spreadsheet writes it."""
    how = r.choice(["server", "server", "crlf", "pandas", "R", "R", "excel"])
    header, *records = rows
    if how == "pandas":
        rows = [["", *header], *([number, *row] for number, row in enumerate(records))]
    elif how == "R":
        absent = r.random() < 0.8

        def cell(value: Any) -> Any:
            if value is None or value == "":
                return Bare("NA") if absent else None
            if isinstance(value, bool):
                return Bare(str(value).upper())
            return value if isinstance(value, int | float) else _quoted(str(value))

        numbers = r.random() < 0.5
        quoted: Rows = [[_quoted(str(name)) for name in (["", *header] if numbers else header)]]
        for number, row in enumerate(records, 1):
            quoted.append([*([_quoted(str(number))] if numbers else []), *map(cell, row)])
        return _csv(r, quoted)
    elif how == "excel":
        return _csv(r, rows, separator=r.choice(";\t,"), line_end="\r\n")
    return _csv(r, rows, line_end="\r\n" if how == "crlf" else "\n")


def _changed(r: Random, rows: Rows) -> Rows:
    """The table with a column renamed, doubled, moved or dropped, or a cell replaced."""
    header, *records = ([*row] for row in rows)
    at = r.randrange(len(header))
    change = r.choice(["none", "none", "double", "rename", "move", "drop", "cell", "short", "long"])
    if change == "double":
        header.append(header[at])
        records = [[*row, r.choice(["", "x", "5"])] for row in records]
    elif change == "rename":
        others = ["", "note", "app_id", "info", "info_x", "task_run_ids_0", "fav_user_ids_1", "id", "body"]
        header[at] = r.choice(others)
    elif change in {"move", "drop"}:
        for row in [header, *records]:
            cell = row.pop(at) if at < len(row) else ""
            row.extend([cell] if change == "move" else [])
    elif records:
        row = r.choice(records)
        if change == "cell":
            row[at if at < len(row) else -1] = r.choice(
                ["x", "NA", "None", "null", "+5", "5.0", "1589898631842", "[1]"]
            )
        elif change == "short":
            row.pop()
        elif change == "long":
            row.append(r.choice(["", "x"]))
    return [header, *records]


# Damage

_PIECES = (
    b"",
    b'"',
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b",,",
    b":",
    b"x",
    b"1",
    b"\xff",
    b"\n",
    b"\r",
    b" ",
    b"null",
)


def _damaged(r: Random, data: bytes) -> bytes:
    """The bytes cut, or with pieces replaced, inserted, deleted, doubled or swapped."""
    for _ in range(r.choice([1, 1, 2])):
        if not data:
            break
        one, other = sorted((r.randrange(len(data) + 1), r.randrange(len(data) + 1)))
        how = r.choice(["cut", "piece", "piece", "piece", "delete", "swap", "double"])
        if how == "cut":
            data = data[:other]
        elif how == "piece":
            data = data[:one] + r.choice(_PIECES) + data[one + r.choice([0, 1]) :]
        elif how == "delete":
            data = data[:one] + data[min(other, one + 40) :]
        elif how == "double":
            data = data[:other] + data[one:]
        else:
            middle = (one + other) // 2
            data = data[:one] + data[middle:other] + data[one:middle] + data[other:]
    return data


def _zipped(r: Random, data: bytes, file: str) -> bytes:
    """A zip as downloaded: of a CSV often with the member of `info` alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(file, data)
        stem, _, suffix = file.rpartition(".")
        if suffix == "csv" and r.random() < 0.5:
            archive.writestr(f"{stem}_info_only.csv", b"a,b\n1,2\n")
        if r.random() < 0.2:
            archive.writestr(f"__MACOSX/._{file}", b"\0\0")
    whole = buffer.getvalue()
    return whole[: r.randrange(1, len(whole))] if r.random() < 0.1 else whole


def _json_form(write: Callable[[Random, list[Record]], str]) -> Callable[[Random, str], str]:
    return lambda r, kind: write(r, _records(r, kind))


def _csv_form(write: Callable[[Random, list[Record]], Rows]) -> Callable[[Random, str], str]:
    # Arrow's schemas have no NUL in a name, and a damaged header has cells as names.
    return lambda r, kind: _resaved(r, _changed(r, write(r, _records(r, kind)))).replace("\0", "")


def _p1(r: Random, kind: str) -> str:
    rows = _of_p1(r, _records(r, kind), PROJECTS[kind])
    return _resaved(r, _changed(r, rows) if r.random() < 0.5 else rows).replace("\0", "")


def _a(r: Random, kind: str) -> str:
    return _resaved(r, _changed(r, _of_a(r, [], "comment" if kind == "commenting" else kind)))


_ALL = (*PROJECTS, *COLLECTIONS)
FORMS: dict[str, tuple[str, tuple[str, ...], Callable[[Random, str], str]]] = {
    "array": ("json", _ALL, _json_form(_array)),
    "lines": ("json", _ALL, _json_form(_lines)),
    "pages": ("json", _ALL, _json_form(_pages)),
    "columns": ("json", _ALL, _json_form(_columns)),
    "P1": ("csv", ("tasks", "task_runs"), _p1),
    "P3": ("csv", tuple(PROJECTS), _csv_form(_flattened)),
    "A": ("csv", COLLECTIONS, _a),
    "B": ("csv", COLLECTIONS, _csv_form(_flattened)),
    "literals": ("csv", _ALL, _csv_form(_literals)),
}
"""Suffix, kinds and writer of each form."""

_ENCODINGS = ("cp1252", "utf-16", "latin-1")


def variant_of(form: str, seed: int, number: int) -> Variant:
    """The download of a form with this seed and number."""
    r = Random(f"{form} {seed} {number}")  # noqa: S311 - not for secrets
    suffix, kinds, write = FORMS[form]
    kind = r.choice(kinds)
    text = write(r, kind)
    file = f"12_project_{PROJECTS.get(kind, kind)}.{suffix}"
    given = None
    if r.random() < 0.2:
        other = kind if r.random() < 0.7 else r.choice(_ALL)
        given = f"{'pybossa' if other in PROJECTS else 'libcrowds'}.{other}"
    if r.random() < 0.05:
        encoding = r.choice(_ENCODINGS)
        return Variant(text.encode(encoding, "replace"), file, given, encoding)
    data = text.encode("utf-8", "replace")
    if r.random() < 0.1:
        data = b"\xef\xbb\xbf" + data
    if r.random() < 0.05:
        # Saved in another encoding, of which the readers know nothing.
        data = text.encode("cp1252", "replace")
    if r.random() < 0.35:
        data = _damaged(r, data)
    if r.random() < 0.1:
        return Variant(_zipped(r, data, file), f"{file.partition('.')[0]}.zip", given, None)
    return Variant(data, file, given, None)
