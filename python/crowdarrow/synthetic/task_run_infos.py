"""The `info` of PYBOSSA task runs: whatever a project's page sent, one shape for each kind of page."""

from collections.abc import Callable

from .chance import Chance
from .encode import FRESH, Json

_TAGS = ("title", "genre", "date", "note")
_SOFTWARE: dict[str, Json] = {
    "id": "https://github.com/LibCrowds/libcrowds-viewer",
    "type": "Software",
    "name": "LibCrowds Viewer",
    "homepage": "http://libcrowds.com",
}
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


def _clock(chance: Chance) -> str:
    return f"{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}"


def _millis(chance: Chance) -> str:
    return (
        f"2017-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T{_clock(chance)}.{chance.randint(0, 999):03d}Z"
    )


def _annotation(chance: Chance, target: str) -> Json:
    described = chance.likely(0.5)
    tag: Json = {"type": "TextualBody", "purpose": "tagging", "value": chance.pick(_TAGS)}
    body: list[Json] = [tag]
    if described:
        body.insert(
            0,
            {
                "type": "TextualBody",
                "purpose": "describing",
                "value": chance.words(1, 7),
                "format": "text/plain",
            },
        )
    else:
        body.append({"source": "http://purl.org/dc/terms/title", "type": "SpecificResource", "purpose": "classifying"})
    box = ",".join(f"{chance.uniform(-20, 2000):.{chance.pick((2, 1, 2))}f}" for _ in range(3))
    selector: Json = {
        "conformsTo": "http://www.w3.org/TR/media-frags/",
        "type": "FragmentSelector",
        "value": f"{chance.pick(('', '?'))}xywh={box},{FRESH}",
    }
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": f"{chance.uuid()[:-6]}{FRESH}",
        "type": "Annotation",
        "motivation": "describing" if described else "tagging",
        "created": _millis(chance),
        "generated": _millis(chance),
        "generator": _SOFTWARE,
        "body": body,
        "target": target if described and chance.likely(0.4) else {"source": target, "selector": selector},
    }


def _annotations(chance: Chance) -> Json:
    if chance.likely(0.12):
        return []
    item = f"vdc_10002258{chance.randint(9000, 9999)}.0x{chance.randint(2, 600):06x}"
    target = f"https://api.bl.uk/image/iiif/ark:/81055/{item}"
    return [_annotation(chance, target) for _ in range(chance.weighted((1, 2, 3, 5, 9), (6, 4, 3, 2, 1)))]


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


_SHAPES: tuple[tuple[Callable[[Chance], Json], float], ...] = (
    (_annotations, 40),
    (_index_card, 34),
    (_catalogue, 14),
    (_outline, 4),
    (lambda _: {"reject": "invalid-task"}, 3),
    (lambda chance: chance.pick(_SCALARS), 3),
    (lambda chance: [[chance.randint(0, 9), chance.random()] for _ in range(3)], 0.5),
    (lambda _: {}, 0.5),
    (lambda _: None, 1),
)


def info(chance: Chance) -> Json:
    """One info, of any shape. It may hold the slot FRESH, for six digits."""
    make = chance.weighted(tuple(shape for shape, _ in _SHAPES), tuple(share for _, share in _SHAPES))
    return make(chance)
