"""Values of wrong types, for each option and argument: a `UsageError` that says what is meant, or a plain meaning."""

import datetime as dt
import decimal
import io
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import crowdarrow as ca
from crowdarrow.conversion.options import WriteOptions
from crowdarrow.options import options_of
from crowdarrow.read.options import ReadOptions

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = b"classification_id,user_name,workflow_id,workflow_version,created_at,annotations\n"
DATA = HEADER + b"".join(
    b'%d,u,5,12.%d,2024-05-0%d 12:00:00 UTC,"[{""task"":""T0"",""value"":""Yes""}]"\n' % (number, number, number)
    for number in range(1, 5)
)
OPTIONS = options_of(ReadOptions) | options_of(WriteOptions)
LOOP: list[Any] = []
LOOP.append(LOOP)


class Odd:
    """An object of no use, whose text has several lines."""

    def __repr__(self) -> str:
        return "odd\n\x07"


VALUES: dict[str, Any] = {
    "object": Odd(),
    "int": 5,
    "negative": -5,
    "huge": 10**5000,
    "bool": True,
    "float": 12.5,
    "nan": float("nan"),
    "infinity": float("inf"),
    "complex": 1j,
    "decimal": decimal.Decimal("12.10"),
    "text": "sonne\nmond",
    "empty": "",
    "nul": "a\0b",
    "surrogate": "\ud800",
    "bytes": b"12",
    "bytearray": bytearray(b"12"),
    "list": [5, "x", None],
    "empty list": [],
    "loop": LOOP,
    "tuple": (12, 100),
    "set": {"a"},
    "dict": {"a": 1},
    "names of tables": {"answers": 5},
    "generator": (part for part in [object()]),
    "date": dt.date(9999, 12, 31),
    "time": dt.time(12),
    "timedelta": dt.timedelta(days=1),
    "first time": dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14))),
    "NaT": pd.NaT,
    "NA": pd.NA,
    "datetime64": np.datetime64("NaT"),
    "numpy int": np.int64(-3),
    "numpy float": np.float64(12.1),
    "numpy bool": np.bool_(1),
    "numpy text": np.str_("x"),
    "numpy array": np.array([1.5, 2.0]),
    "numpy 2d": np.zeros((2, 2)),
    "series": pd.Series(["a", None]),
    "frame": pd.DataFrame({"a": [1]}),
    "polars": pl.DataFrame({"a": [1]}),
    "arrow": pa.table({"a": [1]}),
    "function": len,
    "type": bool,
    "module": io,
    "file": io.BytesIO(b"x"),
    "path": Path("no\nfile"),
}


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("name", OPTIONS)
def test_option_of_another_type_is_a_usage_error_or_has_a_plain_meaning(
    name: str, value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_bytes(DATA)
    calls: list[Callable[[], Any]] = [lambda: ca.convert("in.csv", "out/", **{name: VALUES[value]})]
    found: list[str] = []
    if name in {one.name for one in fields(ReadOptions)}:
        calls.append(lambda: ca.open("in.csv", **{name: VALUES[value]}).to_table())
        calls.append(lambda: ca.Export("in.csv", **{name: VALUES[value]}).to_table())
    for call in calls:
        try:
            call()
        except ca.CrowdarrowError as error:
            found.append(str(error))
    assert [text for text in found if not text.isprintable()] == []


@pytest.mark.parametrize("value", VALUES)
def test_argument_of_another_type_is_a_usage_error_or_has_a_plain_meaning(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found, texts = VALUES[value], []
    calls: dict[str, Callable[[], Any]] = {
        "input": lambda: ca.open(found),
        "inputs": lambda: ca.open([found]),
        "nested": lambda: ca.open([[found]]),  # type: ignore[list-item]
        "Export": lambda: ca.Export(found).to_table(),
        "table": lambda: ca.open(DATA, found),
        "tables": lambda: ca.open_tables(DATA, tables=found),
        "convert": lambda: ca.convert(found, "out.csv"),
        "output": lambda: ca.convert(DATA, found),
        "inspect": lambda: ca.inspect(found),
        "schema": lambda: ca.schema("zooniverse.classifications", found),
        "kind": lambda: ca.schema(found),
    }
    for name, call in calls.items():
        try:
            call()
        except ca.CrowdarrowError as error:
            texts.append(f"{name}: {error}")
    assert [text for text in texts if not text.isprintable()] == []


@pytest.mark.parametrize(
    ("options", "rows"),
    [
        ({"workflow_version": 12}, 4),
        ({"workflow_version": np.int64(12)}, 4),
        ({"workflow_version": "12.2.."}, 3),
        ({"workflow_id": np.int64(5)}, 4),
        ({"workflow_id": np.array([5, 6])}, 4),
        ({"workflow_id": pd.Series([5.0, 7.0])}, 4),
        ({"workflow_id": ["5", 6]}, 4),
        ({"workflow_id": {6, 7}}, 0),
        ({"workflow_id": (number for number in (4, 5))}, 4),
        ({"since": dt.date(2024, 5, 2)}, 3),
        ({"since": pd.Timestamp("2024-05-02T13:00", tz="Europe/Berlin")}, 3),
        ({"since": np.datetime64("2024-05-02T12:00:00.000000001")}, 3),
        ({"until": np.datetime64("2024-05-02")}, 2),
        ({"until": dt.date.max}, 4),
        ({"max_rejects": np.int32(0), "threads": np.uint8(1), "strict": np.bool_(1)}, 4),
        ({"columns": np.array(["user_name"])}, 4),
        ({"columns": pd.Index(["user_name"])}, 4),
        ({"kind": np.str_("zooniverse.classifications")}, 4),
    ],
)
def test_plain_meanings(options: dict[str, Any], rows: int) -> None:
    assert ca.open(io.BytesIO(DATA), **options).to_table().num_rows == rows


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workflow_version": 12.1}, "`workflow_version` must be text, not 12.1; 12.1 and 12.10 are different"),
        ({"workflow_version": (12, 100)}, "`workflow_version` must be text such as '12.100' or '12..14.5', not (12"),
        ({"workflow_id": 5.5}, "`workflow_id` must be 64-bit integers, not 5.5"),
        ({"workflow_id": [5, 6.7]}, "`workflow_id` must be 64-bit integers, not [5, 6.7]"),
        ({"workflow_id": True}, "`workflow_id` must be 64-bit integers, not True"),
        ({"workflow_id": []}, "`workflow_id` must be 64-bit integers, not []"),
        ({"threads": "2"}, "`threads` must be an integer, not '2'"),
        ({"threads": 2.5}, "`threads` must be an integer, not 2.5"),
        ({"threads": 10**5000}, "`threads` must be an integer, not a larger integer"),
        ({"threads": 100_000}, "`threads` must be at most 65,536, not 100,000"),
        ({"strict": 1}, "`strict` must be True or False, not 1"),
        ({"strict": "no"}, "`strict` must be True or False, not 'no'"),
        ({"kind": 5}, "`kind` must be text, not 5"),
        ({"encoding": b"utf-8"}, "`encoding` must be text, not b'utf-8'"),
        ({"columns": 5}, "`columns` must be a name or a list of names, not 5"),
        ({"columns": ["user_name", 5]}, "`columns` must be a name or a list of names, not ['user_name', 5]: 5 is no"),
        ({"columns": {"user_name"}}, "`columns` must be a name or a list of names, not {'user_name'}"),
        ({"since": 1714560000}, "`since` must be a date or time, not 1714560000; write 2024-05-01"),
        ({"since": dt.time(12)}, "`since` must be a date or time"),
        ({"until": pd.NaT}, "`until` must be a date or time"),
        ({"workflows": 5}, "`workflows` must be the path of a file, not 5"),
        ({"column": "user_name"}, "`column` is not an option of ca.open; did you mean `columns`?"),
        ({"workflow": 5}, "`workflow` is not an option of ca.open; did you mean `workflows`?"),
        ({"sheet": 5}, "`sheet` is not an option of ca.open; its options are kind, workflows, "),
        ({"table": ["answers", "marks"]}, "`table` must be the name of one table, not ['answers', 'marks']; ca.open"),
        ({"table": "all"}, "`table` must be the name of one table, not 'all'; ca.open_tables reads several"),
        ({"tables": ["answers"]}, "`tables` is an option of ca.open_tables; ca.open reads one table: `table`"),
    ],
)  # fmt: skip
def test_messages_say_what_is_meant(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ca.UsageError) as caught:
        ca.open(io.BytesIO(DATA), **options)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("function", ["convert", "inspect", "open_tables", "open", "Export"])
