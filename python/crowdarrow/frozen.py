"""Classes whose fields are declared, like dataclasses, but made without code that is compiled at each import.

`dataclass` compiles up to six methods for each class, in half a millisecond. The fifty classes that a conversion needs
would take a tenth of the time of a small one.
"""

from collections.abc import Hashable
from typing import Any, ClassVar, Self, dataclass_transform


@dataclass_transform(frozen_default=True, eq_default=False)
class Frozen:
    """Base of classes whose annotations are their fields. Their objects are not changed, and compared by identity."""

    field_names: ClassVar[tuple[str, ...]] = ()
    _names: ClassVar[frozenset[str]] = frozenset()
    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        own = tuple(cls.__annotations__)
        cls.field_names = (*cls.field_names, *own)
        cls._names = frozenset(cls.field_names)
        cls._defaults = cls._defaults | {name: vars(cls)[name] for name in own if name in vars(cls)}

    def __init__(self, *values: Any, **named: Any) -> None:
        given = dict(zip(self.field_names, values, strict=False))
        fields = vars(self)
        fields.update(self._defaults)
        fields.update(given)
        fields.update(named)
        if fields.keys() != self._names or len(values) > len(given) or not given.keys().isdisjoint(named):
            msg = f"the fields of {type(self).__name__} are {', '.join(self.field_names)}"
            raise TypeError(msg)

    def __setattr__(self, name: str, value: object) -> None:
        msg = f"cannot set {name} of {type(self).__name__}: it is frozen"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.field_names)})"

    def replaced(self, **changes: Any) -> Self:
        """The same with other values of some fields; `dataclasses.replace` does not know these classes."""
        fields = vars(self)
        return type(self)(**{name: fields[name] for name in self.field_names} | changes)


class FrozenValue(Frozen):
    """Base of classes whose objects are equal if their fields are."""

    @property
    def _key(self) -> tuple[Hashable, ...]:
        return tuple(getattr(self, name) for name in self.field_names)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)
