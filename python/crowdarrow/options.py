"""Options of reading and writing: each is one field of a frozen dataclass, with its default, check, help and flag."""

import contextlib
import inspect
import operator
import os
import re
import reprlib
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import PurePath
from typing import Any, Literal, TypeVar, cast

from crowdarrow.errors import Function, UsageError, with_short_traceback
from crowdarrow.frozen import FrozenValue
from crowdarrow.suggest import close_name, hint

Form = Literal["text", "path", "integer", "flag", "names", "integers", "time", "version", "progress"]

_INTEGER_BITS = 63
_LONG_BITS = 128
_SHOWN = 60
"""Characters of a value that a message shows."""
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = _SHOWN


class Option(FrozenValue):
    """What is known of an option besides its name and default.

    Attributes:
        form: how the value is written, and how it is checked; `names` and `integers` are lists, or text with commas.
        help: one sentence for `--help` and for docstrings.
        metavar: the value's name in `--help`.
        choices: the values that are allowed, if they can be listed.
        low: the least integer that is allowed.
        high: the greatest integer that is allowed.
        flag: whether the command line has the option.
        recorded: whether the footer of a Parquet file records the option, because rows or files depend on it; or the
            name under which the footer does.
        short: the short form of the flag.
    """

    form: Form
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    flag: bool = True
    recorded: bool | str = True
    short: str | None = None


def option(form: Form, text: str, *, default: Any = None, **details: Any) -> Any:
    """A dataclass field for an option; `details` are attributes of `Option`."""
    return field(default=default, metadata={"option": Option(form, text, **details)})


def options_of(owner: Any) -> dict[str, Option]:
    """The options of a dataclass or of an instance, by name."""
    return {one.name: one.metadata["option"] for one in fields(owner)}


def has_options(keywords: type, *owners: type) -> Callable[[Function], Function]:
    """Give a function that takes `**options` a signature with each option, and a docstring that lists them.

    `help`, Jupyter and IPython show these; type checkers read the annotation of `**options`. Errors that are raised on
    purpose leave the function with a short traceback.

    Args:
        keywords: the `TypedDict` of the annotation, which has the types of the options.
        *owners: the dataclasses of options, which have their defaults and help.
    """
    types = keywords.__annotations__
    chosen = [one for owner in owners for one in fields(owner) if one.name in types]

    def change(function: Function) -> Function:
        parameters = [
            inspect.Parameter(one.name, inspect.Parameter.KEYWORD_ONLY, default=one.default, annotation=types[one.name])
            for one in chosen
        ]
        signature = inspect.signature(function)
        others = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]

        call = with_short_traceback(function)
        changed = cast("Any", call)
        changed.__signature__ = signature.replace(parameters=[*others, *parameters])
        lines = "".join(f"    * `{one.name}`: {one.metadata['option'].help}\n" for one in chosen)
        changed.__doc__ = f"{inspect.getdoc(function)}\n\nThe options:\n\n{lines}"
        return call

    return change


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


Chosen = TypeVar("Chosen", bound=Options)


def check_names(given: Iterable[str], function: str, *owners: type, only: Iterable[str] | None = None) -> None:
    """Check that the keyword arguments of a function are options of `owners`, or those of them that it has.

    Raises:
        UsageError: one is not; the message has the name that was probably meant.
    """
    known = [one.name for owner in owners for one in fields(owner)] if only is None else list(only)
    for name in given:
        if name not in known:
            close = close_name(name, known)
            advice = f"did you mean `{close}`?" if close else f"its options are {', '.join(known)}"
            msg = f"`{name}` is not an option of {function}; {advice}"
            raise UsageError(msg)


def options_from(
    owner: type[Chosen], given: Mapping[str, Any], function: str, *, only: Iterable[str] | None = None
) -> Chosen:
    """The options of a function, from its keyword arguments; `only` are those that it has.

    Raises:
        UsageError: an argument is not an option, or its value is not allowed.
    """
    check_names(given, function, owner, only=only)
    return owner(**given)


def _checked(name: str, value: Any, known: Option) -> Any:
    value = _CHECKS[known.form](name, value)
    if known.choices and value not in known.choices:
        more = hint(value, known.choices)
        msg = f"`{name}` must be one of {', '.join(known.choices)}, not {shown(value, quoted=False)}{more}"
        raise UsageError(msg)
    if known.form == "integer":
        _check_range(name, value, known)
    return value


def shown(value: Any, *, quoted: bool = True) -> str:
    """A value as a message shows it: short, and on one line."""
    if isinstance(value, int) and value.bit_length() > _LONG_BITS:
        return "a larger integer"
    if isinstance(value, str) and not quoted and value.isprintable() and len(value) <= _SHOWN:
        return str(value)
    if isinstance(value, PurePath):
        value = str(value)
    if value is None or isinstance(value, str | bytes | int | float | list | tuple | dict | set | date):
        with contextlib.suppress(ValueError):  # Python prints no integers of more than 4,300 digits
            text = _REPR.repr(value)
            if text.isprintable() and len(text) <= 2 * _SHOWN:
                return text
    found = type(value)
    return f"an object of type {found.__qualname__ if found.__module__ == 'builtins' else _full_name(found)}"


