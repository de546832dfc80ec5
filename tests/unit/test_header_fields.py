"""Fields composed from columns that depend on the header (`crowdarrow.declare.derive`), on small CSV files."""

import json
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow import exports
from crowdarrow.declare import (
    RECORD,
    Column,
    Export,
    FlattenedField,
    FlattenedItems,
    HeaderField,
    ListField,
    NumberedField,
    ObjectField,
    Rows,
    Table,
    json_text,
    record,
    to_json,
)

VALUE = RECORD.single(record["(value)"])
FLATTENED = FlattenedField(frozenset({"body"}))


def read(
    monkeypatch: pytest.MonkeyPatch, path: Path, field: HeaderField, redundant: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """The rows of an export whose only column is a derived field, with the field parsed."""
    table = Table("rows", (Column("value", json_text, to_json(VALUE.element)),), rows=(Rows(VALUE),))
    export = Export("test.rows", (table,), derived={"(value)": field}, redundant=redundant or {})
    monkeypatch.setattr(exports, "EXPORTS", (export,))
    rows = ca.open(path, kind="test.rows").to_table().to_pylist()
    return [row | {"value": json.loads(row["value"])} for row in rows]


@pytest.mark.parametrize(
    ("field", "header", "cells", "value"),
    [
        # The whole list in one column, else one column per item in order of its number.
        (ListField("ids"), "ids,ids_0", '"[3, 4]",5', [3, 4]),
        (ListField("ids"), "ids,ids_10,ids_2", ",5,6", [6, 5]),
        (ObjectField("info_"), "info_b,info_a,other", "x,y,z", {"b": "x", "a": "y"}),
        # The whole object beside its parts is JSON or a Python literal; alone it is one if it is an object or a list.
        (ObjectField("info_", whole="info"), "info,info_a", '"{""b"": 1}",1', {"b": 1}),
        (ObjectField("info_", whole="info"), "info,info_a", '"{""b"": 1}",', {"b": 1}),
        (ObjectField("info_", whole="info"), "info,info_a", "\"{'b': (1,)}\",", {"b": [1]}),
        (ObjectField("info_", whole="info"), "info,info_a", "5,", "5"),
        (ObjectField("info_", whole="info"), "info,info_a", "5,x", 5),
        (ObjectField("info_", whole="info"), "info,info_a", "null,x", "null"),
        (ObjectField("info_", whole="info"), "info,info_a", ",x", {"a": "x"}),
        # Tags in order of their first column, then by number.
        (NumberedField(), "b_1,a_0,b_0", "x,y,z", {"b_0": "z", "b_1": "x", "a_0": "y"}),
        # All-digit levels are list indices; other members are not split.
        (FLATTENED, "id_x,body_1_value,body_0_value", "1,x,y", {"id_x": "1", "body": [{"value": "y"}, {"value": "x"}]}),
        # A column below another one with a value is kept under its own name.
        (FLATTENED, "body,body_value", "text,x", {"body": "text", "body_value": "x"}),
        (FlattenedItems("item_", FLATTENED), "item_1_body,item_0_id", "x,y", {"0": {"id": "y"}, "1": {"body": "x"}}),
    ],
)
def test_value_of_a_header_field(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, field: HeaderField, header: str, cells: str, value: Any
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{header}\n{cells}\n")
    (row,) = read(monkeypatch, path, field)
    assert row["value"] == value
    if isinstance(value, dict):
        assert list(row["value"]) == list(value)


@pytest.mark.parametrize(("header", "kept"), [("info_a,part_x,info", []), ("info_a,part_x,other", ["part_x", "other"])])
def test_redundant_columns_are_kept_without_their_original(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, header: str, kept: list[str]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f"{header}\n1,2,3\n")
    (row,) = read(monkeypatch, path, ObjectField("info_", whole="info"), {"part_.*": "info"})
    assert list(row) == ["value", *kept]
