"""Writing the downloads of PYBOSSA and LibCrowds: records with something between them, bare, packed, or in a zip."""

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .output import DEFAULT_RECORDS, Form, Totals, member_of, opened

_CHUNK = 1 << 22


@dataclass(frozen=True)
class Member:
    """One file of a download: what stands before, between and after its records.

    `empty` is the whole file where there are no records.
    """

    name: str
    first: bytes
    between: bytes
    last: bytes
    empty: bytes
    records: Iterator[bytes]


def json_member(name: str, records: Iterator[bytes]) -> Member:
    """One array on one line, without a line end."""
    return Member(f"{name}.json", b"[", b", ", b"]", b"[]", records)


def lines_member(name: str, records: Iterator[bytes]) -> Member:
    """JSON Lines."""
    return Member(f"{name}.jsonl", b"", b"\n", b"\n", b"", records)


def csv_member(name: str, header: tuple[str, ...], records: Iterator[bytes], newline: str, *, empty: bytes) -> Member:
    """CSV; the names of the header have to need no quotes."""
    end = newline.encode()
    return Member(f"{name}.csv", ",".join(header).encode() + end, end, end, empty, records)


def _write(sink: BinaryIO | io.BufferedIOBase, member: Member, form: Form) -> Totals:
    totals = Totals()
    wanted = form.records
    if form.records is None and form.size is None and not form.whole:
        wanted = DEFAULT_RECORDS
    chunk, held = [member.first], len(member.first)

    def flush() -> None:
        nonlocal held
        block = b"".join(chunk)
        chunk.clear()
        held = 0
        sink.write(block)
        totals.bytes += len(block)
        totals.lines += block.count(b"\n")

    for record in member.records if wanted != 0 else ():
        chunk.append(member.between + record if totals.records else record)
        held += len(chunk[-1])
        totals.records += 1
        if totals.records == wanted:
            break
        # The last record brings the file nearer to its size: never off by more than about half a record.
        if form.size is not None and form.size - totals.bytes - held < len(record) >> 1:
            break
        if held >= _CHUNK:
            flush()
    if totals.records:
        chunk.append(member.last)
    else:
        chunk[:] = [member.empty]
    flush()
    return totals


def write_download(path: Path, member: Member, form: Form, second: Callable[[int], Member] | None = None) -> Totals:
    """Write a download; in a zip under its member's name, and beside it the `second` member, if there is one.

    Args:
        path: The file to write; an existing one is replaced.
        member: The download.
        form: How much, and in what compression.
        second: Makes the other member of a zip, all of whose records are written, from the number of records.

    Returns:
        The totals of `member`.
    """
    if form.compression != "zip":
        with opened(path, form.compression) as sink:
            return _write(sink, member, form)
    with zipfile.ZipFile(path, "w") as archive:
        with member_of(archive, member.name) as sink:
            totals = _write(sink, member, form)
        if second is not None:
            other = second(totals.records)
            with member_of(archive, other.name) as sink:
                _write(sink, other, Form(whole=True))
    return totals
