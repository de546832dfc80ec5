"""The row paths and columns that the tidy tables of a classification share.

`annotations` is a list of items, one per completed task. A *combo* item holds a list of such items, one level deep
(docs/contract.md, section 2.1). An item's `value` is a scalar, a list or an object; the items of a list are answers,
dropdown choices, identifications of a survey, or marks.
"""

from collections.abc import Iterator

from crowdarrow.declare import (
    RECORD,
    Column,
    Counter,
    Expr,
    JsonPath,
    NearestRef,
    Predicate,
    RowPath,
    any_item_has,
    any_item_is,
    bool_,
    coalesce,
    concat,
    ends_with,
    exact,
    first_item,
    first_present,
    from_rows,
    int32,
    int64,
    integer_keys,
    is_integer,
    is_type,
    null,
    record,
    record_number,
    split_integers,
    starts_with,
    string,
    suffix_int,
    timestamp,
    version_part,
)
from crowdarrow.frozen import Frozen

RECORD_NUMBER = Column("record", int64, record_number, unless="classification_id")
"""The first column of each table if a file of 2015 or early 2016 has no ids; its joins use the record's number."""

SUBJECT_ID = first_item(first_present(split_integers("subject_ids"), integer_keys("subject_data")))

IDENTITY = (
    RECORD_NUMBER,
    Column("classification_id", int64),
    Column("subject_id", int64, SUBJECT_ID),
    Column("user_id", int64, nulls=("not logged in",)),
    Column("user_name", string),
    Column("workflow_id", int64),
    Column("workflow_version", string),
    Column("workflow_major", int32, version_part("workflow_version", 0)),
    Column("workflow_minor", int32, version_part("workflow_version", 1)),
    Column("created_at", timestamp),
    from_rows("annotation_key", string),
)
"""The first columns of each tidy table."""

LABEL_EXACT = from_rows("label_exact", bool_)
"""The last column of each tidy table; null without labels."""

GEOMETRY = (
    "x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "angle", "x_center", "y_center", "radius",
    "spread", "rotation", "points", "pathX", "pathY", "features",
)  # fmt: skip
"""Members of marks that a dropdown never has, unless its annotation has the type of one."""

SCALARS = ("boolean", "number", "string")
SUBTASK = (".#.#", ".cell.#.subtask.#")
"""Suffixes of a subtask's key in the current front end (FEM): for a drawing tool, and for the cell of a group."""

classifier_version = record["metadata"]["classifier_version"]

ITEM = RECORD.items(record["annotations"])


def index_columns(annotation_index: Expr, combo_index: Expr = null) -> dict[str, Expr]:
    """The columns that identify an item; the key is their text, and never null."""
    places = (annotation_index,) if combo_index == null else (annotation_index, ".", combo_index)
    return {"annotation_key": concat(*places), "annotation_index": annotation_index, "combo_index": combo_index}


class ItemGroup(Frozen):
    """Items whose values are read in the same way."""

    path: RowPath
    """One element per item."""
    value: JsonPath
    """The item's value."""
    annotation_index: Expr
    combo_index: Expr
    is_dropdown: Predicate | None = None
    """Whether an item has the type of a dropdown: its objects are then read as one, whatever their members.

    Bare items, which are no objects, have no type.
    """

    @property
    def is_bare(self) -> bool:
        """Whether the items are no objects: they have no members, and their value is a scalar or a list."""
        return self.is_dropdown is None

    def filter(self, predicate: Predicate) -> "ItemGroup":
        """The items for which the predicate matches."""
        return self.replaced(path=self.path.filter(predicate))

    @property
    def index_columns(self) -> dict[str, Expr]:
        """The columns that identify an item."""
        return index_columns(self.annotation_index, self.combo_index)


def _is_dropdown(path: RowPath) -> Predicate:
    """Whether an item has the type of a dropdown; the type never comes from the workflow."""
    return starts_with(path["taskType"], "dropdown") | starts_with(path["task_type"], "dropdown")


def is_combo(at: JsonPath) -> Predicate:
    """Whether a value is a combo: a list that holds at least one item."""
    return any_item_has(at, "task", "value")


IN_COMBO = ITEM.filter(is_combo(ITEM["value"]))
CHILD = IN_COMBO.items(ITEM["value"])

NOT_COMBO = ITEM.filter(~is_combo(ITEM["value"]))
NOT_COMBO_CHILD = CHILD.filter(~is_combo(CHILD["value"]))

TOP = ItemGroup(NOT_COMBO, ITEM["value"], ITEM.index, null, _is_dropdown(ITEM))
"""Items of the list itself that are not combos."""
CHILDREN = ItemGroup(NOT_COMBO_CHILD, CHILD["value"], ITEM.index, CHILD.index, _is_dropdown(CHILD))
"""Items of a combo; a combo inside a combo has no rows."""


