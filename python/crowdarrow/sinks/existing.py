"""Whether a file can be written at a path."""

import os
import stat
from pathlib import Path

from crowdarrow.errors import OutputError, OutputExistsError

_SPECIAL = (
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
)


def check_possible(path: str) -> None:
    """Check that a file can be at a path, whether or not one may be replaced.

    Raises:
        OutputError: there is a folder, a device, a FIFO or a socket, or the file's folder is missing.
    """
    parent = Path(path).parent
    if not parent.exists():
        msg = f"cannot write {path}: there is no folder {parent}; create it first"
        raise OutputError(msg)
    if os.path.isdir(path):  # noqa: PTH112 - a name may be too long for `Path`
        msg = f"cannot write {path}: it is a folder"
        raise OutputExistsError(msg)
    check_regular(path)


def check_absent(path: str, *, force: bool) -> None:
    """Check that there is no file, or that it may be replaced.

    Raises:
        OutputExistsError: there is a file, and `force` was not given.
    """
    if os.path.lexists(path) and not force:
        msg = f"{path} exists already; `force` replaces it"
        raise OutputExistsError(msg)


def check_regular(path: str) -> None:
    """Check that a path, links followed, is not a device, FIFO or socket: a file would replace it."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - the path as given
    except OSError:
        return
    for test, what in _SPECIAL:
        if test(mode):
            msg = f"cannot write {path}: it is {what}; name a file, or - for stdout"
            raise OutputError(msg)
