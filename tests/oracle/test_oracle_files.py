"""The oracle loses nothing of the real exports: every cell comes back from its tables."""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from oracle.metadata import reconstruct, same_json
from oracle.pure_python import Result, open_text, read

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "zooniverse"
# Of 39 files, one is no Lab export, one has short rows on purpose and one is in Mac Roman.
NO_EXPORT = {"consensusDates.csv"}
ALL_REJECTED = {"panoptes_classifications_pair.csv": "fields", "camcat_sa.csv": "utf8"}
FILES = sorted(path for path in DATA.glob("*/*.csv") if path.name not in NO_EXPORT)

pytestmark = pytest.mark.skipif(not FILES, reason="the real exports (../shared/data/zooniverse) are not here")


def cells(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and records as Python's own `csv` gives them."""
    csv.field_size_limit(sys.maxsize)
    with open_text(path) as file:
        header, *records = filter(None, csv.reader(file))
    return header, records


def check_column(name: str, source: list[str], values: list[Any]) -> None:
    """The values of one column give the source's cells back; messages hold places alone, never rows."""
    for place, (text, value) in enumerate(zip(source, values, strict=True)):
        if isinstance(value, dict):
            same = same_json(reconstruct(value), json.loads(text))
        elif name == "locations":
            frames = sorted(json.loads(text).items(), key=lambda item: int(item[0]))
            same = value == [url for _, url in frames]
        elif isinstance(value, list):
            same = value == (json.loads(text) if text.startswith("[") else [int(i) for i in text.split(";")])
        elif isinstance(value, bool):
            same = text.lower() == str(value).lower()
        elif isinstance(value, int):
            same = text.removesuffix(".0") == str(value)
        elif isinstance(value, str):
            same = text == value
        elif value is None:
            same = text in {"", "NA", "null"}
        else:
            same = text == value.strftime("%Y-%m-%d %H:%M:%S UTC")
        assert same, f"{name}, record {place + 1}"


@pytest.fixture(params=FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def export(request: pytest.FixtureRequest) -> tuple[Path, Result]:
    """A real export, and what the oracle reads from it."""
    return request.param, read(request.param)


def test_lossless(export: tuple[Path, Result]) -> None:
    path, result = export
    assert result.records == result.table.num_rows + len(result.rejects)
    if path.name in ALL_REJECTED:
        assert result.table.num_rows == 0
        assert {reject.kind for reject in result.rejects} == {ALL_REJECTED[path.name]}
        return
    assert not result.rejects
    header, records = cells(path)
    assert result.table.num_rows == len(records)
    for place, name in enumerate(header):
        column = result.table[name or f"column_{place + 1}"].to_pylist()
        check_column(name, [record[place] for record in records], column)
