"""Outputs that are whole or not there: written beside the target, synced, then renamed, all together."""

import contextlib
import errno
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from crowdarrow.errors import OutputError

# How often what has been written so far is handed to the disk. A run of a few megabytes is over before.
_SYNC_SECONDS = 0.5
_MAX_NAME = 180  # leaves room in a file name's 255 bytes for the parts around it

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
    """An `OutputError` of one line that says what failed, where, and what to do."""
    reason = error.strerror or str(error)
    advice = _ADVICE.get(error.errno or 0, "nothing was changed")
    made = OutputError(f"cannot write {target}: {reason[:1].lower()}{reason[1:]}; {advice}")
    made.errno = error.errno
    return made


@dataclass
class _Entry:
    """One output, and how far it is."""

    target: Path
    shown: str
    temporary: Path
    existed: bool = False
    backup: Path | None = None
    moving: bool = False
    failed: OSError | None = None

    def sync_early(self) -> None:
        """Have the disk take what is written so far. An error is kept: the system tells of each one only once."""
        try:
            if self.failed is None and self.temporary.is_file():  # of a folder, most files are whole only at last
                _sync(self.temporary)
        except FileNotFoundError:
            pass  # dropped just now
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
            if self.target.is_dir():
                self.target.replace(self.backup)
            else:
                # A second name for the earlier file, where the file system has such: so there is no moment
                # without an output. Elsewhere the rename below still replaces it in one step.
                with contextlib.suppress(OSError):
                    os.link(self.target, self.backup)
        self.moving = True
        self.temporary.replace(self.target)

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
    """The outputs of one run.

    Each gets a temporary name beside its target (`.<name>.<pid>-<random>.tmp`). `commit` syncs them to disk
    and renames them all; if that fails half-way, what was there before is put back. Leaving the context
    without `commit`, by whatever exception, removes every temporary file and every folder made here. Within the
    context a thread syncs what is written so far every half second, so that `commit` has little to wait for.
    """

    _entries: list[_Entry] = field(default_factory=list)
    _stale: list[Path] = field(default_factory=list)
    _made: list[Path] = field(default_factory=list)
    _committed: bool = False
    _ending: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def add(self, target: str | Path) -> Path:
        """Where to write what shall be at `target` (a file or a folder) in the end. Nothing is made yet."""
        # Through a symlink: the file it leads to is replaced, and the link stays.
        final = Path(os.path.realpath(target))
        name = os.fsdecode(os.fsencode(final.name)[:_MAX_NAME])
        temporary = final.with_name(f".{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
        self._entries.append(_Entry(final, str(target), temporary))
        return temporary

    def drop(self, temporary: Path) -> None:
        """Forget an output that turned out not to be needed."""
        self._entries = [entry for entry in self._entries if entry.temporary != temporary]
        _remove(temporary)

    def make_folder(self, path: Path) -> None:
        """Make a folder (and those above it) for outputs to stand in; raises `OutputError`."""
        missing = []
        while not path.exists():
            missing.append(path)
            path = path.parent
        for folder in reversed(missing):
            try:
                folder.mkdir()
            except OSError as error:
                raise output_error(error, folder) from error
            self._made.append(folder)

    def remove_on_commit(self, path: Path) -> None:
        """Remove a file of an earlier run that this run has no counterpart for."""
        self._stale.append(path)

    def commit(self) -> None:
        """Sync and rename everything; raises `OutputError` with all targets as they were."""
        self._stop_syncing()
        for entry in self._entries:
            try:
                entry.sync()
            except OSError as error:
                raise output_error(error, entry.shown) from error
        for entry in self._entries:
            try:
                entry.move()
            except OSError as error:
                raise output_error(error, entry.shown) from error
        self._committed = True
        for folder in {entry.target.parent for entry in self._entries}:
            with contextlib.suppress(OSError):  # not every file system lets a folder be synced
                _sync(folder)

    def _sync_early(self) -> None:
        while not self._ending.wait(_SYNC_SECONDS):
            for entry in tuple(self._entries):
                entry.sync_early()

    def _stop_syncing(self) -> None:
        self._ending.set()
        if self._thread:
            self._thread.join()

    def __enter__(self) -> Self:
        """Start the thread that syncs."""
        self._thread = threading.Thread(target=self._sync_early, name="crowdarrow-sync", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Undo everything unless committed; remove what was only needed until now."""
        self._stop_syncing()
        for entry in self._entries:
            if not self._committed:
                with contextlib.suppress(OSError):
                    entry.undo()
            _remove(entry.temporary)
            if entry.backup and entry.target.exists():
                _remove(entry.backup)
        if self._committed:
            for path in self._stale:
                _remove(path)
            return
        for folder in reversed(self._made):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _sync_tree(path: Path) -> None:
    if path.is_dir():
        for child in sorted(path.iterdir()):
            _sync_tree(child)
    _sync(path)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows has no handle on a folder that could be synced
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
