"""`tasks` and `choices` of a workflow export: what was asked, and what could be answered, in each version."""

from collections.abc import Iterator, Mapping

from crowdarrow.declare import (
    RECORD,
    At,
    Column,
    Expr,
    Path,
    Rows,
    RowsOf,
    Table,
    atom,
    bool_,
    exact,
    given,
    int32,
    int64,
    is_kind,
    joined,
    json_of,
    json_text,
    lookup,
    record,
    string,
    text,
    value,
    when,
)

VERSION = (Column("workflow_id", int64), Column("version", int64), Column("minor_version", int64))

ENDINGS = (".label", ".question", ".instruction", ".help", ".description")
"""Ends of the keys that stand for texts in `tasks`; the texts are in `strings` (formats/zooniverse.md 3.4)."""

TASK = RECORD.members(record["tasks"])
TOOL = TASK.items(TASK["tools"])

_TOOLS = TASK.one(TASK["tools"])
_TOOL = _TOOLS.items(_TOOLS.part)
_DETAIL = _TOOL.items(_TOOL["details"])
DETAIL = _DETAIL.when(is_kind(_DETAIL.part, "object"))
"""The sub-tasks of all tools, gone over after the tools themselves."""

DETAIL_KEY = joined(TASK.key_text, ".", _TOOL.number_text, ".", DETAIL.number_text)
"""The key of a drawing tool's sub-task, `T0.1.0`."""

DEFINITIONS: tuple[tuple[Path, Expr], ...] = ((TASK, TASK.key), (DETAIL, DETAIL_KEY))
"""Where a task is defined, and its key."""


def label(at: At) -> Expr:
    """A text, or what `strings` has under it."""
    return lookup(at, "strings", *ENDINGS)


def _task(path: Path, key: Expr) -> Rows:
    return Rows(
        path,
        {
            "task": key,
            "task_type": exact(path["type"]),
            "label": when(is_kind(path["question"], "string"), label(path["question"]), label(path["instruction"])),
            "help": label(path["help"]),
            "required": value(path["required"]),
            "next": exact(path["next"]),
            "definition": json_of(path.part),
        },
    )


TASKS = Table(
    "tasks",
    (
        *VERSION,
        given("task", string),
        given("task_type", string),
        given("label", string),
        given("help", string),
        given("required", bool_),
        given("next", string),
        given("definition", json_text),
    ),
    rows=RowsOf(lambda: [_task(path, key) for path, key in DEFINITIONS]),
)


def _of_members(path: Path, role: str, columns: Mapping[str, Expr]) -> Rows:
    """One row for each member of an object, whose key is the choice's id."""
    own = {"role": text(role), "choice_index": path.number, "choice_id": path.key, "label": label(path["label"])}
    return Rows(path, {**columns, **own})


def _answers(path: Path, key: Expr) -> Rows:
    answer = path.items(path["answers"])
    chosen = answer.when(is_kind(answer.part, "object", "string"))
    own = {"task": key, "role": text("answer"), "choice_index": answer.number, "label": _label_of(answer)}
    return Rows(chosen, own)


def _choices(path: Path, key: Expr) -> Iterator[Rows]:
    task = {"task": key}
    select = path.items(path["selects"])
    yield from _options(select, {**task, "parent": exact(select["title"])})
    # The simple dropdown of the current front end is a select of its own.
    yield from _options(path.one(path.part), task)
    yield _of_members(path.members(path["choices"]), "choice", task)
    question = path.members(path["questions"])
    yield _of_members(question, "question", task)
    answers = question.members(question["answers"])
    yield _of_members(answers, "question_answer", {**task, "parent": question.key})


def _options(select: Path, columns: Mapping[str, Expr]) -> Iterator[Rows]:
    """The options of a dropdown, in one list or one for each choice above it: objects, or bare texts."""
    lists = select.members(select["options"])
    for option in (lists.items(lists.part), select.items(select["options"])):
        chosen = option.when(is_kind(option.part, "object", "string"))
        own = {"role": text("option"), "choice_index": option.number, "label": _label_of(option)}
        yield Rows(chosen, {**columns, **own, "choice_id": atom(option["value"])})


def _label_of(path: Path) -> Expr:
    return when(is_kind(path.part, "string"), label(path.part), label(path["label"]))


def _tools() -> Rows:
    tool = TOOL.when(is_kind(TOOL.part, "object", "string"))
    own = {
        "task": TASK.key,
        "role": text("tool"),
        "choice_index": TOOL.number,
        "tool_type": exact(TOOL["type"]),
        "label": _label_of(TOOL),
    }
    return Rows(tool, own)


CHOICES = Table(
    "choices",
    (
        *VERSION,
        given("task", string),
        given("role", string),
        given("choice_index", int32),
        given("choice_id", string),
        given("parent", string),
        given("tool_type", string),
        given("label", string),
    ),
    rows=RowsOf(
        lambda: (
            _answers(TASK, TASK.key),
            _tools(),
            *_choices(TASK, TASK.key),
            _answers(DETAIL, DETAIL_KEY),
            *_choices(DETAIL, DETAIL_KEY),
        )
    ),
)
