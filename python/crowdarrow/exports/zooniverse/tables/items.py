"""Where things stand in the `annotations` of a classification: the paths that its tidy tables share.

The list holds items, one for each task done. A *combo* item holds a list of such items itself, one level deep. The
`value` of an item is a scalar, a list or an object; the elements of a list are answers, dropdown choices,
identifications of a survey, or marks (docs/contract.md, section 2.1).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

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
    ends_with,
    exact,
    first_item,
    first_present,
    from_rows,
    int64,
    integer_keys,
    is_integer,
    is_type,
    null,
    record,
    split_integers,
    string,
    suffix_int,
    timestamp,
)

IDENTITY = (
    Column("classification_id", int64),
    Column("subject_id", int64, first_item(first_present(split_integers("subject_ids"), integer_keys("subject_data")))),
    Column("user_id", int64, nulls=("not logged in",)),
    Column("user_name", string),
    Column("workflow_id", int64),
    Column("workflow_version", string),
    Column("created_at", timestamp),
)
"""What each tidy table starts with."""

LABEL_EXACT = from_rows("label_exact", bool_)
"""And ends with; null without labels."""

GEOMETRY = (
    "x", "y", "x1", "y1", "x2", "y2", "width", "height", "r", "rx", "ry", "x_center", "y_center", "radius", "points",
    "pathX", "pathY",
)  # fmt: skip
"""Members that tell a mark from an item of a dropdown."""

SCALARS = ("boolean", "number", "string")
SUBTASK = (".#.#", ".cell.#.subtask.#")
"""The ends of a sub-task's key in the current front end: of a drawing tool's, and of a group's cell."""

classifier_version = record["metadata"]["classifier_version"]

ITEM = RECORD.items(record["annotations"])


@dataclass(frozen=True)
class Place:
    """One kind of place where a task's value stands, and the columns that tell it."""

    path: RowPath
    """To the item."""
    value: JsonPath
    """The item's value."""
    annotation_index: Expr
    combo_index: Expr

    def filter(self, predicate: Predicate) -> "Place":
        """The items for which the predicate matches."""
        return replace(self, path=self.path.filter(predicate))

    @property
    def index(self) -> dict[str, Expr]:
        """The columns that say which item it is."""
        return {"annotation_index": self.annotation_index, "combo_index": self.combo_index}


def is_combo(at: JsonPath) -> Predicate:
    """A list that holds at least one item."""
    return any_item_has(at, "task", "value")


IN_COMBO = ITEM.filter(is_combo(ITEM["value"]))
CHILD = IN_COMBO.items(ITEM["value"])

NOT_COMBO = ITEM.filter(~is_combo(ITEM["value"]))
NOT_COMBO_CHILD = CHILD.filter(~is_combo(CHILD["value"]))

TOP = Place(NOT_COMBO, ITEM["value"], ITEM.index, null)
"""Items of the list itself."""
CHILDREN = Place(NOT_COMBO_CHILD, CHILD["value"], ITEM.index, CHILD.index)
"""Items of a combo; a combo within one gives nothing."""


def _bare(path: RowPath, combo_index: Expr) -> Place:
    """Items that are no object are their own value (a `[0]` where a combo's items belong)."""
    return Place(path.filter(~is_type(path.element, "object")), path.element, ITEM.index, combo_index)


PLACES = (TOP, _bare(NOT_COMBO, null), CHILDREN, _bare(NOT_COMBO_CHILD, CHILD.index))

_TAKEN_APART = ("answers", "marks", "identifications")


def _not_taken_apart(path: RowPath, value: JsonPath) -> Counter:
    return Counter("value that no table takes apart", path, _TAKEN_APART, value)


NOTES = (
    *(_not_taken_apart(place.path.filter(any_item_is(place.value, "array")), place.value) for place in PLACES),
    _not_taken_apart(CHILD.filter(is_combo(CHILD["value"])), CHILD["value"]),
)
"""A list within a list, and a combo within a combo, which no table but `annotations` has a row for."""


def is_dropdown_item(path: RowPath) -> Predicate:
    """An item of a PFE dropdown's list: it names its select or says where its value is from, and is no shape."""
    return path.has_any("select_label", "option") & ~path.has_any(*GEOMETRY)


def is_identification(path: RowPath) -> Predicate:
    """An animal that a survey's volunteer chose."""
    return path.has_any("choice")


def is_subtask(place: Place) -> Predicate:
    """A sub-task's answer beside the drawing it belongs to (current front end): it says of which mark."""
    index = is_integer(place.path["markIndex"]) | is_integer(place.path["cellIndex"])
    return index & ends_with(place.path["task"], *SUBTASK)


def value_items(place: Place) -> RowPath:
    """The items of a place's list."""
    return place.path.filter(is_type(place.value, "array")).items(place.value)


def objects(place: Place) -> Iterator[tuple[RowPath, Expr]]:
    """Where the objects of a place stand, each with the expression of its index: in a list, and alone."""
    items = value_items(place)
    yield items.filter(is_type(items.element, "object")), items.index
    alone = place.path.filter(is_type(place.value, "object")).single(place.value)
    yield alone, alone.index


def is_fem_dropdown(path: RowPath) -> Predicate:
    """The object that is a dropdown's whole value in the current front end."""
    return path.has_any("select_label", "selection")


def label_of(mark: JsonPath) -> Expr:
    """The label of a mark's tool, or of a highlighter's."""
    return coalesce(exact(mark["tool_label"]), exact(mark["labelInformation"]["label"]))


def drawing_of(loop: RowPath) -> NearestRef:
    """The drawing that a sub-task's answer stands beside: the nearest item before with its task's key."""
    return loop.nearest("task", loop["task"], *SUBTASK)


def tool_of(loop: RowPath) -> dict[str, Expr]:
    """Which tool's sub-task it is, in the hidden columns that labels are found by."""
    return {
        "_tool_label": label_of(drawing_of(loop).element["value"][loop["markIndex"]]),
        "_tool_index": suffix_int(loop["task"], 0, SUBTASK[0]),
        "_detail_index": suffix_int(loop["task"], 1, SUBTASK[0]),
    }
