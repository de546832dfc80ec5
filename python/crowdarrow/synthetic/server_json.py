"""The records of a project download as JSON, with Python's own separators and ASCII escapes."""

import json
from collections.abc import Iterator

from .chance import Chance
from .encode import FRESH, Json
from .server_tables import ServerTable, Value, hexed

POOL = 1500
"""How many different `info` there are at most; each comes again with other digits in it."""
_SLOT = json.dumps(FRESH)[1:-1].encode()


def fresh(number: int) -> bytes:
    """Six digits that differ from record to record."""
    return b"%06d" % (number * 7919 % 999_983)


def _token(value: Value) -> bytes:
    if value is None:
        return b"null"
    # Small integers are most of them, and this is the quickest.
    return b"%d" % value if type(value) is int else json.dumps(value).encode()


def places(table: ServerTable, seed: int) -> Iterator[int]:
    """The place in the pool of the `info` of each record: a new one, the next free place, or one that was."""
    chance = Chance.of("places", table.name, seed)
    made = 0
    while True:
        place = min(int(chance.random() * POOL), made)
        made += place == made
        yield place


def info_at(table: ServerTable, seed: int, page: str, place: int) -> Json:
    """The `info` at a place in the pool."""
    return table.info(Chance.of("info", table.name, seed, place), page)


def rows(table: ServerTable, seed: int) -> Iterator[dict[str, Value]]:
    """The rows without their `info`, without end."""
    return table.rows(Chance.of(table.name, seed), seed)


def json_records(table: ServerTable, seed: int, layout: str, page: str) -> Iterator[bytes]:
    """Records without end, in the member order of `layout`."""
    pool: list[list[bytes]] = []
    keys = [(name, json.dumps(name).encode() + b": ") for name in table.layouts[layout]]
    made = hexed(rows(table, seed)) if layout == "2019" else rows(table, seed)
    for number, (row, place) in enumerate(zip(made, places(table, seed), strict=False)):
        if place == len(pool):
            pool.append(json.dumps(info_at(table, seed, page, place)).encode().split(_SLOT))
        row["app_id"] = row["project_id"]
        info = fresh(number).join(pool[place])
        members = [key + (info if name == "info" else _token(row[name])) for name, key in keys]
        yield b"{" + b", ".join(members) + b"}"
