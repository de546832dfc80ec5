"""`pybossa.results`: the results of analysing a task's runs (docs/contract.md, section 2.5)."""

from crowdarrow.declare import Rows, Table, bool_, from_rows, int64, list_, timestamp
from crowdarrow.exports.pybossa.info import annotations, answers
from crowdarrow.exports.pybossa.layouts import INFO_COLUMNS, FieldSource, exports

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
        ),
        answers(source, "id", "task_id", "project_id", skip="annotations"),
        annotations(source, source.info["annotations"], "result_id", "task_id", "project_id"),
    )


EXPORTS = exports("pybossa.results", _tables, prefix="result", annotation_prefix="info_annotations_")
