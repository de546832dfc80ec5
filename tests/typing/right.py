"""A user's program that type checkers accept; it is never run. `assert_type` fails if a type is another or unknown."""

import io
import os
import sys
import urllib.request
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, assert_type

import polars as pl

import crowdarrow as ca

assert_type(ca.__version__, str)
assert_type(ca.kinds(), dict[str, list[str]])


def inputs() -> None:
    ca.inspect("a.csv")
    ca.inspect(Path("a.csv"))
    ca.inspect(b"content")
    ca.inspect(bytearray(b"content"))
    ca.inspect(io.BytesIO(b"content"))
    ca.inspect(sys.stdin.buffer)
    ca.inspect(zipfile.Path("a.zip", "a.csv"))
    with urllib.request.urlopen("https://example.org/a.csv") as response:
        ca.inspect(response)
    ca.open(["a.csv", Path("b.csv")])
    ca.open(("a.csv", "b.csv"))
    ca.open(Path().glob("*.csv"))
    with Path("a.csv").open("rb") as file, os.scandir() as found:
        ca.open(file)
        ca.open(list(found))


def reading() -> None:
    with ca.open("a.csv", "marks", workflow_id=[1, 2], workflow_version="12..14.5") as reader:
        assert_type(reader, ca.Reader)
        assert_type(reader.kind, str)
        assert_type(reader.table, str)
        assert_type(reader.report, ca.Report)
        assert_type(reader.report.records, int)
        assert_type(reader.report.leniencies, dict[str, int])
        assert_type(reader.rejects, list[ca.Reject])
        assert_type(reader.rejects[0].line, int)
    with ca.open_tables("a.csv", tables=["marks", "answers"], columns={"marks": ["x"]}) as tables:
        assert_type(tables, ca.TableSet)
        for block in tables:
            assert_type(block, ca.BlockOutput)
            assert_type(next(iter(block.rejects)), ca.Reject)


def times() -> None:
    ca.open("a.csv", since="2024-05-01", until=date(2024, 6, 1))
    ca.Export("a.csv", since=datetime(2024, 5, 1, tzinfo=UTC), until=datetime.now(UTC))


def exports() -> None:
    export = ca.Export("a.csv", columns=["task"], once="first", gold="exclude", live=True)
    assert_type(export.tables, list[str])
    assert_type(export.table("marks"), ca.ExportTable)
    assert_type(export.table("marks").report, ca.Report | None)


def scanning() -> None:
    assert_type(ca.scan_polars("a.csv", table="marks", threads=2).head().collect(), pl.DataFrame)


def converting(show: Callable[[ca.Progress], None]) -> None:
    assert_type(ca.convert("a.csv", "out/", tables="all", format="csv.gz", force=True, progress=True), ca.Report)
    ca.convert("a.csv", Path("a.parquet"), table="marks", progress=show, compression="zstd")
    ca.convert("a.csv", "a.parquet", progress=lambda now: assert_type(now.bytes_read, int))
    assert_type(ca.extracts("a.csv", {"workflow_id": 1}, progress=True, threads=2), ca.ExtractsReport)


def looking() -> None:
    found = ca.inspect("a.csv", threads=1, max_columns=7)
    assert_type(found, ca.Inspection)
    assert_type(found.to_dict(), dict[str, Any])
    for one in ca.iter_extracts("a.csv", "question_extractor", {"task": "T0"}):
        assert_type(one, ca.RecordExtract)


def failing() -> None:
    try:
        ca.convert("a.csv", "a.parquet")
    except ca.UsageError as error:
        assert_type(error.argument, str | None)
    except (ca.InputNotFoundError, ca.OutputExistsError, ca.CrowdarrowError):
        raise
