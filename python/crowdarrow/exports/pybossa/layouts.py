"""The layouts of a PYBOSSA project's downloads: JSON, and the CSV files that the server has written since 2014.

The tables of a kind are declared once, over a `FieldSource`: it says where the fields of a record are in one layout.
docs/formats/libcrowds.md describes the layouts.
"""

from collections.abc import Callable
from functools import partial

from crowdarrow.declare import (
    RECORD,
    Column,
    Export,
    Expr,
    FlattenedField,
    FlattenedItems,
    HeldJson,
    JsonPath,
    JsonTemplate,
    ListField,
    ObjectField,
    Predicate,
    RowPath,
    Table,
    cell,
    from_rows,
    is_type,
    json_text,
    json_type,
    lazy,
    literal,
    null,
    record,
    string,
    value,
    when,
)
from crowdarrow.exports.pybossa.detect import detect
from crowdarrow.exports.web_annotation import NESTED, PEOPLE
from crowdarrow.frozen import Frozen

DOCUMENT = RECORD.single(record[""])
"""A JSON record: the engine reads it as one field without a name."""
_IS_OLD = is_type(DOCUMENT["project_id"], "missing")
"""A JSON record has an `app_id` in place of a `project_id`."""

# Derived fields; the parentheses keep their names distinct from those of columns.
_INFO = "(info)"
"""The whole `info`, from one column or from its flattened parts."""
_INFO_TEXT = "(info text)"
"""The text of the column `info`."""
ANNOTATIONS = "(annotations)"
"""The annotations in flattened columns, by their indices."""
_HELD = "(held info)"
"""The object or list that `info` holds, if it is a string of JSON."""
_TIMES = {"created": ("hex", "epoch", "naive"), "finish_time": ("epoch", "naive")}
"""The forms of times: some servers write `created` as the hex digits of its text, and pandas all times as numbers."""
_LISTS = ("fav_user_ids", "task_run_ids")
"""Fields that are lists of integers."""

INFO_COLUMNS: tuple[Column, ...] = (
    from_rows("info", json_text),
    from_rows("info_kind", string),
    from_rows("extra", json_text),
)


_INSPECTOR = lazy("crowdarrow.exports.pybossa.inspect", "ProjectInspector")
_CHARTS = lazy("crowdarrow.exports.pybossa.charts", "ProjectCharts")
LENIENCIES = {"decoded": "hex_time", "ragged": "ragged_info", "twice": "info_twice"}
"""Names of leniencies: a `created` written as hex digits, records that are ragged, and those with `info` twice."""


class FieldSource(Frozen):
    """Where the fields of a record are in one layout."""

    path: RowPath
    """The record: one row each."""
    info: JsonPath
    """The JSON of `info`."""
    held: JsonPath
    """The object or list that `info` holds as JSON, if it is a string of one."""
    prefix: str = ""
    """The prefix of CSV columns."""
    nulls: tuple[str, ...] = ()
    """Texts that mean null in CSV columns."""
    flattened: Predicate | None = None
    """Whether a record has `info` in flattened columns only."""
    is_piece: Callable[[RowPath], Predicate] | None = None
    """Whether a member of `info` is a column of a flattened annotation."""

    def field(self, name: str) -> Expr:
        """The field `name`, typed as its column; `project_id` was called `app_id` before 2015."""
        if name == "project_id" and self.path == DOCUMENT:
            return when(_IS_OLD, self._field("app_id"), self._field(name))
        return self._field(name)

    def _field(self, name: str) -> Expr:
        decode = _TIMES.get(name)
        if self.path == DOCUMENT:
            return value(DOCUMENT[name], "strict", decode=decode)
        if name in _LISTS:
            return value(record[f"({name})"], "strict")
        return cell(self.prefix + name, self.nulls, decode=decode and (*decode, "epoch_text"))

    def filter(self, name: str) -> dict[str, str | Expr]:
        """The filters by the time `name`. They see the whole record."""
        time = self._field(name) if self.path != DOCUMENT else value(record[""][name], "strict", decode=_TIMES[name])
        return dict.fromkeys(("since", "until"), time)

    def fields(self, *names: str) -> dict[str, Expr]:
        """Several fields by name."""
        return {name: self.field(name) for name in names}

    @property
    def info_columns(self) -> dict[str, Expr]:
        """The expressions of `INFO_COLUMNS`."""
        kind = when(~is_type(self.info, "missing"), json_type(self.info))
        if self.flattened is not None:
            kind = when(self.flattened, literal("flattened"), kind)
        # Beside a `project_id`, `app_id` is an unknown member.
        extra = when(_IS_OLD, DOCUMENT.residual(), DOCUMENT.residual(keep=("app_id",)))
        extra = extra if self.path == DOCUMENT else null
        return {"info": value(self.info), "info_kind": kind, "extra": extra}

    def items(self, of: JsonPath) -> tuple[tuple[RowPath, bool], ...]:
        """The items of a list in `info`, and those that are flattened to columns; each with whether they are cells."""
        if self.flattened is None:
            return ((self.path.filter(is_type(of, "array")).items(of), False),)
        in_columns = RECORD.filter(self.flattened).numbered_members(record[ANNOTATIONS])
        return (in_columns, True), (RECORD.filter(~self.flattened).items(of), False)


