"""The kind of a download and the layout of a CSV, from members, header and cells (docs/contract.md, section 2)."""

import re
from collections.abc import Iterable

from oracle.node import Node

from .annotations import is_annotation
from .names import ANNOTATIONS, KIND_OF_MOTIVATION, RESULTS, TASK_RUNS, TASKS
from .nodes import OBJECT, STRING

FIRST = 1000
"""The number of records that the kind is inferred from."""

P1, FLAT, A, B = "P1", "P2/P3", "A", "B"

_RESULT_MEMBERS = {"task_run_ids", "last_version"}
_TASK_MEMBERS = {"n_answers", "priority_0", "quorum", "state"}
_KINDS = {"task": TASKS, "task_run": TASK_RUNS, "result": RESULTS}
_P1_COLUMN = re.compile("(task_run|task|result)__.+", re.DOTALL)
# An index has at most nine digits; more belong to the name.
_A_COLUMN = re.compile("(.+)_([0-9]{1,9})", re.DOTALL)
_NAMED = re.compile(
    r"(?P<task_run>tasks?[ _-]?runs?)|(?P<result>results?)|(?P<task>tasks?)|describing|tagging|commenting"
)


def kind_of_members(members: Iterable[str]) -> str | None:
    """The kind of a record that is not an annotation, by the names of its members."""
    names = {re.sub(r"(task_run_ids)_[0-9]+", r"\1", name) for name in members}
    if names & _RESULT_MEMBERS:
        return RESULTS
    if "task_id" in names and names & {"id", "finish_time"} and names & {"user_id", "finish_time", "info", "user_ip"}:
        return TASK_RUNS
    return TASKS if "id" in names and names & _TASK_MEMBERS else None


def kind_of_motivations(motivations: Iterable[str | None]) -> str:
    """The kind of annotations with these motivations."""
    found = set(motivations)
    return KIND_OF_MOTIVATION.get(found.pop() or "", ANNOTATIONS) if len(found) == 1 else ANNOTATIONS


def kind_of_nodes(nodes: list[Node]) -> str | None:
    """The kind of a JSON download by its first valid records; None if they match no kind."""
    first = [node for node in nodes[:FIRST] if node.kind == OBJECT]
    for node in first:
        if is_annotation(node):
            motivations = [node.member("motivation") for node in first if is_annotation(node)]
            return kind_of_motivations(
                str(one.value) if one is not None and one.kind == STRING else None for one in motivations
            )
        if kind := kind_of_members(node.members):
            return kind
    return None


def kind_of_names(names: Iterable[str]) -> str | None:
    """The kind in the name of a member or a file: its last word that names a kind."""
    for name in names:
        found = list(_NAMED.finditer(name.lower()))
        if found:
            word = found[-1]
            return _KINDS[word.lastgroup] if word.lastgroup else KIND_OF_MOTIVATION[word[0]]
    return None


def p1_prefix(header: list[str]) -> str | None:
    """`task`, `task_run` or `result` if the layout of the header is P1."""
    for name in header:
        if match := _P1_COLUMN.fullmatch(name):
            return match[1]
    return None


def value_column(name: str) -> tuple[str, int] | None:
    """Tag and number of a column of layout A with values."""
    match = _A_COLUMN.fullmatch(name)
    return (match[1], int(match[2])) if match else None


def _has(header: list[str], member: str) -> bool:
    return any(name == member or name.startswith(f"{member}_") for name in header)


def layout_of(header: list[str]) -> str | None:
    """The layout of a header; None if it matches none."""
    if p1_prefix(header):
        return P1
    if kind_of_members(header):
        return FLAT
    others = [name for name in header if name != "target"]
    if "target" in header and all(map(value_column, others)):
        return A
    if _has(header, "target") and (_has(header, "body") or {"motivation", "type"} & set(header)):
        return B
    return A if "target" in header and any(map(value_column, others)) else None


def kind_of_header(header: list[str], rows: list[dict[str, str]]) -> str | None:
    """The kind of a CSV download by its header and the cells of its first records."""
    layout = layout_of(header)
    if layout == P1:
        return _KINDS[p1_prefix(header) or ""]
    if layout == FLAT:
        return kind_of_members(header)
    if layout == B:
        return kind_of_motivations(row.get("motivation") for row in rows[:FIRST])
    if layout is None:
        return None
    columns = [name for name in header if value_column(name)]
    if any(name.startswith("comment_") for name in columns):
        return KIND_OF_MOTIVATION["commenting"]
    cells = (row.get(name, "") for row in rows[:FIRST] for name in columns)
    tagging = any(re.match("[?#]?xywh=", text) for text in cells)
    return KIND_OF_MOTIVATION["tagging" if tagging else "describing"]
