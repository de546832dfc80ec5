"""Votes, consensus and volunteers: tables that are counted from the others (docs/contract.md, section 2.8)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crowdarrow.declare import Column, Computed, Table, bool_, float64, int64, null, string, timestamp
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.votes.inputs import tables_for
from crowdarrow.terminal import number_of

if TYPE_CHECKING:
    from crowdarrow.declare import Computation

ARGUMENTS = ("once", "live", "first", "gold")
"""Which records count."""


def _columns(*parts: Any) -> tuple[Column, ...]:
    """Columns from a type and names, and so on."""
    found: list[Column] = []
    for type_, names in zip(parts[::2], parts[1::2], strict=True):
        found += [Column(name, type_, null) for name in names.split()]
    return tuple(found)


_KEY = _columns(int64, "workflow_id subject_id", string, "task task_label question question_label choice")

TABLES = (
    Table(
        "votes",
        _KEY + _columns(string, "answer label", int64, "votes asked skipped empty", float64, "fraction"),
        about=about.VOTES,
    ),
    Table(
        "consensus",
        _KEY
        + _columns(string, "most_likely label", int64, "votes total_votes asked skipped")
        + _columns(float64, "agreement entropy", bool_, "tied", string, "runner_up")
        + _columns(timestamp, "retired_at", string, "retirement_reason"),
        about=about.CONSENSUS,
    ),
    Table(
        "volunteers",
        _columns(int64, "user_id", string, "user_name", int64, "workflow_id classifications subjects repeats sessions")
        + _columns(timestamp, "first_at last_at", float64, "seconds_median agreement"),
        about=about.VOLUNTEERS,
    ),
)


def _start(tables: Sequence[str], arguments: Mapping[str, Any], beside: Sequence[str]) -> "Computation":
    from crowdarrow.exports.zooniverse.votes.run import Counting
    from crowdarrow.exports.zooniverse.votes.steps import Choice

    return Counting(tables, Choice(**arguments), beside)


def _summary(counts: Mapping[str, int]) -> str:
    """How many records each step left."""
    steps = [number_of(counts["records"], "record")]
    steps += [f"{counts[name]:,} after `{name}`" for name in ("live", "gold", "once", "first")]
    return f"votes are of {', '.join(steps)}"


VOTES = Computed(TABLES, ARGUMENTS, tables_for, _start, _summary)
