"""`pybossa.task_runs`: the contributions of volunteers (docs/contract.md, section 2.5)."""

from crowdarrow.declare import Predicate, RowPath, Rows, Table, from_rows, int64, record, string, timestamp
from crowdarrow.exports.about import pybossa as about
from crowdarrow.exports.pybossa.info import annotations, answers
from crowdarrow.exports.pybossa.layouts import ANNOTATIONS, INFO_COLUMNS, FieldSource, exports
from crowdarrow.exports.web_annotation import is_annotation

_FIELDS = {
    "id": int64,
    "project_id": int64,
    "task_id": int64,
    "user_id": int64,
    "user_ip": string,
    "external_uid": string,
    "created": timestamp,
    "finish_time": timestamp,
    "timeout": int64,
    "calibration": int64,
    "media_url": string,
}


def _tables(source: FieldSource) -> tuple[Table, ...]:
    return (
        Table(
            "task_runs",
            (*(from_rows(name, type_) for name, type_ in _FIELDS.items()), *INFO_COLUMNS),
            rows=(Rows(source.path, {**source.fields(*_FIELDS), **source.info_columns}),),
            about=about.TASK_RUNS,
        ),
        answers(source, "id", "task_id", "project_id", "user_id", annotations=True),
        annotations(source, lambda info: info, "task_run_id", "task_id", "project_id", "user_id", "finish_time"),
    )


def _is_piece(member: RowPath) -> Predicate:
    return is_annotation(record[ANNOTATIONS].leading(member.key))


EXPORTS = exports("pybossa.task_runs", _tables, prefix="task_run", time="finish_time", is_piece=_is_piece)
