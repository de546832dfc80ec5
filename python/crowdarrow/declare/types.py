"""Column types: their names in the engine and in Arrow."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crowdarrow.frozen import FrozenValue

if TYPE_CHECKING:
    import pyarrow as pa


class Type(FrozenValue):
    """A column type: its engine form (`spec`, JSON-ready), its name, and its Arrow type."""

    spec: Any
    name: str

    @cached_property
    def arrow(self) -> "pa.DataType":
        """The pyarrow type."""
        import pyarrow as pa

        scalars = {
            "int32": pa.int32(),
            "int32_text": pa.int32(),
            "int64": pa.int64(),
            "float64": pa.float64(),
            "bool": pa.bool_(),
            "string": pa.string(),
            "json": pa.string(),
            "time": pa.timestamp("us", tz="UTC"),
        }
        return scalars[self.spec]


class ListType(Type):
    """A list of one type."""

    item: Type

    @cached_property
    def arrow(self) -> "pa.DataType":
        """The pyarrow type."""
        import pyarrow as pa

        return pa.list_(self.item.arrow)


class StructType(Type):
    """A JSON object with known members, and `extra` for what they cannot give back (docs/contract.md, section 1.8)."""

    children: tuple[tuple[str, Type], ...]
    extra: bool
    unread: tuple[str, ...] = ()

    @cached_property
    def arrow(self) -> "pa.DataType":
        """The pyarrow type."""
        import pyarrow as pa

        fields = [pa.field(name, child.arrow) for name, child in self.children]
        return pa.struct([*fields, pa.field("extra", pa.string())] if self.extra else fields)

    @property
    def names(self) -> list[str]:
        """The names of the children, including `extra`."""
        return [name for name, _ in self.children] + (["extra"] if self.extra else [])

    def only(self, names: list[str]) -> "StructType":
        """The same object with only these children, in this order."""
        known = dict(self.children)
        chosen = {name: known[name] for name in names if name in known}
        if "extra" in names:
            return struct(chosen, extra=True)
        return struct(chosen, unread=[name for name in (*known, *self.unread) if name not in chosen])


int32 = Type("int32", "int32")
int64 = Type("int64", "int64")
float64 = Type("float64", "float64")
bool_ = Type("bool", "bool")
string = Type("string", "string")
timestamp = Type("time", "timestamp")
json_text = Type("json", "string (JSON)")
int32_text = Type("int32_text", "int32")
"""32-bit integers that JSON writes as decimal strings."""


def list_(item: Type) -> ListType:
    """Lists of `item`."""
    return ListType({"list": item.spec}, f"list<{item.name}>", item)


def struct(
    children: Mapping[str, Type],
    *,
    extra: bool = False,
    all_members: bool = False,
    whole: bool = False,
    unread: Sequence[str] = (),
) -> StructType:
    """JSON objects with these members, in this order.

    `extra` adds a last child that keeps, as JSON text, each member that its typed child does not hold exactly. With
    `all_members` the source writes every member, so that a null child means a JSON null. With `whole` only an
    object that has all members, each of its type, is held exactly. `unread` are the keys of more members, which have
    no child.
    """
    fields = [[name, child.spec] for name, child in children.items()]
    spec: dict[str, Any] = {"fields": fields, "extra": extra, "all_members": all_members, "whole": whole}
    if unread:
        spec["unread"] = list(unread)
    inner = ", ".join(f"{name} {child.name}" for name, child in children.items())
    name = f"struct<{inner}, extra string (JSON)>" if extra else f"struct<{inner}>"
    return StructType({"struct": spec}, name, tuple(children.items()), extra, tuple(unread))
