"""PYBOSSA downloads of tasks, task runs and results, in the JSON and CSV layouts of each age."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from . import infos
from .chance import Chance
from .encode import FRESH, Json, Leaf, excel_field, flatten, float_columns, iso_time, pandas_field, pandas_text, python2
from .output import (
    Compression,
    Form,
    Member,
    StrPath,
    Summary,
    csv_member,
    json_member,
    lines_member,
    summary,
    write_download,
)

Value: TypeAlias = "int | float | bool | str | list[int] | None"
_START = 1_473_900_000


@dataclass(frozen=True)
class ServerTable:
    """A table of the server: its kind and file name, its members by age, and the pages of its `info`.

    `csv` has the columns of the CSV layouts P1, P2 and P3. `floats` are the integer columns that pandas converts to
    float because of nulls.
    """

    kind: str
    name: str
    layouts: Mapping[str, tuple[str, ...]]
    csv: Mapping[str, tuple[str, ...]]
    pages: infos.Pages
    rows: Callable[[Chance, int], Iterator[dict[str, Value]]]
    floats: frozenset[str] = frozenset()
    p1_page: str = "mixed"


def server_time(moment: int, microsecond: int) -> str:
    """`2016-09-15T09:29:56.309291`; Python omits the fraction if it is zero."""
    text = iso_time(moment, 0)[:-5].decode()
    return f"{text}.{microsecond:06d}" if microsecond else text


def _hex(text: str) -> str:
    r"""A time as the servers of 2019 wrote it by mistake: `\x3230…`."""
    return f"\\x{text.encode().hex()}"


def _who(chance: Chance, number: int) -> dict[str, Value]:
    """The user: signed in, anonymous (with an IP address reserved for documentation), or from another site."""
    user: dict[str, Value] = {"user_id": 1 + int(chance.random() ** 2 * 900), "user_ip": None, "external_uid": None}
    if chance.likely(0.04):
        address = f"192.0.2.{number % 255}" if number % 5 else f"2001:db8::{number % 65535:x}"
        return user | {"user_id": None, "user_ip": address}
    return user | {"user_id": None, "external_uid": f"app-{number % 977}"} if chance.likely(0.01) else user


def _task_runs(chance: Chance, seed: int) -> Iterator[dict[str, Value]]:
    number, moment = 1000 + seed % 977, _START
    while True:
        number += 1
        roll = chance.random()
        moment += int(roll * 20)
        micro = int(roll * 1_000_000) if number % 300 else 0
        created = server_time(moment - 1 - int(roll * 300), (micro * 7 + 13) % 1_000_000)
        yield {
            "id": number,
            "project_id": 66,
            "task_id": 66_000 + number // 3,
            "created": None if number % 499 == 0 else created,
            "finish_time": server_time(moment, micro),
            "calibration": None,
            "timeout": None,
            "media_url": None,
            **_who(chance, number),
        }


def _tasks(chance: Chance, seed: int) -> Iterator[dict[str, Value]]:
    number, moment = 66_000 + seed % 977, _START
    while True:
        number += 1
        roll = chance.random()
        moment += int(roll * 3)
        fans = [chance.randint(1, 900) for _ in range(chance.randint(0, 3))] if chance.likely(0.02) else None
        yield {
            "id": number,
            "project_id": 66,
            "created": server_time(moment, int(roll * 1_000_000)),
            "state": "completed" if roll < 0.7 else "ongoing",
            "quorum": 0,
            "calibration": 0,
            "priority_0": round(roll, 2) if roll < 0.05 else 0.0,
            "n_answers": chance.weighted((3, 2, 5, 30, 19), (80, 10, 5, 3, 2)),
            "fav_user_ids": fans,
        }


def _results(chance: Chance, seed: int) -> Iterator[dict[str, Value]]:
    number, moment = 1 + seed % 977, _START + 40_000_000
    while True:
        number += 1
        roll = chance.random()
        moment += int(roll * 60)
        yield {
            "id": number,
            "project_id": 66,
            "task_id": 66_000 + number,
            "task_run_ids": [1000 + 3 * number + index for index in range(2 + int(roll * 4))],
            "created": server_time(moment, int(roll * 1_000_000)),
            "last_version": True,
        }


def hexed(rows: Iterator[dict[str, Value]]) -> Iterator[dict[str, Value]]:
    """Rows with hex text in `created`, as in layout `2019`."""
    for row in rows:
        created = row["created"]
        yield row | {"created": _hex(created)} if isinstance(created, str) else row


def _layouts(old: str | None, **newer: str) -> dict[str, tuple[str, ...]]:
    """The members of a record by age: in hash order under Python 2, then in the order of the table."""
    made = {}
    if old is not None:
        made["2014"] = tuple(old.replace("project_id", "app_id").split())
        made["2015"] = tuple(old.split())
    made["2018"] = tuple(newer["hashed"].split())
    made["2019"] = made["python3"] = tuple(newer["ordered"].split())
    return made


_OLD_RUN = "info user_id task_id created finish_time calibration user_ip timeout project_id id"
_OLD_TASK = "info n_answers quorum calibration created state project_id id priority_0"
_RUN = "id created project_id task_id user_id user_ip finish_time timeout calibration external_uid media_url info"
_TASK = "id created project_id state quorum calibration priority_0 info n_answers fav_user_ids"
_RESULT = "id created project_id task_id task_run_ids last_version info"

TASK_RUNS = ServerTable(
    "pybossa.task_runs",
    "task_run",
    _layouts(_OLD_RUN, hashed=f"info external_uid {_OLD_RUN.removeprefix('info ')} media_url", ordered=_RUN),
    {"P1": tuple(_OLD_RUN.split()), "P2": tuple(_RUN.replace(" media_url", "").split()), "P3": tuple(_RUN.split())},
    infos.TASK_RUN_PAGES,
    _task_runs,
    frozenset({"user_id"}),
    "cards",
)
TASKS = ServerTable(
    "pybossa.tasks",
    "task",
    _layouts(
        _OLD_TASK,
        hashed="info fav_user_ids n_answers quorum calibration created state project_id id priority_0",
        ordered=_TASK,
    ),
    {"P1": tuple(_OLD_TASK.split()), "P2": tuple(_TASK.split()), "P3": tuple(_TASK.split())},
    infos.TASK_PAGES,
    _tasks,
    p1_page="flickr",
)
RESULTS = ServerTable(
    "pybossa.results",
    "result",
    _layouts(None, hashed="info task_id created last_version task_run_ids project_id id", ordered=_RESULT),
    {"P2": tuple(_RESULT.split()), "P3": tuple(_RESULT.split())},
    infos.RESULT_PAGES,
    _results,
)
SERVER_TABLES = {"task-runs": TASK_RUNS, "tasks": TASKS, "results": RESULTS}


POOL = 1500
"""The maximum number of different `info`. Each is repeated with other digits in its slots."""
_JSON_SLOT = json.dumps(FRESH)[1:-1].encode()


def fresh(number: int) -> bytes:
    """Six digits that differ between records."""
    return b"%06d" % (number * 7919 % 999_983)


def _token(value: Value) -> bytes:
    if value is None:
        return b"null"
    # Most values are small integers, for which this is fastest.
    return b"%d" % value if type(value) is int else json.dumps(value).encode()


def pool_indexes(table: ServerTable, seed: int) -> Iterator[int]:
    """The index of each record's `info` in the pool: the next one, or an earlier one."""
    chance = Chance.of("places", table.name, seed)
    made = 0
    while True:
        index = min(int(chance.random() * POOL), made)
        made += index == made
        yield index


