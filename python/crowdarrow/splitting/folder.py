"""Where the parts of a plan are until they are merged: a folder beside the output, with fixed names."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pyarrow as pa

from crowdarrow.conversion.options import WriteOptions
from crowdarrow.conversion.targets import STDOUT, OutputChoice
from crowdarrow.errors import UsageError
from crowdarrow.sinks.atomic import output_errors
from crowdarrow.splitting.places import LocalPlace, StorePlace, place_beside
from crowdarrow.splitting.plan import Plan
from crowdarrow.splitting.reading import Split
from crowdarrow.splitting.report import PartReport
from crowdarrow.splitting.rows import read_rows
from crowdarrow.stores.urls import local_path

_ID_DIGITS = 12
STATE = "state"
"""The subfolder for what is known of splits besides their tables."""


class PartsFolder:
    """The folder of the parts of a plan.

    Args:
        output: the output of the conversion.
        options: how the parts are written.
        place: the folder.

    Attributes:
        choice: the tables and the format of the output.
        place: the folder.
    """

    def __init__(self, output: str | os.PathLike[str], options: WriteOptions, place: LocalPlace | StorePlace) -> None:
        self.choice = OutputChoice(local_path(output), options)
        if self.choice.root == STDOUT:
            msg = "`output` is -, but parts are written to a folder beside it; name a file or a folder"
            raise UsageError(msg)
        self.place = place

    def rows(self, name: str) -> Iterator[pa.RecordBatch]:
        """The rows of a file of the folder; none if it is not there."""
        with self.place.file(name) as path:
            yield from read_rows(path)

    def table_name(self, kind: str, table: str, split: Split, extension: str) -> str:
        """The name of a part of a table in the folder; some systems do not allow files named `votes:records`."""
        return f"{kind}/{table.replace(':', '-')}/{name_of(split)}.{extension}"

    def state(self, split: Split, extension: str) -> str:
        """The name of a file with what is known of a split besides its tables."""
        return f"{STATE}/{name_of(split)}.{extension}"

    def has(self, split: Split) -> bool:
        """Whether the part of a split is there."""
        return self.place.has(self.state(split, "json"))


class PartFiles:
    """The files of one part, written under temporary names until `publish`.

    Another process may write the same part at the same time, with the same content: the last one counts.
    """

    def __init__(self, folder: PartsFolder) -> None:
        self._place = folder.place
        self._token = os.urandom(8).hex()
        self._temporary: dict[str, Path] = {}
        self._stack = contextlib.ExitStack()

    def path(self, name: str) -> Path:
        """The temporary path for a file of the folder."""
        final = self._root / name
        with output_errors(f"{self._place.name}/{name}"):
            final.parent.mkdir(parents=True, exist_ok=True)
        self._temporary[name] = found = final.with_name(f".{final.name}.{self._token}.tmp")
        return found

    def write(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file whole."""
        path = self.path(name)
        with output_errors(f"{self._place.name}/{name}"):
            write(path)

    def publish(self) -> None:
        """Give the files their names, in the order in which they were added."""
        self._place.publish(self._temporary)
        self._temporary.clear()

    def __enter__(self) -> Self:
        """Start."""
        self._root = self._stack.enter_context(self._place.writing())
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the files that have no name yet."""
        for path in self._temporary.values():
            with contextlib.suppress(OSError):
                path.unlink()
        self._stack.close()


def name_of(split: Split) -> str:
    """The name of the files of a split, without an extension; they are in the order of the input by name."""
    return f"part-{split.number:07}-{split.start}-{'' if split.end is None else split.end}".rstrip("-")


def discard(plan: Plan, output: str | os.PathLike[str]) -> None:
    """Remove the parts of a plan that will not be merged, after an error.

    Args:
        plan: the plan.
        output: the output, as given to `convert_split`.
    """
    place_of(output, plan.id).remove()


def place_of(output: str | os.PathLike[str], plan_id: str) -> LocalPlace | StorePlace:
    """The folder of the parts of a plan."""
    return place_beside(output, f".parts-{plan_id[:_ID_DIGITS]}")


def reports_in(place: LocalPlace | StorePlace) -> Iterator[PartReport]:
    """The reports of all parts in such a folder; what is damaged is left out."""
    for name in place.names_in(STATE):
        if name.endswith(".json"):
            with place.file(name) as path, contextlib.suppress(ValueError, TypeError):
                yield PartReport.from_json(path.read_text(encoding="utf-8"))
