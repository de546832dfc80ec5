"""Annotation values of sites with their own classifiers: strings for numbers, or no list at all."""

from .chance import Chance
from .encode import Json
from .geometry import Canvas

_WORD_XML = (
    "<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View><w:Zoom>0</w:Zoom>"
    "</w:WordDocument></xml><![endif]-->"
)


def _spelt(chance: Chance, value: float) -> Json:
    """The number, or now and then its text."""
    return f"{value:.2f}" if chance.likely(0.2) else value


def _point(chance: Chance, canvas: Canvas) -> dict[str, Json]:
    return {
        "x": _spelt(chance, chance.coordinate(canvas.width)),
        "y": _spelt(chance, chance.coordinate(canvas.height)),
    }


def _abbreviated(chance: Chance) -> str:
    words = chance.words(2, 9)
    if chance.likely(0.08):
        return _WORD_XML + words
    if chance.likely(0.25):
        short = chance.pick(("th", "ye", "mr"))
        return f"<brev-y>{short}</brev-y>{words} <unclear>{chance.words(1, 1)}</unclear>"
    return words


def _line(chance: Chance, canvas: Canvas) -> Json:
    made: dict[str, Json] = {
        "text": _abbreviated(chance),
        "type": "text",
        "complete": chance.likely(0.9),
        "startPoint": _point(chance, canvas),
        "endPoint": _point(chance, canvas),
    }
    return made | {"variants": [chance.words(1, 1)]} if chance.likely(0.3) else made


def _graphic(chance: Chance, canvas: Canvas) -> Json:
    tag = f"<graphic>{chance.pick(('seal', 'drawing', 'catchword', 'column'))}</graphic>"
    return _point(chance, canvas) | {
        "tag": tag,
        "type": "graphic",
        "width": _spelt(chance, chance.randint(5, 90)),
        "height": chance.randint(5, 90),
    }


def _manuscript(chance: Chance, canvas: Canvas) -> Json:
    points = [_point(chance, canvas) for _ in range(chance.randint(2, 6))]
    return {"frame": 0, "points": points, "details": [{"value": chance.words(2, 9)}]}


def custom_value(chance: Chance, canvas: Canvas, *, pictures: bool) -> Json:
    """The value of one annotation: `false`, an empty list, or a list of lines, graphics or polygons."""
    if chance.likely(0.04):
        return False
    if pictures:
        return [_graphic(chance, canvas) for _ in range(chance.randint(0, 3))]
    make = _manuscript if chance.likely(0.2) else _line
    return [make(chance, canvas) for _ in range(chance.randint(1, 11))]
