"""Renames that replace nothing, and exchanges of two paths, with substitutes where the system has neither."""

import errno
import os
from pathlib import Path

from crowdarrow._core import rename_with

# EPERM: some containers refuse system calls that they do not know. A real lack of permission fails the substitute too.
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}
# A folder in a lower layer of an overlay, as in a container; a mount point.
_IMMOVABLE = {errno.EXDEV, errno.EBUSY}


def exchange(one: Path, other: Path) -> bool:
    """Exchange two existing paths in one step; False if the file system cannot."""
    try:
        return _rename(one, other, exchange=True)
    except OSError as error:
        if error.errno in _IMMOVABLE:
            return False
        raise


def rename_new(old: Path, new: Path) -> None:
    """Rename a file or folder to a path where nothing is; raises `FileExistsError` if something is there."""
    if _rename(old, new, exchange=False):
        return
    if not old.is_dir():
        try:
            os.link(old, new, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            pass  # a file system without hard links
        else:
            old.unlink()
            return
    if os.path.lexists(new):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
    old.rename(new)


def _rename(old: Path, new: Path, *, exchange: bool) -> bool:
    number = rename_with(old, new, exchange)
    if number and number not in _UNSUPPORTED:
        raise OSError(number, os.strerror(number), str(new))
    return not number
