"""Extractors made for single projects, and those that read what the record says about itself or its subject."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from crowdarrow.extraction.extractors.core import Extract, Task
from crowdarrow.extraction.extractors.questions import survey
from crowdarrow.extraction.needs import needed
from crowdarrow.extraction.slug import slug

_SHORTEST, _LONGEST = 380.0, 500.0
"""Wavelengths at the ends of a spectrum, in nanometres."""
_LEFT, _RIGHT, _FULL = 108.0, 1081.0, 1152.0
"""Pixels of these ends in a picture of its usual width."""
_CALCIUM_LINE = 393.37
_LIGHT_SPEED = 300000
_HUBBLE = 68
_YEAR_DIGITS = 4
_HOURS = ((3, "nightowl"), (9, "earlybird"), (15, "lunchbreak"), (21, "dinnertime"), (24, "nightowl"))
_DIGITIZATION_DAYS = (
    (date(2020, 10, 15), date(2020, 10, 18)),
    (date(2021, 4, 8), date(2021, 4, 11)),
    (date(2021, 10, 14), date(2021, 10, 17)),
    (date(2022, 4, 7), date(2022, 4, 10)),
    (date(2022, 10, 13), date(2022, 10, 16)),
    (date(2023, 4, 13), date(2023, 4, 16)),
    (date(2023, 10, 12), date(2023, 10, 15)),
    (date(2024, 4, 18), date(2024, 4, 21)),
    (date(2024, 10, 10), date(2024, 10, 13)),
    (date(2025, 4, 10), date(2025, 4, 13)),
    (date(2025, 10, 9), date(2025, 10, 12)),
    (date(2026, 4, 9), date(2026, 4, 12)),
)
"""First and last day of each Worldwide Engagement for Digitizing Biocollections."""


def plucked_parts(task: Task, *, path: str, split_str: str = ",", **_: Any) -> Extract:
    """The parts of the texts at a JSONPath."""
    parts = sorted(_parts(task, path, split_str))
    if not parts:
        return {}
    return {"data": parts[0] if len(parts) == 1 else parts}


def _parts(task: Task, path: str, separator: str) -> set[str]:
    found: set[str] = set()
    root = {**task.data, "annotations": task.annotations}
    for text in needed("jsonpath", "python-jsonpath").findall(path, root):
        found.update(text.split(separator))
    return found


def survey_with_whitelist(task: Task, *, path: str, split_str: str = ",", **_: Any) -> list[Extract]:
    """Each choice of a survey, and whether it is in a list that the record has."""
    allowed = {slug(one.strip()) for one in _parts(task, path, split_str)}
    return [extract | {"in_whitelist": extract["choice"] in allowed} for extract in survey(task)]


def spectrum(task: Task, **_: Any) -> Extract:
    """The velocity of a galaxy by the line marked in its spectrum (Intro to Astronomy)."""
    if not task.annotations:
        return {}
    marks = task.annotations[0]["value"]
    if len(marks) == 0:
        return {}
    left, width = marks[0]["x"], marks[0]["width"]
    pixels = task.metadata["subject_dimensions"][0]["naturalWidth"]
    about = task.data["subject"]["metadata"]
    first, last = int(_LEFT / _FULL * pixels), int(_RIGHT / _FULL * pixels)
    central = (left + width / 2.0 - first) * ((_LONGEST - _SHORTEST) / (last - first)) + _SHORTEST
    redshift = (central - _CALCIUM_LINE) / _CALCIUM_LINE
    about["elliptical"]
    return {
        "galaxy_id": about["SVG_filename"].replace(".svg", ""),
        "url": about["URL"],
        "RA": about["RA"],
        "dec": about["Dec"],
        "dist": float(about["#Published_Redshift"]) * 3e5 / _HUBBLE,
        "redshift": redshift,
        "velocity": _LIGHT_SPEED * redshift,
        "lambdacen": central,
    }


def herbarium(task: Task, **keywords: Any) -> Extract:
    """What a classification of Notes from Nature earns in its field book."""
    if not task.annotations:
        return {}
    created = _moment(task.data["created_at"])
    about = {name.lower(): value for name, value in task.data["subject"]["metadata"].items()}
    metadata = {name.lower(): value for name, value in task.metadata.items()}
    values = _values(task)

    def basic(label: str) -> Any:
        if label in about:
            return about[label]
        value = values.get(keywords[label])
        try:
            return value[0]["value"] if value is not None else None
        except TypeError:
            return value

    found: Extract = {}
    if "workflow" in keywords:
        found["workflow"] = keywords["workflow"]
    if "year" in keywords:
        year = basic("year")
        found["decade"] = f"{str(year)[-2]}0s" if year and len(str(year)) == _YEAR_DIGITS else None
    for label in ("country", "state"):
        if label in keywords:
            found[label] = basic(label)
    hour = (created + timedelta(seconds=int(metadata["utc_offset"]))).hour
    found["time"] = next(name for end, name in _HOURS if hour < end)
    found["earth_day"] = (created.month, created.day) == (4, 22) or None
    day = created.date()
    found["we_dig_bio"] = next((first.year for first, last in _DIGITIZATION_DAYS if first <= day <= last), None)
    return {name: value for name, value in found.items() if value is not None}


def _values(task: Task) -> Mapping[Any, Any]:
    """The values of tasks, those within combined tasks included."""
    found: dict[Any, Any] = {}
    for annotation in task.annotations:
        value = annotation["value"]
        found[annotation["task"]] = value
        if isinstance(value, list):
            found |= {one["task"]: one["value"] for one in value if isinstance(one, dict) and "task" in one}
    return found


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text.removesuffix(" UTC").strip())
    return found if found.tzinfo else found.replace(tzinfo=UTC)
