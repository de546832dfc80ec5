"""Votes equal what `panoptes_aggregation reduce` counts (docs/contract.md, section 2.8)."""

from pathlib import Path

import pytest

from oracle import pure_python
from support import panoptes
from support.vote_panoptes import compare_file

pytestmark = pytest.mark.skipif(not panoptes.PYTHON.exists(), reason=panoptes.ABSENT)


def test_real_exports(zooniverse_file: Path, tmp_path: Path) -> None:
    if pure_python.open_input(zooniverse_file).kind != "zooniverse.classifications":
        pytest.skip("no classifications")
    found, errors = compare_file(zooniverse_file, tmp_path)
    print(  # noqa: T201 - how much was compared
        f"{zooniverse_file.name}: {found.cells:,} cells compared; not comparable: {found.merged:,} of several answers "
        f"with one name, {found.repeated:,} of a choice or task that stands twice in a classification; "
        f"not read: {errors}"
    )
    assert not found.differ, f"{len(found.differ)} of {found.cells}: {found.differ[:5]}"
