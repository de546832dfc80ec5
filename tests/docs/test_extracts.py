"""The examples of docs/extracts.md and docs/coming-from.md, run as printed."""

from pathlib import Path

import pytest

from support.recipes import ROOT, check, steps


@pytest.mark.parametrize(("page", "examples"), [("extracts.md", 2), ("coming-from.md", 9)])
def test_examples_print_what_the_page_says(page: str, examples: int, tmp_path: Path) -> None:
    found = steps((ROOT / "docs" / page).read_text(encoding="utf-8"))
    shown = [step for step in found if step.output or step.language == "file" or "crowdarrow.synthetic" in step.text]
    assert len([step for step in shown if step.output]) == examples
    for step in shown:
        check(step, tmp_path)
