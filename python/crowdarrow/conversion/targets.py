"""The outputs of a run: their formats and paths, and the checks that precede any writing."""

from __future__ import annotations

import contextlib
import copy
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crowdarrow.conversion.existing import (
    check_default_rejects,
    check_folder,
    check_no_part_of_a_run,
    earlier_run,
)
from crowdarrow.errors import OutputExistsError, UsageError
from crowdarrow.options import shown
from crowdarrow.read.distinct import check_distinct
from crowdarrow.sinks.existing import check_absent, check_possible
from crowdarrow.sinks.leftovers import is_temporary
from crowdarrow.sinks.manifest import files_below, files_of_run
from crowdarrow.sinks.registry import EXTENSIONS, check_options, format_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from crowdarrow.conversion.options import WriteOptions
    from crowdarrow.sinks.atomic import Staging

STDOUT = "-"
_STREAMED = ("csv", "arrow")
"""The formats of tables that can be written to stdout."""


class OutputChoice:
    """What is written, decided from the output's name and the options alone.

    Attributes:
        format: the format of the tables' files.
        tables: the tables to read: names, `"all"`, or None for the record table.
        is_folder: whether the output is a folder, with one file or folder per table.
        root: the folder of the tables, or the file.

    Raises:
        UsageError: options exclude each other.
    """

    def __init__(self, output: str | os.PathLike[str], options: WriteOptions) -> None:
        self._output, self._options = path_of_output(output), options
        if not self._output:
            msg = "`output` is empty; name a file, a folder (with a trailing /), or - for stdout"
            raise UsageError(msg)
        self.is_folder = self._output != STDOUT and (
            self._output.endswith(("/", os.sep)) or os.path.isdir(self._output)  # noqa: PTH112 - a name may be too long for `Path`
        )
        self.tables = self._choose_tables()
        self.format = self._choose_format()
        self.root = self._output.rstrip("/" + os.sep) or os.sep
        check_options(self.format, options)

    def _choose_tables(self) -> tuple[str, ...] | str | None:
        options = self._options
        if options.table is not None and options.tables is not None:
            msg = "`table` and `tables` exclude each other; give one of them"
            raise UsageError(msg)
        names = (options.table,) if options.table is not None else options.tables
        if names == ():
            msg = "`tables` is empty; name at least one table, or all"
            raise UsageError(msg)
        chosen: tuple[str, ...] | str | None = names and tuple(dict.fromkeys(names))
        if chosen == ("all",) or (names is None and self.is_folder):
            chosen = "all"
        if not self.is_folder and (chosen == "all" or (chosen is not None and len(chosen) > 1)):
            msg = f"several tables need a folder: add a trailing / to `output` ({self._output})"
            raise UsageError(msg)
        return chosen

    def _choose_format(self) -> str:
        options = self._options
        if self.is_folder:
            if options.partition_by and options.format not in (None, "parquet"):
                msg = f"`partition_by` writes Parquet, not {options.format}"
                raise UsageError(msg)
            return options.format or "parquet"
        if self._output == STDOUT and options.format in _STREAMED:
            if options.format == "arrow" and sys.stdout is not None and sys.stdout.isatty():
                msg = "stdout is a terminal, which cannot show Arrow data; redirect it to a file or a program"
                raise UsageError(msg)
            return options.format
        if options.format is not None:
            extensions = ", ".join(EXTENSIONS)
            if self._output == STDOUT:
                msg = f"`format` {options.format}: stdout gets {' or '.join(_STREAMED)}"
                raise UsageError(msg)
            msg = f"`format` applies to folders; the format of a file is inferred from the extension ({extensions})"
            raise UsageError(msg)
        if options.partition_by:
            msg = f"`partition_by` writes a folder: add a trailing / to `output` ({self._output})"
            raise UsageError(msg)
        return "csv" if self._output == STDOUT else format_of(self._output)