def _bare(path: RowPath, combo_index: Expr) -> ItemGroup:
    """Items that are not objects; such an item is itself the value."""
    return ItemGroup(path.filter(~is_type(path.element, "object")), path.element, ITEM.index, combo_index)


ITEM_GROUPS = (TOP, _bare(NOT_COMBO, null), CHILDREN, _bare(NOT_COMBO_CHILD, CHILD.index))

_TABLES = ("answers", "marks", "identifications")


def _unread(path: RowPath, value: JsonPath) -> Counter:
    return Counter("value that no table takes apart", path, _TABLES, value)


COUNTERS = (
    *(_unread(group.path.filter(any_item_is(group.value, "array")), group.value) for group in ITEM_GROUPS),
    _unread(CHILD.filter(is_combo(CHILD["value"])), CHILD["value"]),
)
"""Lists inside lists and combos inside combos, which have rows in `annotations` only."""


def is_dropdown_item(path: RowPath) -> Predicate:
    """Whether an element is an item of a PFE dropdown: it has a select's label or an option flag, and no geometry."""
    return path.has_any("select_label", "option") & ~path.has_any(*GEOMETRY)


def is_identification(path: RowPath) -> Predicate:
    """Whether an element is a choice made in a survey."""
    return path.has_any("choice")


def is_subtask(group: ItemGroup) -> Predicate:
    """Whether items are answers to subtasks, which FEM writes as items after their drawing, with the mark's index."""
    index = is_integer(group.path["markIndex"]) | is_integer(group.path["cellIndex"])
    return index & ends_with(group.path["task"], *SUBTASK)


def value_items(path: RowPath, at: JsonPath, is_dropdown: Predicate | None) -> RowPath:
    """The items of the values that are lists, without those of dropdowns by type."""
    lists = path.filter(is_type(at, "array"))
    return (lists if is_dropdown is None else lists.filter(~is_dropdown)).items(at)


def value_object(path: RowPath, at: JsonPath, is_dropdown: Predicate | None) -> RowPath:
    """The values that are an object, without those of dropdowns by type."""
    one = path.filter(is_type(at, "object"))
    return (one if is_dropdown is None else one.filter(~is_dropdown)).single(at)


def objects(group: ItemGroup) -> Iterator[tuple[RowPath, Expr]]:
    """The paths of the objects in a list and, unless items are bare, of a single object; each with its index."""
    items = value_items(group.path, group.value, group.is_dropdown)
    yield items.filter(is_type(items.element, "object")), items.index
    if not group.is_bare:
        single = value_object(group.path, group.value, group.is_dropdown)
        yield single, single.index


def features_of(group: ItemGroup) -> RowPath:
    """The features of a geoDrawing task, whose value is a GeoJSON feature collection."""
    single = value_object(group.path, group.value, group.is_dropdown)
    collection = single.filter(~is_identification(single)).filter(~is_fem_dropdown(single)).filter(has_features(single))
    feature = collection.items(single["features"])
    return feature.filter(is_type(feature.element, "object"))


def has_features(path: RowPath) -> Predicate:
    """Whether an object is a feature collection."""
    return is_type(path["features"], "array")


def is_fem_dropdown(path: RowPath) -> Predicate:
    """Whether an object is the value of a FEM dropdown; before 2021 it may have neither label nor selection."""
    option_and_value = path.has_any("option") & path.has_any("value") & ~path.has_any(*GEOMETRY)
    return path.has_any("select_label", "selection") | option_and_value


def label_of(mark: JsonPath) -> Expr:
    """The label of a mark's tool, or of a highlighter's label."""
    return coalesce(exact(mark["tool_label"]), exact(mark["labelInformation"]["label"]))


def drawing_of(loop: RowPath) -> NearestRef:
    """The drawing that an answer to a subtask belongs to: the nearest item before it with the drawing task's key."""
    return loop.nearest("task", loop["task"], *SUBTASK)


def tool_of(loop: RowPath) -> dict[str, Expr]:
    """The tool and detail of a subtask, in the hidden columns from which labels are resolved."""
    drawing = drawing_of(loop).element
    return {
        "_tool_label": coalesce(
            label_of(drawing["value"][loop["markIndex"]]), label_of(drawing["value"]["features"][loop["markIndex"]])
        ),
        "_tool_index": suffix_int(loop["task"], 0, SUBTASK[0]),
        "_detail_index": suffix_int(loop["task"], 1, SUBTASK[0]),
    }
