"""W3C Web Annotations, as the viewer made them for volunteers and as the server made them of what was agreed."""

from .chance import Chance
from .clock import iso_time
from .encode import FRESH, Json

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
MOTIVATIONS = ("describing", "tagging", "commenting")
_TAGS = ("title", "genre", "date", "note")
AGREED_TAGS = ("title", "genre", "date")
MOST_VALUES = {"title": 6, "genre": 6, "date": 1}
"""How many values of each tag one target can have."""
MOST_COMMENTS = 3
_SOFTWARE: dict[str, Json] = {
    "id": "https://github.com/LibCrowds/libcrowds-viewer",
    "type": "Software",
    "name": "LibCrowds Viewer",
    "homepage": "http://libcrowds.com",
}
_SERVER: dict[str, Json] = {
    "type": "Software",
    "homepage": "https://www.libcrowds.com",
    "id": "https://github.com/LibCrowds/libcrowds",
    "name": "LibCrowds",
}
_GENRES = ("Farce", "Melo-Drama", "Comic Opera", "Musical Play", "Pantomime", "Ballet", "Tragedy")
_START = 1_525_000_000


def _clock(chance: Chance) -> str:
    return f"{chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:{chance.randint(0, 59):02d}"


def _millis(chance: Chance) -> str:
    return (
        f"2017-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}T{_clock(chance)}.{chance.randint(0, 999):03d}Z"
    )


def volunteered(chance: Chance, target: str) -> Json:
    """An annotation as the viewer makes it: bare UUID, list body, unrounded rectangle, milliseconds."""
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
        "@context": CONTEXT,
        "id": f"{chance.uuid()[:-6]}{FRESH}",
        "type": "Annotation",
        "motivation": "describing" if described else "tagging",
        "created": _millis(chance),
        "generated": _millis(chance),
        "generator": _SOFTWARE,
        "body": body,
        "target": target if described and chance.likely(0.4) else {"source": target, "selector": selector},
    }


def canvas(number: int) -> str:
    """The IRI of one page of a volume; of a higher number, a later one in code-point order."""
    volume, page = divmod(number, 400)
    return f"https://api.bl.uk/metadata/iiif/ark:/81055/vdc_100022{volume:06d}.0x{page:06x}"


def _agreed_value(chance: Chance, tag: str) -> str:
    if tag == "genre":
        return chance.pick(_GENRES)
    if tag == "date":
        # Where no year was printed, the date begins with the month's dash.
        year = "" if chance.likely(0.08) else str(chance.randint(1780, 1870))
        return f"{year}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return (
        f"The {chance.words(1, 5)}"
        if chance.likely(0.8)
        else f"{chance.person()}\N{RIGHT SINGLE QUOTATION MARK}s Benefit"
    )


def _fragment(chance: Chance, canvas_iri: str) -> Json:
    x, y = (chance.randint(-20, 2000) for _ in "xy")
    box = f"?xywh={x},{y},{chance.randint(40, 1900)},{chance.randint(20, 400)}"
    selector: Json = {"conformsTo": "http://www.w3.org/TR/media-frags/", "type": "FragmentSelector", "value": box}
    return {"source": canvas_iri, "selector": selector}


def _agreed(chance: Chance, motivation: str, tag: str, number: int, place: int, *, explicates: bool) -> dict[str, Json]:
    iri = canvas(number)
    # The server writes whole seconds; the records are in this order.
    created = f"{iso_time(_START + 40 * number + place, 0)[:-5].decode()}Z"
    made: dict[str, Json] = {} if explicates else {"@context": CONTEXT}
    task: Json = {"type": "Software", "id": f"http://backend.libcrowds.com/api/task/{78_000 + number}"}
    body: Json = {"type": "TextualBody", "purpose": "tagging", "value": tag}
    target: Json = _fragment(chance, iri)
    if motivation == "describing":
        described: Json = {
            "type": "TextualBody",
            "purpose": "describing",
            "value": _agreed_value(chance, tag),
            "format": "text/plain",
        }
        body = [described, body]
        target = iri if chance.likely(0.66) else target
    elif motivation == "commenting":
        body = {"type": "TextualBody", "purpose": "commenting", "value": chance.sentence(), "format": "text/plain"}
        target = iri
    made |= {
        "body": body,
        "created": created,
        "generated": "2018-06-04T09:43:56Z" if explicates else created,
        "generator": [_SERVER, task] if explicates else _SERVER,
        "id": f"https://annotations.libcrowds.com/annotations/playbills-results/{chance.uuid()}/",
        "motivation": motivation,
        "partOf": f"{iri.partition('.0x')[0]}.0x000002/manifest.json",
        "target": target,
        "type": "Annotation",
    }
    if motivation == "commenting" and chance.likely(0.5):
        name = chance.person()
        user = f"https://www.libcrowds.com/api/user/{chance.randint(1, 900)}"
        made["creator"] = {"id": user, "type": "Person", "name": name, "nickname": name.split()[0].lower()}
    return made


def agreed_on(chance: Chance, motivations: tuple[str, ...], number: int, *, explicates: bool) -> list[dict[str, Json]]:
    """The annotations of one target: at most six of a tag, and of each motivation that it has.

    Args:
        chance: What all choices are drawn from.
        motivations: Of MOTIVATIONS, those wanted.
        number: That of the target; later ones come later in time too.
        explicates: As the annotation server writes them: no context, the task among the generators.
    """
    made: list[dict[str, Json]] = []
    for motivation in motivations:
        tags = ("",) if motivation == "commenting" else chance.some(AGREED_TAGS, 1)
        for tag in tags:
            most = min(MOST_VALUES.get(tag, MOST_COMMENTS), chance.weighted((1, 2, 3, 6), (6, 3, 2, 1)))
            for _ in range(most):
                made.append(_agreed(chance, motivation, tag, number, len(made), explicates=explicates))
    return made
