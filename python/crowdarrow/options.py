"""Options of reading and writing: each is one field of a frozen dataclass, with its default, check, help and flag."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from crowdarrow.errors import UsageError

Form = Literal["text", "integer", "flag", "names", "integers"]

_INTEGER_BITS = 63


@dataclass(frozen=True)
class Option:
    """What is known of an option besides its name and default.

    Attributes:
        form: how the value is written; `names` and `integers` are lists, or text with commas.
        help: one sentence for `--help` and for docstrings.
        metavar: the value's name in `--help`.
        choices: the values that are allowed, if they can be listed.
        low: the least integer that is allowed.
        high: the greatest integer that is allowed.
        flag: whether the command line has the option.
        recorded: whether the footer of a Parquet file records the option, because rows or files depend on it; or the
            name under which the footer does.
    """

    form: Form
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    flag: bool = True
    recorded: bool | str = True


def option(form: Form, text: str, *, default: Any = None, **details: Any) -> Any:
    """A dataclass field for an option; `details` are attributes of `Option`."""
    return field(default=default, metadata={"option": Option(form, text, **details)})


def options_of(owner: Any) -> dict[str, Option]:
    """The options of a dataclass or of an instance, by name."""
    return {one.name: one.metadata["option"] for one in fields(owner)}


def describe(*owners: type) -> str:
    """The options of some dataclasses as lines of a docstring."""
    found = [pair for owner in owners for pair in options_of(owner).items()]
    return "".join(f"    * `{name}`: {known.help}\n" for name, known in found)


@dataclass(frozen=True)
class Options:
    """Base of the dataclasses of options: checks each value and converts lists to tuples.

    Raises:
        UsageError: a value is not allowed; the message names the option.
    """

    def __post_init__(self) -> None:
        for name, known in options_of(self).items():
            value = getattr(self, name)
            checked = self._default(name) if value is None else _checked(name, value, known)
            object.__setattr__(self, name, checked)

    def recorded(self) -> dict[str, Any]:
        """The options that a footer records: those that differ from their defaults."""
        return {
            known.recorded if isinstance(known.recorded, str) else name: getattr(self, name)
            for name, known in options_of(self).items()
            if known.recorded and getattr(self, name) != self._default(name)
        }

    @classmethod
    def _default(cls, name: str) -> Any:
        return cls.__dataclass_fields__[name].default


def _checked(name: str, value: Any, known: Option) -> Any:
    if known.choices and value not in known.choices:
        msg = f"`{name}` must be one of {', '.join(known.choices)}, not {value}"
        raise UsageError(msg)
    if known.form == "integer":
        return _in_range(name, value, known)
    if known.form == "names" and not isinstance(value, Mapping):
        names = tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else tuple(value)
        if "" in names:
            msg = f"`{name}` has an empty name: {value!r}; separate names with single commas"
            raise UsageError(msg)
        return names
    return _integers(name, value) if known.form == "integers" else value


def _in_range(name: str, value: int, known: Option) -> int:
    if known.low is not None and value < known.low:
        msg = f"`{name}` must be at least {known.low:,}, not {value:,}"
        raise UsageError(msg)
    if known.high is not None and value > known.high:
        msg = f"`{name}` must be at most {known.high:,}, not {value:,}"
        raise UsageError(msg)
    return value


def _integers(name: str, value: int | Iterable[int] | str) -> tuple[int, ...]:
    parts: Iterable[int | str] = (
        [value] if isinstance(value, int) else value.split(",") if isinstance(value, str) else value
    )
    try:
        found: tuple[int, ...] | None = tuple(int(part) for part in parts)
    except (TypeError, ValueError):
        found = None
    if found is None or any(number.bit_length() > _INTEGER_BITS for number in found):
        msg = f"`{name}` must be 64-bit integers, not {value!r}"
        raise UsageError(msg)
    return found
