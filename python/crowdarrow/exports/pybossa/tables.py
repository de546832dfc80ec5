"""The tables of PYBOSSA projects: tasks, task runs, results, and what volunteers answered in them (contract 2.5)."""

from collections.abc import Callable, Iterator

from crowdarrow.declare import (
    At,
    Expr,
    Rows,
    RowsOf,
    Table,
    atom,
    bool_,
    exact,
    first_of,
    float64,
    given,
    int32,
    int64,
    is_kind,
    json_of,
    json_text,
    kind_of,
    list_,
    null,
    string,
    timestamp,
    value,
    when,
)
from crowdarrow.exports.pybossa.form import Form
from crowdarrow.exports.web_annotation.annotation import BOX, COLUMNS, FRAGMENT, columns_of, is_annotation

SCALARS = ("boolean", "number", "string")


def _scalars(form: Form, *names: str) -> dict[str, Expr]:
    return {name: form.scalar(name) for name in names}


def _info(form: Form) -> dict[str, Expr]:
    kind = when(~is_kind(form.info, "missing"), kind_of(form.info))
    return {"info": value(form.info), "info_kind": form.info_kind(kind), "extra": form.extra}


def tasks(form: Form) -> Table:
    """`tasks`: one row for each task, with what playbill researchers join on."""

    def rows() -> Iterator[Rows]:
        info = form.info
        target = info["target"]
        yield Rows(
            form.path,
            {
                **_scalars(form, "id", "project_id", "created", "state", "quorum", "calibration", "priority_0"),
                "n_answers": form.scalar("n_answers"),
                "fav_user_ids": form.integers("fav_user_ids"),
                "target": first_of(
                    exact(target),
                    exact(target["source"]),
                    exact(target["source"]["id"]),
                    exact(info["target_source"]),
                ),
                "selector": first_of(exact(target["selector"]["value"]), exact(info["target_selector_value"])),
                "parent_task_id": value(info["parent_task_id"]),
                **{
                    name: exact(info[name])
                    for name in ("parent_annotation_id", "manifest", "title", "tag", "link", "url")
                },
                **_info(form),
            },
        )

    return Table(
        "tasks",
        (
            given("id", int64),
            given("project_id", int64),
            given("created", timestamp),
            given("state", string),
            given("quorum", int64),
            given("calibration", int64),
            given("priority_0", float64),
            given("n_answers", int64),
            given("fav_user_ids", list_(int64)),
            given("target", string),
            given("selector", string),
            *(given(name, float64) for name in BOX),
            given("parent_task_id", int64),
            *(given(name, string) for name in ("parent_annotation_id", "manifest", "title", "tag", "link", "url")),
            given("info", json_text),
            given("info_kind", string),
            given("extra", json_text),
        ),
        rows=RowsOf(rows),
        steps=(FRAGMENT,),
    )


def task_runs(form: Form) -> Table:
    """`task_runs`: one row for each contribution of a volunteer."""
    names = ("id", "project_id", "task_id", "user_id", "user_ip", "external_uid", "created", "finish_time", "timeout",
             "calibration", "media_url")  # fmt: skip
    types = {"user_ip": string, "external_uid": string, "created": timestamp, "finish_time": timestamp,
             "media_url": string}  # fmt: skip
    return Table(
        "task_runs",
        (
            *(given(name, types.get(name, int64)) for name in names),
            given("info", json_text),
            given("info_kind", string),
            given("extra", json_text),
        ),
        rows=RowsOf(lambda: [Rows(form.path, {**_scalars(form, *names), **_info(form)})]),
    )


def results(form: Form) -> Table:
    """`results`: one row for each result of a task's analysis."""
    return Table(
        "results",
        (
            given("id", int64),
            given("project_id", int64),
            given("task_id", int64),
            given("task_run_ids", list_(int64)),
            given("created", timestamp),
            given("last_version", bool_),
            given("info", json_text),
            given("info_kind", string),
            given("extra", json_text),
        ),
        rows=RowsOf(
            lambda: [
                Rows(
                    form.path,
                    {
                        **_scalars(form, "id", "project_id", "task_id", "created", "last_version"),
                        "task_run_ids": form.integers("task_run_ids"),
                        **_info(form),
                    },
                )
            ]
        ),
    )


def _atom(at: At) -> dict[str, Expr]:
    nested = when(is_kind(at, "object", "array"), json_of(at))
    return {"kind": kind_of(at), "answer": atom(at), "number": exact(at), "json": nested}


def answers(form: Form, *, results: bool) -> Table:
    """`answers`: one row for each field that a volunteer filled in."""

    def rows() -> Iterator[Rows]:
        of = _scalars(form, "id", "task_id", "project_id") | {"user_id": null if results else form.scalar("user_id")}
        member = form.path.when(is_kind(form.info, "object")).members(form.info)
        chosen = member.when(~member.key_is("annotations")) if results else member
        yield Rows(chosen, {**of, "key": member.key, "answer_index": member.number, **_atom(member.part)})
        alone = form.path.when(is_kind(form.info, *SCALARS)).one(form.info)
        yield Rows(alone, {**of, "answer_index": alone.number, **_atom(alone.part)})

    return Table(
        "answers",
        (
            given("id", int64),
            given("task_id", int64),
            given("project_id", int64),
            given("user_id", int64),
            given("key", string),
            given("answer_index", int32),
            given("kind", string),
            given("answer", string),
            given("number", float64),
            given("json", json_text),
        ),
        rows=RowsOf(rows),
    )


def annotations(form: Form, *, results: bool) -> Table:
    """`annotations`: one row for each Web Annotation in a record's `info`."""

    def rows() -> Iterator[Rows]:
        if results:
            of = _scalars(form, "task_id", "project_id") | {"result_id": form.scalar("id")}
        else:
            of = _scalars(form, "task_id", "project_id", "user_id", "finish_time") | {"task_run_id": form.scalar("id")}
        for item in form.annotations:
            columns = {**of, "annotation_index": item.number, **columns_of(item)}
            yield Rows(item.when(is_annotation(item)), columns)

    return Table("annotations", COLUMNS, rows=RowsOf(rows), steps=(FRAGMENT,))


Tables = Callable[[Form], tuple[Table, ...]]

KINDS: dict[str, Tables] = {
    "pybossa.tasks": lambda form: (tasks(form),),
    "pybossa.task_runs": lambda form: (
        task_runs(form), answers(form, results=False), annotations(form, results=False),
    ),
    "pybossa.results": lambda form: (results(form), answers(form, results=True), annotations(form, results=True)),
}  # fmt: skip
"""The tables of each kind, read in a form."""

LISTS: dict[str, Callable[[At], At]] = {
    "pybossa.tasks": lambda info: info,
    "pybossa.task_runs": lambda info: info,
    "pybossa.results": lambda info: info["annotations"],
}
"""Where in `info` a kind's annotations stand."""
