"""The errors that crowdarrow raises. Each is a `CrowdarrowError` and also the fitting builtin.

Each message is one line: what failed, where (file, record, byte), and what to do. Arguments of the Python API are named
in backticks; the command line replaces these names by its flags.
"""

import functools
import os
import re
import traceback
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from crowdarrow.terminal import plain

Function = TypeVar("Function", bound=Callable[..., Any])

_PACKAGE = os.path.join(os.path.dirname(__file__), "")  # noqa: PTH118, PTH120 - as frames name it


class CrowdarrowError(Exception):
    """Base of the errors that crowdarrow raises on purpose; the command line exits with status 1."""

    def __str__(self) -> str:
        """The message, on one line, with escapes for the control characters of names and values."""
        return plain(super().__str__())

    def _render_traceback_(self) -> list[str]:
        """What IPython and Jupyter show: the caller's line and the message, without the frames of this package."""
        frames = [one for one in traceback.extract_tb(self.__traceback__) if not one.filename.startswith(_PACKAGE)]
        last = [f"{plain(frame.name)}, line {frame.lineno}: {plain(frame.line or '')}" for frame in frames[-1:]]
        return [*last, f"{type(self).__name__}: {self}"]


def with_short_traceback(function: Function) -> Function:
    """A function that errors raised on purpose leave with a traceback of one frame of this package.

    Their message says what to do; the frames do not.
    """

    @functools.wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        try:
            return function(*given, **named)
        except InternalError:
            raise  # with all frames
        except CrowdarrowError as error:
            raise error.with_traceback(None) from error.__cause__

    return cast("Function", call)


class UsageError(CrowdarrowError, ValueError):
    """Invalid options, alone or in combination; the command line exits with status 2."""

    @property
    def argument(self) -> str | None:
        """The argument that the message is about, such as `since`."""
        found = re.search(r"`(\w+)`", str(self))
        return found and found[1]


class UnknownKindError(CrowdarrowError, ValueError):
    """The input matches no known kind; the message lists the columns found and the known kinds."""


class NotAnExportError(UnknownKindError):
    """The input is a file of another kind: a workbook, an HTML page, Parquet, a table of an earlier run, ..."""


class NoSuchKindError(UsageError, UnknownKindError):
    """The caller named a kind that does not exist."""


class InputError(CrowdarrowError, OSError):
    """The input could not be read.

    Attributes:
        members: the names of an archive's members, if it has none with the name that was asked for; at most 5,000.
    """

    members: Sequence[str] = ()


class InputNotFoundError(InputError, FileNotFoundError):
    """The input does not exist, or a glob matches no file."""


class InputPermissionError(InputError, PermissionError):
    """The input exists but may not be read."""


class DamagedInputError(InputError):
    """Compressed data are corrupt or truncated, or an input changed while it was read."""


class ReaderConsumedError(CrowdarrowError, ValueError):
    """A reader was used a second time: it gives its rows once. `crowdarrow.Export` reads anew each time."""


class RejectedError(CrowdarrowError, ValueError):
    """A record was rejected under `strict`, or more records than `max_rejects` were rejected."""


class OutputError(CrowdarrowError, OSError):
    """The output could not be written (full disk, read-only folder, ...); an earlier output is unchanged."""


class OutputExistsError(OutputError, FileExistsError):
    """The output exists and `force` was not given."""


class ResourceError(CrowdarrowError, OSError):
    """The system has too little memory or too few threads for the run; no output was changed."""


class InternalError(CrowdarrowError, RuntimeError):
    """A bug in crowdarrow: please report it. Nothing was written."""
