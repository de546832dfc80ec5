"""How PYBOSSA and LibCrowds downloads are told: by the members of the first objects, by the header, or by the name."""

import re
from collections.abc import Collection

from crowdarrow.declare import Sample

PREFIXES = {"task_run__": "pybossa.task_runs", "task__": "pybossa.tasks", "result__": "pybossa.results"}
"""What the columns of the oldest layout (P1) begin with."""

COLLECTIONS = ("describing", "tagging", "commenting")
MIXED = "libcrowds.annotations"

_NAMES = (("task_run", "pybossa.task_runs"), ("result", "pybossa.results"), ("task", "pybossa.tasks"),
          *((name, f"libcrowds.{name}") for name in COLLECTIONS), ("annotation", MIXED))  # fmt: skip
_NUMBERED = re.compile(r".+_[0-9]+")


def project_kind(names: Collection[str]) -> str | None:
    """The kind of a project download, by the names of its fields."""
    found = set(names)
    if "last_version" in found or any(re.fullmatch(r"task_run_ids(_[0-9]+)?", name) for name in found):
        return "pybossa.results"
    if "task_id" in found and found & {"id", "finish_time"} and found & {"user_id", "finish_time", "info", "user_ip"}:
        return "pybossa.task_runs"
    if "id" in found and found & {"n_answers", "priority_0", "quorum", "state"}:
        return "pybossa.tasks"
    return None


def first_layout_kind(names: Collection[str]) -> str | None:
    """The kind of a project download in layout P1, by what its columns begin with."""
    for prefix, kind in PREFIXES.items():
        if any(name.startswith(prefix) for name in names):
            return kind
    return None


def is_values(names: Collection[str]) -> bool:
    """Whether a header is layout A's: a target, and one column for each value of a tag."""
    others = [name for name in names if name != "target"]
    numbered = [name for name in others if _NUMBERED.fullmatch(name)]
    if "target" not in names or is_annotation(names):
        return False
    return len(numbered) == len(others) or bool(numbered)


def is_annotation(names: Collection[str]) -> bool:
    """Whether these are an annotation's members, flattened or not."""
    target = any(name == "target" or name.startswith("target_") for name in names)
    body = any(name in ("body", "motivation", "type") or re.match(r"body_", name) for name in names)
    return target and body


def motivation_kind(motivations: Collection[object]) -> str:
    """The kind of annotations of these motivations."""
    found = set(motivations)
    only = next(iter(found)) if len(found) == 1 else None
    return f"libcrowds.{only}" if only in COLLECTIONS else MIXED


def named_kind(sample: Sample) -> str | None:
    """The kind that a name says, for inputs that hold nothing: the last such word, the member's name first."""
    for name in (sample.member, sample.name):
        base = re.split(r"[/\\]", name)[-1].lower()
        places = [(base.rfind(word) + len(word), len(word), kind) for word, kind in _NAMES if word in base]
        if places:
            return max(places)[2]
    return None


def kind_of(sample: Sample) -> str | None:
    """The kind of a download, if it is one of PYBOSSA's or LibCrowds'."""
    names = [name for name in sample.header if name]
    objects = [row for row in sample.rows if isinstance(row, dict)]
    if not names and not objects:
        return named_kind(sample)
    return _json_kind(names, objects) if sample.json else _csv_kind(names, objects)


def _json_kind(names: list[str], objects: list[dict[str, object]]) -> str | None:
    wholes = [row for row in objects if row.get("type") == "Annotation" or {"body", "target"} <= row.keys()]
    if wholes:
        return motivation_kind([_text(row.get("motivation")) for row in wholes])
    return project_kind(names)


def _csv_kind(names: list[str], records: list[dict[str, str]]) -> str | None:
    if (kind := first_layout_kind(names) or project_kind(names)) is not None:
        return kind
    if is_values(names):
        return _values_kind(names, records)
    if is_annotation(names):
        return motivation_kind([row.get("motivation") for row in records])
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _values_kind(names: list[str], rows: list[dict[str, str]]) -> str:
    if any(re.fullmatch(r"comment_[0-9]+", name) for name in names):
        return "libcrowds.commenting"
    cells = [text for row in rows for name, text in row.items() if name != "target" and text]
    if any(re.match(r"[?#]?xywh=", text) for text in cells):
        return "libcrowds.tagging"
    return "libcrowds.describing"
