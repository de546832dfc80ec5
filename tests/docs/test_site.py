"""The site of the docs: its navigation has every page, its API reference every name."""

import re
from typing import Any

import yaml

import crowdarrow as ca
from support.recipes import ROOT

DOCS = ROOT / "docs"


class Loader(yaml.SafeLoader):
    """Reads `mkdocs.yml`, which names functions of Python."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
SITE: dict[str, Any] = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)  # noqa: S506 - a safe loader


def pages(entry: object) -> list[str]:
    """The files that a part of the navigation lists."""
    if isinstance(entry, str):
        return [entry]
    if isinstance(entry, dict):
        return pages(list(entry.values()))
    assert isinstance(entry, list)
    return [page for part in entry for page in pages(part)]


def test_navigation_lists_every_page_once() -> None:
    assert sorted(pages(SITE["nav"])) == sorted(
        path.relative_to(DOCS).as_posix() for path in (*DOCS.rglob("*.md"), *DOCS.rglob("*.ipynb"))
    )


def test_notebooks_are_shown_with_the_outputs_that_they_hold() -> None:
    (options,) = (one["mkdocs-jupyter"] for one in SITE["plugins"] if isinstance(one, dict) and "mkdocs-jupyter" in one)
    assert options["execute"] is False


def test_front_page_links_every_page() -> None:
    linked = set(re.findall(r"\]\(([\w./-]+\.(?:md|ipynb))\)", (DOCS / "README.md").read_text(encoding="utf-8")))
    assert linked == set(pages(SITE["nav"])) - {"README.md"}


def test_reference_has_every_name() -> None:
    named = re.findall(r"^::: crowdarrow\.(\w+)$", (DOCS / "api.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(named) == sorted(name for name in ca.__all__ if name != "__version__")


def test_pages_load_nothing_from_elsewhere() -> None:
    assert SITE["theme"]["font"] is False
    assert SITE["hooks"] == ["packaging/docs/hooks.py"]
    assert not {"extra_css", "extra_javascript"} & SITE.keys()
