"""The `info` of PYBOSSA task runs: whatever a project's page sent, one shape for each kind of page."""

from collections.abc import Callable
from typing import TypeAlias

from .chance import Chance
from .encode import FRESH, Json
from .web_annotations import volunteered

_BOX_KEYS = (
    "drawerTitle",
    "objectType",
    "material",
    "site",
    "county",
    "dateDiscoveryDay",
    "dateDiscoveryMonth",
    "dateDiscoveryYear",
    "museum",
    "publication",
    "collection",
    "description",
    "lengthMin",
    "lengthMax",
    "Find spot marker",
    "nationalGridReference",
    "remarks",
)
_STILL_EMPTY = ("", "", "None", "None", " ")


def _annotations(chance: Chance) -> Json:
    if chance.likely(0.12):
        return []
    item = f"vdc_10002258{chance.randint(9000, 9999)}.0x{chance.randint(2, 600):06x}"
    target = f"https://api.bl.uk/image/iiif/ark:/81055/{item}"
    return [volunteered(chance, target) for _ in range(chance.weighted((1, 2, 3, 5, 9), (6, 4, 3, 2, 1)))]


def _index_card(chance: Chance) -> Json:
    """A flat object of strings: many empty, absent ones as the text `None`, line breaks and tabs within."""
    made: dict[str, Json] = {}
    for key in _BOX_KEYS:
        made[key] = chance.pick(_STILL_EMPTY) if chance.likely(0.55) else chance.words(1, 8)
    if chance.likely(0.4):
        made["remarks"] = f"{chance.sentence()}\r\n\r\n{chance.sentence()}\t(see over) "
    if chance.likely(0.6):
        spot: list[Json] = (
            [round(chance.uniform(-5, 2), 12), chance.pick((51, 52.25, 53))] if chance.likely(0.7) else ["", ""]
        )
        made["geojson"] = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": spot},
            "properties": {},
        }
    made["dateDiscoveryYear"] = chance.pick(("None", "1921", str(chance.randint(1850, 1970)), "1930?"))
    return made


def _catalogue(chance: Chance) -> Json:
    number = str(chance.randint(10**8, 10**12))
    comments = chance.pick(("", "", "", chance.sentence(), "Not sure \N{SLIGHTLY SMILING FACE}"))
    if chance.likely(0.4):
        return {"oclc": number, "shelfmark": f"15298.a.{chance.randint(1, 99)}", "comments": comments}
    made: dict[str, Json] = {
        "control_number": number,
        "reference": f"{chance.randint(0, 999999):06d}",
        "comments": comments,
    }
    if chance.likely(0.3):
        made["form"] = {"title": chance.words(1, 6), "author": chance.person(), "year": "", "isbn": ""}
    return made


def _outline(chance: Chance) -> Json:
    ring: list[Json] = [[chance.uniform(0, 900), chance.uniform(0, 900)] for _ in range(chance.randint(5, 40))]
    return {"img": f"{chance.hexadecimal(8)}_{FRESH}.jpg", "outline": [[ring]], "skipped": False}


_SCALARS: tuple[Json, ...] = ("SKIPPED,term", "1,2,6", "", 65, 0, 3.5, 23435562345, True)


_Shapes: TypeAlias = tuple[tuple[Callable[[Chance], Json], float], ...]


def _rejection(_: Chance) -> Json:
    return {"reject": "invalid-task"}


def _scalar(chance: Chance) -> Json:
    return chance.pick(_SCALARS)


def _numbers(chance: Chance) -> Json:
    return [[chance.randint(0, 9), chance.random()] for _ in range(3)]


def _same_card(chance: Chance) -> Json:
    """A card as one version of one page sends it: the same keys each time."""
    return {key: chance.pick(_STILL_EMPTY) if chance.likely(0.4) else chance.words(1, 8) for key in _BOX_KEYS}


PAGES: dict[str, _Shapes] = {
    "mixed": (
        (_annotations, 40),
        (_index_card, 34),
        (_catalogue, 14),
        (_outline, 4),
        (_rejection, 3),
        (_scalar, 3),
        (_numbers, 0.5),
        (lambda _: {}, 0.5),
        (lambda _: None, 1),
    ),
    "annotations": ((_annotations, 95), (lambda _: None, 1), (_scalar, 1)),
    "viewer": ((_annotations, 90), (_rejection, 10)),
    "cards": ((_same_card, 1),),
    "catalogue": ((_catalogue, 95), (_rejection, 5)),
}
"""What one project's page sends; `mixed` is every page there was, `cards` has the same keys in each record."""


def info(chance: Chance, page: str = "mixed") -> Json:
    """One info of a page of PAGES. It may hold the slot FRESH, for six digits."""
    shapes = PAGES[page]
    return chance.weighted(tuple(shape for shape, _ in shapes), tuple(share for _, share in shapes))(chance)
