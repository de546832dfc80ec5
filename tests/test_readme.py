"""The README's recipes, run as they are printed; what the README says they print is what they print."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TIMING = re.compile(r"in [\d.]+ s(?: \([\d,]+ MB/s\))?")


@dataclass(frozen=True)
class Step:
    """Something to run, and what it prints according to the README (None: not said)."""

    program: list[str]
    shown: str
    output: str | None


def section(text: str, title: str, level: int) -> str:
    """The text below a heading, down to the next one of its level or above."""
    _, _, below = text.partition(f"\n{'#' * level} {title}\n")
    assert below, f"no section {title!r}"
    return re.split(rf"^#{{1,{level}}} ", below, maxsplit=1, flags=re.MULTILINE)[0]


def steps(text: str) -> list[Step]:
    """What the fenced blocks of a text say to run, in order."""
    found: list[Step] = []
    blocks = [(match[1], match[2]) for match in FENCE.finditer(text)]
    for place, (language, body) in enumerate(blocks):
        following, printed = blocks[place + 1] if place + 1 < len(blocks) else ("", "")
        if language == "console":
            for command in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, _, output = command.partition("\n")
                found.append(Step(["/bin/sh", "-c", line], line, output or None))
        elif language == "python":
            found.append(Step([sys.executable, "-c", body], body, printed if following == "text" else None))
        else:
            assert language == "text", f"a block in {language} would not be run"
    return found


def run(step: Step, folder: Path) -> str:
    """What a step prints, with an ellipsis for each time."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONUTF8": "1", "COLUMNS": "80"}
    done = subprocess.run(
        step.program,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, f"{step.shown}\n{done.stdout}"
    return done.stdout


def check(step: Step, folder: Path) -> None:
    printed = run(step, folder)
    if step.output is not None:
        wanted, got = (TIMING.sub("in ...", text) for text in (step.output, printed))
        message = f"{step.shown}\nprints\n{printed}\nand not\n{step.output}"
        assert doctest.OutputChecker().check_output(wanted, got, doctest.ELLIPSIS), message


README = (ROOT / "README.md").read_text(encoding="utf-8")
RECIPES = section(README, "Recipes", 2)
TITLES = re.findall(r"^### (.+)$", RECIPES, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export that the recipes start from."""
    folder = tmp_path_factory.mktemp("readme")
    for step in steps(RECIPES.partition("\n### ")[0]):
        check(step, folder)
    return folder


def test_five_recipes() -> None:
    assert len(TITLES) >= 5
    assert all(steps(section(RECIPES, title, 3)) for title in TITLES)


@pytest.mark.parametrize("title", TITLES)
def test_recipe(title: str, export: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recipe"
    shutil.copytree(export, folder)
    for step in steps(section(RECIPES, title, 3)):
        check(step, folder)


def test_a_wrong_recipe_fails(tmp_path: Path) -> None:
    text = "```console\n$ echo 1\n2\n```\n```console\n$ exit 3\n```\n```python\nprint(1)\n```\n```text\n2\n```\n"
    for step in steps(text):
        with pytest.raises(AssertionError):
            check(step, tmp_path)


def test_links() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
            assert target.startswith("https://") or (page.parent / target).exists(), f"{page.name}: {target}"


def test_targets() -> None:
    """Each `make` target that a page names is one."""
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        named = set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))
        assert named <= known, f"{page.name}: {named - known}"
