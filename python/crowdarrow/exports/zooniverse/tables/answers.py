"""`answers`: one row for each atomic answer, wherever it stands.

Null atoms and empty lists give no row: a skipped question and "nothing here" are in `annotations` alone, so that users
count answers here and tasks there.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from crowdarrow.declare import (
    At,
    Expr,
    Path,
    Rows,
    RowsOf,
    Table,
    atom,
    bool_,
    exact,
    first_of,
    float64,
    given,
    head,
    int32,
    integer,
    is_integer,
    is_kind,
    is_true,
    joined,
    kind_of,
    null,
    string,
    text,
    when,
)
from crowdarrow.declare.values import number
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


def _atom(at: At) -> dict[str, Expr]:
    return {"kind": kind_of(at), "answer": atom(at), "number": exact(at)}


def values(path: Path, at: At, columns: Columns) -> Iterator[Rows]:
    """The answers in a task's value at `at`."""
    yield Rows(path.when(is_kind(at, *SCALARS)), {**columns, "answer_index": number(0), **_atom(at)})
    items = path.when(is_kind(at, "array")).items(at)
    listed = items.when(is_kind(items.part, *SCALARS))
    yield Rows(listed, {**columns, "answer_index": items.number, **_atom(items.part)})
    option = items.when(is_kind(items.part, "object")).when(~is_identification(items)).when(is_dropdown_item(items))
    answered = option.when(~is_kind(items["value"], "null", "missing"))
    yield Rows(
        answered,
        {
            **columns,
            "answer_index": items.number,
            "question": exact(items["select_label"]),
            **_atom(items["value"]),
            "_form": text("value"),
            "label": exact(items["label"]),
            "is_option": exact(items["option"]),
        },
    )
    yield from _dropdown(path, at, columns)


def _dropdown(path: Path, at: At, columns: Columns) -> Iterator[Rows]:
    """A dropdown that is one object: the current front end's, as the exporter writes it and as it was submitted."""
    one = path.when(is_kind(at, "object")).one(at)
    dropdown = one.when(~is_identification(one)).when(is_fem_dropdown(one))
    named = dropdown.when(one.has("select_label")).when(~is_kind(one["value"], "null", "missing"))
    from_value = when(is_true(one["option"]), exact(one["value"]))
    yield Rows(
        named,
        {
            **columns,
            "answer_index": one.number,
            "question": exact(one["select_label"]),
            **_atom(one["value"]),
            "_form": text("value"),
            "label": exact(one["label"]),
            "is_option": exact(one["option"]),
            "choice_index": first_of(exact(one["option_index"]), from_value),
        },
    )
    chosen = is_true(one["option"]) & is_integer(one["selection"])
    submitted = dropdown.when(~one.has("select_label")).when(~is_kind(one["selection"], "null", "missing"))
    yield Rows(
        submitted,
        {
            **columns,
            "answer_index": one.number,
            "kind": kind_of(one["selection"]),
            "_form": text("selection"),
            "answer": when(chosen, null, atom(one["selection"])),
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
        "mark_index": first_of(exact(item["markIndex"]), exact(item["cellIndex"])),
        "task": exact(item["task"]),
    }
    return values(item, place.value, columns)


def _subtask(place: Place, loop: Path) -> Iterator[Rows]:
    """A sub-task's answer that stands beside its drawing: its key says which, and where the drawing is."""
    item = place.path
    drawing = drawing_of(loop)
    mark_index = first_of(exact(item["markIndex"]), exact(item["cellIndex"]))
    columns = {
        **place.index,
        ("annotation_index" if loop is ITEM else "combo_index"): drawing.number,
        "mark_index": mark_index,
        "task": head(item["task"], *SUBTASK),
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
            "subtask": joined(task, ".", integer(*(mark[name] for name in TOOL_INDEX)), ".", detail.number_text),
            "_tool_label": label_of(mark.part),
            "_tool_index": tool_index(mark),
            "_detail_index": detail.number,
        }
        yield from values(detail, detail["value"], columns)


def _survey(place: Place) -> Iterator[Rows]:
    """The answers to a survey's questions on each animal."""
    for path, place_number in identifications_of(place):
        question = path.when(is_kind(path["answers"], "object")).members(path["answers"])
        columns = {
            **place.index,
            "identification_index": place_number,
            "mark_index": first_of(exact(place.path["markIndex"]), exact(place.path["cellIndex"])),
            "task": exact(place.path["task"]),
            "question": question.key,
        }
        scalar = question.when(is_kind(question.part, *SCALARS))
        yield Rows(scalar, {**columns, "answer_index": number(0), **_atom(question.part)})
        several = question.items(question.part)
        yield Rows(
            several.when(is_kind(several.part, *SCALARS)),
            {**columns, "answer_index": several.number, **_atom(several.part)},
        )


def _rows(place: Place) -> Iterator[Rows]:
    """All answers of a place's items; those beside a drawing are told apart first, and each list is gone over once."""
    of_mark, plain = place.when(is_subtask(place)), place.when(~is_subtask(place))
    yield from _subtask(of_mark, CHILD if place.combo_index != null else ITEM)
    yield from _plain(plain)
    for one in (of_mark, plain):
        yield from _details(one)
        yield from _survey(one)


ANSWERS = Table(
    "answers",
    (
        *IDENTITY,
        given("annotation_index", int32),
        given("combo_index", int32),
        given("mark_index", int32),
        given("identification_index", int32),
        given("task", string),
        given("subtask", string),
        given("question", string),
        given("question_label", string),
        given("answer_index", int32),
        given("kind", string),
        given("answer", string),
        given("number", float64),
        given("label", string),
        given("is_option", bool_),
        given("choice_index", int32),
        LABEL_EXACT,
    ),
    rows=RowsOf(lambda: chain.from_iterable(_rows(place) for place in PLACES)),
    hidden=(
        given("_tool_label", string),
        given("_tool_index", int32),
        given("_detail_index", int32),
        given("_form", string),
    ),
)