def _full_name(found: type) -> str:
    return f"{found.__module__.partition('.')[0]}.{found.__qualname__}"


def _refused(name: str, value: Any, what: str, advice: str = "") -> UsageError:
    return UsageError(f"`{name}` must be {what}, not {shown(value)}{advice}")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _refused(name, value, "text")
    if any(sign in value for sign in "\0\n\r") or not _is_unicode(value):
        raise _refused(name, value, "one line of text")
    return str(value)


def _is_unicode(text: str) -> bool:
    """Whether text has no lone surrogate."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _path(name: str, value: Any) -> str | os.PathLike[str]:
    """A path; one of bytes becomes text."""
    if isinstance(value, str | os.PathLike | bytes):
        with contextlib.suppress(TypeError, ValueError):
            path = os.fsencode(value)
            if path and b"\0" not in path:
                return os.fsdecode(path) if isinstance(value, bytes) else value
    raise _refused(name, value, "the path of a file")


def integer(name: str, value: Any) -> int:
    """The value of an integer of Python, numpy or another library, or of a float without a fraction.

    Raises:
        UsageError: it is not an integer.
    """
    if not isinstance(value, bool) and type(value).__name__ != "bool_":
        with contextlib.suppress(TypeError, ValueError):
            number = int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
            if number.bit_length() <= _INTEGER_BITS:
                return number
    raise _refused(name, value, "an integer")


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool) or (type(value).__module__ == "numpy" and type(value).__name__ in {"bool", "bool_"}):
        return bool(value)
    raise _refused(name, value, "True or False")


def checked_names(name: str, value: Any) -> tuple[str, ...]:
    """A list of names as a tuple; text is split at commas.

    Raises:
        UsageError: the value is neither, or a name is empty.
    """
    if isinstance(value, str):
        found: tuple[Any, ...] = tuple(part.strip() for part in value.split(","))
    elif isinstance(value, bytes | Mapping | AbstractSet) or not isinstance(value, Iterable):
        raise _refused(name, value, "a name or a list of names")
    else:
        found = tuple(value)
    for part in found:
        if not isinstance(part, str):
            raise _refused(name, value, "a name or a list of names", f": {shown(part)} is not text")
        if not _is_unicode(part):
            raise _refused(name, value, "names without lone surrogates")
    if "" in found:
        msg = f"`{name}` has an empty name: {shown(value)}; separate names with single commas"
        raise UsageError(msg)
    return tuple(map(str, found))


def _names(name: str, value: Any) -> tuple[str, ...] | dict[str, tuple[str, ...]]:
    """A list of names, or one for each name."""
    if isinstance(value, Mapping):
        return {_text(name, key): checked_names(name, names) for key, names in value.items()}
    return checked_names(name, value)


def _integers(name: str, value: Any) -> tuple[int, ...]:
    if isinstance(value, str):
        parts: list[Any] = value.split(",")
    elif isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | Mapping):
        parts = list(value)
    else:
        parts = [value]
    try:
        found = tuple(_parsed_integer(name, part) for part in parts)
    except UsageError:
        found = ()
    if not found:
        raise _refused(name, value, "64-bit integers")
    return found


def _parsed_integer(name: str, value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value.strip()):
        value = int(value)
    return integer(name, value)


def _time(name: str, value: Any) -> str | date:
    if isinstance(value, date) and value == value:  # noqa: PLR0124 - pandas.NaT is a date, and not equal to itself
        return value
    if isinstance(value, str) or type(value).__name__ == "datetime64":
        return str(value)
    raise _refused(name, value, "a date or time", "; write 2024-05-01 or 2024-05-01T12:30:00Z")


def _version(name: str, value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        advice = "; 12.1 and 12.10 are different versions and one number: write it as text, '12.1'"
        raise _refused(name, value, "text", advice)
    with contextlib.suppress(UsageError):
        return str(integer(name, value))
    raise _refused(name, value, "text such as '12.100' or '12..14.5'")


def _progress(name: str, value: Any) -> Callable[..., Any] | bool:
    if callable(value):
        return cast("Callable[..., Any]", value)
    try:
        return _flag(name, value)
    except UsageError:
        raise _refused(name, value, "True, False or a function") from None


def _check_range(name: str, value: int, known: Option) -> None:
    if known.low is not None and value < known.low:
        msg = f"`{name}` must be at least {known.low:,}, not {value:,}"
        raise UsageError(msg)
    if known.high is not None and value > known.high:
        msg = f"`{name}` must be at most {known.high:,}, not {value:,}"
        raise UsageError(msg)


_CHECKS: dict[Form, Callable[[str, Any], Any]] = {
    "text": _text,
    "path": _path,
    "integer": integer,
    "flag": _flag,
    "names": _names,
    "integers": _integers,
    "time": _time,
    "version": _version,
    "progress": _progress,
}
