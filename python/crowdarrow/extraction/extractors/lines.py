"""Extractors of transcribed lines: a drawn line or polygon with a text."""

from typing import Any

from crowdarrow.extraction.extractors.core import Extract, Task
from crowdarrow.extraction.extractors.marked_text import plain_text
from crowdarrow.extraction.needs import needed

_FREQUENCIES = ("word", "line")
_ENDS = 2
_DECIMALS = 6
_GRAPHICS = ("graphic", "image")
_GRAPHIC = ("x", "y", "width", "height")


def lines(task: Task, **_: Any) -> Extract:
    """Lines with their texts, of each frame."""
    found: Extract = {}
    if not task.annotations:
        return found
    is_second = task.is_second()
    texts: dict[tuple[Any, Any], Any] = {}
    if is_second:
        kinds = [(one["taskType"], one) for one in task.annotations]
        annotation = next(one for kind, one in kinds if kind == "transcription")
        texts = {(one["task"], one["markIndex"]): one for kind, one in kinds if kind == "text"}
    else:
        annotation = task.annotations[0]
    for index, mark in enumerate(annotation["value"]):
        frame = found.setdefault(f"frame{mark['frame']}", _blank())
        text = texts[mark["details"][0]["task"], index]["value"] if is_second else mark["details"][0]["value"]
        x, y = [mark["x1"], mark["x2"]], [mark["y1"], mark["y2"]]
        _add(frame, [text], x, y, _slope(x, y))
        frame["gold_standard"] = task.gold_standard
    return found


def polygon_lines(task: Task, *, dot_freq: Any = "line", **_: Any) -> Extract:
    """Texts with a dot between all words, or at both ends of the line, of each frame."""
    if dot_freq not in _FREQUENCIES:
        msg = "dot_freq is neither word nor line"
        raise ValueError(msg)
    found: Extract = {}
    if not task.annotations:
        return found
    for mark in task.annotations[0]["value"]:
        frame = found.setdefault(f"frame{mark['frame']}", _blank() | {"gold_standard": task.gold_standard})
        text = mark["details"][0]["value"]
        x, y = [point["x"] for point in mark["points"]], [point["y"] for point in mark["points"]]
        words = text.split(" ") if dot_freq == "word" else [text]
        if len(x) < _ENDS:
            continue
        slope = _fitted_slope(x, y)
        # Texts whose words and dots do not match have no extract.
        if len(x) == (len(words) + 1 if dot_freq == "word" else _ENDS):
            _add(frame, words, x, y, slope)
    return found


def shakespeare_lines(task: Task, **_: Any) -> Extract:
    """The lines of Shakespeare's World and AnnoTate, of one frame."""
    frame = _blank() | {"gold_standard": task.gold_standard}
    value = task.annotations[0]["value"] if task.annotations else None
    for mark in value if isinstance(value, list) else ():
        if all(name in mark for name in ("startPoint", "endPoint", "text")):
            start, end = mark["startPoint"], mark["endPoint"]
            x, y = [start["x"], end["x"]], [start["y"], end["y"]]
            if None not in x and None not in y:
                _add(frame, [plain_text(mark["text"])], x, y, _slope(x, y))
    return {"frame0": frame}


def shakespeare_variants(task: Task, **_: Any) -> Extract:
    """The variants of spelling that were noted."""
    variants: list[Any] = []
    for mark in task.annotations[0]["value"] if task.annotations else ():
        if "variants" in mark:
            variants += [one for one in mark["variants"] if one]
    return {"variants": variants} if variants else {}


def shakespeare_graphics(task: Task, **_: Any) -> Extract:
    """The rectangles around graphics, of one frame."""
    found: Extract = {}
    value = task.annotations[0]["value"] if task.annotations else None
    for mark in value if isinstance(value, list) else ():
        kind = mark["type"] if "type" in mark else None  # noqa: SIM401 - a text has no `get`, and no type either
        if kind not in _GRAPHICS or not all(_is_finite(mark, name) for name in _GRAPHIC):
            continue
        if kind == "graphic" and not _is_finite(mark, "tag"):
            continue
        frame = found.setdefault("frame0", {})
        if kind == "graphic":
            frame.setdefault("tool0_tag", []).append(mark["tag"])
        for name in _GRAPHIC:
            frame.setdefault(f"tool0_{name}", []).append(float(mark[name]))
    return found


def _is_finite(mark: Any, name: str) -> bool:
    return name in mark and mark[name] != "NaN"


def _blank() -> Extract:
    return {"points": {"x": [], "y": []}, "text": [], "slope": []}


def _add(frame: Extract, text: list[Any], x: list[Any], y: list[Any], slope: float) -> None:
    frame["text"].append(text)
    frame["points"]["x"].append(x)
    frame["points"]["y"].append(y)
    frame["slope"].append(float(slope))


def _slope(x: list[Any], y: list[Any]) -> float:
    """The angle of a line in degrees."""
    numpy = needed("numpy", "numpy")
    return float(numpy.rad2deg(numpy.arctan2(y[-1] - y[0], x[-1] - x[0])))


def _fitted_slope(x: list[Any], y: list[Any]) -> float:
    """The angle of the line fitted to some points; a steep line is fitted with its axes exchanged."""
    numpy = needed("numpy", "numpy")
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            ends = numpy.polyval(numpy.polyfit(x, y, 1), [x[0], x[-1]])
            return float(numpy.rad2deg(numpy.arctan2(ends[-1] - ends[0], x[-1] - x[0])))
        except numpy.exceptions.RankWarning:
            pass
        across, along = -numpy.array(y), numpy.array(x)
        try:
            ends = numpy.polyval(numpy.polyfit(across, along, 1), [across[0], across[-1]])
        except numpy.exceptions.RankWarning:
            return 0.0  # all points are the same
        rise = ends[-1] - ends[0]
        if rise.round(_DECIMALS) == 0:
            rise = 0.0  # not -0, whose angle is another
        return float(numpy.rad2deg(numpy.arctan2(rise, across[-1] - across[0])) - 90)
