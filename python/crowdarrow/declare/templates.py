"""JSON composed from CSV columns: the derived fields of flattened files."""

from typing import Any

from crowdarrow.declare.values import FieldNumbers
from crowdarrow.frozen import FrozenValue


class JsonTemplate(FrozenValue):
    """JSON composed from CSV columns; empty parts are left out.

    `literal`, `text` and `token` are the text of one column: as JSON if it is JSON or a Python literal, as a JSON
    string, as a JSON number. `container` is a literal if that is an object or a list, else a text. `list` is JSON and
    `literal_list` a literal, both empty for texts that mean null. `object` has members, `array` items; `first` is the
    first option that is not empty. `levels` has items and members: an array of the items if no member has a value, else
    an object of all. `whole` is a column and the template of its parts: the parts if the column is empty, the column's
    container if the parts are, else its literal. `below` is the text of its last column if one of the
    first ones has a value.
    """

    op: str
    inner: Any

    def spec(self, fields: FieldNumbers) -> Any:
        """The engine's form."""
        return {self.op: _template_spec(self.inner, fields)}

    def read(self) -> list[str]:
        """The fields that are read."""
        fields: list[str] = []
        _template_read(self.inner, fields)
        return fields


class HeldJson(JsonTemplate):
    """The object or array that a string holds as JSON; empty if the value is not a string of JSON."""

    keys: tuple[str, ...] = ()
    """The keys that lead from the field's JSON to the string."""

    def __init__(self, field: str, keys: tuple[str, ...] = ()) -> None:
        vars(self).update(op="held", inner=field, keys=keys)

    def spec(self, fields: FieldNumbers) -> dict[str, Any]:
        """The engine's form."""
        return {self.op: [fields.number(self.inner), list(self.keys)]}


def _template_spec(inner: Any, fields: FieldNumbers) -> Any:
    if isinstance(inner, str):
        return fields.number(inner)
    if isinstance(inner, JsonTemplate):
        return inner.spec(fields)
    # A member is a pair: its key and its template.
    return [
        [item[0], item[1].spec(fields)] if isinstance(item, tuple) else _template_spec(item, fields) for item in inner
    ]


def _template_read(inner: Any, fields: list[str]) -> None:
    if isinstance(inner, str):
        fields.append(inner)
    elif isinstance(inner, JsonTemplate):
        _template_read(inner.inner, fields)
    else:
        for item in inner:
            _template_read(item[1] if isinstance(item, tuple) else item, fields)
