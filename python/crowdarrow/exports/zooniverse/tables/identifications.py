"""`identifications`: one row per choice made in a survey."""

from crowdarrow.declare import Expr, LazyRows, RowPath, Rows, Table, exact, from_rows, int32, json_text, string
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.tables.items import (
    IDENTITY,
    ITEM_GROUPS,
    LABEL_EXACT,
    ItemGroup,
    is_identification,
    objects,
)


def identifications_of(group: ItemGroup) -> list[tuple[RowPath, Expr]]:
    """The paths of identifications: in a list or, in early 2016, as a single object; each with its index."""
    return [(path.filter(is_identification(path)), index) for path, index in objects(group)]


def _rows(group: ItemGroup, path: RowPath, index: Expr) -> Rows:
    columns = {
        **group.index_columns,
        "task": exact(group.path["task"]),
        "task_label": exact(group.path["task_label"]),
        "identification_index": index,
        **{name: exact(path[name]) for name in ("choice", "answers", "filters")},
        "extra": path.residual(),
    }
    return Rows(path, columns)


IDENTIFICATIONS = Table(
    "identifications",
    (
        *IDENTITY,
        from_rows("annotation_index", int32),
        from_rows("combo_index", int32),
        from_rows("task", string),
        from_rows("task_label", string),
        from_rows("identification_index", int32),
        from_rows("choice", string),
        from_rows("choice_label", string),
        from_rows("answers", json_text),
        from_rows("filters", json_text),
        from_rows("extra", json_text),
        LABEL_EXACT,
    ),
    rows=LazyRows(
        lambda: [_rows(group, path, index) for group in ITEM_GROUPS for path, index in identifications_of(group)],
    ),
    about=about.IDENTIFICATIONS,
)
