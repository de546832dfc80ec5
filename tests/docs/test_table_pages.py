"""The pages of the tidy tables: their inputs are converted, their queries run, and the output is compared."""

import re
from pathlib import Path

import pytest

import crowdarrow as ca
from support.recipes import check, section, steps

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = {"annotations", "answers", "marks", "identifications", "subjects", "tasks"}
TOOLS = {"Polars": "import polars", "DuckDB": "import duckdb", "pandas": "import pandas"}


def page(name: str) -> str:
    return (DOCS / "tables" / f"{name}.md").read_text(encoding="utf-8")


def test_each_tidy_table_has_a_page() -> None:
    assert {path.stem for path in (DOCS / "tables").glob("*.md")} >= PAGES
    kinds = ca.kinds()
    assert PAGES | {"choices"} == {*kinds["zooniverse.classifications"][1:], *kinds["zooniverse.workflows"][1:]}
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\(tables/(\w+)\.md\)", index)) >= PAGES


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_prints_what_it_says(name: str, tmp_path: Path) -> None:
    every = steps(page(name))
    assert any("--table" in step.text and step.output for step in every)
    for step in every:
        check(step, tmp_path)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_has_a_query_for_each_tool(name: str) -> None:
    questions = section(page(name), "Three questions", 2)
    assert re.findall(r"^[A-Z].*\? \((\w+)\)$", questions, flags=re.MULTILINE) == list(TOOLS)
    programs = [step for step in steps(questions) if "crowdarrow convert" not in step.text]
    assert len(programs) == len(TOOLS)
    for program, loads in zip(programs, TOOLS.values(), strict=True):
        assert loads in program.text
        assert program.output
