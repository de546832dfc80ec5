"""The file of rejected records: CSV `source, record, line, byte_offset, column, kind, message, raw`.

`raw` contains the record's bytes in CSV quotes. They may be invalid UTF-8, so the file is written as bytes. Oversized
records are written in parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from crowdarrow.read.output import Reject

_SLICE = 1 << 20
HEADER = b"source,record,line,byte_offset,column,kind,message,raw\n"


def is_rejects_file(path: Path) -> bool:
    """Whether a file has the header of a file of rejects."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return False


class RejectsWriter:
    """Writes rejects to a new file, which is created with the first reject, or at once if `always`."""

    def __init__(self, path: Path, *, always: bool) -> None:
        """`path` must not exist; raises `OSError` if it cannot be created."""
        self.path = path
        self._file: BinaryIO | None = None
        self._continues = False
        if always:
            self._open()

    @property
    def written(self) -> bool:
        """Whether the file was created."""
        return self._file is not None

    def write(self, rejects: list[Reject]) -> None:
        """Append rejects, or parts of an oversized one."""
        for reject in rejects:
            file = self._file or self._open()
            if not self._continues:
                cells = (reject.source, reject.record, reject.line, reject.byte_offset)
                texts = (reject.column or "", reject.kind, reject.message)
                file.write(",".join(_cell(str(cell)) for cell in cells + texts).encode("utf-8", "surrogateescape"))
                file.write(b',"')
            # In slices, because the copy with doubled quotes may be long.
            for start in range(0, len(reject.raw), _SLICE):
                file.write(reject.raw[start : start + _SLICE].replace(b'"', b'""'))
            if not reject.more:
                file.write(b'"\n')
            self._continues = reject.more

    def close(self) -> None:
        """Close the file."""
        if self._file:
            self._file.close()

    def _open(self) -> BinaryIO:
        self._file = self.path.open("xb")
        self._file.write(HEADER)
        return self._file


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in '",\r\n') else text
