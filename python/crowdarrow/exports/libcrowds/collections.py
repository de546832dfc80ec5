"""`libcrowds.describing`, `tagging`, `commenting` and the mixed `annotations`: what a collection's results say.

JSON arrays of Web Annotations; CSV layout B, the same flattened; CSV layout A, values alone.
"""

import re
from collections.abc import Callable, Iterator

from crowdarrow.declare import (
    RECORD,
    Column,
    Counter,
    Export,
    Expr,
    JsonTemplate,
    LazyRows,
    RowPath,
    Rows,
    Sample,
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
    when,
)
from crowdarrow.exports.pybossa.form import DOCUMENT, annotation_tree
from crowdarrow.exports.pybossa.kinds import COLLECTIONS, MIXED, is_annotation, is_values, kind_of
from crowdarrow.exports.web_annotation.annotation import (
    BOX,
    COLUMNS,
    FRAGMENT,
    RESULT_ID,
    TASK_ID,
    columns_of,
    generated_by,
    selector_of,
    source_of,
    tag_of,
    value_of,
)

KINDS = (*(f"libcrowds.{name}" for name in COLLECTIONS), MIXED)

_ANNOTATION, _VALUES = "(annotation)", "(values)"

_COUNTED = Transform(
    ("target", "tag"),
    ("value_index",),
    factory=lazy("crowdarrow.exports.libcrowds.arrival", "Arrival"),
)
"""`value_index`, counted within target and tag in the order of arrival."""


def _annotations(path: RowPath) -> Table:
    def rows() -> Iterator[Rows]:
        of = {
            "task_id": generated_by(path["generator"], TASK_ID),
            "result_id": generated_by(path["generator"], RESULT_ID),
            "annotation_index": record_index,
        }
        yield Rows(path, {**of, **columns_of(path)})

    return Table("annotations", COLUMNS, rows=LazyRows(rows), transforms=(FRAGMENT,))


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
_SELECTOR = from_rows("selector", string)


def _values(path: RowPath, kind: str) -> Table:
    """`values`: one row for each annotation of the kind's motivation."""

    def rows() -> Iterator[Rows]:
        body, target, motivation = path["body"], path["target"], path["motivation"]
        own = columns_of(path)
        tagging, commenting = equals_text(motivation, "tagging"), equals_text(motivation, "commenting")
        columns: dict[str, Expr] = {
            "target": source_of(target),
            "tag": when(commenting, literal("comment"), tag_of(body)),
            "value": when(tagging, selector_of(target), value_of(body)),
            "selector": selector_of(target),
            "task_id": generated_by(path["generator"], TASK_ID),
            "result_id": generated_by(path["generator"], RESULT_ID),
            "annotation_index": record_index,
            "id": own["id"],
            "motivation": own["motivation"],
        }
        chosen = path if kind == MIXED else path.filter(equals_text(motivation, kind.removeprefix("libcrowds.")))
        yield Rows(chosen, columns)

    return Table("values", _VALUE_COLUMNS, rows=LazyRows(rows), transforms=(_COUNTED, FRAGMENT), hidden=(_SELECTOR,))


def _is(kind: str, layout: Callable[[list[str]], bool]) -> Callable[[Sample], bool]:
    return lambda sample: kind_of(sample) == kind and (not sample.header or layout(sample.header))


def _json(kind: str) -> Export:
    tables = (_annotations(DOCUMENT), _values(DOCUMENT, kind))
    return Export(kind=kind, tables=tables, json=True, detect=lambda sample: kind_of(sample) == kind)


def _layout_b(kind: str) -> Export:
    path = RECORD.single(record[_ANNOTATION])
    tables = (_annotations(path), _values(path, kind))
    told = _is(kind, is_annotation)

    def shaped(names: list[str]) -> Export:
        derived = {_ANNOTATION: annotation_tree([(name, name) for name in names if name])}
        return Export(
            kind=kind,
            tables=tables,
            layout="B",
            sampled_by="target",
            detect=told,
            derived=derived,
            redundant=frozenset(names),
            for_header=shaped,
        )

    return shaped([])


def _layout_a(kind: str) -> Export:
    cells = RECORD.members(record[_VALUES])
    columns = {
        "target": cell("target"),
        "tag": strip_suffix(cells.key, "_#"),
        "value_index": suffix_int(cells.key, 0, "_#"),
        "value": scalar_text(cells.element),
        "selector": scalar_text(cells.element),
        "annotation_index": null,
    }
    table = Table("values", _VALUE_COLUMNS, rows=(Rows(cells, columns),), transforms=(FRAGMENT,), hidden=(_SELECTOR,))
    told = _is(kind, is_values)
    empty = Counter("record without values", RECORD.filter(is_type(record[_VALUES], "missing")), ("values",))

    def shaped(names: list[str]) -> Export:
        found = [match for name in names if (match := re.fullmatch(r"(.+)_([0-9]+)", name))]
        tags = list(dict.fromkeys(match[1] for match in found))
        found.sort(key=lambda match: (tags.index(match[1]), int(match[2])))
        tree = JsonTemplate("object", tuple((match[0], JsonTemplate("text", match[0])) for match in found))
        return Export(
            kind=kind,
            tables=(table,),
            counters=(empty,),
            layout="A",
            sampled_by="target",
            detect=told,
            derived={_VALUES: tree},
            for_header=shaped,
        )

    return shaped([])


EXPORTS = (
    *(_json(kind) for kind in KINDS),
    *(_layout_b(kind) for kind in KINDS),
    *(_layout_a(kind) for kind in KINDS if kind != MIXED),
)
