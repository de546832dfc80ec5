"""The engine's tidy tables give back every annotation, mark, identification and answer of an export."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crowdarrow import synthetic
from crowdarrow.synthetic.catalogue import PROFILES
from support.tidy_lossless import (
    Row,
    is_combo,
    objects_of,
    same_answers,
    same_identification,
    same_items,
    same_mark,
    value_in,
)

if TYPE_CHECKING:
    from conftest import Collect, Collected

KIND = "zooniverse.classifications"


def rows_of(result: "Collected", name: str) -> list[Row]:
    rows: list[Row] = result.tables[name].to_pylist()
    return rows


def assert_items(rows: list[Row], sources: list[list[Any]]) -> None:
    """Each item of each list is a row, each child of a combo too, in order; and they give the list back."""
    sizes = [len(source) + sum(len(value_in(item)) for item in source if is_combo(item)) for source in sources]
    assert len(rows) == sum(sizes)
    at = iter(rows)
    lost = [
        number
        for number, (size, source) in enumerate(zip(sizes, sources, strict=True))
        if not same_items([next(at) for _ in range(size)], source)
    ]
    assert not lost


def assert_objects(rows: list[Row], sources: list[list[Any]], *, identifications: bool) -> None:
    """Each mark, or each identification, is a row, in order, and comes back from it."""
    wanted = [found for source in sources for found in objects_of(source, identifications)]
    place = "identification_index" if identifications else "mark_index"
    places = [(row["annotation_index"], row["combo_index"], row[place]) for row in rows]
    # Compared here, so that nothing of a real export is shown.
    same_places = places == [one[:3] for one in wanted]
    assert same_places
    same = same_identification if identifications else same_mark
    lost = [number for number, (row, one) in enumerate(zip(rows, wanted, strict=True)) if not same(row, one[3])]
    assert not lost


def assert_lossless(result: "Collected") -> None:
    """All of it, from all records that were not rejected."""
    sources = [json.loads(text or "[]") for text in result.tables["classifications"]["annotations"].to_pylist()]
    assert_items(rows_of(result, "annotations"), sources)
    assert_objects(rows_of(result, "marks"), sources, identifications=False)
    assert_objects(rows_of(result, "identifications"), sources, identifications=True)
    each_once = same_answers(rows_of(result, "answers"), [item for source in sources for item in source])
    assert each_once


def test_real_exports(zooniverse_file: Path, run_collect: "Collect") -> None:
    result = run_collect(zooniverse_file)
    if result.kind != KIND:
        pytest.skip(f"{result.kind} has no annotations")
    assert_lossless(result)


@pytest.mark.parametrize("profile", PROFILES)
def test_synthetic_exports(profile: str, tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "classifications.csv"
    synthetic.generate_classifications(path, records=300, profile=profile, faults=0.1)
    result = run_collect(path)
    assert result.report.rows + result.report.rejected == 300
    assert result.report.rejected > 0
    assert_lossless(result)
