"""The file of rejected records: CSV `source, record, line, byte_offset, column, kind, message, raw`.

The engine writes the rows: there may be millions. `raw` contains the record's bytes, which may be invalid UTF-8, so the
file is written as bytes.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, BinaryIO

from crowdarrow._core import RejectsText
from crowdarrow.sinks.atomic import Staging, output_errors

if TYPE_CHECKING:
    from pathlib import Path

    from crowdarrow.read.output import Rejects

HEADER = RejectsText.HEADER


def is_rejects_file(path: Path) -> bool:
    """Whether a file has the header of a file of rejects."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return False


class RejectsFile:
    """Writes the rejects of one run to a temporary file, which the commit of `staging` renames to `target`.

    Args:
        target: the file's path; None to write no file.
        stale: a file of an earlier run, which is removed if there are no rejects. If None, the file is created even if
            there are no rejects.
        staging: the run's outputs.
        safe: whether to escape text that a spreadsheet could evaluate as a formula.
        has_raw: whether the bytes of the records are written.
    """

    def __init__(
        self, target: str | None, stale: Path | None, staging: Staging, *, safe: bool = False, has_raw: bool = True
    ) -> None:
        self._target, self._stale, self._staging = target, stale, staging
        self._path = None if target is None else staging.add(target)
        self._file: BinaryIO | None = None
        self._text = RejectsText(safe=safe, has_raw=has_raw)
        if self._path and stale is None:
            with output_errors(target):
                self._file = _create(self._path)

    def write(self, rejects: Rejects) -> None:
        """Append the rejects of a block."""
        if self._path is None or not len(rejects):
            return
        with output_errors(self._target):
            self._file = self._file or _create(self._path)
            self._text.add(rejects.entries, os.fsencode(rejects.source), rejects.columns, self._file.write)

    def finish(self) -> str | None:
        """Close the file and return its path; None if there is no file."""
        if self._file:
            with output_errors(self._target):
                self._text.finish(self._file.write)
                self._file.close()
            return self._target
        if self._path:
            self._staging.drop(self._path)
        if self._stale:
            self._staging.remove_on_commit(self._stale)
        return None

    def abort(self) -> None:
        """Close the file; never raises."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()


def _create(path: Path) -> BinaryIO:
    file = path.open("xb")
    file.write(HEADER)
    return file
