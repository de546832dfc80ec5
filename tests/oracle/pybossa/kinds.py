"""The kind of a download and the layout of a CSV, from members, header and cells (docs/contract.md, section 2)."""

import re
from collections.abc import Collection, Iterable

from oracle.node import Node

from .annotations import is_annotation
from .names import ANNOTATIONS, KIND_OF_MOTIVATION, RESULTS, TASK_RUNS, TASKS
from .nodes import STRING

FIRST, FIRST_BYTES = 1000, 8 << 20
"""The number of records and of bytes that the kind is inferred from."""

P1, FLAT, A, B = "P1", "P2/P3", "A", "B"
PREFIXES = {RESULTS: "result__", TASK_RUNS: "task_run__", TASKS: "task__"}
"""The prefixes of layout P1 by kind, in the order in which kinds are tried."""

_NEEDED = {TASKS: {"id"}, TASK_RUNS: {"id", "task_id"}, RESULTS: {"id", "task_id"}}
_SIGNS = {
    TASKS: {"n_answers", "quorum", "priority_0"},
    TASK_RUNS: {"finish_time", "user_ip", "timeout", "external_uid"},
    RESULTS: {"task_run_ids", "last_version"},
}
_KINDS = {"task": TASKS, "task_run": TASK_RUNS, "result": RESULTS}
# An index has at most nine digits; more belong to the name.
_A_COLUMN = re.compile("(.+)_([0-9]{1,9})", re.DOTALL)
_NUMBERED = re.compile("(task_run_ids)_[0-9]{1,9}")
_NAMED = re.compile(
    r"(?<![^\W_])(?:(?P<task_run>tasks?[ _-]?runs?)|(?P<result>results?)|(?P<task>tasks?)"
    r"|describing|tagging|commenting)"
    r"(?![^\W_])"
)


def _fits(kind: str, names: Collection[str]) -> bool:
    """Whether a record with these members is of `kind`, if no kind is given."""
    return _NEEDED[kind] <= set(names) and bool(_SIGNS[kind] & {_NUMBERED.sub(r"\1", name) for name in names})


def _of_collection(names: Collection[str]) -> bool:
    return _has_target(names) and any(name in {"body", "motivation"} or name.startswith("body_") for name in names)


def _has_target(names: Collection[str]) -> bool:
    return any(name == "target" or name.startswith("target_") for name in names)


def _is_of_collection(node: Node) -> bool:
    return is_annotation(node) or _of_collection(node.members)


def kind_of_motivations(motivations: Iterable[str | None]) -> str:
    """The kind of annotations with these motivations."""
    found = set(motivations)
    return KIND_OF_MOTIVATION.get(found.pop() or "", ANNOTATIONS) if len(found) == 1 else ANNOTATIONS


def kind_of_nodes(first: list[Node]) -> str | None:
    """The kind of a JSON download by its first records that are objects; None if they match no kind."""
    for node in first:
        if _is_of_collection(node):
            motivations = [node.member("motivation") for node in first if _is_of_collection(node)]
            return kind_of_motivations(
                str(one.value) if one is not None and one.kind == STRING else None for one in motivations
            )
        for kind in PREFIXES:
            if _fits(kind, node.members):
                return kind
    return None


def nodes_lack(kind: str, first: list[Node]) -> bool:
    """Whether there are first records, and none has the members that `kind` needs."""
    needed = _NEEDED.get(kind)
    found = (_is_of_collection(node) if needed is None else needed <= node.members.keys() for node in first)
    return bool(first) and not any(found)


def kind_of_names(names: Iterable[str]) -> str | None:
    """The kind in the name of a member or a file: its last whole word that names a kind."""
    for name in names:
        found = list(_NAMED.finditer(name.lower()))
        if found:
            word = found[-1]
            return _KINDS[word.lastgroup] if word.lastgroup else KIND_OF_MOTIVATION[word[0]]
    return None


def value_column(name: str) -> tuple[str, int] | None:
    """Tag and number of a column of layout A with values."""
    match = _A_COLUMN.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def _project(kind: str, header: list[str], *, named: bool) -> str | None:
    """The layout of a header of a project's kind; `named` is whether the kind is given."""
    prefix = PREFIXES[kind]
    for layout, names in (
        (P1, [name.removeprefix(prefix) for name in header if name.startswith(prefix)]),
        (FLAT, header),
    ):
        if _NEEDED[kind] <= set(names) if named else _fits(kind, names):
            return layout
    return None


def _collection(header: list[str]) -> str | None:
    """The layout of a header of a collection."""
    if _of_collection(header):
        return B
    return A if _has_target(header) and any(map(value_column, header)) else None


def layout_of(header: list[str], kind: str | None = None) -> tuple[str, str | None] | None:
    """The layout of a header and the kind of a project; None if it matches none, or lacks the columns of `kind`."""
    if kind is not None:
        layout = _project(kind, header, named=True) if kind in PREFIXES else _collection(header)
        return (layout, kind) if layout else None
    found = {_project(one, header, named=False): one for one in reversed(PREFIXES)}
    if P1 in found:
        return P1, found[P1]
    collection = _collection(header)
    if collection == B:
        return B, None
    if FLAT in found:
        return FLAT, found[FLAT]
    return (A, None) if collection else None


def kind_of_rows(layout: str, header: list[str], rows: list[dict[str, str]]) -> str:
    """The kind of a collection by the cells of its first records."""
    if layout == B:
        return kind_of_motivations(row.get("motivation") for row in rows)
    columns = {name: found for name in header if (found := value_column(name))}
    if any(tag == "comment" for tag, _ in columns.values()):
        return KIND_OF_MOTIVATION["commenting"]
    cells = (row.get(name, "") for row in rows for name in columns)
    tagging = any(re.match("[?#]?xywh=", text) for text in cells)
    return KIND_OF_MOTIVATION["tagging" if tagging else "describing"]
