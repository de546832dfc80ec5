"""Detection of PYBOSSA and LibCrowds downloads: by the header, by the first records, or by the name if there are none.

The layouts are those of docs/formats/libcrowds.md: P1 and P2 are CSV files of a project, A and B of a collection. JSON
has no layout name.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from crowdarrow.declare import Sample

COLLECTIONS = ("describing", "tagging", "commenting")
"""The motivations that have a kind."""
MIXED = "libcrowds.annotations"

RESULTS, TASK_RUNS, TASKS = "pybossa.results", "pybossa.task_runs", "pybossa.tasks"

_PREFIXES = {RESULTS: "result__", TASK_RUNS: "task_run__", TASKS: "task__"}
"""The prefixes of columns in layout P1, in the order in which kinds are tried."""
_NEEDS = {RESULTS: ("id", "task_id"), TASK_RUNS: ("id", "task_id"), TASKS: ("id",)}
"""Fields that every record of a kind has."""
_SIGNS = {
    RESULTS: "last_version|task_run_ids(_[0-9]+)?",
    TASK_RUNS: "finish_time|user_ip|timeout|external_uid",
    TASKS: "n_answers|quorum|priority_0",
}
"""Fields of which a record has one, as a pattern: the other kinds have none of them."""
_TARGET, _BODY = "target(_.*)?", "body(_.*)?|motivation"
"""An annotation's members, flattened or not (layout B)."""
NUMBERED = r"[^\n]+_[0-9]+"
"""One value of a tag (layout A)."""

_WORDS = re.compile(
    r"(?<![^\W_])(?:(?P<task_run>tasks?[ _-]?runs?)|(?P<result>results?)|(?P<task>tasks?)"
    r"|(?P<motivation>describing|tagging|commenting))(?![^\W_])"
)
"""Words in the names of downloads."""
_KINDS_OF_WORDS = {"task_run": TASK_RUNS, "result": RESULTS, "task": TASKS}
_INFO_ONLY = "_info_only"
"""The end of the name of a CSV file that has only what is in `info`."""


def detect(sample: Sample) -> tuple[str, str] | None:
    """The kind and layout of a download; None if it is neither PYBOSSA's nor LibCrowds'."""
    names = [name for name in sample.header if name]
    records = [row for row in sample.rows if isinstance(row, dict)]
    if names or records:
        return _detect_json(records) if sample.json else _detect_csv(names, records)
    kind = _kind_of_name(sample)
    if kind is None or sample.json:
        return (kind, "") if kind else None
    return (kind, "P2") if kind.startswith("pybossa.") else None


def advice(sample: Sample) -> str | None:
    """What to convert in place of a file that repeats columns of another one."""
    for name in (sample.member, sample.name):
        base = re.split(r"[/\\]", name)[-1]
        if _INFO_ONLY in base:
            return f"it has only the `info` of another file; convert that one, {base.replace(_INFO_ONLY, '')}"
    return None


def lacks_annotation(sample: Sample) -> str | None:
    """The columns or members that a collection's sample lacks to hold annotations."""
    needed = {_TARGET: "'target'", _BODY: "'body' or 'motivation'"}
    if not sample.json:
        return _first_lacking(sample.header, needed)
    objects = [row for row in sample.rows if isinstance(row, dict)]
    if any(_is_annotation(row) for row in objects):
        return None
    members = {name for row in objects for name in row}
    return _first_lacking(members, needed) or "an object with 'target' and 'body' or 'motivation'"


def lacks_values(sample: Sample) -> str | None:
    """The columns that a collection's sample lacks to hold the values of tags (layout A)."""
    return _first_lacking(sample.header, {_TARGET: "'target'", NUMBERED: "'<tag>_<n>'"})


def _first_lacking(names: Collection[str], needed: Mapping[str, str]) -> str | None:
    return next((shown for pattern, shown in needed.items() if not _matches((pattern,), names)), None)


def _detect_json(objects: list[dict[str, object]]) -> tuple[str, str] | None:
    """By the first object that has the members of a kind."""
    for row in objects:
        if _is_annotation(row):
            return _kind_of_motivations([row for row in objects if _is_annotation(row)]), ""
        if project := next((kind for kind in _PREFIXES if _is_project(kind, row)), None):
            return project, ""
    return None


def _detect_csv(names: Sequence[str], records: list[dict[str, str]]) -> tuple[str, str] | None:
    prefixed = [name for name in names if name.startswith(tuple(_PREFIXES.values()))]
    for kind, prefix in _PREFIXES.items():
        if _is_project(kind, [name.removeprefix(prefix) for name in prefixed if name.startswith(prefix)]):
            return kind, "P1"
    if _matches((_TARGET, _BODY), names):
        return _kind_of_motivations(records), "B"
    if project := next((kind for kind in _PREFIXES if _is_project(kind, names)), None):
        return project, "P2"
    if _matches((_TARGET, NUMBERED), names):
        return _kind_of_values(names, records), "A"
    return None


def _is_project(kind: str, names: Collection[str]) -> bool:
    return all(name in names for name in _NEEDS[kind]) and _matches((_SIGNS[kind],), names)


def _is_annotation(row: Mapping[str, object]) -> bool:
    return row.get("type") == "Annotation" or _matches((_TARGET, _BODY), row)


def _matches(patterns: Iterable[str], names: Collection[str]) -> bool:
    """Whether each pattern matches the whole of some name."""
    return all(any(map(re.compile(pattern, re.DOTALL).fullmatch, names)) for pattern in patterns)


def _kind_of_motivations(annotations: Sequence[Mapping[str, object]]) -> str:
    found = {text if isinstance(text := row.get("motivation"), str) else None for row in annotations}
    return next((f"libcrowds.{name}" for name in COLLECTIONS if found == {name}), MIXED)


def _kind_of_values(names: Collection[str], records: list[dict[str, str]]) -> str:
    if any(re.fullmatch(r"comment_[0-9]+", name) for name in names):
        return "libcrowds.commenting"
    cells = (text for row in records for name, text in row.items() if re.fullmatch(NUMBERED, name))
    is_tagging = any(re.match(r"[?#]?xywh=", text) for text in cells)
    return "libcrowds.tagging" if is_tagging else "libcrowds.describing"


def _kind_of_name(sample: Sample) -> str | None:
    """The kind of a download without content: by the last known word in the member's name, else in the input's name."""
    for name in (sample.member, sample.name):
        found = list(_WORDS.finditer(re.split(r"[/\\]", name)[-1].lower()))
        if found:
            word = found[-1]
            motivation = word["motivation"]
            return f"libcrowds.{motivation}" if motivation else _KINDS_OF_WORDS[word.lastgroup or ""]
    return None
