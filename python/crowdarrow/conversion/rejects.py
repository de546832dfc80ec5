"""The file of rejected records: CSV `source, record, line, byte_offset, column, kind, message, raw`.

`raw` is the record as it stands in the input, byte for byte, in CSV quotes: it may be invalid UTF-8, so the
file is written as bytes, and huge records come in parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

    from crowdarrow.read.reader import Reject

_SLICE = 1 << 20
HEADER = b"source,record,line,byte_offset,column,kind,message,raw\n"


def is_rejects_file(path: Path) -> bool:
    """Whether a file begins as one of ours does."""
    try:
        with path.open("rb") as file:
            return file.read(len(HEADER)) == HEADER
    except OSError:
        return False


class RejectsWriter:
    """Writes rejects to a new file, made with the first one unless `always`."""

    def __init__(self, path: Path, *, always: bool) -> None:
        """`path` must not exist; raises `OSError` when it cannot be written."""
        self.path = path
        self._file: BinaryIO | None = None
        self._within = False
        if always:
            self._open()

    @property
    def written(self) -> bool:
        """Whether there is a file."""
        return self._file is not None

    def write(self, rejects: list[Reject]) -> None:
        """Append rejects, or parts of one."""
        for reject in rejects:
            file = self._file or self._open()
            if not self._within:
                cells = (reject.source, reject.record, reject.line, reject.byte_offset)
                texts = (reject.column or "", reject.kind, reject.message)
                file.write(",".join(_cell(str(cell)) for cell in cells + texts).encode("utf-8", "surrogateescape"))
                file.write(b',"')
            # In slices: a raw record may be long, and its copy with doubled quotes longer.
            for start in range(0, len(reject.raw), _SLICE):
                file.write(reject.raw[start : start + _SLICE].replace(b'"', b'""'))
            if not reject.more:
                file.write(b'"\n')
            self._within = reject.more

    def close(self) -> None:
        """End the file."""
        if self._file:
            self._file.close()

    def _open(self) -> BinaryIO:
        self._file = self.path.open("xb")
        self._file.write(HEADER)
        return self._file


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in '",\r\n') else text
