"""`libcrowds.describing`, `tagging`, `commenting` and the mixed `annotations`: what a collection's results say.

JSON arrays of Web Annotations; CSV layout B, the same flattened; CSV layout A, values alone.
"""

import re
from collections.abc import Callable, Iterator

from crowdarrow.declare import (
    RECORD,
    Column,
    Export,
    Expr,
    Note,
    Path,
    Rows,
    RowsOf,
    Sample,
    Step,
    Table,
    Tree,
    atom,
    cell,
    float64,
    given,
    int32,
    int64,
    is_kind,
    is_text,
    later,
    null,
    place,
    record,
    string,
    text,
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

_COUNTED = Step(
    ("target", "tag"),
    ("value_index",),
    start=later("crowdarrow.exports.libcrowds.arrival", "Arrival"),
)
"""`value_index`, counted within target and tag in the order of arrival."""


def _annotations(path: Path) -> Table:
    def rows() -> Iterator[Rows]:
        of = {
            "task_id": generated_by(path["generator"], TASK_ID),
            "result_id": generated_by(path["generator"], RESULT_ID),
            "annotation_index": place,
        }
        yield Rows(path, {**of, **columns_of(path)})

    return Table("annotations", COLUMNS, rows=RowsOf(rows), steps=(FRAGMENT,))


_VALUE_COLUMNS: tuple[Column, ...] = (
    given("target", string),
    given("tag", string),
    given("value_index", int32),
    given("value", string),
    *(given(name, float64) for name in BOX),
    given("task_id", int64),
    given("result_id", int64),
    given("annotation_index", int32),
    given("id", string),
    given("motivation", string),
)
_SELECTOR = given("selector", string)


def _values(path: Path, kind: str) -> Table:
    """`values`: one row for each annotation of the kind's motivation."""

    def rows() -> Iterator[Rows]:
        body, target, motivation = path["body"], path["target"], path["motivation"]
        own = columns_of(path)
        tagging, commenting = is_text(motivation, "tagging"), is_text(motivation, "commenting")
        columns: dict[str, Expr] = {
            "target": source_of(target),
            "tag": when(commenting, text("comment"), tag_of(body)),
            "value": when(tagging, selector_of(target), value_of(body)),
            "selector": selector_of(target),
            "task_id": generated_by(path["generator"], TASK_ID),
            "result_id": generated_by(path["generator"], RESULT_ID),
            "annotation_index": place,
            "id": own["id"],
            "motivation": own["motivation"],
        }
        chosen = path if kind == MIXED else path.when(is_text(motivation, kind.removeprefix("libcrowds.")))
        yield Rows(chosen, columns)

    return Table("values", _VALUE_COLUMNS, rows=RowsOf(rows), steps=(_COUNTED, FRAGMENT), hidden=(_SELECTOR,))


def _is(kind: str, layout: Callable[[list[str]], bool]) -> Callable[[Sample], bool]:
    return lambda sample: kind_of(sample) == kind and (not sample.header or layout(sample.header))


def _json(kind: str) -> Export:
    tables = (_annotations(DOCUMENT), _values(DOCUMENT, kind))
    return Export(kind=kind, tables=tables, json=True, told=lambda sample: kind_of(sample) == kind)


def _layout_b(kind: str) -> Export:
    path = RECORD.one(record[_ANNOTATION])
    tables = (_annotations(path), _values(path, kind))
    told = _is(kind, is_annotation)

    def shaped(names: list[str]) -> Export:
        derived = {_ANNOTATION: annotation_tree([(name, name) for name in names if name])}
        return Export(kind=kind, tables=tables, layout="B", sampled_by="target", told=told, derived=derived,
                      passed_over=frozenset(names), shaped=shaped)  # fmt: skip

    return shaped([])


def _layout_a(kind: str) -> Export:
    cells = RECORD.members(record[_VALUES])
    columns = {
        "target": cell("target"),
        "tag": cells.key_head("_#"),
        "value_index": cells.key_tail("_#"),
        "value": atom(cells.part),
        "selector": atom(cells.part),
        "annotation_index": null,
    }
    table = Table("values", _VALUE_COLUMNS, rows=(Rows(cells, columns),), steps=(FRAGMENT,), hidden=(_SELECTOR,))
    told = _is(kind, is_values)
    empty = Note("record without values", RECORD.when(is_kind(record[_VALUES], "missing")), ("values",))

    def shaped(names: list[str]) -> Export:
        found = [match for name in names if (match := re.fullmatch(r"(.+)_([0-9]+)", name))]
        tags = list(dict.fromkeys(match[1] for match in found))
        found.sort(key=lambda match: (tags.index(match[1]), int(match[2])))
        tree = Tree("object", tuple((match[0], Tree("text", match[0])) for match in found))
        return Export(kind=kind, tables=(table,), notes=(empty,), layout="A", sampled_by="target", told=told,
                      derived={_VALUES: tree}, shaped=shaped)  # fmt: skip

    return shaped([])


EXPORTS = (
    *(_json(kind) for kind in KINDS),
    *(_layout_b(kind) for kind in KINDS),
    *(_layout_a(kind) for kind in KINDS if kind != MIXED),
)
