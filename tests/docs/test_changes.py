"""docs/changes-0.2.md names every column and table that version 0.1 did not have; columns-0.1.json has those it had."""

import json
import re
from pathlib import Path

import crowdarrow as ca
from support.recipes import ROOT, section

PAGE = (ROOT / "docs" / "changes-0.2.md").read_text(encoding="utf-8")
BEFORE: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parent / "columns-0.1.json").read_text(encoding="utf-8")
)


def test_no_column_is_gone() -> None:
    for kind, tables in BEFORE.items():
        for table, columns in tables.items():
            kept = [name for name in ca.schema(kind, table).names if name in columns]
            assert kept == columns, f"{kind} {table}"


def test_new_columns_are_named() -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \|", section(PAGE, "New columns", 2), flags=re.MULTILINE)[1:]
    named = {name for _, columns in rows for name in re.findall(r"`(\w+)`", columns)}
    found = {
        name
        for kind, tables in BEFORE.items()
        for table, columns in tables.items()
        for name in ca.schema(kind, table).names
        if name not in columns
    }
    # These two depend on the inputs, and are in no schema of a kind.
    assert found == named - {"record", "media"}


def test_new_tables_are_named() -> None:
    rows = re.findall(r"^\| `(.*?)` \| `(\w+)` \|", section(PAGE, "New tables", 2), flags=re.MULTILINE)
    found = {(kind, table) for kind, tables in ca.kinds().items() for table in tables if table not in BEFORE[kind]}
    assert found == set(rows)
