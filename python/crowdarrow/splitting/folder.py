"""Where the parts of a plan are until they are merged: a folder beside the output, with fixed names."""

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Self

from crowdarrow.conversion.options import WriteOptions
from crowdarrow.conversion.targets import STDOUT, OutputChoice
from crowdarrow.errors import UsageError
from crowdarrow.sinks.atomic import output_errors
from crowdarrow.splitting.plan import Plan
from crowdarrow.splitting.reading import Split
from crowdarrow.stores.urls import local_output

_ID_DIGITS = 12
_STATE = "state"


class PartsFolder:
    """The folder of the parts of a plan.

    Args:
        output: the output of the conversion.
        plan_id: the id of the plan.
        options: how the parts are written.

    Attributes:
        choice: the tables and the format of the output.
        path: the folder.
    """

    def __init__(self, output: str | os.PathLike[str], plan_id: str, options: WriteOptions) -> None:
        self.choice = OutputChoice(local_output(output, "output"), options)
        if self.choice.root == STDOUT:
            msg = "`output` is -, but parts are written to a folder beside it; name a file or a folder"
            raise UsageError(msg)
        self.path = self.path_beside(output, plan_id)

    @staticmethod
    def path_beside(output: str | os.PathLike[str], plan_id: str) -> Path:
        """The path of the folder."""
        root = os.path.abspath(os.fspath(local_output(output, "output")))  # noqa: PTH100 - links are not followed
        return Path(f"{root}.parts-{plan_id[:_ID_DIGITS]}")

    def table_name(self, kind: str, table: str, split: Split, extension: str) -> str:
        """The name of a part of a table in the folder; some systems do not allow files named `votes:records`."""
        return f"{kind}/{table.replace(':', '-')}/{name_of(split)}.{extension}"

    def state(self, split: Split, extension: str) -> str:
        """The name of a file with what is known of a split besides its tables."""
        return f"{_STATE}/{name_of(split)}.{extension}"

    def has(self, split: Split) -> bool:
        """Whether the part of a split is there."""
        return (self.path / self.state(split, "json")).is_file()

    @staticmethod
    def reports(folder: Path) -> list[Path]:
        """The reports of all parts in such a folder."""
        return sorted((folder / _STATE).glob("part-*.json"))

    def remove(self) -> None:
        """Remove the folder; never raises."""
        shutil.rmtree(self.path, ignore_errors=True)


class PartFiles:
    """The files of one part, written under temporary names until `publish`.

    Another process may write the same part at the same time, with the same content: the last one counts.
    """

    def __init__(self, folder: PartsFolder) -> None:
        self._folder = folder
        self._token = os.urandom(8).hex()
        self._temporary: dict[str, Path] = {}

    def path(self, name: str) -> Path:
        """The temporary path for a file of the folder."""
        final = self._folder.path / name
        with output_errors(str(final)):
            final.parent.mkdir(parents=True, exist_ok=True)
        self._temporary[name] = found = final.with_name(f".{final.name}.{self._token}.tmp")
        return found

    def write(self, name: str, write: Callable[[Path], object]) -> None:
        """Write a file whole."""
        path = self.path(name)
        with output_errors(str(self._folder.path / name)):
            write(path)

    def publish(self) -> None:
        """Give the files their names, in the order in which they were added."""
        for name, path in self._temporary.items():
            final = self._folder.path / name
            with output_errors(str(final)):
                if path.exists():
                    path.replace(final)
                else:  # without rows there is no file
                    final.unlink(missing_ok=True)
        self._temporary.clear()

    def __enter__(self) -> Self:
        """Return `self`."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the files that have no name yet."""
        for path in self._temporary.values():
            with contextlib.suppress(OSError):
                path.unlink()


def name_of(split: Split) -> str:
    """The name of the files of a split, without an extension; they are in the order of the input by name."""
    return f"part-{split.number:07}-{split.start}-{'' if split.end is None else split.end}".rstrip("-")


def discard(plan: Plan, output: str | os.PathLike[str]) -> None:
    """Remove the parts of a plan that will not be merged, after an error.

    Args:
        plan: the plan.
        output: the output, as given to `convert_split`.
    """
    shutil.rmtree(PartsFolder.path_beside(output, plan.id), ignore_errors=True)
