"""The `info` of PYBOSSA tasks: what a page is shown, one shape for each importer."""

from collections.abc import Callable
from typing import TypeAlias

from .chance import Chance
from .encode import FRESH, Json
from .web_annotations import canvas

_Shapes: TypeAlias = tuple[tuple[Callable[[Chance], Json], float], ...]


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
    # Later importers wrote the task alone.
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
    """A task of a project outside LibCrowds; before 2014 the wanted number of answers stood in here."""
    return {"n_answers": chance.randint(1, 30), "question": chance.sentence(), "url_b": f"img/{FRESH}.jpg"}


PAGES: dict[str, _Shapes] = {
    "mixed": ((_flickr, 48), (_child, 23), (_select, 14), (_transcribe, 14), (_before_2018, 4), (_plain, 3)),
    "flickr": ((_flickr, 1),),
    "child": ((_child, 1),),
    "select": ((_select, 1),),
    "transcribe": ((_transcribe, 1),),
}
"""What the tasks of one project are made from; `mixed` is every importer there was."""


def info(chance: Chance, page: str = "mixed") -> Json:
    """One info of a page of PAGES. It may hold the slot FRESH, for six digits."""
    shapes = PAGES[page]
    return chance.weighted(tuple(shape for shape, _ in shapes), tuple(share for _, share in shapes))(chance)
