"""A lock on an output: at most one run writes it at a time."""

import contextlib
import errno
import os
from pathlib import Path

from crowdarrow.errors import OutputError

_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL}


class OutputLock:
    """A locked file with the number of the process that writes an output.

    The system releases the lock when the process ends, however it ends, so a file that a killed run left is taken over.

    Args:
        path: the lock's file.
        name: the output, for messages.

    Attributes:
        is_exclusive: whether the system keeps the lock. If False, the file system has no locks, and only the number of
            the process in the file says whether another run goes on.

    Raises:
        OutputError: another run holds the lock.
        OSError: the file cannot be created.
    """

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
            try:
                is_locked = _lock(handle)
            except OSError:
                os.close(handle)
                raise
            if is_locked is False:
                other = _number(handle)
                os.close(handle)
                process = f" (process {other})" if other else ""
                msg = (
                    f"cannot write {name}: another run{process} is writing it; wait until that has ended, or choose "
                    "another output"
                )
                raise OutputError(msg)
            if _is_at(handle, path):
                break
            os.close(handle)  # the run that held it has just removed it
        self._handle: int | None = handle
        self.is_exclusive = bool(is_locked)
        try:
            _write(handle)
        except BaseException:  # such as a full disk, or a signal
            self.release()
            raise

    def release(self) -> None:
        """Remove the file and release the lock; never raises."""
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if os.name == "nt":  # Windows cannot remove an open file
            os.close(handle)
            with contextlib.suppress(OSError):
                self._path.unlink()
            return
        with contextlib.suppress(OSError):
            if _is_at(handle, self._path):
                self._path.unlink()
        with contextlib.suppress(OSError):
            os.close(handle)


def remove_unlocked(path: Path) -> None:
    """Remove the file of a lock that no run holds: a signal came while it was taken. Never raises."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
        try:
            if _lock(handle) and _is_at(handle, path) and os.name != "nt":
                path.unlink()
        finally:
            os.close(handle)


def is_gone(process: int) -> bool:
    """Whether a process, of which a lock that this process now holds has the number, has ended."""
    if os.name == "nt" or process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    # A killed process whose parent has not asked for its status yet.
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return state[:1] == [b"Z"]
    return False


def _lock(handle: int) -> bool | None:
    """Whether the lock was taken; None if the system has none and the process in the file has ended."""
    if os.name == "nt":
        import msvcrt

        try:
            # Far beyond the content, which others may read.
            os.lseek(handle, 1 << 20, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        other = _number(handle)
        return None if other is None or is_gone(other) else False
    return True


def _write(handle: int) -> None:
    """Write the number of this process."""
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    os.write(handle, b"%d\n" % os.getpid())


def _number(handle: int) -> int | None:
    """The process number in the file."""
    with contextlib.suppress(OSError, ValueError):
        os.lseek(handle, 0, os.SEEK_SET)
        return int(os.read(handle, 20))
    return None


def _is_at(handle: int, path: Path) -> bool:
    try:
        there = os.stat(path, follow_symlinks=False)  # noqa: PTH116 - compared with that of a descriptor
    except OSError:
        return False
    return os.path.samestat(os.fstat(handle), there)
