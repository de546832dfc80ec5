"""PYBOSSA task run downloads: one unbroken line of JSON as Python writes it, with every shape of `info`."""

import json
from collections.abc import Iterator
from pathlib import Path

from .chance import Chance
from .clock import iso_time
from .encode import FRESH
from .output import DEFAULT_RECORDS, Form, StrPath, Summary, Totals
from .task_run_infos import info

KIND = "pybossa.task_runs"
FORMATS = ("json", "jsonl")
_2018 = "info external_uid user_id task_id created finish_time calibration user_ip timeout project_id id media_url"
_PYTHON_3 = "id created project_id task_id user_id user_ip finish_time timeout calibration external_uid media_url info"
_BEFORE_2015 = "info user_id task_id created finish_time calibration user_ip timeout {project} id"
LAYOUTS = {
    "2014": tuple(_BEFORE_2015.format(project="app_id").split()),
    "2015": tuple(_BEFORE_2015.format(project="project_id").split()),
    "2018": tuple(_2018.split()),
    "python3": tuple(_PYTHON_3.split()),
}
"""The members of a record by the age of the server: in hash order under Python 2, the table's since."""

_POOL = 1500
_CHUNK = 1 << 22
_START = 1_473_900_000
_SLOT = json.dumps(FRESH)[1:-1].encode()


def _time(moment: int, microsecond: int) -> bytes:
    text = iso_time(moment, 0)[:-5]
    # Python leaves the fraction out when it is zero.
    return b'"%b.%06d"' % (text, microsecond) if microsecond else b'"%b"' % text


def _who(chance: Chance, number: int) -> dict[str, bytes]:
    """Signed in, anonymous (with an address kept for documentation) or known to another site."""
    user, address, other = b"%d" % (1 + int(chance.random() ** 2 * 900)), b"null", b"null"
    if chance.likely(0.04):
        user, address = (
            b"null",
            b'"192.0.2.%d"' % (number % 255) if number % 5 else b'"2001:db8::%x"' % (number % 65535),
        )
    elif chance.likely(0.01):
        user, other = b"null", b'"app-%d"' % (number % 977)
    return {"user_id": user, "user_ip": address, "external_uid": other}


def _records(seed: int, layout: tuple[str, ...]) -> Iterator[bytes]:
    chance = Chance.of("task runs", seed)
    pool: list[list[bytes]] = []
    keys = [json.dumps(name).encode() + b": " for name in layout]
    number, moment = 1000 + seed % 977, _START
    while True:
        place = int(chance.random() * _POOL)
        if place >= len(pool):
            # Python's own separators and ASCII escapes, as the server has them.
            pool.append(json.dumps(info(Chance.of("info", seed, len(pool)))).encode().split(_SLOT))
            place = len(pool) - 1
        number += 1
        roll = chance.random()
        moment += int(roll * 20)
        micro = int(roll * 1_000_000) if number % 300 else 0
        seen = moment - 1 - int(roll * 300)
        cells = {
            "info": (b"%06d" % (number * 7919 % 999_983)).join(pool[place]),
            "task_id": b"%d" % (66_000 + number // 3),
            "created": b"null" if number % 499 == 0 else _time(seen, (micro * 7 + 13) % 1_000_000),
            "finish_time": _time(moment, micro),
            "calibration": b"null",
            "timeout": b"null",
            "media_url": b"null",
            "project_id": b"66",
            "app_id": b"66",
            "id": b"%d" % number,
            **_who(chance, number),
        }
        yield b"{" + b", ".join([key + cells[name] for key, name in zip(keys, layout, strict=True)]) + b"}"


def generate_task_runs(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str = "2018",
) -> Summary:
    """Write a PYBOSSA task run download.

    Args:
        path: the file to write; an existing one is replaced.
        size: bytes wanted; the file ends within about half a record of it.
        records: number of records wanted, instead of `size`; 1000 if neither is given.
        seed: the same seed and arguments give the same bytes.
        format: `json`, one array on one line without a line end, or `jsonl`, one object on each line.
        layout: one of LAYOUTS.

    Returns:
        What was written. `lines` counts line ends, so it is 0 for `json`.

    Raises:
        ValueError: an argument is none of the known ones.
        OSError: the file cannot be written.
    """
    if format not in FORMATS or layout not in LAYOUTS:
        msg = f"unknown format {format!r} or layout {layout!r}: {', '.join(FORMATS)}; {', '.join(LAYOUTS)}"
        raise ValueError(msg)
    form = Form(size, records)
    wanted = DEFAULT_RECORDS if size is None and records is None else records
    between, first, last = (b", ", b"[", b"]") if format == "json" else (b"\n", b"", b"\n")
    totals = Totals()
    with Path(path).open("wb") as sink:
        chunk, held = [], len(first)
        sink.write(first)
        for record in _records(seed, LAYOUTS[layout]):
            if totals.records == wanted:
                break
            chunk.append(record if totals.records == 0 else between + record)
            held += len(chunk[-1])
            totals.records += 1
            if len(chunk) >= _CHUNK >> 10:
                sink.write(b"".join(chunk))
                chunk.clear()
            if form.size is not None and form.size - held < len(record) >> 1:
                break
        chunk.append(last if totals.records or format == "json" else b"")
        sink.write(b"".join(chunk))
        totals.bytes = sink.tell()
    totals.lines = totals.records if format == "jsonl" else 0
    return Summary(str(path), KIND, totals.records, totals.bytes, totals.bytes, totals.lines, LAYOUTS[layout])
