"""Replacing a folder of tables whole.

A run writes its files into a separate folder, the stage. The commit exchanges the stage and the target in one step.
That is impossible if the target has files that no manifest names, if it is a mount point or the current
directory, or on a file system without such a step. Then the files are moved one by one: first the earlier manifest to a
backup folder, then each file, and the new manifest last. A kill during this leaves a folder without a manifest, and
`roll_back` restores what was there before.
"""

import contextlib
import errno
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from crowdarrow.sinks.manifest import (
    MANIFEST,
    PARTITIONS_MANIFEST,
    files_below,
    files_of_run,
    has_others,
    read_manifest,
)
from crowdarrow.sinks.rename import exchange, rename_new
from crowdarrow.sinks.sync import sync, sync_tree

_MANIFESTS = {MANIFEST, PARTITIONS_MANIFEST}


@dataclass(eq=False)
class FolderOutput:
    """A folder of tables and its state during the commit.

    Attributes:
        target: the folder, links followed.
        name: the folder as the user named it.
        stage: where the run's files are until the commit.
        force: whether files that exist are replaced, and other files of earlier runs removed.
        partitions: the partition columns of each partitioned table, by its folder relative to the target.
    """

    target: Path
    name: str
    stage: Path
    force: bool
    partitions: dict[str, tuple[str, ...]] = field(default_factory=dict)
    also_earlier: set[str] = field(default_factory=set)
    """Further files of earlier runs, relative to the target, that are removed."""
    failed: OSError | None = None
    _added: list[Path] = field(default_factory=list)
    _earlier: set[str] = field(default_factory=set)
    _identity: tuple[int, int] | None = None

    @property
    def backup(self) -> Path:
        """Where the commit puts earlier files if it moves files one by one."""
        return self.stage.with_suffix(".old")

    @property
    def temporaries(self) -> list[Path]:
        """The files that are written so far, without those of partitions, which are many."""
        return [path for path in tuple(self._added) if path.is_file()]

    def path_of(self, target: Path) -> Path:
        """The path in the stage for a file or folder of the target; its parents are created."""
        path = self.stage / target.relative_to(self.target)
        if path != self.stage:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._added.append(path)
        return path

    def sync(self) -> None:
        """Write all files to the disk."""
        sync_tree(self.stage)

    def move(self) -> None:
        """Give the files their names; raises `FileExistsError` if a file exists that may not be replaced."""
        found = self.stage.stat()
        self._identity = (found.st_dev, found.st_ino)
        if not os.path.lexists(self.target):
            rename_new(self.stage, self.target)
            return
        if self.force:
            try:
                self._earlier = files_of_run(self.target, self.partitions) | self.also_earlier
            except ValueError as error:  # checked at the start: it has been changed since
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self.target / str(error))) from error
        self._keep_modes()
        if self.stage.parent == self.target or has_others(self.target, self._earlier):
            self._merge()
        elif not self._earlier and self._replace_empty():
            pass
        elif exchange(self.stage, self.target):
            self._bring_over()
        else:
            self._merge()

    def is_moved(self) -> bool:
        """Whether the files have their names. This is decided by the disk: a signal may come after any step."""
        if self._identity is None:
            return False
        if self.stage.parent != self.target:
            with contextlib.suppress(OSError):
                found = self.target.stat()
                if (found.st_dev, found.st_ino) == self._identity:
                    return True
        return self.backup.is_dir() and not _has_manifest(self.stage)

    def undo(self) -> None:
        """Restore the earlier files after a commit that failed."""
        if self.backup.is_dir() and _has_manifest(self.stage):
            roll_back(self.target, self.stage, self.backup)

    def finish(self, *, keep: bool) -> None:
        """Remove the earlier files after a commit, or else, unless `keep`, the new ones."""
        if self.is_moved():
            remove_files(self.backup, files_below(self.backup) if self.backup.is_dir() else ())
            remove_earlier(self.stage, self._earlier, self.target)
            _remove_empty(self.target, self._earlier)
        elif not keep:
            remove_tree(self.stage)

    def _replace_empty(self) -> bool:
        """Replace the target if it is an empty folder."""
        try:
            self.stage.rename(self.target)
        except OSError:
            return False
        return True

    def _keep_modes(self) -> None:
        mode = stat.S_IMODE(self.target.stat().st_mode)
        if self.stage.parent != self.target:
            self.stage.chmod(mode)
        for name in files_below(self.stage):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                found = os.lstat(self.target / name)
                if stat.S_ISREG(found.st_mode) and self.force:
                    (self.stage / name).chmod(stat.S_IMODE(found.st_mode) & 0o777)

    def _bring_over(self) -> None:
        """Move files that another program added just before the exchange to the new folder."""
        for name in files_below(self.stage):
            if name not in self._earlier:
                (self.target / name).parent.mkdir(parents=True, exist_ok=True)
                with contextlib.suppress(OSError):
                    rename_new(self.stage / name, self.target / name)

    def _merge(self) -> None:
        """Move the files one by one, the manifest last."""
        files = sorted(files_below(self.stage), key=_is_manifest)
        if not self.force:
            for name in files:
                if os.path.lexists(self.target / name):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(self.target / name))
        self.backup.mkdir()
        sync(self.backup.parent)
        removed = self._earlier - {name for name in files if not _is_manifest(name)}
        for name in sorted(sorted(removed), key=_is_manifest, reverse=True):
            _move(self.target / name, self.backup / name)
        for name in files:
            if _is_manifest(name):
                self._sync_folders(files)
            self._replace(name)
        self._sync_folders(files)

    def _replace(self, name: str) -> None:
        new, there = self.stage / name, self.target / name
        there.parent.mkdir(parents=True, exist_ok=True)
        if self.force and (there.is_file() or there.is_symlink()):
            old = self.backup / name
            old.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(there, old, follow_symlinks=False)  # so that the file is never missing
            except OSError:
                there.rename(old)
            new.replace(there)
        else:
            rename_new(new, there)

    def _sync_folders(self, files: Iterable[str]) -> None:
        for folder in {(self.target / name).parent for name in files}:
            with contextlib.suppress(OSError):
                sync(folder)


