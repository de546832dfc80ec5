"""The manifest of a folder of tables: which of its files a run wrote. Only these are ever removed or replaced."""

import glob
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import quote

from crowdarrow.sinks.protocol import PARTITION_FILE

MANIFEST = "crowdarrow.json"
PARTITIONS_MANIFEST = "_crowdarrow.json"
"""The manifest's name in a folder that is itself one partitioned table: readers of such folders skip this name."""
MOST_BYTES = 64 << 20


class Manifest(NamedTuple):
    """The manifest of an earlier run."""

    name: str
    run_id: str
    files: tuple[str, ...]
    """The run's files, relative to the folder, with `/`, without the manifest."""


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of a folder; None if there is none.

    Raises:
        ValueError: a file with its name is not a manifest.
        OSError: it cannot be read.
    """
    for name in (MANIFEST, PARTITIONS_MANIFEST):
        path = folder / name
        try:
            if not os.path.lexists(path):
                continue
            with path.open("rb") as file:
                return parsed_manifest(name, file.read(MOST_BYTES))
        except IsADirectoryError as error:
            raise ValueError(name) from error
    return None


def parsed_manifest(name: str, data: bytes) -> Manifest:
    """The manifest that a file has.

    Raises:
        ValueError: it is not a manifest.
    """
    try:
        members = json.loads(data)
        files, run_id = members["files"], members["run_id"]
    except (LookupError, TypeError, RecursionError, ValueError) as error:
        raise ValueError(name) from error
    if not isinstance(files, list) or not all(map(_is_inside, files)) or not isinstance(run_id, str):
        raise ValueError(name)
    return Manifest(name, run_id, tuple(files))


def files_of_run(folder: Path, partitions: Mapping[str, tuple[str, ...]]) -> set[str]:
    """The files in a folder that an earlier run wrote, relative to it, the manifest included.

    These are the files that the manifest names, and those of the partitions of the tables in `partitions` (by the
    folder of the table, the partition columns), as runs before the first manifest wrote them. Links, and paths that a
    link leads out of the folder, are not among them.

    Raises:
        ValueError: a file with the manifest's name is not a manifest.
        OSError: it cannot be read.
    """
    found: set[str] = set()
    for part in ("", *partitions):
        below = folder / part
        if part and not _is_real(folder, part):
            continue
        if manifest := read_manifest(below):
            names = (*manifest.files, manifest.name)
            found.update(str(PurePosixPath(part, name)) for name in names)
    for part, columns in partitions.items():
        found.update(str(PurePosixPath(part, name)) for name in _partition_files(folder / part, columns))
    return {name for name in found if _is_real(folder, name) and _is_regular(folder / name)}


def files_below(folder: Path) -> Iterator[str]:
    """All files below a folder, relative to it, in the order of their names; links and special files too."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            yield from (f"{entry.name}/{name}" for name in files_below(Path(entry.path)))
        else:
            yield entry.name


def has_others(folder: Path, files: set[str]) -> bool:
    """Whether a folder has anything besides some files and their folders."""
    folders = {str(parent) for name in files for parent in PurePosixPath(name).parents}

    def others(part: str) -> bool:
        with os.scandir(folder / part) as entries:
            for entry in entries:
                name = f"{part}/{entry.name}" if part else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if name not in folders or others(name):
                        return True
                elif name not in files:
                    return True
        return False

    return others("")


def _partition_files(root: Path, columns: tuple[str, ...]) -> Iterator[str]:
    """The files `column=value/part-0.parquet`, and the single file of a table without rows."""
    if not columns:
        return
    if (root / PARTITION_FILE).is_file():
        yield PARTITION_FILE
    pattern = "/".join(f"{glob.escape(quote(column, safe=''))}=*" for column in columns)
    for path in root.glob(f"{pattern}/{PARTITION_FILE}"):
        yield path.relative_to(root).as_posix()


def _is_inside(name: object) -> bool:
    """Whether a name in a manifest is that of a file below the folder."""
    if not isinstance(name, str) or not name or "\0" in name or "\\" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and str(path) == name and ":" not in path.parts[0]


def _is_real(folder: Path, name: str) -> bool:
    """Whether a file is below the folder itself and not below a link in it."""
    return not any((folder / parent).is_symlink() for parent in PurePosixPath(name).parents if parent.name)


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False
