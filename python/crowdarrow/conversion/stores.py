"""Outputs that are URLs: a run writes their files to a folder on this computer, which the commit sends."""

from __future__ import annotations

import itertools
from dataclasses import replace
from operator import itemgetter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from crowdarrow.conversion.local_outputs import Outputs
from crowdarrow.conversion.rejects import HEADER
from crowdarrow.errors import OutputError, OutputExistsError, UsageError
from crowdarrow.progress import SendingLine
from crowdarrow.sinks.manifest import MANIFEST, MOST_BYTES, PARTITIONS_MANIFEST, parsed_manifest
from crowdarrow.sinks.sending import LocalFolder, Place, beside, written_at
from crowdarrow.stores.client import require_obstore
from crowdarrow.stores.upload import NewObject, Uploads, check_absent, content, delete, exists, objects_below
from crowdarrow.stores.urls import Address, address_of, file_name, is_url, local_path, shown_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from crowdarrow.conversion.options import WriteOptions
    from crowdarrow.read.report import Report
    from crowdarrow.sinks.manifest import Manifest

_MANIFESTS = (MANIFEST, PARTITIONS_MANIFEST)
_REJECTS = ".rejects.csv"
_BESIDE, _NEW, _REPLACED, _LAST = range(4)
"""The ranks of new objects: beside the tables, new, replacing one, and the one that makes the output complete."""