def info_at(table: ServerTable, seed: int, page: str, index: int) -> Json:
    """The `info` at an index of the pool."""
    return infos.info(table.pages, page, Chance.of("info", table.name, seed, index))


def rows(table: ServerTable, seed: int) -> Iterator[dict[str, Value]]:
    """An infinite stream of rows without `info`."""
    return table.rows(Chance.of(table.name, seed), seed)


def json_records(table: ServerTable, seed: int, layout: str, page: str) -> Iterator[bytes]:
    """An infinite stream of records, in the member order of `layout`."""
    pool: list[list[bytes]] = []
    keys = [(name, json.dumps(name).encode() + b": ") for name in table.layouts[layout]]
    made = hexed(rows(table, seed)) if layout == "2019" else rows(table, seed)
    for number, (row, index) in enumerate(zip(made, pool_indexes(table, seed), strict=False)):
        if index == len(pool):
            pool.append(json.dumps(info_at(table, seed, page, index)).encode().split(_JSON_SLOT))
        row["app_id"] = row["project_id"]
        info = fresh(number).join(pool[index])
        members = [key + (info if name == "info" else _token(row[name])) for name, key in keys]
        yield b"{" + b", ".join(members) + b"}"


_CSV_SLOT = FRESH.encode()
# As JSON and Python's `repr` escape it.
_ESCAPED_SLOT = ascii(FRESH)[1:-1].encode()
_MOST_LISTED = 5
"""The maximum number of ids in a list."""


