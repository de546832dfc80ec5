"""Where the files of parts are: in a folder that all processes see, or in a bucket."""

from __future__ import annotations

import contextlib
import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from crowdarrow.conversion.targets import path_of_output
from crowdarrow.errors import UsageError
from crowdarrow.sinks.atomic import output_errors
from crowdarrow.sinks.sending import temporary_folder
from crowdarrow.stores.ahead import together
from crowdarrow.stores.client import require_obstore
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.upload import NewObject, Uploads, delete_below, objects_below
from crowdarrow.stores.urls import URL, Address, address_of, local_path

if TYPE_CHECKING:
    import tempfile
    from collections.abc import Iterator, Mapping

_MOST_COPIED = 4 << 30
"""Stores copy objects of up to 5 GB by one request."""


class LocalPlace:
    """A folder.

    Args:
        path: its path.

    Attributes:
        name: its name for messages.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)

    def has(self, name: str) -> bool:
        """Whether a file is there."""
        return (self._path / name).is_file()

    def names_in(self, folder: str) -> list[str]:
        """The names of the files in an inner folder."""
        with contextlib.suppress(OSError):
            return sorted(f"{folder}/{one.name}" for one in (self._path / folder).iterdir())
        return []

    @contextlib.contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """The path of a file, which need not exist, within the context."""
        yield self._path / name

    def place(self, name: str, target: Path) -> Address | None:
        """Make a hard link to a file, which thus stays if the merging fails. Copy it if there are no links."""
        try:
            os.link(self._path / name, target)
        except OSError:
            shutil.copyfile(self._path / name, target)
        return None

    def fetch(self, folder: str) -> None:
        """Do nothing: the files are there."""

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """The folder in which new files are written, under temporary names."""
        yield self._path

    def publish(self, files: Mapping[str, Path]) -> None:
        """Give new files their names, in their order. One that does not exist is removed."""
        for name, path in files.items():
            final = self._path / name
            with output_errors(str(final)):
                if path.exists():
                    path.replace(final)
                else:
                    final.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder; never raises."""
        shutil.rmtree(self._path, ignore_errors=True)

    def __enter__(self) -> Self:
        """Do nothing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Do nothing."""


class StorePlace:
    """A folder of a bucket. Within the context, files are fetched to this computer as they are read.

    Args:
        address: its address.

    Attributes:
        name: its name for messages.
    """

    def __init__(self, address: Address) -> None:
        self._address = address
        self.name = address.name.rstrip("/")
        self._sizes: dict[str, int] | None = None
        self._fetched: set[str] = set()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def has(self, name: str) -> bool:
        """Whether a file was there when this was first asked."""
        return name in self._files

    def names_in(self, folder: str) -> list[str]:
        """The names of the files in an inner folder."""
        return [name for name in self._files if name.startswith(f"{folder}/")]

    def fetch(self, folder: str) -> None:
        """Fetch all files of an inner folder, several at a time: they are small and many."""
        found = self.names_in(folder)
        self._local("")  # several threads at once would make a folder each
        if error := together(partial(self._fetch, name) for name in found):
            raise error
        self._fetched.update(found)

    @contextlib.contextmanager
    def file(self, name: str) -> Iterator[Path]:
        """The path of a copy of a file, within the context; of no file, if there is none."""
        is_once = name in self._files and name not in self._fetched
        path = self._fetch(name) if is_once else self._local(name)
        try:
            yield path
        finally:
            if is_once:
                path.unlink(missing_ok=True)

    def place(self, name: str, target: Path) -> Address | None:
        """Make an empty file in place of an object that the store will copy; returns the object's address."""
        if self._files[name] > _MOST_COPIED:
            with self.file(name) as path:
                path.rename(target)
            return None
        target.touch()
        return self._of(name)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Path]:
        """A folder of this computer, in which new files are written."""
        with temporary_folder() as folder:
            yield Path(folder)

    def publish(self, files: Mapping[str, Path]) -> None:
        """Send new files; the last one when all others are there."""
        objects = [NewObject(path, self._of(name), overwrites=True) for name, path in files.items() if path.exists()]
        with Uploads(objects) as uploads:
            uploads.send()
            uploads.complete(objects[:-1])
            uploads.complete(objects[-1:])
            uploads.keep()

    def remove(self) -> None:
        """Remove the folder."""
        delete_below(self._address)

    @property
    def _files(self) -> dict[str, int]:
        if self._sizes is None:
            prefix = len(self._address.key)
            self._sizes = {key[prefix:]: size for key, size in objects_below(self._address).items()}
        return self._sizes

    def _of(self, name: str) -> Address:
        return self._address.sibling(self._address.key + name)

    def _local(self, name: str) -> Path:
        if self._temporary is None:
            self._temporary = temporary_folder()
        return Path(self._temporary.name, name)

    def _fetch(self, name: str) -> Path:
        path = self._local(name)
        with output_errors(str(path)):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for chunk in StoreObject(self._of(name)).open():
                    file.write(chunk)
        return path

    def __enter__(self) -> Self:
        """Look again at what is there."""
        self._sizes = None
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the copies."""
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None
            self._fetched.clear()


def place_beside(output: Any, suffix: str) -> LocalPlace | StorePlace:
    """The folder whose name is that of an output with a suffix.

    Raises:
        UsageError: the output is not a path, is a whole bucket, or on a web server.
        CrowdarrowError: obstore is not installed.
    """
    output = path_of_output(local_path(output))
    if not URL.match(output):
        return LocalPlace(Path(os.path.abspath(output) + suffix))  # noqa: PTH100 - links are not followed
    address = address_of(output, "output")
    if not address.is_bucket:
        msg = f"`output` is on a web server ({address.name}), which cannot list parts; name a bucket or a folder"
        raise UsageError(msg)
    key = address.key.rstrip("/")
    if not key:
        msg = f"`output` is a whole bucket ({address.name}); name a file or a folder in it"
        raise UsageError(msg)
    require_obstore()
    return StorePlace(address.sibling(f"{key}{suffix}/"))
