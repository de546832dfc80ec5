"""The values that reading yields: batches and rejects of a block, progress, and facts about the sources."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from crowdarrow import _core, notebook
from crowdarrow.terminal import plain

_SHOWN = 20
"""Rejects that a notebook shows."""


class Reject(NamedTuple):
    """A rejected record, or one part of an oversized one."""

    source: str
    record: int
    """Number of the record in its source, from 1; the header is not counted."""
    line: int
    """Physical line on which the record starts, from 1."""
    byte_offset: int
    """Offset of the record in the decompressed source."""
    column: str | None
    kind: str
    message: str
    raw: bytes
    """Bytes of the record, without its line end."""
    more: bool
    """Whether the next reject continues the raw bytes of the same record."""

    def __repr__(self) -> str:
        # Without the message and the raw bytes, which may have names of people.
        where = f"{self.source} record {self.record} line {self.line}"
        column = "" if self.column is None else f", column {self.column}"
        return plain(f"<Reject {self.kind}: {where}{column}>")


class ShownRejects(list[Reject]):
    """Rejects as a list that notebooks show as a table, without the messages and raw bytes: they may have names."""

    def __repr__(self) -> str:
        return f"<{len(self):,} reject{'' if len(self) == 1 else 's'}>"

    def _repr_html_(self) -> str:
        rows = [(one.source, one.record, one.line, one.byte_offset, one.column, one.kind) for one in self[:_SHOWN]]
        more = f"{len(self) - _SHOWN:,} more" if len(self) > _SHOWN else ""
        return notebook.grid(repr(self)[1:-1], ("source", "record", "line", "byte", "column", "kind"), rows, more)


class Rejects:
    """The rejected records of one block, or their parts: an iterable of `Reject` that makes one at a time.

    Attributes:
        source: the name of their source.
        entries: the engine's list of them.
        names: output names of columns that have another name in the engine; None if a reject has no column.
        columns: the column's name for each of `entries.columns`.
    """

    __slots__ = ("columns", "entries", "names", "source")

    def __init__(self, source: str, entries: _core.Rejects, names: Mapping[str, str | None] | None = None) -> None:
        self.source, self.entries, self.names = source, entries, names or {}
        self.columns = [self._name(column) for column in entries.columns]

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, at: int) -> Reject:
        record, line, byte_offset, column, kind, message, raw, more = self.entries.entry(at)
        return Reject(self.source, record, line, byte_offset, self._name(column), kind, message, raw, more)

    def __iter__(self) -> Iterator[Reject]:
        return map(self.__getitem__, range(len(self)))

    def _name(self, column: str | None) -> str | None:
        return self.names.get(column, column) if column is not None else None


class BlockOutput(NamedTuple):
    """The output of one block of the input."""

    batches: list[tuple[str, pa.RecordBatch]]
    """Pairs of table and batch, in the order of the input."""
    rejects: Rejects


class Progress(NamedTuple):
    """How much of the input has been read."""

    bytes_read: int
    """Stored (compressed) bytes read so far."""
    bytes_total: int | None
    """Stored bytes of all inputs; None if an input is a stream."""
    records: int
    rows: int
    rejected: int


class SourceInfo(NamedTuple):
    """Name, stored size and digest of a source; size and digest are None until the source has been read to its end."""

    name: str
    size: int | None
    digest: str | None = None
    algorithm: str | None = None
    """The digest's name; None if no digest is computed."""
    compression: str | None = None
    """Its compression or archive; None if it has none."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready; the digest is a member with its own name."""
        return {"name": self.name, "size": self.size} | ({self.algorithm: self.digest} if self.algorithm else {})
