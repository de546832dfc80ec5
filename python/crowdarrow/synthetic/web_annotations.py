"""W3C Web Annotations of volunteers and of the LibCrowds server, and the collection download."""

import json
from collections.abc import Iterator
from pathlib import Path

from .chance import Chance
from .encode import FRESH, Json, flatten, iso_time, pandas_field, pandas_text
from .output import Compression, Form, StrPath, Summary, csv_member, json_member, lines_member, summary, write_download

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
MOTIVATIONS = ("describing", "tagging", "commenting")
_TAGS = ("title", "genre", "date", "note")
AGREED_TAGS = ("title", "genre", "date")
MOST_VALUES = {"title": 6, "genre": 6, "date": 1}
"""The maximum number of values of each tag on one target."""
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
    """An annotation of the viewer: UUID without prefix, list body, unrounded rectangle, times with milliseconds."""
    described = chance.likely(0.5)
    tag: Json = {"type": "TextualBody", "purpose": "tagging", "value": chance.pick(_TAGS)}
    body: list[Json] = [tag]
    if described:
        body.insert(
            0, {"type": "TextualBody", "purpose": "describing", "value": chance.words(1, 7), "format": "text/plain"}
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
    """The IRI of a page of a volume. IRIs of higher numbers sort later by code point."""
    volume, page = divmod(number, 400)
    return f"https://api.bl.uk/metadata/iiif/ark:/81055/vdc_100022{volume:06d}.0x{page:06x}"


def _agreed_value(chance: Chance, tag: str) -> str:
    if tag == "genre":
        return chance.pick(_GENRES)
    if tag == "date":
        # If no year was printed, the date starts with a dash.
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


def _agreed(chance: Chance, motivation: str, tag: str, number: int, index: int, *, explicates: bool) -> dict[str, Json]:
    iri = canvas(number)
    # The server writes whole seconds, and orders records by this time.
    created = f"{iso_time(_START + 40 * number + index, 0)[:-5].decode()}Z"
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
    """The annotations of one target, with at most six of each tag.

    Args:
        chance: The random generator.
        motivations: The motivations, a subset of MOTIVATIONS.
        number: The number of the target. Times increase with it.
        explicates: Use the form of the annotation server: no context, and the task as a generator.
    """
    made: list[dict[str, Json]] = []
    for motivation in motivations:
        tags = ("",) if motivation == "commenting" else chance.some(AGREED_TAGS, 1)
        for tag in tags:
            most = min(MOST_VALUES.get(tag, MOST_COMMENTS), chance.weighted((1, 2, 3, 6), (6, 3, 2, 1)))
            for _ in range(most):
                made.append(_agreed(chance, motivation, tag, number, len(made), explicates=explicates))
    return made


FORMATS = ("json", "jsonl", "csv")
LAYOUTS = {"json": ("server", "explicates"), "jsonl": ("server", "explicates"), "csv": ("A", "B")}
"""JSON of spring 2018 or of the later annotation server; CSV of values (A) or of flattened annotations (B)."""
_SHORT_NAME = "synthetic"
_SAMPLE = 60
"""A number of targets in which every member of an annotation occurs."""


def _targets(seed: int, motivation: str, *, explicates: bool) -> Iterator[list[dict[str, Json]]]:
    """The annotations of each target, in the order of their times and of their targets' IRIs."""
    chance = Chance.of("collection", motivation, seed)
    wanted = MOTIVATIONS if motivation == "mixed" else (motivation,)
    number = seed % 977
    while True:
        number += 1
        yield agreed_on(chance, wanted, number, explicates=explicates)


def _annotations(seed: int, motivation: str, *, explicates: bool) -> Iterator[dict[str, Json]]:
    for target in _targets(seed, motivation, explicates=explicates):
        yield from target


def _flattened(seed: int, motivation: str) -> tuple[tuple[str, ...], Iterator[bytes]]:
    """Header and records of layout B."""
    sample = zip(range(_SAMPLE * 6), _annotations(seed, motivation, explicates=True), strict=False)
    header = tuple(sorted({name for _, one in sample for name in flatten(one, "")}))

    def records() -> Iterator[bytes]:
        for annotation in _annotations(seed, motivation, explicates=True):
            leaves = flatten(annotation, "")
            yield b",".join(pandas_field(pandas_text(leaves.get(name), as_float=False)) for name in header)

    return header, records()


_VALUE_OF = {
    "describing": ("body_1_value", "body_0_value"),
    "tagging": ("body_value", "target_selector_value"),
    "commenting": ("", "body_value"),
}
"""The flattened members with tag and value in layout A; a comment has no tag."""


def _by_target(seed: int, motivation: str) -> tuple[tuple[str, ...], Iterator[bytes]]:
    """Header and records of layout A."""
    most = {"comment": MOST_COMMENTS} if motivation == "commenting" else MOST_VALUES
    tags = ("comment",) if motivation == "commenting" else AGREED_TAGS
    header = tuple(sorted([*(f"{tag}_{index}" for tag in tags for index in range(most[tag])), "target"]))

    def records() -> Iterator[bytes]:
        for annotations in _targets(seed, motivation, explicates=True):
            cells: dict[str, str] = {}
            counts = dict.fromkeys(tags, 0)
            for leaves in (flatten(annotation, "") for annotation in annotations):
                tag = str(leaves.get(_VALUE_OF[motivation][0], "comment"))
                cells["target"] = str(leaves.get("target") or leaves["target_source"])
                cells[f"{tag}_{counts[tag]}"] = str(leaves[_VALUE_OF[motivation][1]])
                counts[tag] += 1
            yield b",".join(pandas_field(cells.get(name, "")) for name in header)

    return header, records()


def generate_collection(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    motivation: str = "describing",
    compression: Compression = None,
) -> Summary:
    """Write a LibCrowds collection download.

    The same seed and motivation give the same annotations for each target in every format and layout.

    Args:
        path: The file to write; an existing one is replaced.
        size: Bytes before compression, met to about half a record.
        records: The number of records, instead of `size`; 1000 if neither is given. A record is an annotation; in CSV
            layout A, a target.
        seed: The same seed and arguments give the same bytes.
        format: `json`, an array on one line without a line end; `jsonl`, one object per line; or `csv`.
        layout: For JSON `server` (spring 2018; default) or `explicates` (later); for CSV `A`, values only (default), or
            `B`, flattened annotations.
        motivation: `describing`, `tagging`, `commenting`, or `mixed` (not for layout A).
        compression: `gzip`, `zstd`, `zip` or None. The member of a zip is named as on the server.

    Returns:
        The summary of the file. `lines` counts line ends, so it is 0 for `json`.

    Raises:
        ValueError: An argument is invalid.
        OSError: The file cannot be written.
    """
    form = Form(size, records, compression=compression)
    known = LAYOUTS.get(format, ())
    layout = layout or next(iter(known), "")
    if layout not in known or motivation not in {*MOTIVATIONS, "mixed"} or (layout == "A" and motivation == "mixed"):
        msg = f"unknown format {format!r}, layout {layout!r} or motivation {motivation!r}: {LAYOUTS}; {MOTIVATIONS}"
        raise ValueError(msg)
    name = f"{_SHORT_NAME}_{motivation}"
    if format == "csv":
        columns, lines = (_by_target if layout == "A" else _flattened)(seed, motivation)
        member = csv_member(name, columns, lines, "\n", empty=b"\n")
    else:
        explicates = layout == "explicates"
        columns = tuple(next(_annotations(seed, motivation, explicates=explicates)))
        texts = (json.dumps(one).encode() for one in _annotations(seed, motivation, explicates=explicates))
        member = json_member(name, texts) if format == "json" else lines_member(name, texts)
    kind = "libcrowds.annotations" if motivation == "mixed" else f"libcrowds.{motivation}"
    return summary(path, kind, columns, write_download(Path(path), member, form), damage=None)