def test_unknown_option_is_a_usage_error_in_each_function(function: str) -> None:
    arguments = ["in.csv", "out.parquet"] if function == "convert" else ["in.csv"]
    with pytest.raises(ca.UsageError, match=rf"`compresion` is not an option of ca\.{function}") as caught:
        getattr(ca, function)(*arguments, compresion="zstd")
    assert caught.value.argument == "compresion"
    with pytest.raises(ca.UsageError, match="did you mean `compression`"):
        ca.convert("in.csv", "out.parquet", compresion="zstd")  # type: ignore[call-arg]


@pytest.mark.parametrize("tables", ["all", ["all"], ["answers", "all"], ("all", "marks")])
def test_all_may_be_in_the_list_of_tables(tables: Any, tmp_path: Path) -> None:
    with ca.open_tables(io.BytesIO(DATA), tables=tables) as found:
        assert list(found.schemas) == ca.kinds()["zooniverse.classifications"]
    report = ca.convert(io.BytesIO(DATA), f"{tmp_path}/out/", tables=tables)
    assert list(report.tables) == ca.kinds()["zooniverse.classifications"]


@pytest.mark.parametrize("name", ["columns", "since", "strict", "workflows", "duplicates", "digest"])
def test_inspect_refuses_options_that_it_does_not_have(name: str) -> None:
    names_options = r"(its options are kind, encoding|did you mean `max_columns`)"
    with pytest.raises(ca.UsageError, match=rf"`{name}` is not an option of ca\.inspect; {names_options}"):
        ca.inspect(b"classification_id,annotations\n", **{name: "1"})  # type: ignore[arg-type]
