"""Peers for PYBOSSA task runs: convert a JSON array to the columns of `pybossa.task_runs` in Parquet."""

import json
from datetime import UTC, datetime
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pyarrow as pa

INTEGERS = ("id", "project_id", "task_id", "user_id")
TEXTS = ("user_ip", "external_uid")
TIMES = ("created", "finish_time")
LATER_INTEGERS = ("timeout", "calibration")
NAMES = (*INTEGERS, *TEXTS, *TIMES, *LATER_INTEGERS, "media_url", "info")
TIME = pa.timestamp("us", tz="UTC")
SCHEMA = pa.schema(
    [
        *((name, pa.int64()) for name in INTEGERS),
        *((name, pa.string()) for name in TEXTS),
        *((name, TIME) for name in TIMES),
        *((name, pa.int64()) for name in LATER_INTEGERS),
        ("media_url", pa.string()),
        ("info", pa.string()),
    ]
)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _row(record: dict[str, Any]) -> dict[str, Any]:
    info = record["info"]
    return record | {
        "created": _time(record["created"]),
        "finish_time": _time(record["finish_time"]),
        "info": None if info is None else json.dumps(info, separators=(",", ":"), ensure_ascii=False),
    }


def convert_json(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `task_runs` of a download to Parquet: `json.load`, `pyarrow.Table.from_pylist`.

    Leaves out: `info_kind` and `extra`; the other layouts of the download; the source tokens of `info`, whose numbers
    and escapes are reformatted; rejects (the first malformed record is an error). Holds the whole file in memory, as
    Python objects.
    """
    import pyarrow.parquet as pq

    with Path(path).open(encoding="utf-8") as file:
        records = json.load(file)
    table = pa.Table.from_pylist([_row(record) for record in records], schema=SCHEMA)
    pq.write_table(table, output, compression="zstd", compression_level=1)


def convert_duckdb(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `task_runs` of a download to Parquet: `read_json` with declared types, `COPY`.

    Leaves out: `info_kind` and `extra`; the other layouts of the download; rejects (the first malformed record is an
    error); records longer than 16 MiB.
    """
    import duckdb

    types = dict.fromkeys(NAMES, "VARCHAR") | dict.fromkeys((*INTEGERS, *LATER_INTEGERS), "BIGINT")
    types |= dict.fromkeys(TIMES, "TIMESTAMP") | {"info": "JSON"}
    selected = [f"{name} AT TIME ZONE 'UTC' AS {name}" if name in TIMES else name for name in NAMES]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"""
            COPY (SELECT {", ".join(selected)} FROM read_json($path, format = 'array', columns = {types}))
            TO '{fspath(output).replace("'", "''")}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
            """,
            {"path": fspath(path)},
        )


def convert_polars(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `task_runs` of a download to Parquet: `read_json` with declared types.

    Leaves out: `info`, the volunteers' answers, since Polars cannot read a column of objects, lists and texts, neither
    as text nor as a common type; `info_kind` and `extra`; the other layouts of the download; rejects. Holds the whole
    file in memory.
    """
    import polars as pl

    types: dict[str, type[pl.DataType]] = dict.fromkeys(NAMES[:-1], pl.String)
    types |= dict.fromkeys((*INTEGERS, *LATER_INTEGERS), pl.Int64)
    frame = pl.read_json(Path(path), schema=types)
    times = [pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", time_zone="UTC") for name in TIMES]
    frame.with_columns(*times).write_parquet(Path(output), compression="zstd", compression_level=1)