class StoreOutputs(Outputs):
    """The outputs of a run, of which some are URLs.

    Stores have neither links nor locks, and rename nothing. So all files are complete on this computer before the first
    is sent, the large ones are sent before any object is visible, and a table, or the manifest of a folder, comes last.

    Args:
        output: the output.
        options: how it is written.
        urls: the outputs that are URLs, by the argument that names them.
        inputs: the inputs, none of which may be an output.
        has_parts: whether the table of a folder is a folder of files.

    Raises:
        UsageError: a URL cannot be written, or is also an input.
        CrowdarrowError: obstore is not installed.
    """

    def __init__(
        self,
        output: Any,
        options: WriteOptions,
        urls: Mapping[str, str],
        inputs: Iterable[Any],
        *,
        has_parts: bool = False,
    ) -> None:
        super().__init__(output, options)
        self._addresses = {name: address_of(one, name) for name, one in urls.items()}
        self._force = options.force
        self._has_folders = has_parts or bool(options.partition_by)
        self._local = LocalFolder()
        self._places = self._local.places
        self._earlier: Manifest | None = None
        self._is_stale = False
        require_obstore()
        self._check_distinct(inputs)
        for argument, address in self._addresses.items():
            if not file_name(address) or (address.is_bucket and not address.key):
                msg = f"`{argument}` is a whole bucket or server ({address.name}); name a file or a folder in it"
                raise UsageError(msg)

    def __enter__(self) -> Self:
        """Make the folder on this computer."""
        for argument, address in self._addresses.items():
            is_folder = argument == "output" and (address.key or urlsplit(address.root).path).endswith("/")
            self._local.add(argument, address, is_folder=is_folder)
        local: dict[str, Any] = {name: str(place.local) + "/" * place.is_folder for name, place in self._places.items()}
        for argument, inner in self._inside_folder().items():
            path = self._places["output"].local / inner
            path.parent.mkdir(parents=True, exist_ok=True)
            local[argument] = str(path)
            del self._places[argument]
        self.output = local.pop("output", self.output)
        self.options = replace(self.options, **local)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the folder on this computer. An error names the URLs."""
        self._local.__exit__(kind, error, trace)

    def rename(self, report: Report) -> None:
        """Have a report name the URLs."""
        report.outputs = {table: self._local.shown(path) for table, path in report.outputs.items()}
        report.rejects_path = report.rejects_path and self._local.shown(report.rejects_path)

    def check(self, tables: Iterable[str]) -> None:
        """Check that the outputs may be written, before anything is read.

        Args:
            tables: the paths of the tables on this computer.

        Raises:
            OutputError: one exists and `force` was not given, or is part of another run's folder.
        """
        for argument, address in self._addresses.items():
            if argument != "output":
                self._check_file(address)
                continue
            place = self._places[argument]
            self._check_outer(place)
            if place.is_folder:
                self._check_folder(place, tables)
            if "rejects" not in self._addresses and self.options.rejects is None:
                self._check_default_rejects(place.of(place.base / f"{place.name}{_REJECTS}"))
            if not place.is_folder:
                self._check_file(place.address)

    def commit(self) -> None:
        """Send all files.

        Raises:
            OutputError: that failed; no object was replaced, unless the message says so.
        """
        ranked = self._ranked()
        objects = [one for _, one in ranked]
        earlier = self._earlier_objects()
        is_begun = False
        total = sum(one.path.stat().st_size for one in objects)
        with SendingLine(total, is_shown=self.options.progress is True) as line, Uploads(objects, line) as uploads:
            uploads.send()
            try:
                for rank, group in itertools.groupby(ranked, key=itemgetter(0)):
                    if rank == _REPLACED and earlier:
                        is_begun = True
                        delete(earlier[-1])  # the manifest: without it, the folder counts as incomplete
                    uploads.complete([one for _, one in group])
            except OutputError as error:
                if is_begun:
                    folder = self._places["output"].address.name
                    error.args = (f"{error}; {folder} is incomplete now: convert again with `force`",)
                raise
            uploads.keep()
        new = {one.address for one in objects}
        self._remove_earlier(one for one in earlier if one not in new)

    def _inside_folder(self) -> dict[str, str]:
        """The rejects and the report that are in the output's folder, relative to it: its manifest has them."""
        place = self._places.get("output")
        if place is None or not place.is_folder or not place.address.is_bucket:
            return {}
        return {
            argument: address.key.removeprefix(place.address.key)
            for argument, address in self._addresses.items()
            if argument != "output" and address.root == place.address.root and address.key.startswith(place.address.key)
        }

    def _ranked(self) -> list[tuple[int, NewObject]]:
        """The files in the order in which they become objects; those of one rank in any order."""
        earlier = self._earlier_objects()
        found: list[tuple[int, NewObject]] = []
        for argument, place in self._places.items():
            for path in (*place.files(), *written_at(place.base / f"{place.name}{_REJECTS}")):
                address = place.of(path)
                is_last = argument == "output" and (path.name in _MANIFESTS if place.is_folder else path == place.local)
                rank = (
                    _LAST if is_last else _REPLACED if address in earlier else _NEW if argument == "output" else _BESIDE
                )
                found.append((rank, NewObject(path, address, self._force, self.copied.get(path))))
        return sorted(found, key=itemgetter(0))

    def _earlier_objects(self) -> list[Address]:
        """The objects of the earlier run in the output's folder, its manifest last."""
        if self._earlier is None:
            return []
        place = self._places["output"]
        return [place.of(place.local / name) for name in (*self._earlier.files, self._earlier.name)]

    def _remove_earlier(self, objects: Iterable[Address]) -> None:
        """Remove what an earlier run wrote and this one has not; its rejects too."""
        for address in objects:
            delete(address)
        place = self._places.get("output")
        if place is None:
            return
        stale = place.base / f"{place.name}{_REJECTS}"
        if self._force and self.options.rejects is None and not stale.exists() and self._is_stale:
            delete(place.of(stale))

    def _check_distinct(self, inputs: Iterable[Any]) -> None:
        read = {address_of(one, "input")[:3]: shown_url(one) for one in inputs if is_url(local_path(one))}
        seen: dict[tuple[str, str, str], str] = {}
        for argument, address in self._addresses.items():
            if name := read.get(address[:3]):
                msg = f"{address.name} is also the input {name}; choose another output"
                raise UsageError(msg)
            if address[:3] in seen:
                msg = f"two outputs would be the same file: `{seen[address[:3]]}` and `{argument}` ({address.name})"
                raise UsageError(msg)
            seen[address[:3]] = argument

    def _check_file(self, address: Address) -> None:
        if not self._force:
            check_absent(address)

    def _check_default_rejects(self, address: Address) -> None:
        self._is_stale = exists(address) if not self._force else content(address, len(HEADER)) is not None
        if self._is_stale and not self._force:
            msg = f"{address.name} of an earlier run exists already; `force` replaces it, `rejects` names another file"
            raise OutputExistsError(msg)
        if self._is_stale and content(address, len(HEADER)) != HEADER:
            msg = f"{address.name} exists and is not a file of rejects; `rejects` names another file"
            raise OutputExistsError(msg)

    def _check_outer(self, place: Place) -> None:
        """Check that an output is not one of the tables of another run's folder."""
        key = place.address.key.rstrip("/")
        for folder in PurePosixPath(key).parents if place.address.is_bucket else ():
            prefix = "" if str(folder) == "." else f"{folder}/"
            try:
                manifest = _manifest_in(place.address.sibling(prefix))
            except OutputExistsError:
                continue  # not a folder that crowdarrow wrote
            if manifest is None:
                continue
            name = key.removeprefix(prefix)
            where = place.address.sibling(prefix).name
            if name in manifest.files or any(file.startswith(f"{name}/") for file in manifest.files):
                msg = (
                    f"{place.address.name} is one of the tables of an earlier run in {where} ({manifest.name}); choose "
                    "another path, or replace that folder"
                )
                raise OutputExistsError(msg)
            if "/" not in name and not place.is_folder and not self._force:
                msg = f"{where} has the tables of an earlier run ({manifest.name}); choose another folder"
                raise OutputExistsError(msg)

    def _check_folder(self, place: Place, tables: Iterable[str]) -> None:
        self._earlier = _manifest_in(place.address)
        if self._earlier is not None and not self._force:
            msg = f"{place.address.name} has the tables of an earlier run ({self._earlier.name}); `force` replaces them"
            raise OutputExistsError(msg)
        known = {one.key for one in self._earlier_objects()}
        for path in dict.fromkeys(tables):
            address = place.of(path)
            if not self._has_folders:
                self._check_file(address)
                continue
            for key in objects_below(address) if address.is_bucket else ():
                if not self._force:
                    msg = f"{address.name} exists already and is not empty; `force` replaces it"
                    raise OutputExistsError(msg)
                if key not in known:
                    there = address.sibling(key).name
                    msg = f"{address.name} contains files that are not partitions ({there}); choose another folder"
                    raise OutputExistsError(msg)


def _manifest_in(folder: Address) -> Manifest | None:
    """The manifest of a folder; None if there is none.

    Raises:
        OutputExistsError: an object with its name is not a manifest.
    """
    for name in _MANIFESTS:
        address = folder.sibling(folder.key + name) if folder.is_bucket else beside(folder, name, is_inside=True)
        data = content(address, MOST_BYTES)
        if data is None:
            continue
        try:
            return parsed_manifest(name, data)
        except ValueError:
            msg = f"{address.name} exists and is not a manifest of crowdarrow; choose another folder"
            raise OutputExistsError(msg) from None
    return None
