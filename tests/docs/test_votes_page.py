"""The page about votes: its programs and commands are run, and what they print is compared."""

from pathlib import Path

import pytest

from support.recipes import check, steps

PAGE = Path(__file__).resolve().parents[2] / "docs" / "votes.md"


def test_page_prints_what_it_says(tmp_path: Path) -> None:
    every = steps(PAGE.read_text(encoding="utf-8"))
    assert sum(step.language == "python" for step in every) == sum(
        step.language == "python" and step.output is not None for step in every
    )
    for step in every:
        check(step, tmp_path)


@pytest.mark.parametrize("case", ["Repeats and visitors", "Skipped questions and empty lists", "Versions"])
def test_page_counts_wrongly_and_rightly(case: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    below = text.partition(f"\n## {case}\n")[2].partition("\n## ")[0]
    assert len([step for step in steps(below) if step.output]) >= 2
