"""`identifications`: one row for each choice made in a survey."""

from crowdarrow.declare import Expr, LazyRows, RowPath, Rows, Table, exact, from_rows, int32, json_text, string
from crowdarrow.exports.zooniverse.tables.items import (
    IDENTITY,
    LABEL_EXACT,
    PLACES,
    Place,
    is_identification,
    objects,
)


def identifications_of(place: Place) -> list[tuple[RowPath, Expr]]:
    """Where the identifications of a place stand: in a list, or, in early 2016, alone."""
    return [(path.filter(is_identification(path)), number) for path, number in objects(place)]


def _rows(place: Place, path: RowPath, number: Expr) -> Rows:
    columns = {
        **place.index,
        "task": exact(place.path["task"]),
        "identification_index": number,
        **{name: exact(path[name]) for name in ("choice", "answers", "filters")},
        "extra": path.residual(),
    }
    return Rows(path, columns)


IDENTIFICATIONS = Table(
    "identifications",
    (
        *IDENTITY,
        from_rows("annotation_index", int32),
        from_rows("combo_index", int32),
        from_rows("task", string),
        from_rows("identification_index", int32),
        from_rows("choice", string),
        from_rows("choice_label", string),
        from_rows("answers", json_text),
        from_rows("filters", json_text),
        from_rows("extra", json_text),
        LABEL_EXACT,
    ),
    rows=LazyRows(
        lambda: [_rows(place, path, number) for place in PLACES for path, number in identifications_of(place)],
    ),
)
