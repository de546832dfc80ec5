"""References resolve: links between pages, anchors, and the sections that code and pages cite."""

import re
from functools import cache
from pathlib import Path

import pytest

from support.recipes import PAGES, ROOT

SOURCES = sorted(
    path
    for folder in ("python", "rust", "tests", "benchmarks")
    for ending in ("*.py", "*.pyi", "*.rs")
    for path in (ROOT / folder).rglob(ending)
    if not path.is_relative_to(ROOT / "benchmarks" / "data") and path != Path(__file__).resolve()
)
CITED = re.compile(r"(docs/[\w/-]+\.md)`?,? sections? ([A-C0-9][.0-9]*(?:(?:, | and | to )[0-9][.0-9]*)*)")
STRAY = re.compile(r"\b(?:contract(?:'s)?,? (?:rules? )?\d|\brules? \d|formats/\w+\.md\W+\d)", re.IGNORECASE)
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", re.MULTILINE)
# How a page refers to the files of this repository where relative links lead nowhere, as on PyPI.
HOSTED = "https://github.com/crowdarrow/crowdarrow/blob/main/"


def joined(path: Path) -> str:
    """The text of a source file; lines of one comment are joined."""
    text = path.read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*(?:#|//[/!]?)?\s*", " ", text)


@cache
def headings(page: Path) -> list[str]:
    outside = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.+)$", outside, flags=re.MULTILINE)


def sections(page: Path) -> set[str]:
    """The numbers of a page's sections."""
    found = (re.match(r"(?:Appendix )?([0-9]+(?:\.[0-9]+)*|[A-C])[. ]", heading) for heading in headings(page))
    return {match[1] for match in found if match}


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to a page's headings."""
    found: list[str] = []
    for heading in headings(page):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading).lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return set(found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    for inline, defined in LINK.findall(page.read_text(encoding="utf-8")):
        target = inline or defined
        if target.startswith("https://") and not target.startswith(HOSTED):
            continue
        name, _, anchor = target.removeprefix(HOSTED).partition("#")
        folder = ROOT if target.startswith(HOSTED) else page.parent
        linked = (folder / name).resolve() if name else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_links_of_the_readme_work_on_pypi() -> None:
    """PyPI shows the README without the repository around it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [
        inline or defined for inline, defined in LINK.findall(text) if not (inline or defined).startswith("https://")
    ] == []
    outside = re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)
    named = {second or first for first, second in re.findall(r"\[([^\]\n]+)\](?:\[([^\]\n]+)\])?(?![(:])", outside)}
    assert named <= set(re.findall(r"^\[([^\]]+)\]: ", text, flags=re.MULTILINE))


@pytest.mark.parametrize("name", ["docs/contract.md", "docs/formats/zooniverse.md", "docs/formats/libcrowds.md"])
def test_cited_sections_exist(name: str) -> None:
    known = sections(ROOT / name)
    assert known
    cited = {
        (path.relative_to(ROOT), number.rstrip("."))
        for path in [*SOURCES, *PAGES]
        for page, numbers in CITED.findall(joined(path))
        if page == name
        for number in re.split(r", | and | to ", numbers)
    }
    assert cited
    assert not {(str(path), number) for path, number in cited if number not in known}


def test_sections_within_the_contract_exist() -> None:
    page = ROOT / "docs" / "contract.md"
    numbers = re.findall(r"\bsections? (\d+(?:\.\d+)?)", page.read_text(encoding="utf-8"))
    assert numbers
    assert set(numbers) <= sections(page)


def test_references_have_one_form() -> None:
    """`docs/contract.md, section 2.5`: other forms are not checked by the tests above."""
    stray = {str(path.relative_to(ROOT)): found for path in SOURCES if (found := STRAY.findall(joined(path)))}
    assert not stray
