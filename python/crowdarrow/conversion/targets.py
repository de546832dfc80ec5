"""Where a run writes: which table goes to which path, and the refusals that come before anything is read."""

import glob
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crowdarrow.conversion.rejects import is_rejects_file
from crowdarrow.errors import OutputError, OutputExistsError, UsageError
from crowdarrow.sinks.registry import EXTENSIONS, FORMATS, format_of

STDOUT = "-"


@dataclass(frozen=True)
class Layout:
    """What the output's name, the choice of tables and `--partition-by` add up to.

    `tables` is what to ask the reader for: names, `"all"`, or None for the record table.
    """

    output: str
    folder: bool
    form: str
    tables: tuple[str, ...] | str | None
    partition_by: tuple[str, ...] = ()

    def targets(self, tables: Iterable[str]) -> dict[str, str]:
        """The path of each table, as the user would write it."""
        names = list(tables)
        if not self.folder:
            return dict.fromkeys(names, self.output)
        root = self.output.rstrip("/" + os.sep) or os.sep
        if self.partition_by:
            one = len(names) == 1 and self.tables not in ("all", None)
            return {name: root if one else str(Path(root, name)) for name in names}
        return {name: str(Path(root, f"{name}.{self.form}")) for name in names}

    @property
    def default_rejects(self) -> str | None:
        """`<output>.rejects.csv`; for a folder that file stands beside it; None for stdout."""
        if self.output == STDOUT:
            return None
        return (self.output.rstrip("/" + os.sep) or os.sep) + ".rejects.csv"


def layout_of(
    output: str | os.PathLike[str], *, table: str | None = None, tables: str | Sequence[str] | None = None,
    form: str | None = None, partition_by: Sequence[str] = (),
) -> Layout:  # fmt: skip
    """Read the output's name; raises `UsageError` where it does not go with the tables asked for."""
    name = os.fspath(output)
    if not name:
        # As a path it would be the folder at hand, or, with a name put to it, the root.
        msg = "OUTPUT is empty; name a file, a folder (ending in /), or - for stdout"
        raise UsageError(msg)
    wanted = _wanted(table, tables)
    folder = name != STDOUT and (name.endswith(("/", os.sep)) or Path(name).is_dir())
    several = wanted == "all" or (isinstance(wanted, tuple) and len(wanted) > 1)
    if not folder:
        if several:
            msg = f"several tables need a folder: end OUTPUT in / (it is {name})"
            raise UsageError(msg)
        if form is not None:
            msg = f"--format is for folders; a file's format is inferred from the extension ({', '.join(EXTENSIONS)})"
            raise UsageError(msg)
        if partition_by:
            msg = f"--partition-by writes a folder: end OUTPUT in / (it is {name})"
            raise UsageError(msg)
        return Layout(name, folder=False, form="csv" if name == STDOUT else format_of(name), tables=wanted)
    if form is not None and form not in FORMATS:
        msg = f"--format {form}: known are {', '.join(FORMATS)}"
        raise UsageError(msg)
    if partition_by and form not in (None, "parquet"):
        msg = f"--partition-by writes Parquet, not {form}"
        raise UsageError(msg)
    return Layout(
        name,
        folder=True,
        form=form or "parquet",
        tables="all" if wanted is None else wanted,
        partition_by=tuple(partition_by),
    )


def _wanted(table: str | None, tables: str | Sequence[str] | None) -> tuple[str, ...] | str | None:
    if table is not None and tables is not None:
        msg = "--table and --tables do not go together; give one of them"
        raise UsageError(msg)
    if table is not None:
        return (table,)
    if tables is None or tables == "all":
        return tables
    names = tuple(dict.fromkeys(tables.split(",") if isinstance(tables, str) else tables))
    if not names or "" in names:
        msg = "--tables has an empty name; give names with commas between them, or all"
        raise UsageError(msg)
    return names


def check_target(target: str, *, force: bool) -> None:
    """Raise `OutputError` if its folder is missing, `OutputExistsError` if it is there without `force`."""
    parent = Path(target).parent
    if not parent.exists():
        msg = f"cannot write {target}: there is no folder {parent}; make it first"
        raise OutputError(msg)
    if Path(target).is_dir():
        msg = f"cannot write {target}: it is a folder"
        raise OutputExistsError(msg)
    if os.path.lexists(target) and not force:
        msg = f"{target} exists already; --force replaces it"
        raise OutputExistsError(msg)


def check_partitions(target: str, partition_by: Sequence[str], part: str, *, force: bool) -> None:
    """As `check_target` for a folder of partitions: only one that holds nothing else is ever replaced."""
    root = Path(target)
    if not root.exists():
        return
    if not root.is_dir():
        msg = f"cannot write {target}: it is a file, and --partition-by writes a folder"
        raise OutputExistsError(msg)
    for path in root.rglob("*"):
        if not force:
            msg = f"{target} exists already and is not empty; --force replaces it"
            raise OutputExistsError(msg)
        folders = path.relative_to(root).parts[: -1 if path.is_file() else None]
        ours = all(folder.startswith(f"{column}=") for folder, column in zip(folders, partition_by, strict=False))
        if not ours or len(folders) > len(partition_by) or (path.is_file() and path.name != part):
            msg = f"{target} holds something else than partitions ({path}); choose another folder"
            raise OutputExistsError(msg)


def check_rejects(path: str | None, default: str | None, *, force: bool) -> None:
    """Raise where a file may not be replaced: without `force`, or at the default name if it is not ours."""
    if path is not None:
        check_target(path, force=force)
    elif default is not None and os.path.lexists(default):
        if not force:
            msg = f"{default} of an earlier run exists already; --force replaces it, or name another: --rejects"
            raise OutputExistsError(msg)
        if not is_rejects_file(Path(default)):
            msg = f"{default} exists and is not a file of rejects; --rejects FILE writes elsewhere"
            raise OutputExistsError(msg)


def check_apart(outputs: Iterable[str], inputs: Any) -> None:
    """Raise `UsageError` if two outputs are one file, or an output is an input, by whatever link."""
    read = {(found.st_dev, found.st_ino): name for found, name in _stats(inputs)}
    seen: dict[str, str] = {}
    for output in outputs:
        place = os.path.realpath(output)
        if place in seen:
            msg = f"two outputs would be the same file: {seen[place]} and {output}"
            raise UsageError(msg)
        seen[place] = output
        try:
            found = os.fstat(1) if output == STDOUT else os.stat(output)  # noqa: PTH116 - as given
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and (name := read.get((found.st_dev, found.st_ino))):
            msg = f"{output} is also the input {name}; choose another output"
            raise UsageError(msg)


def _stats(inputs: Any) -> Iterable[tuple[os.stat_result, str]]:
    for item in inputs if isinstance(inputs, (list, tuple)) else [inputs]:
        names: list[Any] = [item]
        if isinstance(item, str) and item != STDOUT and not os.path.exists(item):  # noqa: PTH110 - as given
            names = list(glob.glob(item, recursive=True))  # noqa: PTH207 - the reader's own pattern
        for name in names:
            try:
                if name == STDOUT:
                    yield os.fstat(0), "on stdin"
                elif hasattr(name, "fileno"):
                    yield os.fstat(name.fileno()), str(getattr(name, "name", name))
                else:
                    yield os.stat(name), os.fspath(name)  # noqa: PTH116 - as given
            except (OSError, ValueError, TypeError):
                continue  # what cannot be read is the reader's to report
