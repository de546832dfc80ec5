"""Detection of PYBOSSA and LibCrowds downloads: by the header, by the first records, or by the name if there are none.

The layouts are those of docs/formats/libcrowds.md: P1 and P2 are CSV files of a project, A and B of a collection. JSON
has no layout name.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from crowdarrow.declare import Sample

COLLECTIONS = ("describing", "tagging", "commenting")
"""The motivations that have a kind of their own."""
MIXED = "libcrowds.annotations"

_P1_RULES = (
    ("pybossa.task_runs", ("task_run__.*",)),
    ("pybossa.tasks", ("task__.*",)),
    ("pybossa.results", ("result__.*",)),
)
_PROJECT_RULES = (
    ("pybossa.results", ("last_version|task_run_ids(_[0-9]+)?",)),
    ("pybossa.task_runs", ("task_id", "id|finish_time", "user_id|finish_time|info|user_ip")),
    ("pybossa.tasks", ("id", "n_answers|priority_0|quorum|state")),
)
"""Kinds and the patterns of their fields, in order: each pattern must match the whole name of some field."""
_ANNOTATION = ("target(_.*)?", "body(_.*)?|motivation|type")
"""An annotation's members, flattened or not (layout B)."""
_NUMBERED = r"[^\n]+_[0-9]+"
"""One value of a tag (layout A)."""


def lacks_annotation(sample: Sample) -> str | None:
    """The columns or members that a collection's sample lacks to hold annotations."""
    if any(isinstance(row, dict) and row.get("type") == "Annotation" for row in sample.rows if sample.json):
        return None
    return _first_lacking(
        sample.header, {"target(_.*)?": "'target'", "body(_.*)?|motivation": "'body' or 'motivation'"}
    )


def lacks_values(sample: Sample) -> str | None:
    """The columns that a collection's sample lacks to hold the values of tags (layout A)."""
    return _first_lacking(sample.header, {"target": "'target'", _NUMBERED: "'<tag>_<n>'"})


def _first_lacking(names: Collection[str], needed: Mapping[str, str]) -> str | None:
    return next((shown for pattern, shown in needed.items() if not _matches((pattern,), names)), None)


_WORDS = (("task_run", "pybossa.task_runs"), ("result", "pybossa.results"), ("task", "pybossa.tasks"),
          *((name, f"libcrowds.{name}") for name in COLLECTIONS), ("annotation", MIXED))  # fmt: skip
"""Words in the names of downloads."""


def detect(sample: Sample) -> tuple[str, str] | None:
    """The kind and layout of a download; None if it is neither PYBOSSA's nor LibCrowds'."""
    names = {name for name in sample.header if name}
    records = [row for row in sample.rows if isinstance(row, dict)]
    if names or records:
        return _detect_json(names, records) if sample.json else _detect_csv(names, records)
    kind = _kind_of_name(sample)
    if kind is None or sample.json:
        return (kind, "") if kind else None
    return (kind, "P2") if kind.startswith("pybossa.") else None


def _detect_json(names: Collection[str], objects: list[dict[str, object]]) -> tuple[str, str] | None:
    annotations = [row for row in objects if row.get("type") == "Annotation" or {"body", "target"} <= row.keys()]
    if annotations:
        return _kind_of_motivations(annotations), ""
    # Objects with the column names of P1 were converted from CSV: their fields don't have the names of a download.
    kind = None if _first_match(_P1_RULES, names) else _first_match(_PROJECT_RULES, names)
    return (kind, "") if kind else None


def _detect_csv(names: Collection[str], records: list[dict[str, str]]) -> tuple[str, str] | None:
    for layout, rules in (("P1", _P1_RULES), ("P2", _PROJECT_RULES)):
        if kind := _first_match(rules, names):
            return kind, layout
    if _matches(_ANNOTATION, names):
        return _kind_of_motivations(records), "B"
    if "target" in names and (set(names) == {"target"} or _matches((_NUMBERED,), names)):
        return _kind_of_values(names, records), "A"
    return None


def _first_match(rules: Iterable[tuple[str, tuple[str, ...]]], names: Collection[str]) -> str | None:
    return next((kind for kind, patterns in rules if _matches(patterns, names)), None)


def _matches(patterns: Iterable[str], names: Collection[str]) -> bool:
    return all(any(re.fullmatch(pattern, name, re.DOTALL) for name in names) for pattern in patterns)


def _kind_of_motivations(annotations: Sequence[Mapping[str, object]]) -> str:
    found = {text if isinstance(text := row.get("motivation"), str) else None for row in annotations}
    return next((f"libcrowds.{name}" for name in COLLECTIONS if found == {name}), MIXED)


def _kind_of_values(names: Collection[str], records: list[dict[str, str]]) -> str:
    if any(re.fullmatch(r"comment_[0-9]+", name) for name in names):
        return "libcrowds.commenting"
    cells = (text for row in records for name, text in row.items() if name != "target")
    is_tagging = any(re.match(r"[?#]?xywh=", text) for text in cells)
    return "libcrowds.tagging" if is_tagging else "libcrowds.describing"


def _kind_of_name(sample: Sample) -> str | None:
    """The kind of a download without content: by the last known word in the member's name, else in the input's name."""
    for name in (sample.member, sample.name):
        base = re.split(r"[/\\]", name)[-1].lower()
        found = [(base.rfind(word) + len(word), len(word), kind) for word, kind in _WORDS if word in base]
        if found:
            return max(found)[2]
    return None
