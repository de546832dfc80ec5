"""Atomic outputs: each is written to a temporary file beside its target, synced, and renamed when all are complete."""

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from crowdarrow.errors import CrowdarrowError, OutputError

# Interval at which the data written so far is synced. A run of a few megabytes ends before the first sync.
_SYNC_SECONDS = 0.5
_MAX_NAME = 180  # bytes of the target's name in the temporary name, which can have 255

_ADVICE = {
    errno.ENOSPC: "free some space, or write to another disk",
    errno.EDQUOT: "your disk quota is used up; free some space, or write elsewhere",
    errno.EFBIG: "it would be larger than this system allows; write to another disk, or narrow the rows",
    errno.EACCES: "choose a folder you may write to",
    errno.EPERM: "choose a folder you may write to",
    errno.EROFS: "choose a disk you may write to",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.ENOENT: "make the folder first",
}


def output_error(error: OSError, target: str | Path) -> OutputError:
    """An `OutputError` whose message, one line, says what failed, where, and what to do."""
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0, "nothing was changed")
    result = OutputError(f"cannot write {target}: {reason[:1].lower()}{reason[1:]}; {advice}")
    result.errno = error.errno
    return result


@contextlib.contextmanager
def output_errors(target: str | None) -> Iterator[None]:
    """Convert the system's errors within the context to an `OutputError` that names the target."""
    try:
        yield
    except (CrowdarrowError, BrokenPipeError):
        raise
    except OSError as error:
        raise output_error(error, target or "the output") from error


@dataclass
class _Output:
    """An output and its state during the commit."""

    target: Path
    name: str
    temporary: Path
    existed: bool = False
    backup: Path | None = None
    moving: bool = False
    failed: OSError | None = None

    def sync_early(self) -> None:
        """Sync the data written so far. An error is kept, because the system reports each error only once."""
        try:
            if self.failed is None and self.temporary.is_file():  # the files of a folder are synced at the end
                _sync(self.temporary)
        except FileNotFoundError:
            pass  # dropped in the meantime
        except OSError as error:
            self.failed = error

    def sync(self) -> None:
        if self.failed is not None:
            raise self.failed
        _sync_tree(self.temporary)

    def move(self) -> None:
        self.existed = self.target.exists()
        if self.existed:
            self.backup = self.temporary.with_suffix(".old")
            if self.target.is_dir() or not self._link_backup():
                self.target.replace(self.backup)
        self.moving = True
        self.temporary.replace(self.target)

    def _link_backup(self) -> bool:
        """Keep the earlier file as a hard link, so that the target is never missing; False if that is impossible."""
        try:
            os.link(self.target, self.temporary.with_suffix(".old"))
        except OSError:
            return False
        return True

    def undo(self) -> None:
        moved = self.moving and not self.temporary.exists()
        if self.backup and self.backup.exists():
            if moved or not self.target.exists():
                if self.target.is_dir():
                    _remove(self.target)
                self.backup.replace(self.target)
        elif moved and not self.existed:
            _remove(self.target)


@dataclass
class Staging:
    """The outputs of one run, which appear together or not at all.

    Each output has a temporary path beside its target (`.<name>.<pid>-<random>.tmp`). `commit` syncs all outputs and
    renames them; if a rename fails, the earlier files are restored. Leaving the context without `commit` removes all
    temporary files and all folders created by `make_folder`. Within the context, a thread syncs the data written so
    far every half second, which leaves `commit` little to sync.
    """

    _outputs: list[_Output] = field(default_factory=list)
    _stale: list[Path] = field(default_factory=list)
    _created: list[Path] = field(default_factory=list)
    _committed: bool = False
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def add(self, target: str | Path) -> Path:
        """Temporary path for the file or folder that `commit` renames to `target`. Nothing is created yet."""
        # If the target is a symlink, the file that the link points to is replaced and the link stays.
        final = Path(os.path.realpath(target))
        prefix = os.fsdecode(os.fsencode(final.name)[:_MAX_NAME])
        temporary = final.with_name(f".{prefix}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
        self._outputs.append(_Output(final, str(target), temporary))
        return temporary

    def drop(self, temporary: Path) -> None:
        """Remove an output that is not needed."""
        self._outputs = [output for output in self._outputs if output.temporary != temporary]
        _remove(temporary)

    def make_folder(self, path: Path) -> None:
        """Create a folder for outputs, and its parents; raises `OutputError`."""
        missing = []
        while not path.exists():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            try:
                folder.mkdir()
            except OSError as error:
                raise output_error(error, folder) from error
            self._created.append(folder)

    def remove_on_commit(self, path: Path) -> None:
        """Remove a file of an earlier run on `commit`, for which this run has no counterpart."""
        self._stale.append(path)

    def commit(self) -> None:
        """Sync and rename all outputs; if this raises `OutputError`, leaving the context restores all targets."""
        self._stop_syncing()
        for output in self._outputs:
            try:
                output.sync()
            except OSError as error:
                raise output_error(error, output.name) from error
        for output in self._outputs:
            try:
                output.move()
            except OSError as error:
                raise output_error(error, output.name) from error
        self._committed = True
        for folder in {output.target.parent for output in self._outputs}:
            with contextlib.suppress(OSError):  # some file systems do not support syncing a folder
                _sync(folder)

    def _sync_early(self) -> None:
        while not self._ending.wait(_SYNC_SECONDS):
            for output in tuple(self._outputs):
                output.sync_early()

    def _stop_syncing(self) -> None:
        self._ending.set()
        if self._thread:
            self._thread.join()

    def __enter__(self) -> Self:
        """Start the thread that syncs early."""
        self._thread = threading.Thread(target=self._sync_early, name="crowdarrow-sync", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Restore all targets unless committed, then remove temporary and stale files."""
        self._stop_syncing()
        for output in self._outputs:
            if not self._committed:
                with contextlib.suppress(OSError):
                    output.undo()
            _remove(output.temporary)
            if output.backup and output.target.exists():
                _remove(output.backup)
        if self._committed:
            for path in self._stale:
                _remove(path)
            return
        for folder in reversed(self._created):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _sync_tree(path: Path) -> None:
    if path.is_dir():
        for child in sorted(path.iterdir()):
            _sync_tree(child)
    _sync(path)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot sync a folder
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            import shutil

            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
