"""The file of rejected records: CSV `source, record, line, byte_offset, column, kind, message, raw`.

`raw` contains the record's bytes in CSV quotes. They may be invalid UTF-8, so the file is written as bytes. Oversized
records are written in parts.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, BinaryIO

from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.formulas import formula_escape

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from crowdarrow.read.output import Reject

_SLICE = 1 << 20
_QUOTABLE = re.compile(b'[",\r\n]')
HEADER = b"source,record,line,byte_offset,column,kind,message,raw\n"


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
    """

    def __init__(self, target: str | None, stale: Path | None, staging: Staging, *, safe: bool = False) -> None:
        self._target, self._stale, self._staging = target, stale, staging
        self._path = None if target is None else staging.add(target)
        self._file: BinaryIO | None = None
        self._continues, self._safe = False, safe
        if self._path and stale is None:
            with output_errors(target):
                self._file = _create(self._path)

    def write(self, rejects: Iterable[Reject]) -> None:
        """Append rejects, or parts of an oversized one."""
        if self._path is None:
            return
        with output_errors(self._target):
            for reject in rejects:
                self._file = self._file or _create(self._path)
                if not self._continues:
                    cells = (reject.source, reject.record, reject.line, reject.byte_offset)
                    texts = (reject.column or "", reject.kind, reject.message)
                    row = b",".join(self._cell(str(cell)) for cell in cells + texts)
                    self._file.write(row + b',"' + (formula_escape(reject.raw) if self._safe else b""))
                # In slices, because the copy with doubled quotes may be long.
                for start in range(0, len(reject.raw), _SLICE):
                    self._file.write(reject.raw[start : start + _SLICE].replace(b'"', b'""'))
                if not reject.more:
                    self._file.write(b'"\n')
                self._continues = reject.more

    def _cell(self, text: str) -> bytes:
        data = text.encode("utf-8", "surrogateescape")
        if self._safe:
            data = formula_escape(data) + data
        return b'"' + data.replace(b'"', b'""') + b'"' if _QUOTABLE.search(data) else data

    def finish(self) -> str | None:
        """Close the file and return its path; None if there is no file."""
        if self._file:
            with output_errors(self._target):
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
