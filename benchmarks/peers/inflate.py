"""The cost of decompression: inflates a gzip file with Python's `zlib` and discards the output."""

import zlib
from os import PathLike
from pathlib import Path

STEP = 1 << 20


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Inflate a gzip file.

    Leaves out: everything else; the output is an empty file.
    """
    member = zlib.decompressobj(wbits=31)
    with Path(path).open("rb") as file:
        while block := file.read(STEP):
            while block:
                member.decompress(block)
                block = member.unused_data
                if member.eof:
                    member = zlib.decompressobj(wbits=31)
    Path(output).touch()