@dataclass(frozen=True)
class CsvDownload:
    """One file of a download: its header, and a finite or infinite stream of records."""

    header: tuple[str, ...]
    records: Iterator[bytes]
    newline: str


def _pool(table: ServerTable, seed: int, page: str, records: int | None) -> list[Json]:
    """The `info` of the first `records` records; the whole pool if `records` is None."""
    size = POOL
    if records is not None:
        size = 1 + max(islice(pool_indexes(table, seed), max(1, records)))
    return [info_at(table, seed, page, index) for index in range(size)]


def _rows(table: ServerTable, seed: int) -> Iterator[tuple[int, dict[str, Value], int]]:
    """Number of each row, the row, and the index of its `info` in the pool."""
    for number, (row, index) in enumerate(zip(rows(table, seed), pool_indexes(table, seed), strict=False)):
        yield number, row, index


def p1(table: ServerTable, seed: int, page: str, records: int | None) -> CsvDownload:
    """Layout P1. The header is that of the first record, and each record has the columns of its own keys."""
    pool = _pool(table, seed, page, records)
    laid_out = []
    for info in pool:
        whole = json.dumps(info) if isinstance(info, Mapping) else python2(info)
        cells = {f"{table.name}info__{key}": python2(member) for key, member in _members(info).items()}
        laid_out.append({f"{table.name}__info": whole} | cells)
    columns = {f"{table.name}__{name}": name for name in table.csv["P1"]}

    def made() -> Iterator[bytes]:
        templates = [{name: excel_field(text) for name, text in cells.items()} for cells in laid_out]
        for number, row, index in _rows(table, seed):
            template = templates[index]
            names = sorted({**columns, **template})
            fields = [template[one] if one in template else str(row[columns[one]]).encode() for one in names]
            digits = fresh(number)
            yield b",".join(fields).replace(_CSV_SLOT, digits).replace(_ESCAPED_SLOT, digits)

    return CsvDownload(tuple(sorted({**columns, **laid_out[0]})), made(), "\r\n")


def _members(info: Json) -> Mapping[str, Json]:
    return info if isinstance(info, Mapping) else {}


def _scalar_cells(table: ServerTable, layout: str, row: dict[str, Value]) -> dict[str, str]:
    """The cells of a row's columns other than `info`; P2 also flattens lists."""
    cells: dict[str, str] = {}
    for name in table.csv[layout]:
        value = row.get(name)
        if isinstance(value, list):
            if layout == "P2":
                cells |= {f"{name}_{index}": str(item) for index, item in enumerate(value)}
            else:
                cells[name] = str(value) if value else ""
        elif name != "info":
            cells[name] = pandas_text(value, as_float=name in table.floats)
    return cells


def flat(table: ServerTable, seed: int, page: str, records: int | None, *, layout: str) -> CsvDownload:
    """The main file of layout P2 or P3."""
    pool = _pool(table, seed, page, records)
    leaves = [flatten(info, "info") for info in pool]
    floats = float_columns(leaves)
    own = [name for name in table.csv[layout] if name != "info"]
    lists = {"fav_user_ids", "task_run_ids"} & set(own) if layout == "P2" else set()
    numbered = {f"{name}_{index}" for name in lists for index in range(_MOST_LISTED)}
    # A null list has its own column: `fav_user_ids` is null in most rows, `task_run_ids` in none.
    names = {name for row in leaves for name in row} | (set(own) - {"task_run_ids"} if lists else set(own)) | numbered
    header = tuple(sorted(names))

    def made() -> Iterator[bytes]:
        templates = [_fields(row, header, floats) for row in leaves]
        index_of = {name: index for index, name in enumerate(header)}
        for number, row, chosen in _rows(table, seed):
            fields = templates[chosen].copy()
            for name, text in _scalar_cells(table, layout, row).items():
                fields[index_of[name]] = pandas_field(text)
            yield b",".join(fields).replace(_CSV_SLOT, fresh(number))

    return CsvDownload(header, made(), "\n")


def _fields(row: dict[str, Leaf], header: tuple[str, ...], floats: set[str]) -> list[bytes]:
    return [pandas_field(pandas_text(row.get(name), as_float=name in floats)) for name in header]


def info_only(table: ServerTable, seed: int, page: str, records: int | None, *, wanted: int) -> CsvDownload:
    """The second file of layout P3: one row per object in `info`, for the first `wanted` records."""
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
                yield b",".join(fields).replace(_CSV_SLOT, fresh(number))

    return CsvDownload(header, made(), "\n")


