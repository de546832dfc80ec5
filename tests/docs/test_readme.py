"""The README's recipes, run as printed."""

import re
import shutil
from pathlib import Path

import pytest

from support.recipes import PAGES, README, ROOT, Step, check, help_examples, section, steps

RECIPES = section(README, "Recipes", 2)
TITLES = re.findall(r"^### (.+)$", RECIPES, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export that the recipes use."""
    folder = tmp_path_factory.mktemp("readme")
    for step in steps(RECIPES.partition("\n### ")[0]):
        check(step, folder)
    return folder


def test_readme_has_recipes() -> None:
    assert len(TITLES) >= 5
    assert all(steps(section(RECIPES, title, 3)) for title in TITLES)


@pytest.mark.parametrize("title", TITLES)
def test_recipe_prints_what_the_readme_says(title: str, export: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recipe"
    shutil.copytree(export, folder)
    for step in steps(section(RECIPES, title, 3)):
        check(step, folder)


def test_the_first_screen_prints_what_the_readme_says(tmp_path: Path) -> None:
    console = section(README, "Install", 2).partition("```console")
    for step in steps("".join(console[1:])):
        check(step, tmp_path)


def test_examples_of_help_run(export: Path, tmp_path: Path) -> None:
    """The examples of `--help` run if files of these names exist."""
    folder = tmp_path / "examples"
    shutil.copytree(export, folder)
    examples = help_examples(folder)
    assert len(examples) >= 10
    for line in examples:
        check(Step("console", line), folder)


def test_wrong_output_or_status_fails(tmp_path: Path) -> None:
    text = "```console\n$ echo 1\n2\n```\n```console\n$ exit 3\n```\n```python\nprint(1)\n```\n```text\n2\n```\n"
    for step in steps(text):
        with pytest.raises(AssertionError):
            check(step, tmp_path)


def test_named_make_targets_exist() -> None:
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert named <= known, f"{page.name}: {named - known}"
