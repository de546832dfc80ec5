"""Atomic outputs: all are written under temporary names, synced, and renamed when all are complete."""

import contextlib
import errno
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from crowdarrow.errors import CrowdarrowError, OutputError, OutputExistsError
from crowdarrow.sinks.claims import announce_folder, announce_output
from crowdarrow.sinks.file import FileOutput, Removal
from crowdarrow.sinks.folder import FolderOutput
from crowdarrow.sinks.leftovers import clean_up, lock_path, new_token, temporary_name
from crowdarrow.sinks.lock import OutputLock, remove_unlocked
from crowdarrow.sinks.manifest import files_of_run
from crowdarrow.sinks.sync import sync

# Interval at which the data written so far is synced. A run of a few megabytes ends before the first sync.
_SYNC_SECONDS = 0.5

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


class Staging:
    """The outputs of one run, which appear together or not at all.

    Each output has a lock and a temporary name beside its target (`.<name>.<process>-<random>.tmp`). `commit` syncs all
    outputs and renames them, the tables last; if a rename fails, the earlier files are restored. Leaving the context
    without `commit` removes all temporary files and all folders created by `make_folder`. Within the context, a thread
    syncs the data written so far every half second, which leaves `commit` little to sync.

    Args:
        force: whether files that exist are replaced.

    Attributes:
        leftovers: what was removed or restored after runs that were killed.
    """

    def __init__(self, *, force: bool = False) -> None:
        self.leftovers: list[str] = []
        self._force, self._token = force, new_token()
        self._outputs: list[FileOutput | FolderOutput | Removal] = []
        self._folder: FolderOutput | None = None
        self._locks: dict[Path, OutputLock] = {}
        self._taking: Path | None = None
        self._created: list[Path] = []
        self._is_kept = self._is_pending = False
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def claim(self, target: str | Path) -> None:
        """Lock an output, and remove what killed runs left of it.

        Raises:
            OutputError: another run writes it, or the folder is not writable.
        """
        final = Path(os.path.realpath(target))
        if any(path in self._locks for path in (final, *final.parents)):
            return
        with output_errors(str(target)):
            with contextlib.suppress(FileNotFoundError):
                final.lstat()  # a name may be too long
            path = lock_path(final, inside=not _is_movable(final))
            self._taking = path
            lock = self._locks[final] = OutputLock(path, str(target))
            self._taking = None
            announce_output(final)
            self.leftovers += clean_up(final, lock)

    def folder(self, target: str | Path, partitions: Mapping[str, tuple[str, ...]] | None = None) -> None:
        """Make a folder an output, with all files and folders that are then added below it.

        Args:
            target: the folder.
            partitions: the partition columns of each partitioned table, by its folder relative to `target`.
        """
        final = Path(os.path.realpath(target))
        self.make_folder(final.parent)
        self.claim(target)
        columns = dict(partitions or {})
        with output_errors(str(target)):
            stage = temporary_name(final, self._token)
            if final.is_dir() and not (_is_replaceable(final, columns) and self._can_rename_from(final, stage)):
                stage = temporary_name(final, self._token, inside=True)
        self._folder = FolderOutput(final, str(target), stage, self._force, columns)
        self._outputs.append(self._folder)

    def add(self, target: str | Path, *, is_table: bool = False) -> Path:
        """Temporary path for the file that `commit` renames to `target`. Nothing is created yet.

        Within the folder that is an output, `target` may be a folder.
        """
        # If the target is a symlink, the file that the link points to is replaced and the link stays.
        final = Path(os.path.realpath(target))
        if (inner := self._in_folder(target)) and self._folder:
            return self._folder.path_of(inner)
        self.claim(target)
        output = FileOutput(final, str(target), temporary_name(final, self._token), self._force, is_table)
        self._outputs.append(output)
        return output.stage

    def _can_rename_from(self, folder: Path, path: Path) -> bool:
        """Whether files can be renamed from a folder to a path; not if a mount point is between them."""
        probe = temporary_name(folder, self._token, inside=True)
        probe.mkdir()
        try:
            probe.rename(path)
        except OSError:
            probe.rmdir()
            return False
        path.rmdir()
        return True

    @property
    def folder_stage(self) -> Path | None:
        """The temporary path of the folder that is an output."""
        return self._folder.stage if self._folder else None

    def drop(self, temporary: Path) -> None:
        """Remove an output that is not needed."""
        self._outputs = [output for output in self._outputs if output.stage != temporary]
        temporary.unlink(missing_ok=True)

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
            announce_folder(folder)

    def remove_on_commit(self, path: Path) -> None:
        """Remove a file of an earlier run on `commit`, for which this run has no counterpart."""
        if (inner := self._in_folder(path)) and self._folder:
            self._folder.also_earlier.add(inner.relative_to(self._folder.target).as_posix())
        elif path.exists():
            final = Path(os.path.realpath(path))
            self._outputs.append(Removal(final, str(path), temporary_name(final, self._token).with_suffix(".old")))

    def commit(self, then: Callable[[], object] | None = None) -> None:
        """Sync and rename all outputs; if this raises `OutputError`, leaving the context restores all targets.

        Args:
            then: is called when all have their names. If it raises, files get their earlier contents back.
        """
        self._stop_syncing()
        for output in self._outputs:
            try:
                if output.failed is not None:
                    raise output.failed
                output.sync()
            except OSError as error:
                raise output_error(error, output.name) from error
        self._outputs.sort(key=_is_last)
        for output in self._outputs:
            try:
                output.move()
            except FileExistsError as error:
                raise self._appeared(output, error) from error
            except OSError as error:
                raise output_error(error, output.name) from error
        for folder in {output.target.parent for output in self._outputs}:
            with contextlib.suppress(OSError):  # some file systems do not support syncing a folder
                sync(folder)
        if then is not None:
            self._is_pending = True
            then()
            self._is_pending = False

    def _appeared(self, output: FileOutput | FolderOutput | Removal, error: FileExistsError) -> OutputExistsError:
        """The error for a file that another program created during the run; the run's files are kept."""
        self._is_kept = True
        kept = ", ".join(str(one.stage) for one in self._outputs if not isinstance(one, Removal))
        what = error.filename2 or error.filename or output.name
        msg = f"cannot write {output.name}: {what} was created during the run; this run's output is kept in {kept}"
        result = OutputExistsError(msg)
        result.errno = error.errno
        return result

    def _in_folder(self, target: str | Path) -> Path | None:
        """The target's path, links in the folder itself not followed, if it is in the folder that is an output."""
        if self._folder is None:
            return None
        # Not resolved: a link in the folder is a file of the folder.
        given, folder = (Path(os.path.abspath(path)) for path in (target, self._folder.name))  # noqa: PTH100
        if folder in (given, *given.parents):
            return self._folder.target / given.relative_to(folder)
        path = Path(os.path.realpath(given.parent), given.name)
        return path if self._folder.target in (path, *path.parents) else None

    def _sync_early(self) -> None:
        """Sync the data written so far. An error is kept, because the system reports each error only once."""
        while not self._ending.wait(_SYNC_SECONDS):
            for output in tuple(self._outputs):
                try:
                    for path in output.temporaries if output.failed is None else ():
                        with contextlib.suppress(FileNotFoundError):  # not created yet, or removed in the meantime
                            sync(path)
                except OSError as error:
                    output.failed = error

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
        """Restore all targets unless all are committed, then remove temporary files, earlier files and locks."""
        self._stop_syncing()
        done = bool(self._outputs) and not self._is_pending and all(output.is_moved() for output in self._outputs)
        for output in reversed(self._outputs):
            with contextlib.suppress(OSError):
                if not done:
                    output.undo()
                output.finish(keep=self._is_kept)
        for lock in self._locks.values():
            lock.release()
        if self._taking:
            remove_unlocked(self._taking)
        for folder in reversed(self._created if not done else ()):
            with contextlib.suppress(OSError):
                folder.rmdir()


def _is_last(output: FileOutput | FolderOutput | Removal) -> bool:
    """Whether an output gets its name after all other files: a table, which is then never there without them."""
    return isinstance(output, FolderOutput) or output.is_table


def _is_movable(target: Path) -> bool:
    """Whether a folder or file may be renamed: its parent is writable and on the same file system."""
    parent = target.parent
    if not target.is_dir():
        return True
    return os.access(parent, os.W_OK) and target.stat().st_dev == parent.stat().st_dev


def _is_replaceable(target: Path, partitions: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether a folder may be replaced whole: it is not the current directory, and is empty or of an earlier run."""
    here = Path.cwd()
    if not _is_movable(target) or here == target or target in here.parents:
        return False
    return not list(target.iterdir()) or bool(files_of_run(target, partitions))
