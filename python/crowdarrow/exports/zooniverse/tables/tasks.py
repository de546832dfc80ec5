"""`tasks` and `choices` of a workflow export: the questions and possible answers of each version."""

from collections.abc import Iterator, Mapping

from crowdarrow.declare import (
    RECORD,
    Column,
    Expr,
    JsonPath,
    LazyRows,
    RowPath,
    Rows,
    Table,
    bool_,
    concat,
    exact,
    from_rows,
    int32,
    int64,
    is_type,
    json_text,
    literal,
    lookup,
    record,
    scalar_text,
    string,
    to_json,
    value,
    when,
)
from crowdarrow.exports.about import zooniverse as about

VERSION = (Column("workflow_id", int64), Column("version", int64), Column("minor_version", int64))

ENDINGS = (".label", ".question", ".instruction", ".help", ".description")
"""Suffixes of the keys in `tasks` that refer to texts in `strings`.

See docs/formats/zooniverse.md, section 3.4.
"""

TASK = RECORD.members(record["tasks"])
TOOL = TASK.items(TASK["tools"])

_TOOLS = TASK.single(TASK["tools"])
_TOOL = _TOOLS.items(_TOOLS.element)
_DETAIL = _TOOL.items(_TOOL["details"])
DETAIL = _DETAIL.filter(is_type(_DETAIL.element, "object"))
"""The subtasks of all tools, visited after the tools themselves."""

DETAIL_KEY = concat(TASK.key, ".", _TOOL.index, ".", DETAIL.index)
"""The key of a drawing tool's subtask, such as `T0.1.0`."""

DEFINITIONS: tuple[tuple[RowPath, Expr], ...] = ((TASK, scalar_text(TASK.key)), (DETAIL, DETAIL_KEY))
"""The paths of task definitions, each with the expression of the task's key."""


def label(at: JsonPath) -> Expr:
    """A text, or the text in `strings` that it refers to."""
    return lookup(at, "strings", *ENDINGS)


def _task(path: RowPath, key: Expr) -> Rows:
    return Rows(
        path,
        {
            "task": key,
            "task_type": exact(path["type"]),
            "label": when(is_type(path["question"], "string"), label(path["question"]), label(path["instruction"])),
            "help": label(path["help"]),
            "required": value(path["required"]),
            "next": exact(path["next"]),
            "definition": to_json(path.element),
        },
    )


TASKS = Table(
    "tasks",
    (
        *VERSION,
        from_rows("task", string),
        from_rows("task_type", string),
        from_rows("label", string),
        from_rows("help", string),
        from_rows("required", bool_),
        from_rows("next", string),
        from_rows("definition", json_text),
    ),
    rows=LazyRows(lambda: [_task(path, key) for path, key in DEFINITIONS]),
    about=about.TASKS,
)


def _of_members(path: RowPath, role: str, columns: Mapping[str, Expr]) -> Rows:
    """One row per member of an object; its key is the id of the choice."""
    own = {
        "role": literal(role),
        "choice_index": path.index,
        "choice_id": scalar_text(path.key),
        "label": label(path["label"]),
    }
    return Rows(path, {**columns, **own})


def _answers(path: RowPath, key: Expr) -> Rows:
    answer = path.items(path["answers"])
    chosen = answer.filter(is_type(answer.element, "object", "string"))
    own = {"task": key, "role": literal("answer"), "choice_index": answer.index, "label": _label_of(answer)}
    return Rows(chosen, own)


def _choices(path: RowPath, key: Expr) -> Iterator[Rows]:
    task = {"task": key}
    select = path.items(path["selects"])
    yield from _options(select, {**task, "parent": exact(select["title"])})
    # The simple dropdown of FEM is itself a select.
    yield from _options(path.single(path.element), task)
    yield _of_members(path.members(path["choices"]), "choice", task)
    question = path.members(path["questions"])
    yield _of_members(question, "question", task)
    answers = question.members(question["answers"])
    yield _of_members(answers, "question_answer", {**task, "parent": scalar_text(question.key)})


def _options(select: RowPath, columns: Mapping[str, Expr]) -> Iterator[Rows]:
    """The options of a dropdown: objects or bare texts, in one list or in one per answer to the select before."""
    lists = select.members(select["options"])
    for option in (lists.items(lists.element), select.items(select["options"])):
        chosen = option.filter(is_type(option.element, "object", "string"))
        own = {"role": literal("option"), "choice_index": option.index, "label": _label_of(option)}
        yield Rows(chosen, {**columns, **own, "choice_id": scalar_text(option["value"])})


def _label_of(path: RowPath) -> Expr:
    return when(is_type(path.element, "string"), label(path.element), label(path["label"]))


def _tools() -> Rows:
    tool = TOOL.filter(is_type(TOOL.element, "object", "string"))
    own = {
        "task": scalar_text(TASK.key),
        "role": literal("tool"),
        "choice_index": TOOL.index,
        "tool_type": exact(TOOL["type"]),
        "label": _label_of(TOOL),
    }
    return Rows(tool, own)


CHOICES = Table(
    "choices",
    (
        *VERSION,
        from_rows("task", string),
        from_rows("role", string),
        from_rows("choice_index", int32),
        from_rows("choice_id", string),
        from_rows("parent", string),
        from_rows("tool_type", string),
        from_rows("label", string),
    ),
    rows=LazyRows(
        lambda: (
            _answers(TASK, scalar_text(TASK.key)),
            _tools(),
            *_choices(TASK, scalar_text(TASK.key)),
            _answers(DETAIL, DETAIL_KEY),
            *_choices(DETAIL, DETAIL_KEY),
        ),
    ),
    about=about.CHOICES,
)
