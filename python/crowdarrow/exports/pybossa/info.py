"""Tables of what `info` holds: the answers of task runs and results, the data of tasks, and Web Annotations."""

from collections.abc import Callable, Iterator, Mapping

from crowdarrow.declare import (
    Column,
    Expr,
    JsonPath,
    LazyRows,
    Rows,
    Table,
    concat,
    equals_text,
    exact,
    float64,
    from_rows,
    int32,
    int64,
    is_type,
    json_text,
    json_type,
    scalar_text,
    string,
    to_json,
    when,
)
from crowdarrow.exports import web_annotation
from crowdarrow.exports.about import pybossa as about
from crowdarrow.exports.pybossa.layouts import FieldSource

SCALARS = ("boolean", "number", "string")


def answers(source: FieldSource, *fields: str, skip: str | None = None, annotations: bool = False) -> Table:
    """`answers`: what `info` holds. See `_values` for `skip` and `annotations`."""
    ids = tuple(from_rows(name, int64) for name in ("id", "task_id", "project_id", "user_id"))
    columns = (*ids, *_value_columns("answer_index", "answer"))

    def rows() -> Iterator[Rows]:
        record = source.fields(*fields)
        return _values(source, record, ("answer_index", "answer"), skip=skip, annotations=annotations)

    return Table("answers", columns, rows=LazyRows(rows), about=about.ANSWERS)


def task_info(source: FieldSource) -> Table:
    """`task_info`: what a task's `info` holds, as `answers` has it for task runs."""
    ids = tuple(from_rows(name, int64) for name in ("task_id", "project_id"))

    def rows() -> Iterator[Rows]:
        record = {"task_id": source.field("id"), "project_id": source.field("project_id")}
        return _values(source, record, ("value_index", "value"))

    return Table(
        "task_info", (*ids, *_value_columns("value_index", "value")), rows=LazyRows(rows), about=about.TASK_INFO
    )


def _value_columns(index: str, text: str) -> tuple[Column, ...]:
    return (
        from_rows("key", string),
        from_rows(index, int32),
        from_rows("kind", string),
        from_rows(text, string),
        from_rows("number", float64),
        from_rows("json", json_text),
    )


def _values(
    source: FieldSource,
    record: Mapping[str, Expr],
    names: tuple[str, str],
    *,
    skip: str | None = None,
    annotations: bool = False,
) -> Iterator[Rows]:
    """One row per member of an object, per scalar inside a list, or for `info` itself if it is a scalar.

    `names` are the columns of a value's index and text. `skip` is a member that has no row; with `annotations`, neither
    have the items of a list that are annotations.
    """
    index, text = names

    def columns(at: JsonPath) -> dict[str, Expr]:
        nested = when(is_type(at, "object", "array"), to_json(at))
        return {"kind": json_type(at), text: scalar_text(at), "number": exact(at), "json": nested}

    # Few records have a string that holds JSON: for the others it is not looked for.
    holds = is_type(source.info, "string") & ~is_type(source.held, "missing")
    for info, path in ((source.info, source.path), (source.held, source.path.filter(holds))):
        member = path.filter(is_type(info, "object")).members(info)
        chosen = member if skip is None else member.filter(~equals_text(member.key, skip))
        if info is source.info and source.is_piece is not None:
            chosen = chosen.filter(~source.is_piece(member))
        key = {"key": scalar_text(member.key), index: member.index}
        yield Rows(chosen, {**record, **key, **columns(member.element)})
        item = path.filter(is_type(info, "array")).items(info)
        leaf = (item.filter(~web_annotation.is_annotation(item)) if annotations else item).leaves(item.element)
        key = {"key": concat(item.index, leaf.path), index: leaf.index}
        yield Rows(leaf, {**record, **key, **columns(leaf.element)})
    alone = is_type(source.info, *SCALARS) & is_type(source.held, "missing")
    scalar = source.path.filter(alone).single(source.info)
    yield Rows(scalar, {**record, index: scalar.index, **columns(scalar.element)})


def annotations(source: FieldSource, among: Callable[[JsonPath], JsonPath], id_column: str, *fields: str) -> Table:
    """`annotations`: one row per Web Annotation in a list.

    `among` gives the list in `info`; `id_column` takes the record's `id`.
    """

    def rows() -> Iterator[Rows]:
        record = {**source.fields(*fields), id_column: source.field("id")}
        held = source.path.filter(is_type(source.info, "string")).items(among(source.held))
        for item, cells in (*source.items(among(source.info)), (held, False)):
            columns = {**record, "annotation_index": item.index, **web_annotation.columns_of(item, cells=cells)}
            yield Rows(item.filter(web_annotation.is_annotation(item)), columns)

    return web_annotation.table(rows)
