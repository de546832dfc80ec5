"""`libcrowds.describing`, `tagging`, `commenting` and the mixed `annotations`: the results of a collection.

A download is a JSON array of Web Annotations, a CSV file of them, flattened (layout B), or a CSV file of their values
only, with one record per target (layout A). See docs/contract.md, section 2.5.
"""

from collections.abc import Iterator
from functools import partial

from crowdarrow.declare import (
    RECORD,
    Column,
    Counter,
    Export,
    Expr,
    FlattenedField,
    LazyRows,
    NumberedField,
    RowPath,
    Rows,
    Table,
    Transform,
    cell,
    equals_text,
    float64,
    from_rows,
    int32,
    int64,
    is_type,
    lazy,
    literal,
    null,
    record,
    record_index,
    scalar_text,
    string,
    strip_suffix,
    suffix_int,
    value,
    when,
)
from crowdarrow.exports import web_annotation
from crowdarrow.exports.about import pybossa as about
from crowdarrow.exports.pybossa.detect import COLLECTIONS, MIXED, NUMBERED, detect, lacks_annotation, lacks_values
from crowdarrow.exports.pybossa.layouts import DOCUMENT
from crowdarrow.exports.web_annotation import BOX, FRAGMENTS, RESULT_ID, TASK_ID, generated_by

KINDS = (*(f"libcrowds.{name}" for name in COLLECTIONS), MIXED)

# Derived fields; the parentheses keep their names distinct from those of columns.
_ANNOTATION = "(annotation)"
"""The annotation that a record of layout B is."""
_VALUES = "(values)"
"""The values in a record of layout A, by their columns."""

_VALUE_COLUMNS: tuple[Column, ...] = (
    from_rows("target", string),
    from_rows("tag", string),
    from_rows("value_index", int32),
    from_rows("value", string),
    *(from_rows(name, float64) for name in BOX),
    from_rows("task_id", int64),
    from_rows("result_id", int64),
    from_rows("annotation_index", int32),
    from_rows("id", string),
    from_rows("motivation", string),
)
_INSPECTOR = lazy("crowdarrow.exports.pybossa.inspect", "CollectionInspector")
_CHARTS = lazy("crowdarrow.exports.pybossa.charts", "CollectionCharts")
_SELECTOR = from_rows("selector", string)
_VALUE_INDEX = Transform(
    ("target", "tag"),
    ("value_index",),
    factory=lazy("crowdarrow.exports.libcrowds.value_index", "ValueIndexCounter"),
)


def _origin(path: RowPath) -> dict[str, Expr]:
    return {
        "task_id": generated_by(path["generator"], TASK_ID),
        "result_id": generated_by(path["generator"], RESULT_ID),
        "annotation_index": record_index,
    }


def _annotations(path: RowPath, *, cells: bool = False) -> Table:
    def rows() -> Iterator[Rows]:
        yield Rows(path, {**_origin(path), **web_annotation.columns_of(path, cells=cells)})

    return web_annotation.table(rows)


def _values(path: RowPath) -> Table:
    """`values`: one row per annotation, whatever its motivation: the kind is that of the first annotations."""

    def rows() -> Iterator[Rows]:
        body, motivation = path["body"], path["motivation"]
        own = web_annotation.columns_of(path)
        tagging, commenting = equals_text(motivation, "tagging"), equals_text(motivation, "commenting")
        columns: dict[str, Expr] = {
            "target": own["target"],
            "tag": when(commenting, literal("comment"), web_annotation.tag_of(body)),
            "value": when(tagging, own["selector"], web_annotation.value_of(body)),
            "selector": own["selector"],
            **_origin(path),
            "id": own["id"],
            "motivation": own["motivation"],
        }
        yield Rows(path, columns)

    return Table(
        "values",
        _VALUE_COLUMNS,
        about=about.VALUES,
        rows=LazyRows(rows),
        transforms=(_VALUE_INDEX,),
        fragments=FRAGMENTS,
        hidden=(_SELECTOR,),
    )


_CELLS = RECORD.members(record[_VALUES])
_CELL_VALUES = Table(
    "values",
    _VALUE_COLUMNS,
    about=about.VALUES,
    rows=(
        Rows(
            _CELLS,
            {
                "target": cell("target"),
                "tag": strip_suffix(_CELLS.key, "_#"),
                "value_index": suffix_int(_CELLS.key, 0, "_#"),
                "value": scalar_text(_CELLS.element),
                "selector": scalar_text(_CELLS.element),
                "annotation_index": null,
            },
        ),
    ),
    fragments=FRAGMENTS,
    hidden=(_SELECTOR,),
)
"""`values` of layout A: one row per cell with a value."""
_EMPTY = Counter("record without values", RECORD.filter(is_type(record[_VALUES], "missing")), ("values",))


_CREATED = ("epoch", "epoch_text")
"""Forms of the time that filters compare, besides those of all times."""


def _exports(kind: str) -> Iterator[Export]:
    layout = partial(
        Export,
        kind=kind,
        people=web_annotation.PEOPLE,
        detect=detect,
        inspect=_INSPECTOR,
        charts=_CHARTS,
        sampled_by="target",
    )
    yield layout(
        tables=(_annotations(DOCUMENT), _values(DOCUMENT)),
        json=True,
        filters=dict.fromkeys(("since", "until"), value(record[""]["created"], "parsed", decode=_CREATED[:1])),
        time="created",
        lacking=lacks_annotation,
    )
    flattened = RECORD.single(record[_ANNOTATION])
    yield layout(
        layout="B",
        tables=(_annotations(flattened, cells=True), _values(flattened)),
        filters=dict.fromkeys(("since", "until"), cell("created", decode=_CREATED)),
        time="created",
        lacking=lacks_annotation,
        sampled_columns="motivation",
        derived={_ANNOTATION: FlattenedField(web_annotation.NESTED)},
        absent_na=True,
    )
    yield layout(
        layout="A",
        tables=(_CELL_VALUES,),
        has_single_rows=False,
        counters=(_EMPTY,),
        filters=dict.fromkeys(("since", "until"), "created"),
        lacking=lacks_values,
        sampled_columns=NUMBERED,
        sampled_text="xywh=",
        derived={_VALUES: NumberedField()},
        absent_na=True,
    )


EXPORTS = tuple(export for kind in KINDS for export in _exports(kind))
