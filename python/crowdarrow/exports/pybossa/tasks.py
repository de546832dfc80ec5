"""`pybossa.tasks`: the tasks of a project (docs/contract.md, section 2.5)."""

from collections.abc import Callable
from functools import partial

from crowdarrow.declare import (
    Expr,
    JsonPath,
    Rows,
    Table,
    coalesce,
    exact,
    float64,
    from_rows,
    int64,
    is_type,
    list_,
    string,
    timestamp,
    value,
    when,
)
from crowdarrow.exports.about import pybossa as about
from crowdarrow.exports.pybossa.info import task_info
from crowdarrow.exports.pybossa.layouts import INFO_COLUMNS, FieldSource, exports
from crowdarrow.exports.web_annotation import BOX, FRAGMENTS, source_of

_FIELDS = {
    "id": int64,
    "project_id": int64,
    "created": timestamp,
    "state": string,
    "quorum": int64,
    "calibration": int64,
    "priority_0": float64,
    "n_answers": int64,
    "fav_user_ids": list_(int64),
}
_INFO_TEXTS = ("parent_annotation_id", "manifest", "title", "tag", "link", "url")
"""Texts in `info`, as LibCrowds writes them."""


def _text(name: str, info: JsonPath) -> Expr:
    return exact(info[name])


def _tables(source: FieldSource) -> tuple[Table, ...]:
    def either(read: Callable[[JsonPath], Expr]) -> Expr:
        """A string that holds an object is read as the object."""
        return when(is_type(source.info, "string"), read(source.held), read(source.info))

    columns = {
        **source.fields(*_FIELDS),
        "target": either(
            lambda info: coalesce(
                source_of(info["target"]), exact(info["target_source"]), exact(info["target_source_id"])
            )
        ),
        "selector": either(
            lambda info: coalesce(exact(info["target"]["selector"]["value"]), exact(info["target_selector_value"]))
        ),
        "parent_task_id": either(lambda info: value(info["parent_task_id"])),
        **{name: either(partial(_text, name)) for name in _INFO_TEXTS},
        **source.info_columns,
    }
    table = Table(
        "tasks",
        (
            *(from_rows(name, type_) for name, type_ in _FIELDS.items()),
            from_rows("target", string),
            from_rows("selector", string),
            *(from_rows(name, float64) for name in BOX),
            from_rows("parent_task_id", int64),
            *(from_rows(name, string) for name in _INFO_TEXTS),
            *INFO_COLUMNS,
        ),
        rows=(Rows(source.path, columns),),
        fragments=FRAGMENTS,
        about=about.TASKS,
    )
    return (table, task_info(source))


EXPORTS = exports(
    "pybossa.tasks", _tables, prefix="task", needs=("id",), keys_table="task_info", lists=("fav_user_ids",)
)
