"""The `info` of PYBOSSA results: what the analysis of a task's runs came to, by period."""

from collections.abc import Callable
from typing import TypeAlias

from .chance import Chance
from .encode import FRESH, Json
from .web_annotations import agreed_on

_Shapes: TypeAlias = tuple[tuple[Callable[[Chance], Json], float], ...]


def _annotations(chance: Chance) -> Json:
    if chance.likely(0.15):
        return {"annotations": []}
    motivations = chance.some(("describing", "tagging", "commenting"), 1)[:2]
    made: list[Json] = [*agreed_on(chance, tuple(motivations), chance.randint(0, 40_000), explicates=False)]
    return {"annotations": made}


def _moved(chance: Chance) -> Json:
    """Since 2018-05 the annotations are on a server of their own."""
    made: dict[str, Json] = {"annotations": "https://annotations.libcrowds.com/annotations/playbills-results/"}
    if chance.likely(0.1):
        made["rejected"] = "invalid-task"
    if chance.likely(0.2):
        made["has_children"] = True
    return made


def _analysed(chance: Chance) -> Json:
    """A card's number as the service of 2016 wrote it."""
    number, reference = ("", "") if chance.likely(0.3) else (f"{chance.randint(10**8, 10**9)}", f"15298.a.{FRESH}")
    made: dict[str, Json] = {"oclc": number, "shelfmark": reference, "comments": "", "analysis_complete": True}
    if chance.likely(0.3):
        made |= {"oclc-option": "", "shelfmark-option": "", "analysis_doi": "10.5281/zenodo.1", "analysis_path": "/x"}
    return made


def _matched(chance: Chance) -> Json:
    found = chance.likely(0.6)
    comments = chance.pick(("", "", chance.sentence()))
    number, reference = (str(chance.randint(10**8, 10**9)), f"15298.a.{FRESH}") if found else ("", "")
    return {"control_number": number, "reference": reference, "comments": comments}


PAGES: dict[str, _Shapes] = {
    "mixed": ((_annotations, 40), (_moved, 20), (_analysed, 15), (_matched, 15), (lambda _: None, 10)),
    "annotations": ((_annotations, 9), (lambda _: None, 1)),
    "catalogue": ((_matched, 9), (lambda _: None, 1)),
}
"""What the results of one project hold; `mixed` is every period."""


def info(chance: Chance, page: str = "mixed") -> Json:
    """One info of a page of PAGES. It may hold the slot FRESH, for six digits."""
    shapes = PAGES[page]
    return chance.weighted(tuple(shape for shape, _ in shapes), tuple(share for _, share in shapes))(chance)
