"""The tables of a PYBOSSA server that can be downloaded: their columns by age, and rows without their `info`."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from . import result_infos, task_infos, task_run_infos
from .chance import Chance
from .clock import iso_time
from .encode import Json

Value: TypeAlias = "int | float | bool | str | list[int] | None"
_START = 1_473_900_000


@dataclass(frozen=True)
class ServerTable:
    """One table: the kind and file name it has, its members by age, the pages of its `info`.

    `csv` names the columns of CSV layouts P1, and P2 and P3. `floats` are those integer columns that pandas
    makes floats, since some of their rows are null.
    """

    kind: str
    name: str
    layouts: Mapping[str, tuple[str, ...]]
    csv: Mapping[str, tuple[str, ...]]
    pages: Mapping[str, object]
    info: Callable[[Chance, str], Json]
    rows: Callable[[Chance, int], Iterator[dict[str, Value]]]
    floats: frozenset[str] = frozenset()
    p1_page: str = "mixed"


def server_time(moment: int, microsecond: int) -> str:
    """`2016-09-15T09:29:56.309291`; Python leaves the fraction out where it is zero."""
    text = iso_time(moment, 0)[:-5].decode()
    return f"{text}.{microsecond:06d}" if microsecond else text


def _hex(text: str) -> str:
    r"""A time as servers of 2019 wrote it by mistake: `\x3230…`."""
    return f"\\x{text.encode().hex()}"


def _who(chance: Chance, number: int) -> dict[str, Value]:
    """Signed in, anonymous (with an address kept for documentation) or known to another site."""
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
            "task_run_ids": [1000 + 3 * number + place for place in range(2 + int(roll * 4))],
            "created": server_time(moment, int(roll * 1_000_000)),
            "last_version": True,
        }


def hexed(rows: Iterator[dict[str, Value]]) -> Iterator[dict[str, Value]]:
    """Rows whose `created` is hex text, as those of layout `2019`."""
    for row in rows:
        created = row["created"]
        yield row | {"created": _hex(created)} if isinstance(created, str) else row


def _layouts(old: str | None, **newer: str) -> dict[str, tuple[str, ...]]:
    """The members of a record by age, in hash order under Python 2, in the table's since."""
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
    _layouts(
        _OLD_RUN,
        hashed=f"info external_uid {_OLD_RUN.removeprefix('info ')} media_url",
        ordered=_RUN,
    ),
    {"P1": tuple(_OLD_RUN.split()), "P2": tuple(_RUN.replace(" media_url", "").split()), "P3": tuple(_RUN.split())},
    task_run_infos.PAGES,
    task_run_infos.info,
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
    task_infos.PAGES,
    task_infos.info,
    _tasks,
    p1_page="flickr",
)
RESULTS = ServerTable(
    "pybossa.results",
    "result",
    _layouts(None, hashed="info task_id created last_version task_run_ids project_id id", ordered=_RESULT),
    {"P2": tuple(_RESULT.split()), "P3": tuple(_RESULT.split())},
    result_infos.PAGES,
    result_infos.info,
    _results,
)
SERVER_TABLES = {"task-runs": TASK_RUNS, "tasks": TASKS, "results": RESULTS}