def roll_back(target: Path, stage: Path, backup: Path) -> None:
    """Undo a commit that moved some files of a stage to the target, and earlier files to a backup."""
    manifest = read_manifest(stage)
    new = (*manifest.files, manifest.name) if manifest else ()
    for name in new:
        if _is_moved(stage / name, target / name) and not os.path.lexists(backup / name):
            with contextlib.suppress(FileNotFoundError):
                (target / name).unlink()
    for name in sorted(files_below(backup), key=_is_manifest):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (backup / name).replace(target / name)
    _remove_empty(target, new)
    remove_tree(backup)


def remove_files(folder: Path, files: Iterable[str]) -> None:
    """Remove some files below a folder, and then the folders that are empty, itself included; never raises.

    A manifest is removed last: a run that is killed here leaves a folder of which the files are known.
    """
    files = sorted(files, key=_is_manifest)
    for name in files:
        with contextlib.suppress(OSError):
            (folder / name).unlink()
    _remove_empty(folder, files)
    with contextlib.suppress(OSError):
        folder.rmdir()


def remove_earlier(folder: Path, files: Iterable[str], target: Path) -> Path | None:
    """Remove the files of an earlier run, which have been replaced.

    Files that another program added at the last moment remain. Their folder gets a name beside the target, which is
    returned.
    """
    files = set(files)
    remove_files(folder, files)
    if not folder.is_dir():
        return None
    if files.issuperset(files_below(folder)):  # empty folders, or files that could not be removed
        remove_tree(folder)
        return None
    kept = target.with_name(f"{target.name}.kept{folder.suffixes[-2] if folder.suffixes[1:] else ''}")
    with contextlib.suppress(OSError):
        rename_new(folder, kept)
    return kept


def remove_tree(path: Path) -> None:
    """Remove a folder that only a run of crowdarrow wrote to; never raises."""
    import shutil  # here, because most runs remove nothing

    shutil.rmtree(path, ignore_errors=True)


def _is_moved(stage: Path, target: Path) -> bool:
    """Whether a file has got its name; for a moment, a file may have both."""
    return not os.path.lexists(stage) or (os.path.lexists(target) and os.path.samestat(stage.lstat(), target.lstat()))


def _move(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        old.rename(new)


def _remove_empty(folder: Path, files: Iterable[str]) -> None:
    """Remove the folders of some files if they are empty."""
    parents = {parent for name in files for parent in PurePosixPath(name).parents if parent.name}
    for parent in sorted(parents, key=lambda parent: len(parent.parts), reverse=True):
        with contextlib.suppress(OSError):
            (folder / parent).rmdir()


def _is_manifest(name: str) -> bool:
    """Whether a file is a manifest: these come last, and go first."""
    return PurePosixPath(name).name in _MANIFESTS


def _has_manifest(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _MANIFESTS)
