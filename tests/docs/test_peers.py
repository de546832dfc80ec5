"""The scripts of other tools in docs/coming-from.md: what each printed is on the page, and ours counts the same.

`CROWDARROW_ZOONYPER` names a Python that has zoonyper, which then runs its scripts again.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from crowdarrow.synthetic import generate_export
from support.recipes import FENCE, ROOT

PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8").partition("## zoonyper\n")[2]
BLOCKS = [(language, body) for language, _, body in (match.groups() for match in FENCE.finditer(PAGE))]
THEIRS = [
    (body, BLOCKS[index + 1][1])
    for index, (language, body) in enumerate(BLOCKS)
    if language == "text" and "from zoonyper" in body
]
OURS = [
    BLOCKS[index + 1][1]
    for index, (language, body) in enumerate(BLOCKS)
    if language == "python" and ('"votes"' in body or '"volunteers"' in body)
]


def counts(printed: str) -> list[str]:
    """The lines of an output that have an answer."""
    return [line for line in printed.splitlines() if "(blank)" not in line]


def test_page_shows_two_scripts() -> None:
    assert len(THEIRS) == len(OURS) == 2
    assert all(len(counts(printed)) >= 4 for printed in OURS)


@pytest.mark.parametrize("number", [0, 1])
def test_our_script_counts_what_theirs_counted(number: int) -> None:
    assert counts(OURS[number]) == counts(THEIRS[number][1])


@pytest.mark.parametrize("number", [0, 1])
def test_their_script_prints_what_the_page_says(number: int, tmp_path: Path) -> None:
    python = os.environ.get("CROWDARROW_ZOONYPER")
    if not python:
        pytest.skip("CROWDARROW_ZOONYPER names no Python that has zoonyper, which is not on PyPI")
    script, expected = THEIRS[number]
    made = re.search(r"--records (\d+) --profile (\w+)", PAGE)
    assert made
    generate_export(tmp_path / "galaxies", records=int(made[1]), profile=made[2])
    done = subprocess.run([python, "-c", script], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout == expected
