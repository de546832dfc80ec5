"""Options: declared once, checked by the library, shown with their flags by the command line."""

from dataclasses import fields
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.conversion.options import ConvertKeywords, WriteOptions
from crowdarrow.read.options import ReadKeywords, ReadOptions


def test_each_keyword_argument_is_an_option() -> None:
    """The types of keyword arguments, which editors and type checkers use, name exactly the options."""
    assert set(ReadKeywords.__annotations__) == {one.name for one in fields(ReadOptions)}
    options = [one.name for owner in (ReadOptions, WriteOptions) for one in fields(owner)]
    assert set(ConvertKeywords.__annotations__) == set(options)
    assert len(options) == len(set(options))


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("threads", 0, "must be at least 1, not 0"),
        ("max_record_bytes", (1 << 30) + 1, "must be at most 1,073,741,824, not 1,073,741,825"),
        ("max_rejects", -1, "must be at least 0, not -1"),
        ("row_group_size", 0, "must be at least 1, not 0"),
        ("compression", "lzma", "must be one of zstd, snappy, gzip, none, not lzma"),
        ("columns", "a,,b", "has an empty name: 'a,,b'; separate names with single commas"),
        ("workflow_id", "ten", "must be 64-bit integers, not 'ten'"),
        ("workflow_id", 1 << 63, "must be 64-bit integers, not 9223372036854775808"),
        ("since", "yesterday", "is not a date or time: 'yesterday'; write 2024-05-01 or 2024-05-01T12:30:00Z"),
    ],
)
def test_invalid_value_is_an_error_that_names_the_argument(argument: str, value: Any, message: str) -> None:
    with pytest.raises(ca.UsageError) as caught:
        ca.convert("in.csv", "out.parquet", **{argument: value})
    assert caught.value.argument == argument
    assert str(caught.value) == f"`{argument}` {message}"


def test_command_line_names_the_flag(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "in.csv", "out.parquet", "--max-rejects", "-1"]) == 2
    assert capsys.readouterr().err == "crowdarrow: --max-rejects must be at least 0, not -1\n"
    assert run(["convert", "in.csv", "out/", "--table", "marks", "--tables", "all"]) == 2
    assert capsys.readouterr().err == "crowdarrow: --table and --tables exclude each other; give one of them\n"
    assert run(["convert", "in.csv", ""]) == 2
    assert capsys.readouterr().err.startswith("crowdarrow: OUTPUT is empty; ")


def test_none_is_the_default() -> None:
    assert ReadOptions(max_record_bytes=None) == ReadOptions()  # type: ignore[arg-type]
    assert WriteOptions(partition_by=None) == WriteOptions()  # type: ignore[arg-type]


def test_lists_of_names_become_tuples() -> None:
    assert ReadOptions(columns="a, b").columns == ("a", "b")  # type: ignore[arg-type]
    assert ReadOptions(columns={"marks": ["x"]}).columns == {"marks": ("x",)}
    assert WriteOptions(tables=["marks"]).tables == ("marks",)  # type: ignore[arg-type]
    assert ReadOptions(workflow_id=7).workflow_id == (7,)  # type: ignore[arg-type]


def test_footer_records_options_that_differ_from_their_defaults() -> None:
    assert ReadOptions(threads=3, strict=True, since="2024").recorded() == {"strict": True, "since": "2024"}
    assert WriteOptions(row_group_size=5, force=True).recorded() == {"row_group_rows": 5}
