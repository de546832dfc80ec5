"""The examples of docs/extracts.md, run as printed."""

from pathlib import Path

import pytest

from support.recipes import ROOT, check, steps

PAGE = (ROOT / "docs" / "extracts.md").read_text(encoding="utf-8")


def test_examples_print_what_the_page_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [step for step in steps(PAGE) if step.output]
    assert len(shown) == 2
    for step in shown:
        check(step, tmp_path)
