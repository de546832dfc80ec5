"""`pybossa.results`: the results of analysing a task's runs (docs/contract.md, section 2.5)."""

from functools import reduce
from operator import or_

from crowdarrow.declare import Predicate, RowPath, Rows, Table, bool_, from_rows, int64, list_, starts_with, timestamp
from crowdarrow.exports.about import pybossa as about
from crowdarrow.exports.pybossa.info import annotations, answers
from crowdarrow.exports.pybossa.layouts import INFO_COLUMNS, FieldSource, exports

_ANNOTATIONS = "annotations"
"""The member of `info` that holds annotations."""
_FIELDS = {
    "id": int64,
    "project_id": int64,
    "task_id": int64,
    "task_run_ids": list_(int64),
    "created": timestamp,
    "last_version": bool_,
}


def _tables(source: FieldSource) -> tuple[Table, ...]:
    return (
        Table(
            "results",
            (*(from_rows(name, type_) for name, type_ in _FIELDS.items()), *INFO_COLUMNS),
            rows=(Rows(source.path, {**source.fields(*_FIELDS), **source.info_columns}),),
            about=about.RESULTS,
        ),
        answers(source, "id", "task_id", "project_id", skip=_ANNOTATIONS),
        annotations(source, lambda info: info[_ANNOTATIONS], "result_id", "task_id", "project_id"),
    )


def _is_piece(member: RowPath) -> Predicate:
    digits = (starts_with(member.key, f"{_ANNOTATIONS}_{digit}") for digit in "0123456789")
    return starts_with(member.key, f"{_ANNOTATIONS}_") & reduce(or_, digits)


EXPORTS = exports(
    "pybossa.results",
    _tables,
    prefix="result",
    lists=("task_run_ids",),
    is_piece=_is_piece,
    annotation_prefix=f"info_{_ANNOTATIONS}_",
)
