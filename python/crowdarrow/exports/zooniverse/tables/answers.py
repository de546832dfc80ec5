"""`answers`: one row for each atomic answer, wherever it stands.

Null atoms and empty lists give no row: a skipped question and "nothing here" are in `annotations` alone, so that users
count answers here and tasks there.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from crowdarrow.declare import (
    Expr,
    JsonPath,
    LazyRows,
    RowPath,
    Rows,
    Table,
    bool_,
    coalesce,
    concat,
    exact,
    first_integer,
    float64,
    from_rows,
    int32,
    is_integer,
    is_true,
    is_type,
    json_type,
    literal,
    null,
    scalar_text,
    string,
    strip_suffix,
    when,
)
from crowdarrow.exports.zooniverse.tables.identifications import identifications_of
from crowdarrow.exports.zooniverse.tables.items import (
    CHILD,
    IDENTITY,
    ITEM,
    LABEL_EXACT,
    PLACES,
    SCALARS,
    SUBTASK,
    Place,
    drawing_of,
    is_dropdown_item,
    is_fem_dropdown,
    is_identification,
    is_subtask,
    label_of,
    tool_of,
)
from crowdarrow.exports.zooniverse.tables.marks import TOOL_INDEX, marks_of, tool_index

Columns = Mapping[str, Expr]


def _atom(at: JsonPath) -> dict[str, Expr]:
    return {"kind": json_type(at), "answer": scalar_text(at), "number": exact(at)}


def values(path: RowPath, at: JsonPath, columns: Columns) -> Iterator[Rows]:
    """The answers in a task's value at `at`."""
    yield Rows(path.filter(is_type(at, *SCALARS)), {**columns, "answer_index": literal(0), **_atom(at)})
    items = path.filter(is_type(at, "array")).items(at)
    listed = items.filter(is_type(items.element, *SCALARS))
    yield Rows(listed, {**columns, "answer_index": items.index, **_atom(items.element)})
    option = (
        items.filter(is_type(items.element, "object")).filter(~is_identification(items)).filter(is_dropdown_item(items))
    )
    answered = option.filter(~is_type(items["value"], "null", "missing"))
    yield Rows(
        answered,
        {
            **columns,
            "answer_index": items.index,
            "question": exact(items["select_label"]),
            **_atom(items["value"]),
            "_form": literal("value"),
            "label": exact(items["label"]),
            "is_option": exact(items["option"]),
        },
    )
    yield from _dropdown(path, at, columns)


def _dropdown(path: RowPath, at: JsonPath, columns: Columns) -> Iterator[Rows]:
    """A dropdown that is one object: the current front end's, as the exporter writes it and as it was submitted."""
    one = path.filter(is_type(at, "object")).single(at)
    dropdown = one.filter(~is_identification(one)).filter(is_fem_dropdown(one))
    named = dropdown.filter(one.has_any("select_label")).filter(~is_type(one["value"], "null", "missing"))
    from_value = when(is_true(one["option"]), exact(one["value"]))
    yield Rows(
        named,
        {
            **columns,
            "answer_index": one.index,
            "question": exact(one["select_label"]),
            **_atom(one["value"]),
            "_form": literal("value"),
            "label": exact(one["label"]),
            "is_option": exact(one["option"]),
            "choice_index": coalesce(exact(one["option_index"]), from_value),
        },
    )
    chosen = is_true(one["option"]) & is_integer(one["selection"])
    submitted = dropdown.filter(~one.has_any("select_label")).filter(~is_type(one["selection"], "null", "missing"))
    yield Rows(
        submitted,
        {
            **columns,
            "answer_index": one.index,
            "kind": json_type(one["selection"]),
            "_form": literal("selection"),
            "answer": when(chosen, null, scalar_text(one["selection"])),
            "number": when(chosen, null, exact(one["selection"])),
            "label": exact(one["label"]),
            "is_option": exact(one["option"]),
            "choice_index": when(chosen, exact(one["selection"])),
        },
    )


def _plain(place: Place) -> Iterator[Rows]:
    """The value of an item that is no sub-task."""
    item = place.path
    columns = {
        **place.index,
        "mark_index": coalesce(exact(item["markIndex"]), exact(item["cellIndex"])),
        "task": exact(item["task"]),
    }
    return values(item, place.value, columns)


def _subtask(place: Place, loop: RowPath) -> Iterator[Rows]:
    """A sub-task's answer that stands beside its drawing: its key says which, and where the drawing is."""
    item = place.path
    drawing = drawing_of(loop)
    mark_index = coalesce(exact(item["markIndex"]), exact(item["cellIndex"]))
    columns = {
        **place.index,
        ("annotation_index" if loop is ITEM else "combo_index"): drawing.index,
        "mark_index": mark_index,
        "task": strip_suffix(item["task"], *SUBTASK),
        "subtask": exact(item["task"]),
        **tool_of(loop),
    }
    return values(item, place.value, columns)


def _details(place: Place) -> Iterator[Rows]:
    """The sub-tasks' answers inside the old front end's marks."""
    for mark, mark_index in marks_of(place):
        detail = mark.items(mark["details"])
        task = place.path["task"]
        columns = {
            **place.index,
            "mark_index": mark_index,
            "task": exact(task),
            "subtask": concat(task, ".", first_integer(*(mark[name] for name in TOOL_INDEX)), ".", detail.index),
            "_tool_label": label_of(mark.element),
            "_tool_index": tool_index(mark),
            "_detail_index": detail.index,
        }
        yield from values(detail, detail["value"], columns)


def _survey(place: Place) -> Iterator[Rows]:
    """The answers to a survey's questions on each animal."""
    for path, place_number in identifications_of(place):
        question = path.filter(is_type(path["answers"], "object")).members(path["answers"])
        columns = {
            **place.index,
            "identification_index": place_number,
            "mark_index": coalesce(exact(place.path["markIndex"]), exact(place.path["cellIndex"])),
            "task": exact(place.path["task"]),
            "question": scalar_text(question.key),
        }
        scalar = question.filter(is_type(question.element, *SCALARS))
        yield Rows(scalar, {**columns, "answer_index": literal(0), **_atom(question.element)})
        several = question.items(question.element)
        yield Rows(
            several.filter(is_type(several.element, *SCALARS)),
            {**columns, "answer_index": several.index, **_atom(several.element)},
        )


def _rows(place: Place) -> Iterator[Rows]:
    """All answers of a place's items; those beside a drawing are told apart first, and each list is gone over once."""
    of_mark, plain = place.filter(is_subtask(place)), place.filter(~is_subtask(place))
    yield from _subtask(of_mark, CHILD if place.combo_index != null else ITEM)
    yield from _plain(plain)
    for one in (of_mark, plain):
        yield from _details(one)
        yield from _survey(one)


ANSWERS = Table(
    "answers",
    (
        *IDENTITY,
        from_rows("annotation_index", int32),
        from_rows("combo_index", int32),
        from_rows("mark_index", int32),
        from_rows("identification_index", int32),
        from_rows("task", string),
        from_rows("subtask", string),
        from_rows("question", string),
        from_rows("question_label", string),
        from_rows("answer_index", int32),
        from_rows("kind", string),
        from_rows("answer", string),
        from_rows("number", float64),
        from_rows("label", string),
        from_rows("is_option", bool_),
        from_rows("choice_index", int32),
        LABEL_EXACT,
    ),
    rows=LazyRows(lambda: chain.from_iterable(_rows(place) for place in PLACES)),
    hidden=(
        from_rows("_tool_label", string),
        from_rows("_tool_index", int32),
        from_rows("_detail_index", int32),
        from_rows("_form", string),
    ),
)
