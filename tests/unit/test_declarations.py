"""The declaration language: equal declarations are one object, and the plan of all tables is made in little time."""

import subprocess
import sys

import pytest

from crowdarrow.declare import (
    RECORD,
    any_item_is,
    cell,
    coalesce,
    concat,
    ends_with,
    exact,
    is_type,
    literal,
    null,
    record,
    value,
    when,
)

ITEM = RECORD.items(record["list"])


@pytest.mark.parametrize(
    "declare",
    [
        lambda: record["a"]["b"][0][record["c"]],
        lambda: record["a"].find("key", ends=(".#",)),
        lambda: record["a"].leading(record["b"]),
        lambda: cell("a", ("NA",)),
        lambda: value(record["a"]["b"], decode=("hex",)),
        lambda: coalesce(exact(ITEM["a"]), when(is_type(ITEM["b"], "null", "missing"), literal(1))),
        lambda: concat("a", ITEM["b"], ITEM.index),
        lambda: ~(is_type(ITEM["a"], "array") & ends_with(ITEM["b"], "x") | any_item_is(ITEM["c"], "number")),
        lambda: RECORD.items(record["list"]).filter(~ITEM.has_any("a", "b")).integer_members(ITEM["c"], others="n"),
        lambda: ITEM.residual("a", keep=("b",), constant=(("c", "d"),)),
        lambda: ITEM.nearest("a", ITEM["b"], "x").element["c"],
        lambda: ITEM.nearest("a", ITEM["b"], "x").index,
    ],
)
def test_equal_declarations_are_one_object(declare: object) -> None:
    assert callable(declare)
    assert declare() is declare()


def test_defaults_that_are_written_out_make_no_other_expression() -> None:
    assert value(record["a"]) is value(record["a"], "lenient", decode=None)
    assert value(record["a"], "exact") is exact(record["a"])
    test = is_type(record["a"], "null")
    assert when(test, literal(1)) is when(test, literal(1), otherwise=null)


_CALLS = """
import sys
import pyarrow
from crowdarrow.declare.compile import compile_plan
from crowdarrow.exports.zooniverse.classifications import EXPORT

calls = 0
def count(frame, event, argument):
    global calls
    calls += event == "call"

header = sorted({name for column in EXPORT.record_table.columns for name in column.expr.columns})
sys.setprofile(count)
plan = compile_plan(EXPORT, [table.name for table in EXPORT.tables], [header])
sys.setprofile(None)
print(calls, len(plan.text))
"""


def test_plan_of_all_tables_is_made_in_few_calls() -> None:
    """Each call takes a fifth of a microsecond or more, and each small conversion makes the plan."""
    done = subprocess.run([sys.executable, "-c", _CALLS], capture_output=True, text=True, check=True)
    calls, size = map(int, done.stdout.split())
    assert calls < 25_000
    assert size < 90_000