def _parts(info: Json) -> list[Json]:
    items = info if isinstance(info, list) else [info]
    return [item for item in items if isinstance(item, Mapping) and item]


FORMATS = ("json", "jsonl", "csv")
CSV_LAYOUTS = ("P1", "P2", "P3")
LAYOUTS = (*TASK_RUNS.layouts, *CSV_LAYOUTS)
"""Layouts of JSON and of CSV, by age of the server."""
PAGES = tuple(dict.fromkeys(page for table in SERVER_TABLES.values() for page in table.pages))
_SHORT_NAME = "synthetic"


def _choose(table: ServerTable, format: str, layout: str | None, page: str | None) -> tuple[str, str]:
    """The given layout and page, or the defaults.

    Raises:
        ValueError: One of them is unknown.
    """
    known = tuple(table.csv if format == "csv" else table.layouts)
    layout = layout or ("P3" if format == "csv" else "2018")
    page = page or (table.p1_page if layout == "P1" else "mixed")
    if format not in FORMATS or layout not in known or page not in table.pages:
        msg = (
            f"unknown format {format!r}, layout {layout!r} or page {page!r} of a {table.name}: "
            f"{', '.join(FORMATS)}; {', '.join(known)}; {', '.join(table.pages)}"
        )
        raise ValueError(msg)
    return layout, page


def _generate(table: ServerTable, path: StrPath, form: Form, seed: int, format: str, layout: str, page: str) -> Summary:
    name = f"{_SHORT_NAME}_{table.name}"
    second = None
    if format == "csv":
        made = (
            p1(table, seed, page, form.records)
            if layout == "P1"
            else flat(table, seed, page, form.records, layout=layout)
        )
        columns = made.header
        member = csv_member(name, columns, made.records, made.newline, empty=b"" if layout == "P1" else b"\n")
        if layout == "P3":
            second = partial(_info_only, table, name, seed, page, form.records)
    else:
        columns = table.layouts[layout]
        records = json_records(table, seed, layout, page)
        member = json_member(name, records) if format == "json" else lines_member(name, records)
    totals = write_download(Path(path), member, form, second)
    return summary(path, table.kind, columns, totals, damage=None)


def _info_only(table: ServerTable, name: str, seed: int, page: str, records: int | None, wanted: int) -> Member:
    made = info_only(table, seed, page, records, wanted=wanted)
    return csv_member(f"{name}_info_only", made.header, made.records, made.newline, empty=b"\n")


def generate_task_runs(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    page: str | None = None,
    compression: Compression = None,
) -> Summary:
    """Write a PYBOSSA task run download.

    Args:
        path: The file to write; an existing one is replaced.
        size: Bytes before compression, met to about half a record.
        records: The number of records, instead of `size`; 1000 if neither is given.
        seed: The same seed and arguments give the same bytes.
        format: `json`, an array on one line without a line end; `jsonl`, one object per line; or `csv`.
        layout: The layout of the server's age: for JSON `2014`, `2015`, `2018` (default), `2019` (`created` is hex
            text) or `python3`; for CSV `P1`, `P2` or `P3` (default).
        page: The project page, one of `infos.TASK_RUN_PAGES`. Default: `mixed`, or `cards` for P1, whose columns are
            those of one page.
        compression: `gzip`, `zstd`, `zip` or None. The members of a zip are named as on the server; in layout P3 it
            has the `_info_only` member too.

    Returns:
        The summary of the file; of the first member for a zip. `lines` counts line ends, so it is 0 for `json`.

    Raises:
        ValueError: An argument is invalid.
        OSError: The file cannot be written.
    """
    form = Form(size, records, compression=compression)
    layout, page = _choose(TASK_RUNS, format, layout, page)
    return _generate(TASK_RUNS, path, form, seed, format, layout, page)


def generate_tasks(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    page: str | None = None,
    compression: Compression = None,
) -> Summary:
    """Write a PYBOSSA task download; see `generate_task_runs`. The pages are those of `infos.TASK_PAGES`."""
    form = Form(size, records, compression=compression)
    layout, page = _choose(TASKS, format, layout, page)
    return _generate(TASKS, path, form, seed, format, layout, page)


def generate_results(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    page: str | None = None,
    compression: Compression = None,
) -> Summary:
    """Write a PYBOSSA result download; see `generate_task_runs`. The pages are those of `infos.RESULT_PAGES`.

    Results exist since 2017, so there are no layouts `2014`, `2015` and `P1`.
    """
    form = Form(size, records, compression=compression)
    layout, page = _choose(RESULTS, format, layout, page)
    return _generate(RESULTS, path, form, seed, format, layout, page)
