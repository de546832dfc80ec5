"""Writing a file of a wanted size, with the wanted line ends, compression and archive members."""

import gzip
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from .faults import TOLERATED, Damage
from .model import Counts

Compression: TypeAlias = Literal["gzip", "zstd", "zip"] | None
StrPath: TypeAlias = str | PathLike[str]
_CHUNK = 1 << 22
DEFAULT_RECORDS = 1000


@dataclass(frozen=True)
class Summary:
    """The content of one file.

    `bytes` and `lines` count the decompressed file, `stored` the bytes on disk. `faults` counts the damaged records by
    kind; `records` includes them. `workflows` has the number of classifications and subjects by workflow id, for
    classification exports only.
    """

    path: str
    kind: str
    records: int
    bytes: int
    stored: int
    lines: int
    columns: tuple[str, ...]
    faults: dict[str, int] = field(default_factory=dict)
    workflows: dict[int, Counts] = field(default_factory=dict)

    @property
    def rejected(self) -> int:
        """The number of records that a reader must reject: damaged ones, except those of tolerated kinds."""
        return sum(count for kind, count in self.faults.items() if kind not in TOLERATED)

    def to_dict(self) -> dict[str, object]:
        """The summary as JSON values."""
        return {**asdict(self), "rejected": self.rejected}


@dataclass(frozen=True)
class Form:
    """The amount and format of the output.

    `size` is in bytes before compression. Without `size` and `records`, 1000 records are written, or all if `whole`.
    """

    size: int | None = None
    records: int | None = None
    newline: str = "\n"
    bom: bool = False
    compression: Compression = None
    whole: bool = False

    def __post_init__(self) -> None:
        """Raise `ValueError` for invalid options."""
        if self.size is not None and self.records is not None:
            msg = "give size or records, not both"
            raise ValueError(msg)
        if min(self.size or 0, self.records or 0) < 0:
            msg = "size and records cannot be negative"
            raise ValueError(msg)
        if self.newline not in {"\n", "\r\n", "\r"}:
            msg = f"newline must be LF, CRLF or CR, not {self.newline!r}"
            raise ValueError(msg)
        if self.compression not in {None, "gzip", "zstd", "zip"}:
            msg = f"unknown compression {self.compression!r}: gzip, zstd or zip"
            raise ValueError(msg)


@contextmanager
def member_of(archive: zipfile.ZipFile, name: str) -> Iterator[BinaryIO]:
    """Open a new member of a zip for writing."""
    member = zipfile.ZipInfo(name, date_time=(2026, 1, 1, 0, 0, 0))
    member.compress_type = zipfile.ZIP_DEFLATED
    with archive.open(member, "w", force_zip64=True) as entry:
        yield entry  # type: ignore[misc]  # typeshed calls it IO[bytes]


@contextmanager
def opened(path: Path, compression: Compression) -> Iterator[BinaryIO | io.BufferedIOBase]:
    """Open a file for writing, with compression. A zip has one member, named after the file."""
    # No header has a time or file name, so that the same arguments give the same bytes.
    if compression == "gzip":
        with (
            path.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=raw, mtime=0) as packed,
        ):
            yield packed
    elif compression == "zip":
        name = path.stem if path.suffix == ".zip" else path.name
        with zipfile.ZipFile(path, "w") as archive, member_of(archive, name if "." in name else f"{name}.csv") as entry:
            yield entry
    elif compression == "zstd":
        # An optional dependency.
        zstandard = import_module("zstandard")
        with path.open("wb") as raw, zstandard.ZstdCompressor(level=3).stream_writer(raw, closefd=False) as packed:
            yield packed
    else:
        with path.open("wb") as raw:
            yield raw


@dataclass
class Totals:
    """Running totals of a file."""

    records: int = 0
    bytes: int = 0
    lines: int = 0


def summary(
    path: StrPath,
    kind: str,
    columns: tuple[str, ...],
    totals: Totals,
    *,
    damage: Damage | None,
    workflows: dict[int, Counts] | None = None,
) -> Summary:
    """The summary of a written file."""
    return Summary(
        path=str(path),
        kind=kind,
        records=totals.records,
        bytes=totals.bytes,
        stored=Path(path).stat().st_size,
        lines=totals.lines,
        columns=columns,
        faults=dict(sorted(damage.counts.items())) if damage else {},
        workflows=workflows or {},
    )


@dataclass(frozen=True)
class Member:
    """One file of a download, with the bytes before, between and after its records.

    `empty` is the content of the file if there are no records.
    """

    name: str
    first: bytes
    between: bytes
    last: bytes
    empty: bytes
    records: Iterator[bytes]


def json_member(name: str, records: Iterator[bytes]) -> Member:
    """A JSON array on one line, without a line end."""
    return Member(f"{name}.json", b"[", b", ", b"]", b"[]", records)


def lines_member(name: str, records: Iterator[bytes]) -> Member:
    """JSON Lines."""
    return Member(f"{name}.jsonl", b"", b"\n", b"\n", b"", records)


def csv_member(name: str, header: tuple[str, ...], records: Iterator[bytes], newline: str, *, empty: bytes) -> Member:
    """CSV. The names in the header must not need quotes."""
    end = newline.encode()
    return Member(f"{name}.csv", ",".join(header).encode() + end, end, end, empty, records)


def _write(sink: BinaryIO | io.BufferedIOBase, member: Member, form: Form) -> Totals:
    totals = Totals()
    unlimited = form.whole or form.size is not None
    wanted = DEFAULT_RECORDS if form.records is None and not unlimited else form.records
    chunk, held = [member.first], len(member.first)

    def flush() -> None:
        nonlocal held
        block = b"".join(chunk)
        chunk.clear()
        held = 0
        sink.write(block)
        totals.bytes += len(block)
        totals.lines += block.count(b"\n") + (block.count(b"\r") if member.last == b"\r" else 0)

    for record in islice(member.records, wanted):
        if totals.records:
            chunk.append(member.between)
        chunk.append(record)
        held += len(record) + (len(member.between) if totals.records else 0)
        totals.records += 1
        # Stop where the file is closest to its size: it is off by about half a record at most.
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


def write(path: StrPath, head: bytes, records: Iterable[bytes], form: Form, damage: Damage | None = None) -> Totals:
    """Write `head` as the first line, then records until they end or the wanted size or number is reached."""
    newline = form.newline.encode()
    first = (b"\xef\xbb\xbf" if form.bom else b"") + head + newline
    damaged = (damage.apply(record) if damage else record for record in records)
    if form.size is not None:
        form = replace(form, size=max(0, form.size - len(newline)))  # the last line end counts too
    with opened(Path(path), form.compression) as sink:
        return _write(sink, Member("", first, newline, newline, first, damaged), form)


def write_download(path: Path, member: Member, form: Form, second: Callable[[int], Member] | None = None) -> Totals:
    """Write a download. In a zip, the file has its member's name, and a second member may follow.

    Args:
        path: The file to write; an existing one is replaced.
        member: The download.
        form: The amount and compression.
        second: Returns the second member of a zip, given the number of records. All of its records are written.

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
