"""Replacing a file, or removing one, such that a failed commit can undo it."""

import contextlib
import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from crowdarrow.sinks.rename import exchange, rename_new
from crowdarrow.sinks.sync import sync


@dataclass(eq=False)
class FileOutput:
    """A file and its state during the commit.

    Attributes:
        target: the file, links followed.
        name: the file as the user named it.
        stage: where the run writes it until the commit.
        force: whether a file that exists is replaced.
        is_table: whether it is a table, which gets its name after all other files.
        failed: an error while the data was written to the disk early.
    """

    target: Path
    name: str
    stage: Path
    force: bool
    is_table: bool
    failed: OSError | None = None
    _identity: tuple[int, int] | None = None

    @property
    def backup(self) -> Path:
        """Where the earlier file is if the file system cannot exchange two files."""
        return self.stage.with_suffix(".old")

    @property
    def temporaries(self) -> list[Path]:
        """The files that are written so far."""
        return [self.stage]

    def sync(self) -> None:
        """Write the file to the disk."""
        sync(self.stage)

    def move(self) -> None:
        """Give the file its name; raises `FileExistsError` if a file exists that may not be replaced."""
        self._identity = _identity(self.stage)
        try:
            rename_new(self.stage, self.target)
        except FileExistsError:
            if not self.force:
                raise
            self._replace()

    def is_moved(self) -> bool:
        """Whether the file has its name. This is decided by the disk: a signal may come after any step."""
        return self._identity is not None and _identity(self.target) == self._identity

    def undo(self) -> None:
        """Restore the earlier file after a commit that failed."""
        if os.path.lexists(self.backup):
            self.backup.replace(self.target)
        elif self.is_moved():
            if not os.path.lexists(self.stage):
                self.target.rename(self.stage)
            elif not exchange(self.stage, self.target):
                self.stage.replace(self.target)

    def finish(self, *, keep: bool) -> None:
        """Remove the earlier file after a commit, or else, unless `keep`, the new one."""
        paths = [self.backup] if keep and not self.is_moved() else [self.stage, self.backup]
        for path in paths:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _replace(self) -> None:
        mode = self.target.lstat().st_mode
        if not stat.S_ISREG(mode):
            raise FileExistsError(errno.EEXIST, "it is not a file", str(self.target))
        self.stage.chmod(stat.S_IMODE(mode) & 0o777)
        if exchange(self.stage, self.target):
            return
        try:
            os.link(self.target, self.backup)  # so that the target is never missing
        except OSError:
            self.target.rename(self.backup)
        self.stage.replace(self.target)


@dataclass(eq=False)
class Removal:
    """A file of an earlier run for which this run has no counterpart; it goes before the new tables come."""

    target: Path
    name: str
    stage: Path
    is_table: bool = False
    failed: OSError | None = None

    @property
    def temporaries(self) -> list[Path]:
        """None: nothing is written."""
        return []

    def sync(self) -> None:
        """Do nothing."""

    def move(self) -> None:
        """Move the file away."""
        if self.target.is_file():
            self.target.rename(self.stage)

    def is_moved(self) -> bool:
        """Whether the file is gone."""
        return not os.path.lexists(self.target)

    def undo(self) -> None:
        """Restore the file."""
        if os.path.lexists(self.stage):
            rename_new(self.stage, self.target)

    def finish(self, *, keep: bool) -> None:  # noqa: ARG002 - nothing is new
        """Remove the file."""
        self.stage.unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