def exports(
    kind: str,
    tables: Callable[[FieldSource], tuple[Table, ...]],
    *,
    prefix: str,
    needs: tuple[str, ...] = ("id", "task_id"),
    lists: tuple[str, ...] = (),
    is_piece: Callable[[RowPath], Predicate] | None = None,
    keys_table: str = "answers",
    time: str = "created",
    annotation_prefix: str = "info_",
) -> tuple[Export, ...]:
    """The exports of a kind, one per layout.

    `prefix` is that of columns in layout P1, `annotation_prefix` that of flattened annotations in layout P2. `lists`
    are columns of integer lists. `is_piece` says whether a member of a flattened `info` is a column of a flattened
    annotation. `needs` are the fields that a record has in every layout, `keys_table` is the table with the keys of
    `info`, and `time` the field that `since` and `until` compare.
    """
    whole_info = f"{prefix}__info"
    task_id = "id" if prefix == "task" else "task_id"
    is_flattened = is_type(record[_INFO_TEXT], "missing") & ~is_type(record[_INFO], "missing")
    in_columns = None if is_piece is None else lambda member: is_flattened & is_piece(member)
    json, p1, p2 = (
        FieldSource(DOCUMENT, DOCUMENT["info"], record[_HELD]),
        FieldSource(RECORD, record[_INFO], record[_HELD], f"{prefix}__", ("None",)),
        FieldSource(RECORD, record[_INFO], record[_HELD], flattened=is_flattened, is_piece=in_columns),
    )
    layout = partial(
        Export,
        kind=kind,
        people=PEOPLE,
        time=time,
        detect=detect,
        leniencies=LENIENCIES,
        inspect=partial(_INSPECTOR, kind.removeprefix("pybossa."), keys_table, task_id),
        charts=partial(_CHARTS, kind.removeprefix("pybossa."), task_id),
    )
    return (
        layout(
            tables=tables(json),
            filters=json.filter(time),
            json=True,
            record_id=value(record[""]["id"]),
            requires=frozenset(needs),
            derived={_HELD: HeldJson("", ("info",))},
        ),
        # `info` is one column, which columns `<prefix>info__<key>` repeat; null is written `None`.
        layout(
            layout="P1",
            tables=tables(p1),
            filters=p1.filter(time),
            record_id=cell(f"{prefix}__id", ("None",)),
            requires=frozenset(f"{prefix}__{name}" for name in needs),
            derived={
                _HELD: HeldJson(_INFO),
                _INFO: JsonTemplate("literal", whole_info),
                **{f"({name})": JsonTemplate("literal_list", f"{prefix}__{name}") for name in lists},
            },
            redundant={f"{prefix}info__.*": whole_info},
            ragged=True,
            renamed={f"{prefix}__app_id": f"{prefix}__project_id"},
            nulls=("None",),
        ),
        # `info` is flattened to columns `info_<key>`, with or without a column `info`; integers may be floats.
        layout(
            layout="P2",
            tables=tables(p2),
            filters=p2.filter(time),
            record_id=cell("id"),
            requires=frozenset(needs),
            derived={
                _HELD: HeldJson(_INFO),
                _INFO_TEXT: JsonTemplate("text", "info"),
                _INFO: ObjectField("info_", whole="info"),
                ANNOTATIONS: FlattenedItems(annotation_prefix, FlattenedField(NESTED)),
                **{f"({name})": ListField(name) for name in lists},
            },
            renamed={"app_id": "project_id"},
        ),
    )
