"""`identifications`: one row for each choice made in a survey."""

from crowdarrow.declare import Path, Rows, RowsOf, Table, exact, given, int32, json_text, string
from crowdarrow.declare.values import Expr
from crowdarrow.exports.zooniverse.tables.items import (
    IDENTITY,
    LABEL_EXACT,
    PLACES,
    Place,
    is_identification,
    objects,
)


def identifications_of(place: Place) -> list[tuple[Path, Expr]]:
    """Where the identifications of a place stand: in a list, or, in early 2016, alone."""
    return [(path.when(is_identification(path)), number) for path, number in objects(place)]


def _rows(place: Place, path: Path, number: Expr) -> Rows:
    columns = {
        **place.index,
        "task": exact(place.path["task"]),
        "identification_index": number,
        **{name: exact(path[name]) for name in ("choice", "answers", "filters")},
        "extra": path.rest(),
    }
    return Rows(path, columns)


IDENTIFICATIONS = Table(
    "identifications",
    (
        *IDENTITY,
        given("annotation_index", int32),
        given("combo_index", int32),
        given("task", string),
        given("identification_index", int32),
        given("choice", string),
        given("choice_label", string),
        given("answers", json_text),
        given("filters", json_text),
        given("extra", json_text),
        LABEL_EXACT,
    ),
    rows=RowsOf(lambda: [_rows(place, path, number) for place in PLACES for path, number in identifications_of(place)]),
)
