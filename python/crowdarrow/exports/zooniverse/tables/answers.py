"""`answers`: one row per scalar answer, at any depth.

Nulls and empty lists have no row: skipped questions are in `annotations` only. So `answers` counts answers and
`annotations` counts tasks.
"""

from collections.abc import Iterator, Mapping
from itertools import chain

from crowdarrow.declare import (
    Expr,
    JsonPath,
    LazyRows,
    Predicate,
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
from crowdarrow.exports.about import zooniverse as about
from crowdarrow.exports.zooniverse.tables.identifications import identifications_of
from crowdarrow.exports.zooniverse.tables.items import (
    CHILD,
    IDENTITY,
    ITEM,
    ITEM_GROUPS,
    LABEL_EXACT,
    SCALARS,
    SUBTASK,
    ItemGroup,
    drawing_of,
    index_columns,
    is_dropdown_item,
    is_fem_dropdown,
    is_identification,
    is_subtask,
    label_of,
    tool_of,
    value_items,
    value_object,
)
from crowdarrow.exports.zooniverse.tables.marks import TOOL_INDEX, drawn_in, tool_index

Columns = Mapping[str, Expr]


def _answer(at: JsonPath) -> dict[str, Expr]:
    return {"kind": json_type(at), "answer": scalar_text(at), "number": exact(at)}


def values(
    path: RowPath, at: JsonPath, columns: Columns, is_dropdown: Predicate | None = None, *, may_be_object: bool = True
) -> Iterator[Rows]:
    """The answers in the value of a task."""
    yield Rows(path.filter(is_type(at, *SCALARS)), {**columns, "answer_index": literal(0), **_answer(at)})
    items = value_items(path, at, is_dropdown)
    yield _listed(items, columns)
    option = (
        items.filter(is_type(items.element, "object")).filter(~is_identification(items)).filter(is_dropdown_item(items))
    )
    yield Rows(_answered(option), {**columns, **_chosen(items)})
    if not may_be_object:
        return
    one = value_object(path, at, is_dropdown)
    yield from _dropdown(one.filter(~is_identification(one)).filter(is_fem_dropdown(one)), columns)
    if is_dropdown is not None:
        typed = path.filter(is_type(at, "array")).filter(is_dropdown).items(at)
        yield _listed(typed, columns)
        yield from _dropdown(typed.filter(is_type(typed.element, "object")), columns)
        yield from _dropdown(path.filter(is_type(at, "object")).filter(is_dropdown).single(at), columns)


def _listed(items: RowPath, columns: Columns) -> Rows:
    """The scalars in a list."""
    listed = items.filter(is_type(items.element, *SCALARS))
    return Rows(listed, {**columns, "answer_index": items.index, **_answer(items.element)})


def _answered(option: RowPath) -> RowPath:
    return option.filter(~is_type(option["value"], "null", "missing"))


def _chosen(option: RowPath) -> dict[str, Expr]:
    """The answer in the form with a `value`."""
    return {
        "answer_index": option.index,
        "question": exact(option["select_label"]),
        **_answer(option["value"]),
        "_option_member": literal("value"),
        "label": exact(option["label"]),
        "is_option": exact(option["option"]),
    }


def _dropdown(one: RowPath, columns: Columns) -> Iterator[Rows]:
    """The objects of a FEM dropdown: as exported, or as submitted, with a `selection`."""
    exported = _answered(one.filter(~one.has_any("selection")))
    from_value = when(is_true(one["option"]), exact(one["value"]))
    yield Rows(exported, {**columns, **_chosen(one), "choice_index": coalesce(exact(one["option_index"]), from_value)})
    chosen = is_true(one["option"]) & is_integer(one["selection"])
    submitted = one.filter(one.has_any("selection")).filter(~is_type(one["selection"], "null"))
    yield Rows(
        submitted,
        {
            **columns,
            "answer_index": one.index,
            "question": exact(one["select_label"]),
            "kind": json_type(one["selection"]),
            "_option_member": literal("selection"),
            "answer": when(chosen, null, scalar_text(one["selection"])),
            "number": when(chosen, null, exact(one["selection"])),
            "label": exact(one["label"]),
            "is_option": exact(one["option"]),
            "choice_index": when(chosen, exact(one["selection"])),
        },
    )


def _plain(group: ItemGroup) -> Iterator[Rows]:
    """The value of an item that is not a subtask."""
    item = group.path
    columns = {
        **group.index_columns,
        "mark_index": coalesce(exact(item["markIndex"]), exact(item["cellIndex"])),
        "task": exact(item["task"]),
        "task_label": exact(item["task_label"]),
    }
    return values(item, group.value, columns, group.is_dropdown, may_be_object=not group.is_bare)


def _subtask(group: ItemGroup, loop: RowPath) -> Iterator[Rows]:
    """A subtask's answer in a separate item; its key identifies the drawing task."""
    item = group.path
    drawing = drawing_of(loop)
    mark_index = coalesce(exact(item["markIndex"]), exact(item["cellIndex"]))
    places = (drawing.index,) if loop is ITEM else (ITEM.index, drawing.index)
    columns = {
        **index_columns(*places),
        "mark_index": mark_index,
        "task": strip_suffix(item["task"], *SUBTASK),
        "task_label": exact(drawing.element["task_label"]),
        "subtask": exact(item["task"]),
        **tool_of(loop),
    }
    return values(item, group.value, columns, group.is_dropdown)


def _details(group: ItemGroup) -> Iterator[Rows]:
    """The answers to subtasks inside PFE marks."""
    for mark, mark_index in drawn_in(group):
        detail = mark.items(mark["details"])
        task = group.path["task"]
        columns = {
            **group.index_columns,
            "mark_index": mark_index,
            "task": exact(task),
            "task_label": exact(group.path["task_label"]),
            "subtask": concat(task, ".", first_integer(*(mark[name] for name in TOOL_INDEX)), ".", detail.index),
            "_tool_label": label_of(mark.element),
            "_tool_index": tool_index(mark),
            "_detail_index": detail.index,
        }
        yield from values(detail, detail["value"], columns)


def _survey(group: ItemGroup) -> Iterator[Rows]:
    """The answers to a survey's questions about each identification."""
    for path, index in identifications_of(group):
        question = path.filter(is_type(path["answers"], "object")).members(path["answers"])
        columns = {
            **group.index_columns,
            "identification_index": index,
            "mark_index": coalesce(exact(group.path["markIndex"]), exact(group.path["cellIndex"])),
            "task": exact(group.path["task"]),
            "task_label": exact(group.path["task_label"]),
            "question": scalar_text(question.key),
            "_choice": exact(path["choice"]),
        }
        scalar = question.filter(is_type(question.element, *SCALARS))
        yield Rows(scalar, {**columns, "answer_index": literal(0), **_answer(question.element)})
        several = question.items(question.element)
        yield Rows(
            several.filter(is_type(several.element, *SCALARS)),
            {**columns, "answer_index": several.index, **_answer(several.element)},
        )


def _rows(group: ItemGroup) -> Iterator[Rows]:
    """All answers of a group of items. Splitting off the subtasks first makes the engine visit each list once."""
    plain = _plain_of(group)
    if not group.is_bare:
        subtasks = group.filter(is_subtask(group))
        yield from _subtask(subtasks, CHILD if group.combo_index != null else ITEM)
        yield from _nested(subtasks)
    yield from _plain(plain)
    yield from _nested(plain)


def _nested(group: ItemGroup) -> Iterator[Rows]:
    """The answers to subtasks inside marks, and to questions about identifications."""
    yield from _details(group)
    yield from _survey(group)


def _plain_of(group: ItemGroup) -> ItemGroup:
    """The items that are not subtasks; a bare item has no key of one."""
    return group if group.is_bare else group.filter(~is_subtask(group))


def answers_of_tasks() -> Iterator[Rows]:
    """The answers to tasks, without those to sub-tasks and to questions about identifications."""
    for group in ITEM_GROUPS:
        yield from _plain(_plain_of(group))


ANSWERS = Table(
    "answers",
    (
        *IDENTITY,
        from_rows("annotation_index", int32),
        from_rows("combo_index", int32),
        from_rows("mark_index", int32),
        from_rows("identification_index", int32),
        from_rows("task", string),
        from_rows("task_label", string),
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
    rows=LazyRows(lambda: chain.from_iterable(_rows(group) for group in ITEM_GROUPS)),
    hidden=(
        from_rows("_tool_label", string),
        from_rows("_tool_index", int32),
        from_rows("_detail_index", int32),
        from_rows("_option_member", string),
        from_rows("_choice", string),
    ),
    about=about.ANSWERS,
)
