"""Files that become objects of a store: written to a folder of this computer, and sent when all are complete."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit, urlunsplit

from crowdarrow.errors import CrowdarrowError, OutputError, UsageError
from crowdarrow.sinks.claims import announce_tree
from crowdarrow.sinks.leftovers import is_temporary
from crowdarrow.sinks.manifest import files_below
from crowdarrow.stores.client import require_obstore
from crowdarrow.stores.upload import NewObject, Uploads, check_absent
from crowdarrow.stores.urls import URL, Address, address_of, file_name, output_path, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType


@dataclass(frozen=True)
class Place:
    """An output that is a URL.

    Attributes:
        address: the object or the folder.
        base: the local folder in place of the one that has the URL's last part.
        name: that last part.
        is_folder: whether the output is a folder.
    """

    address: Address
    base: Path
    name: str
    is_folder: bool

    @property
    def local(self) -> Path:
        """The file or folder on this computer."""
        return self.base / self.name

    def of(self, path: str | Path) -> Address:
        """The address of a local file."""
        inner = PurePosixPath(Path(path).relative_to(self.base).as_posix())
        if str(inner) == self.name:
            return self.address
        return beside(self.address, str(inner))

    def files(self) -> Iterator[Path]:
        """The files that the run has written, without locks."""
        yield from written_at(self.local)


class LocalFolder:
    """The folder of this computer with the files of a run that become objects.

    Attributes:
        places: the outputs that are URLs, by the argument that names them.
    """

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def add(self, argument: str, address: Address, *, is_folder: bool) -> Place:
        """Make the place of an output; its folder is not made."""
        if self._temporary is None:
            self._temporary = temporary_folder()
        base = Path(self._temporary.name, argument)
        base.mkdir()
        found = self.places[argument] = Place(address, base, file_name(address), is_folder)
        return found

    def shown(self, text: str) -> str:
        """A text with URLs in the place of paths on this computer."""
        for place in self.places.values():
            text = text.replace(str(place.local), place.address.name.rstrip("/")).replace(
                f"{place.base}{os.sep}", f"{place.address.name.rstrip('/').rpartition('/')[0]}/"
            )
        return text

    def __enter__(self) -> Self:
        """Return `self`."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folder. An error names the URLs, and that folder only where its disk is full."""
        if self._temporary is None:
            return
        if isinstance(error, CrowdarrowError):
            text = self.shown(str(error))
            if isinstance(error, OutputError) and error.errno is not None:
                text += f" (its files are written to {tempfile.gettempdir()} first; TMPDIR names another folder)"
            error.args = (text,)
        self._temporary.cleanup()


class SentFiles(LocalFolder):
    """The files of a run of which none depends on what is in the store.

    Args:
        force: whether objects that exist are replaced.
    """

    def __init__(self, *, force: bool) -> None:
        super().__init__()
        self._force = force

    def path(self, output: Any, argument: str, *, is_folder: bool = False) -> Any:
        """The path on this computer at which an output is written: its own, unless it is a URL.

        Raises:
            UsageError: it is stdout, or a URL that cannot be written.
            OutputExistsError: there is an object, and `force` was not given.
            CrowdarrowError: obstore is not installed.
        """
        output = output_path(output, argument)
        if not (isinstance(output, str) and URL.match(output)):
            return output
        address = address_of(output, argument)
        require_obstore()
        if not is_folder and (not file_name(address) or output.endswith("/")):
            msg = f"`{argument}` is not a file ({address.name}); name one"
            raise UsageError(msg)
        if not (is_folder or self._force):
            check_absent(address)
        return str(self.add(argument, address, is_folder=is_folder).local)

    def send(self) -> None:
        """Send all files.

        Raises:
            OutputError: that failed; no object was replaced, unless the message says so.
        """
        objects = [
            NewObject(path, place.of(path), self._force)
            for place in self.places.values()
            for path in place.files()
            if not (place.is_folder and path.name.startswith("."))  # a lock
        ]
        if objects:
            with Uploads(objects) as uploads:
                uploads.send()
                uploads.complete(objects)
                uploads.keep()


def written_at(path: Path) -> Iterator[Path]:
    """The files in a folder, without locks, or the file, if there is one."""
    if path.is_dir():
        yield from (path / name for name in files_below(path) if not is_temporary(name))
    elif path.exists():
        yield path


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A folder of this computer, which is removed if the run is killed."""
    found = tempfile.TemporaryDirectory(prefix="crowdarrow-", ignore_cleanup_errors=True)
    announce_tree(Path(found.name))
    return found


def beside(address: Address, name: str, *, is_inside: bool = False) -> Address:
    """The address of what is beside an address, or inside a folder."""
    if address.is_bucket:
        return address.sibling(str(PurePosixPath(address.key).parent / name))
    parts = urlsplit(address.root)
    folder = parts.path.rstrip("/")
    root = urlunsplit(parts._replace(path=folder if is_inside else folder.rpartition("/")[0]))
    return Address(address.scheme, root, name, f"{shown_url(root)}/{name}")
