"""The engine and the oracle read the same from the shared small inputs that went wrong, or both refuse them."""

from pathlib import Path
from typing import Any

import pytest

from conftest import ABSENT, SHARED_DATA
from support.variants.compare import differences_of
from support.variants.variant import Variant

FOLDER = SHARED_DATA / "faults" / "zooniverse"
FILES: list[Any] = sorted(FOLDER.glob("*")) or [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
CLASSIFICATIONS = "zooniverse.classifications"


def name_of(path: Path | None) -> str:
    return path.name if path else "none"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_fault_file(path: Path, tmp_path: Path) -> None:
    assert not differences_of(Variant("classifications", inputs=[path.read_bytes()]), tmp_path)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_fault_file_with_a_kind(path: Path, tmp_path: Path) -> None:
    variant = Variant("classifications", inputs=[path.read_bytes()], options={"kind": CLASSIFICATIONS})
    assert not differences_of(variant, tmp_path)


@pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("duplicates", ["keep", "first"])
def test_overlapping_downloads(duplicates: str, tmp_path: Path) -> None:
    inputs = [(FOLDER / name).read_bytes() for name in ("dup_a.csv", "dup_b.csv")]
    variant = Variant("classifications", inputs=inputs, options={"duplicates": duplicates})
    assert not differences_of(variant, tmp_path)


@pytest.mark.skipif(not FOLDER.is_dir(), reason=ABSENT)
def test_missing_column_of_a_filter(tmp_path: Path) -> None:
    data = (FOLDER / "filter_missing_column.csv").read_bytes()
    variant = Variant("subjects", inputs=[data], options={"since": "2020-01-01"})
    assert not differences_of(variant, tmp_path)
