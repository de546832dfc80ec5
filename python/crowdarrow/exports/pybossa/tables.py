"""The tables of PYBOSSA projects: tasks, task runs, results, and what volunteers answered in them.

See docs/contract.md, section 2.5.
"""

from collections.abc import Callable, Iterator

from crowdarrow.declare import (
    Expr,
    JsonPath,
    LazyRows,
    Rows,
    Table,
    bool_,
    coalesce,
    equals_text,
    exact,
    float64,
    from_rows,
    int32,
    int64,
    is_type,
    json_text,
    json_type,
    list_,
    null,
    scalar_text,
    string,
    timestamp,
    to_json,
    value,
    when,
)
from crowdarrow.exports.pybossa.form import Form
from crowdarrow.exports.web_annotation.annotation import BOX, COLUMNS, FRAGMENT, columns_of, is_annotation

SCALARS = ("boolean", "number", "string")


def _scalars(form: Form, *names: str) -> dict[str, Expr]:
    return {name: form.scalar(name) for name in names}


def _info(form: Form) -> dict[str, Expr]:
    kind = when(~is_type(form.info, "missing"), json_type(form.info))
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
                "target": coalesce(
                    exact(target),
                    exact(target["source"]),
                    exact(target["source"]["id"]),
                    exact(info["target_source"]),
                ),
                "selector": coalesce(exact(target["selector"]["value"]), exact(info["target_selector_value"])),
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
            from_rows("id", int64),
            from_rows("project_id", int64),
            from_rows("created", timestamp),
            from_rows("state", string),
            from_rows("quorum", int64),
            from_rows("calibration", int64),
            from_rows("priority_0", float64),
            from_rows("n_answers", int64),
            from_rows("fav_user_ids", list_(int64)),
            from_rows("target", string),
            from_rows("selector", string),
            *(from_rows(name, float64) for name in BOX),
            from_rows("parent_task_id", int64),
            *(from_rows(name, string) for name in ("parent_annotation_id", "manifest", "title", "tag", "link", "url")),
            from_rows("info", json_text),
            from_rows("info_kind", string),
            from_rows("extra", json_text),
        ),
        rows=LazyRows(rows),
        transforms=(FRAGMENT,),
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
            *(from_rows(name, types.get(name, int64)) for name in names),
            from_rows("info", json_text),
            from_rows("info_kind", string),
            from_rows("extra", json_text),
        ),
        rows=LazyRows(lambda: [Rows(form.path, {**_scalars(form, *names), **_info(form)})]),
    )


def results(form: Form) -> Table:
    """`results`: one row for each result of a task's analysis."""
    return Table(
        "results",
        (
            from_rows("id", int64),
            from_rows("project_id", int64),
            from_rows("task_id", int64),
            from_rows("task_run_ids", list_(int64)),
            from_rows("created", timestamp),
            from_rows("last_version", bool_),
            from_rows("info", json_text),
            from_rows("info_kind", string),
            from_rows("extra", json_text),
        ),
        rows=LazyRows(
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


def _atom(at: JsonPath) -> dict[str, Expr]:
    nested = when(is_type(at, "object", "array"), to_json(at))
    return {"kind": json_type(at), "answer": scalar_text(at), "number": exact(at), "json": nested}


def answers(form: Form, *, results: bool) -> Table:
    """`answers`: one row for each field that a volunteer filled in."""

    def rows() -> Iterator[Rows]:
        of = _scalars(form, "id", "task_id", "project_id") | {"user_id": null if results else form.scalar("user_id")}
        member = form.path.filter(is_type(form.info, "object")).members(form.info)
        chosen = member.filter(~equals_text(member.key, "annotations")) if results else member
        yield Rows(
            chosen, {**of, "key": scalar_text(member.key), "answer_index": member.index, **_atom(member.element)}
        )
        alone = form.path.filter(is_type(form.info, *SCALARS)).single(form.info)
        yield Rows(alone, {**of, "answer_index": alone.index, **_atom(alone.element)})

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


def annotations(form: Form, *, results: bool) -> Table:
    """`annotations`: one row for each Web Annotation in a record's `info`."""

    def rows() -> Iterator[Rows]:
        if results:
            of = _scalars(form, "task_id", "project_id") | {"result_id": form.scalar("id")}
        else:
            of = _scalars(form, "task_id", "project_id", "user_id", "finish_time") | {"task_run_id": form.scalar("id")}
        for item in form.annotations:
            columns = {**of, "annotation_index": item.index, **columns_of(item)}
            yield Rows(item.filter(is_annotation(item)), columns)

    return Table("annotations", COLUMNS, rows=LazyRows(rows), transforms=(FRAGMENT,))


Tables = Callable[[Form], tuple[Table, ...]]

KINDS: dict[str, Tables] = {
    "pybossa.tasks": lambda form: (tasks(form),),
    "pybossa.task_runs": lambda form: (
        task_runs(form), answers(form, results=False), annotations(form, results=False),
    ),
    "pybossa.results": lambda form: (results(form), answers(form, results=True), annotations(form, results=True)),
}  # fmt: skip
"""The tables of each kind, read in a form."""

LISTS: dict[str, Callable[[JsonPath], JsonPath]] = {
    "pybossa.tasks": lambda info: info,
    "pybossa.task_runs": lambda info: info,
    "pybossa.results": lambda info: info["annotations"],
}
"""Where in `info` a kind's annotations stand."""
