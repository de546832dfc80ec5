"""The tutorials and the front page of the docs, run as printed."""

from pathlib import Path

import pytest

from support.recipes import ROOT, check, steps

DOCS = ROOT / "docs"


@pytest.mark.parametrize("page", sorted((DOCS / "tutorials").glob("*.md")), ids=lambda page: page.stem)
def test_tutorial_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    found = steps(page.read_text(encoding="utf-8"))
    assert any(step.output for step in found)
    for step in found:
        check(step, tmp_path)


def test_front_page_prints_what_it_says(tmp_path: Path) -> None:
    for step in steps((DOCS / "README.md").read_text(encoding="utf-8")):
        check(step, tmp_path)
