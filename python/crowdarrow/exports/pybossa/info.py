"""Tables of what `info` holds in task runs and results: answers and Web Annotations."""

from collections.abc import Iterator

from crowdarrow.declare import (
    Expr,
    JsonPath,
    LazyRows,
    Rows,
    Table,
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
from crowdarrow.exports.pybossa.layouts import FieldSource

SCALARS = ("boolean", "number", "string")


def _answer(at: JsonPath) -> dict[str, Expr]:
    nested = when(is_type(at, "object", "array"), to_json(at))
    return {"kind": json_type(at), "answer": scalar_text(at), "number": exact(at), "json": nested}


def answers(source: FieldSource, *fields: str, skip: str | None = None) -> Table:
    """`answers`: one row per member of `info` except `skip`, or one if `info` is a scalar."""

    def rows() -> Iterator[Rows]:
        record = source.fields(*fields)
        member = source.path.filter(is_type(source.info, "object")).members(source.info)
        chosen = member if skip is None else member.filter(~equals_text(member.key, skip))
        key = {"key": scalar_text(member.key), "answer_index": member.index}
        if source.is_piece is not None:
            chosen = chosen.filter(~source.is_piece(member))
        yield Rows(chosen, {**record, **key, **_answer(member.element)})
        scalar = source.path.filter(is_type(source.info, *SCALARS)).single(source.info)
        yield Rows(scalar, {**record, "answer_index": scalar.index, **_answer(scalar.element)})

    return Table(
        "answers",
        (
            from_rows("id", int64),
            from_rows("task_id", int64),
            from_rows("project_id", int64),
            from_rows("user_id", int64),
            from_rows("key", string),
            from_rows("answer_index", int32),
            from_rows("kind", string),
            from_rows("answer", string),
            from_rows("number", float64),
            from_rows("json", json_text),
        ),
        rows=LazyRows(rows),
    )


def annotations(source: FieldSource, among: JsonPath, id_column: str, *fields: str) -> Table:
    """`annotations`: one row per Web Annotation among the items of a list; `id_column` takes the record's `id`."""

    def rows() -> Iterator[Rows]:
        record = {**source.fields(*fields), id_column: source.field("id")}
        for item in source.items(among):
            columns = {**record, "annotation_index": item.index, **web_annotation.columns_of(item)}
            yield Rows(item.filter(web_annotation.is_annotation(item)), columns)

    return web_annotation.table(rows)
