"""Putting Parquet files that hold some columns of one row group each together into one file.

pyarrow encodes a file on one thread. Column chunks are independent of each other, though: each can be encoded
as a small file of its own, in memory, on any thread, and its bytes moved into the real file as they are. All
that changes are the offsets in the footer, which is Thrift's compact protocol:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md, with the structs of
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from dataclasses import dataclass
from itertools import islice

MAGIC = b"PAR1"
_TAIL = 8  # the footer's length (4 bytes, little endian) and the magic
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_MORE = 0x80  # a varint goes on in the next byte
_LONG_LIST = 15  # a list of so many items has their number as a varint
_ROWS, _GROUPS = 3, 4  # fields of FileMetaData
_COLUMNS = 1  # field of RowGroup
_METADATA = 3  # field of ColumnChunk
# Where a ColumnChunk says where its metadata are, and a ColumnMetaData where its pages are: data, index, dictionary.
_CHUNK_OFFSETS = frozenset({2})
_METADATA_OFFSETS = frozenset({9, 10, 11})
_MAX_ORDINAL = 32767


@dataclass(frozen=True)
class Entry:
    """A ColumnChunk struct, and where in it the offsets into the file stand (begin, end), in order."""

    struct: bytes
    offsets: list[tuple[int, int]]
    start: int
    """Where in the file its pages begin."""

    def moved(self, by: int) -> bytes:
        """The struct with every offset into the file moved by so many bytes."""
        out, done = bytearray(), 0
        for start, end in self.offsets:
            offset, _ = _integer(self.struct, start)
            out += self.struct[done:start] + _put_integer(offset + by if offset > 0 else offset)
            done = end
        return bytes(out + self.struct[done:])


@dataclass(frozen=True)
class Chunks:
    """One row group's chunks of one top-level column (several where it is nested).

    `body` holds their pages, `entries` what the footer says of each, with offsets as in the small file.
    """

    body: memoryview
    entries: list[Entry]


@dataclass(frozen=True)
class Part:
    """What a small file holds: the chunks of some top-level columns."""

    columns: list[Chunks]
    rows: int
    raw_size: int


def _varint(buf: bytes, pos: int) -> tuple[int, int]:
    value = shift = 0
    while (byte := buf[pos]) >= _MORE:
        value |= (byte & 0x7F) << shift
        shift += 7
        pos += 1
    return value | byte << shift, pos + 1


def _put_varint(value: int) -> bytes:
    out = bytearray()
    while value >= _MORE:
        out.append(value & 0x7F | _MORE)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(buf: bytes, pos: int) -> tuple[int, int]:
    value, pos = _varint(buf, pos)
    return (value >> 1) ^ -(value & 1), pos


def _put_integer(value: int) -> bytes:
    return _put_varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _list(buf: bytes, pos: int) -> tuple[int, int, int]:
    """(number of items, their type, where the first begins)."""
    header = buf[pos]
    count, kind = header >> 4, header & 15
    if count < _LONG_LIST:
        return count, kind, pos + 1
    count, pos = _varint(buf, pos + 1)
    return count, kind, pos


def _put_list(items: list[bytes]) -> bytes:
    head = (
        bytes([len(items) << 4 | _STRUCT])
        if len(items) < _LONG_LIST
        else bytes([0xF0 | _STRUCT]) + _put_varint(len(items))
    )
    return head + b"".join(items)


def _field(buf: bytes, pos: int, last: int) -> tuple[int, int, int]:
    """(id, type, begin of its value) of the field at `pos`, behind the one of id `last`; type 0 ends a struct."""
    header = buf[pos]
    if header >> 4 or not header:
        return last + (header >> 4), header & 15, pos + 1
    field, pos = _integer(buf, pos + 1)
    return field, header & 15, pos


def _skip(buf: bytes, pos: int, kind: int) -> int:
    """Where a value of the kind that begins at `pos` ends."""
    if kind in (_I16, _I32, _I64):
        while buf[pos] >= _MORE:
            pos += 1
        return pos + 1
    if kind == _STRUCT:
        field, kind, pos = _field(buf, pos, 0)
        while kind:
            field, kind, pos = _field(buf, _skip(buf, pos, kind), field)
    elif kind == _BINARY:
        size, pos = _varint(buf, pos)
        pos += size
    elif kind in (_LIST, _SET):
        count, item, pos = _list(buf, pos)
        for _ in range(count):
            # In a list a truth value is a byte; in a struct it stands in the field's header.
            pos = pos + 1 if item in (_TRUE, _FALSE) else _skip(buf, pos, item)
    elif kind in (_BYTE, _DOUBLE):
        pos += 1 if kind == _BYTE else 8
    elif kind not in (_TRUE, _FALSE):
        msg = f"Thrift type {kind} has no place in a Parquet footer"
        raise ValueError(msg)
    return pos


def _offsets(buf: bytes, pos: int, fields: frozenset[int], found: list[tuple[int, int]]) -> int:
    """Where the ColumnChunk or ColumnMetaData at `pos` ends; where `fields` of it stand is added to `found`."""
    field, kind, pos = _field(buf, pos, 0)
    while kind:
        if kind == _I64 and field in fields:
            end = _skip(buf, pos, kind)
            found.append((pos, end))
        elif kind == _STRUCT and field == _METADATA and fields is _CHUNK_OFFSETS:
            end = _offsets(buf, pos, _METADATA_OFFSETS, found)
        else:
            end = _skip(buf, pos, kind)
        field, kind, pos = _field(buf, end, field)
    return pos


def _entries(buf: bytes, pos: int) -> tuple[list[Entry], int]:
    """The ColumnChunk structs of the list at `pos`, and where it ends."""
    entries = []
    count, _, pos = _list(buf, pos)
    for _ in range(count):
        found: list[tuple[int, int]] = []
        end = _offsets(buf, pos, _CHUNK_OFFSETS, found)
        # The first is that of the metadata, which every chunk has.
        pages = [offset for at, _ in found[1:] if (offset := _integer(buf, at)[0]) > 0]
        entries.append(Entry(buf[pos:end], [(at - pos, to - pos) for at, to in found], min(pages)))
        pos = end
    return entries, pos


def _footer(file: memoryview) -> bytes:
    if file[:4] != MAGIC or file[-4:] != MAGIC:
        msg = "not a Parquet file"
        raise ValueError(msg)
    size = int.from_bytes(file[-_TAIL:-4], "little")
    return bytes(file[-_TAIL - size : -_TAIL])


def take_apart(file: memoryview, leaves: list[int]) -> Part:
    """What a Parquet file holds that has exactly one row group; `leaves`: how many chunks each column has."""
    buf = _footer(file)
    end_of_pages = len(file) - _TAIL - len(buf)
    field, kind, pos = _field(buf, 0, 0)
    while kind and field != _GROUPS:
        field, kind, pos = _field(buf, _skip(buf, pos, kind), field)
    count, _, pos = _list(buf, pos) if kind else (0, 0, 0)
    if count != 1:
        msg = "a Parquet file of one row group was expected"
        raise ValueError(msg)
    entries: list[Entry] = []
    numbers: dict[int, int] = {}
    field, kind, pos = _field(buf, pos, 0)
    while kind:
        if field == _COLUMNS:
            entries, end = _entries(buf, pos)
        elif kind == _I64:
            numbers[field], end = _integer(buf, pos)
        else:
            end = _skip(buf, pos, kind)
        field, kind, pos = _field(buf, end, field)
    if len(entries) != sum(leaves):
        msg = f"a Parquet file of {sum(leaves)} column chunks was expected, not of {len(entries)}"
        raise ValueError(msg)
    rest = iter(entries)
    of_columns = [list(islice(rest, count)) for count in leaves]
    starts = [column[0].start for column in of_columns]
    ends = [*starts[1:], end_of_pages]
    columns = [Chunks(file[start:end], own) for start, end, own in zip(starts, ends, of_columns, strict=True)]
    return Part(columns, rows=numbers[3], raw_size=numbers[2])


def row_group(columns: list[Chunks], rows: int, raw_size: int, position: int, ordinal: int) -> bytes:
    """The RowGroup struct of chunks whose bodies stand one after the other from `position` in the file."""
    entries: list[bytes] = []
    offset = position
    for chunks in columns:
        shift = offset - chunks.entries[0].start
        entries += [entry.moved(shift) for entry in chunks.entries]
        offset += len(chunks.body)
    out = bytearray([1 << 4 | _LIST]) + _put_list(entries)
    out += bytes([1 << 4 | _I64]) + _put_integer(raw_size)
    out += bytes([1 << 4 | _I64]) + _put_integer(rows)
    out += bytes([2 << 4 | _I64]) + _put_integer(position)  # field 5
    out += bytes([1 << 4 | _I64]) + _put_integer(offset - position)
    if ordinal <= _MAX_ORDINAL:
        out += bytes([1 << 4 | _I16]) + _put_integer(ordinal)
    out.append(0)
    return bytes(out)


def footer(empty: memoryview, groups: list[bytes], rows: int) -> bytes:
    """The end of a file (footer, length, magic): that of `empty`, the same without rows, with the groups."""
    template = _footer(empty)
    out, done = bytearray(), 0
    field, kind, pos = _field(template, 0, 0)
    while kind:
        end = _skip(template, pos, kind)
        if field in (_ROWS, _GROUPS):
            out += template[done:pos] + (_put_integer(rows) if field == _ROWS else _put_list(groups))
            done = end
        field, kind, pos = _field(template, end, field)
    out += template[done:]
    return bytes(out) + len(out).to_bytes(4, "little") + MAGIC