class Targets(OutputChoice):
    """What a run writes, decided from the output's name and the options.

    Attributes:
        rejects: the file of rejected records; None if they are only counted.
        stale_rejects: the default file of rejects, if it is used; a run without rejects removes that of an earlier run.
        report: the file of the report, if one is written.

    Raises:
        UsageError: options exclude each other, or an output is also an input.
        OutputError: an output cannot be written, or exists and `force` was not given.
    """

    def __init__(
        self,
        output: str | os.PathLike[str],
        options: WriteOptions,
        inputs: Any,
        staging: Staging,
        *,
        has_parts: bool = False,
    ) -> None:
        """Check the outputs; with `has_parts`, the table of a folder is a folder of files."""
        super().__init__(output, options)
        self._staging, self._inputs, self._has_parts = staging, inputs, has_parts
        self._top = self.root
        default = None if self._output == STDOUT else f"{self.root}.rejects.csv"
        self.rejects = default if options.rejects is None else os.fspath(options.rejects)
        self.stale_rejects = None if options.rejects is not None or default is None else Path(default)
        self.report = None if options.report is None else os.fspath(options.report)
        self._check([] if self.is_folder else [self._output])

    def partitions(self, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """The partition columns of each folder of tables, by its path relative to the output."""
        columns = self._options.partition_by
        folders = paths if columns or self._has_parts else {str(Path(path).parent) for path in paths}
        return {_relative(self._top, folder): columns for folder in folders}

    @property
    def places(self) -> list[str]:
        """The files and folders that a run replaces."""
        found = [None if self._output == STDOUT else self.root, self.rejects, self.report]
        return [one for one in found if one is not None]

    @property
    def force(self) -> bool:
        """Whether files that exist are replaced."""
        return self._options.force

    def of_kind(self, kind: str) -> Targets:
        """The outputs of one of several kinds: a folder with the kind's name, and rejects beside it.

        Raises:
            UsageError: the output is not a folder.
            OutputError: an output cannot be written, or exists and `force` was not given.
        """
        found = copy.copy(self)
        root = str(Path(self.root, kind))
        found.root = root
        if self._options.rejects is None:
            found.rejects = f"{root}.rejects.csv"
            found.stale_rejects = Path(found.rejects)
            if Path(self.root).exists():
                check_default_rejects(found.rejects, force=self._options.force)
        return found

    def paths(self, schemas: Mapping[str, pa.Schema]) -> dict[str, str]:
        """The path of each table, once the tables are known."""
        names = list(schemas)
        if not self.is_folder:
            return dict.fromkeys(names, self._output)
        if self._options.partition_by:
            from crowdarrow.sinks.partition import check_partition_columns

            for name, schema in schemas.items():
                check_partition_columns(self._options.partition_by, schema, name)
            is_alone = len(names) == 1 and self.tables != "all"
            paths = {name: self.root if is_alone else str(Path(self.root, name)) for name in names}
        elif self._has_parts:
            paths = {name: str(Path(self.root, name)) for name in names}
        else:
            paths = {name: str(Path(self.root, f"{name}.{self.format}")) for name in names}
        self._check(paths.values())
        return paths

    def _check(self, paths: Iterable[str]) -> None:
        """Check that all outputs can be written, before anything is read or written."""
        paths = list(paths)
        extra = [path for path in (self.rejects, self.report) if path is not None]
        check_distinct([*paths, *extra], self._inputs)
        has_folders = self.is_folder and (self._options.partition_by or self._has_parts)
        files = [] if has_folders else [path for path in paths if path != STDOUT]
        named = [os.fspath(path) for path in (self._options.rejects, self._options.report) if path is not None]
        for path in (*named, *files):
            if not self.is_folder or path not in files or Path(path).parent.exists():
                check_possible(path)
        self._claim([*extra, *files])
        if self.is_folder:
            self._check_earlier_run(paths)
        force = self._options.force
        if self.rejects is not None and self._options.rejects is None:
            check_default_rejects(self.rejects, force=force)
        for path in (*named, *files):
            if not self.is_folder or path not in files:
                check_no_part_of_a_run(path, self._top if self.is_folder else None, force=force or path not in files)
            check_absent(path, force=force)
        for path in paths if has_folders else ():
            self._check_partitions(path)

    def _claim(self, files: Iterable[str]) -> None:
        """Lock the outputs whose folder exists, and remove what killed runs left of them."""
        for path in ([self._top] if self.is_folder else []) + list(files):
            if Path(os.path.realpath(path)).parent.is_dir():
                self._staging.claim(path)

    def _check_earlier_run(self, paths: Iterable[str]) -> None:
        """Check the folder, and those in it that get files, for tables of earlier runs."""
        top = Path(self._top)
        check_folder(self._top)
        for folder in dict.fromkeys([top, *(found for path in paths for found in (Path(path).parent, Path(path)))]):
            manifest = earlier_run(folder)
            if manifest and not self._options.force:
                msg = f"{folder} has the tables of an earlier run ({manifest.name}); `force` replaces them"
                raise OutputExistsError(msg)
        check_no_part_of_a_run(self._top, None, force=True)

    def _check_partitions(self, path: str) -> None:
        """Check a folder of partitions: one that contains anything else is never replaced."""
        root, top, columns = Path(path), Path(self._top), self._options.partition_by
        if not root.exists():
            return
        check_folder(path)
        if not self._options.force:
            if not all(is_temporary(entry.name) for entry in root.iterdir()):
                msg = f"{path} exists already and is not empty; `force` replaces it"
                raise OutputExistsError(msg)
            return
        known = {top / name for name in files_of_run(top, {_relative(self._top, path): columns})}
        for name in files_below(root):
            if root / name not in known and not is_temporary(name):
                msg = f"{path} contains files that are not partitions ({root / name}); choose another folder"
                raise OutputExistsError(msg)


def _relative(top: str, path: str) -> str:
    """A path relative to the folder of all tables; empty for that folder."""
    found = Path(path).relative_to(top).as_posix()
    return "" if found == "." else found


def path_of_output(output: Any) -> str:
    """The output's path as text.

    Raises:
        UsageError: it is not a path.
    """
    if isinstance(output, str | bytes | os.PathLike):
        with contextlib.suppress(TypeError, ValueError):
            path = os.fsdecode(os.fsencode(output))
            if "\0" not in path:
                return path
    msg = f"`output` must be the path of a file or folder, or - for stdout, not {shown(output)}"
    raise UsageError(msg)
