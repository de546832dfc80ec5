"""The `info` of PYBOSSA tasks, task runs and results: one shape for each importer, project page or analysis."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .chance import Chance
from .encode import FRESH, Json
from .web_annotations import agreed_on, canvas, volunteered

Pages: TypeAlias = Mapping[str, tuple[tuple[Callable[[Chance], Json], float], ...]]
"""The shapes of `info` on each page of a project, with the weight of each."""


def info(pages: Pages, page: str, chance: Chance) -> Json:
    """A random `info` of a page. It may hold the slot FRESH, for six digits."""
    shapes = pages[page]
    return chance.weighted(tuple(shape for shape, _ in shapes), tuple(share for _, share in shapes))(chance)


def _flickr(chance: Chance) -> Json:
    photo = f"{chance.hexadecimal(8)}{FRESH}"
    made: dict[str, Json] = {
        "title": chance.pick((f"AB.TC.G.{chance.randint(1, 99)}.{chance.randint(1, 9)}", FRESH)),
        "link": f"https://www.flickr.com/photos/132066275@N04/{photo}",
    }
    sizes = {"url": "o", "url_m": "m", "url_b": "b"}
    return made | {key: f"https://farm6.staticflickr.com/{photo}_{size}.jpg" for key, size in sizes.items()}


def _image(chance: Chance, iri: str) -> dict[str, Json]:
    image = f"https://api.bl.uk/image/iiif/{iri.rpartition('/')[2]}"
    return {
        "manifest": f"{iri.partition('.0x')[0]}.0x000002/manifest.json",
        "tileSource": f"{image}/info.json",
        "link": f"http://access.bl.uk/item/viewer/ark:/81055/{FRESH}#?cv={chance.randint(0, 400)}",
        "url": f"{image}/full/max/0/default.jpg",
        "url_m": f"{image}/full/240,/0/default.jpg",
        "url_b": f"{image}/full/1024,/0/default.jpg",
    }


def _transcribe(chance: Chance) -> dict[str, Json]:
    iri = canvas(chance.randint(0, 40_000))
    return _image(chance, iri) | {"target": iri}


def _select(chance: Chance) -> Json:
    return _transcribe(chance) | {"tag": "title"}


def _child(chance: Chance) -> Json:
    iri = canvas(chance.randint(0, 40_000))
    x, y = (chance.randint(-20, 2000) for _ in "xy")
    box = f"?xywh={x},{y},{chance.randint(40, 1900)},{chance.randint(20, 400)}"
    selector: Json = {"conformsTo": "http://www.w3.org/TR/media-frags/", "type": "FragmentSelector", "value": box}
    made = _image(chance, iri) | {"target": {"source": iri, "selector": selector}}
    made["parent_task_id"] = chance.randint(60_000, 80_000)
    # Later importers wrote only the task.
    if chance.likely(0.9):
        made["parent_annotation_id"] = f"https://www.libcrowds.com/lc/annotations/wa/{chance.uuid()}"
    return made


def _before_2018(chance: Chance) -> Json:
    iri = canvas(chance.randint(0, 40_000))
    model: Json = {"title": "", "author": None, "tags": []}
    fields: list[Json] = [
        {"type": "input", "inputType": "text", "label": chance.words(1, 3), "model": "title", "required": True}
    ]
    form: Json = {"model": model, "schema": {"fields": fields}}
    return {
        "info": f"{iri}/manifest.json",
        "shareUrl": f"http://universalviewer.io/uv.html?manifest={iri}#?cv={FRESH}",
        "tileSource": f"{iri}/info.json",
        "target": iri,
        "mode": chance.pick(("select", "transcribe")),
        "objective": chance.sentence(),
        "form": form,
        "highlights": [{"x": chance.randint(0, 900), "y": 1.5, "width": 40, "height": 20}],
    }


def _plain(chance: Chance) -> Json:
    """A task of another project; before 2014 it included the wanted number of answers."""
    return {"n_answers": chance.randint(1, 30), "question": chance.sentence(), "url_b": f"img/{FRESH}.jpg"}


TASK_PAGES: Pages = {
    "mixed": ((_flickr, 48), (_child, 23), (_select, 14), (_transcribe, 14), (_before_2018, 4), (_plain, 3)),
    "flickr": ((_flickr, 1),),
    "child": ((_child, 1),),
    "select": ((_select, 1),),
    "transcribe": ((_transcribe, 1),),
}
"""The `info` of tasks by importer; `mixed` has all of them."""


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


def _volunteered(chance: Chance) -> Json:
    if chance.likely(0.12):
        return []
    item = f"vdc_10002258{chance.randint(9000, 9999)}.0x{chance.randint(2, 600):06x}"
    target = f"https://api.bl.uk/image/iiif/ark:/81055/{item}"
    return [volunteered(chance, target) for _ in range(chance.weighted((1, 2, 3, 5, 9), (6, 4, 3, 2, 1)))]


def _index_card(chance: Chance) -> Json:
    """A flat object of strings: many are empty, missing ones are the text `None`, some have line breaks and tabs."""
    made: dict[str, Json] = {}
    for key in _BOX_KEYS:
        made[key] = chance.pick(_STILL_EMPTY) if chance.likely(0.55) else chance.words(1, 8)
    if chance.likely(0.4):
        made["remarks"] = f"{chance.sentence()}\r\n\r\n{chance.sentence()}\t(see over) "
    if chance.likely(0.6):
        spot: list[Json] = (
            [round(chance.uniform(-5, 2), 12), chance.pick((51, 52.25, 53))] if chance.likely(0.7) else ["", ""]
        )
        made["geojson"] = {"type": "Feature", "geometry": {"type": "Point", "coordinates": spot}, "properties": {}}
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


def _rejection(_: Chance) -> Json:
    return {"reject": "invalid-task"}


def _scalar(chance: Chance) -> Json:
    return chance.pick(_SCALARS)


def _numbers(chance: Chance) -> Json:
    return [[chance.randint(0, 9), chance.random()] for _ in range(3)]


def _same_card(chance: Chance) -> Json:
    """A card as one version of a page sends it, always with the same keys."""
    return {key: chance.pick(_STILL_EMPTY) if chance.likely(0.4) else chance.words(1, 8) for key in _BOX_KEYS}


_CHOICES = ("front", "back", "both sides", "neither", "unsure")


def _form(chance: Chance) -> Json:
    """A form of 25 fields, all of which are sent: texts, many of them empty, choices, numbers, boxes to tick, lists."""
    texts: dict[str, Json] = {
        f"text {number}": "" if chance.likely(0.3) else chance.words(1, 8) for number in range(1, 9)
    }
    texts |= {
        "image": f"{chance.hexadecimal(8)}_{FRESH}.jpg",
        "remarks": "" if chance.likely(0.5) else f"{chance.sentence()}\n{chance.sentence()} (no. {FRESH})",
        "title": f"\N{LEFT DOUBLE QUOTATION MARK}{chance.words(1, 5)}\N{RIGHT DOUBLE QUOTATION MARK}",
        "date": f"{chance.randint(1850, 1970)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
    }
    choices: dict[str, Json] = {name: chance.pick(_CHOICES) for name in ("side", "stamp", "seal", "signature")}
    lengths: dict[str, Json] = {name: chance.rounded(300) for name in ("width", "height", "x", "y")}
    counts: dict[str, Json] = {"pages": chance.randint(1, 40), "confidence": chance.randint(1, 5)}
    boxes: dict[str, Json] = {"legible": chance.likely(0.9), "complete": chance.likely(0.5)}
    tags: list[Json] = [*chance.some(("map", "letter", "sketch", "photograph"))]
    return texts | choices | lengths | counts | boxes | {"tags": tags}


TASK_RUN_PAGES: Pages = {
    "mixed": (
        (_volunteered, 40),
        (_index_card, 34),
        (_catalogue, 14),
        (_outline, 4),
        (_rejection, 3),
        (_scalar, 3),
        (_numbers, 0.5),
        (lambda _: {}, 0.5),
        (lambda _: None, 1),
    ),
    "annotations": ((_volunteered, 95), (lambda _: None, 1), (_scalar, 1)),
    "viewer": ((_volunteered, 90), (_rejection, 10)),
    "cards": ((_same_card, 1),),
    "catalogue": ((_catalogue, 95), (_rejection, 5)),
    "form": ((_form, 1),),
}
"""The `info` of task runs by project page; `mixed` has the usual ones, `cards` and `form` always the same keys."""


def _agreed(chance: Chance) -> Json:
    if chance.likely(0.15):
        return {"annotations": []}
    motivations = chance.some(("describing", "tagging", "commenting"), 1)[:2]
    made: list[Json] = [*agreed_on(chance, tuple(motivations), chance.randint(0, 40_000), explicates=False)]
    return {"annotations": made}


def _moved(chance: Chance) -> Json:
    """Since May 2018, the annotations are on another server."""
    made: dict[str, Json] = {"annotations": "https://annotations.libcrowds.com/annotations/playbills-results/"}
    if chance.likely(0.1):
        made["rejected"] = "invalid-task"
    if chance.likely(0.2):
        made["has_children"] = True
    return made


def _analysed(chance: Chance) -> Json:
    """The number of a card as the analysis of 2016 wrote it."""
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


RESULT_PAGES: Pages = {
    "mixed": ((_agreed, 40), (_moved, 20), (_analysed, 15), (_matched, 15), (lambda _: None, 10)),
    "annotations": ((_agreed, 9), (lambda _: None, 1)),
    "catalogue": ((_matched, 9), (lambda _: None, 1)),
}
"""The `info` of results by period; `mixed` has all of them."""
