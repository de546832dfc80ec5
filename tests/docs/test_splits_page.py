"""The examples of docs/splits.md, run as printed."""

from pathlib import Path

from support.recipes import ROOT, check, steps


def test_examples_print_what_the_page_says(tmp_path: Path) -> None:
    found = steps((ROOT / "docs" / "splits.md").read_text(encoding="utf-8"))
    assert len([step for step in found if step.output]) >= 2
    for step in found:
        check(step, tmp_path)
