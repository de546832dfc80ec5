"""Putting Parquet files that hold one column of one row group each together into one file.

pyarrow encodes a file on one thread. Column chunks are independent of each other, though: each can be encoded
as a small file of its own, in memory, on any thread, and its bytes moved into the real file as they are. All
that changes are the offsets in the footer, which is Thrift's compact protocol:
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md, with the structs of
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift.
"""

from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"PAR1"
_TAIL = 8  # the footer's length (4 bytes, little endian) and the magic
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
_MORE = 0x80  # a varint goes on in the next byte
_LONG_LIST = 15  # a list of so many items has their number as a varint
_ROWS, _GROUPS = 3, 4  # fields of FileMetaData
_METADATA = 3  # field of ColumnChunk
# Where a ColumnMetaData says where in the file its pages are: data, index, dictionary page.
_OFFSETS = frozenset({9, 10, 11})
_MAX_ORDINAL = 32767


@dataclass(frozen=True)
class Chunks:
    """One row group's chunks of one top-level column (several where it is nested).

    `body` holds their pages, `entries` their ColumnChunk structs with offsets as in the small file.
    """

    body: memoryview
    entries: list[bytes]
    rows: int
    raw_size: int


def _varint(buf: memoryview, pos: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = buf[pos]
        pos += 1
        value |= (byte & 0x7F) << shift
        if byte < _MORE:
            return value, pos
        shift += 7


def _put_varint(value: int) -> bytes:
    out = bytearray()
    while value >= _MORE:
        out.append(value & 0x7F | _MORE)
        value >>= 7
    out.append(value)
    return bytes(out)


def _integer(buf: memoryview, pos: int) -> int:
    value, _ = _varint(buf, pos)
    return (value >> 1) ^ -(value & 1)


def _put_integer(value: int) -> bytes:
    return _put_varint(value << 1 if value >= 0 else (-value << 1) - 1)


def _list(buf: memoryview, pos: int) -> tuple[int, int, int]:
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


def _skip(buf: memoryview, pos: int, kind: int) -> int:  # noqa: PLR0911 - one for each type
    """Where a value of the kind that begins at `pos` ends."""
    if kind in (_TRUE, _FALSE):
        return pos
    if kind == _BYTE:
        return pos + 1
    if kind in (_I16, _I32, _I64):
        return _varint(buf, pos)[1]
    if kind == _DOUBLE:
        return pos + 8
    if kind == _BINARY:
        size, pos = _varint(buf, pos)
        return pos + size
    if kind in (_LIST, _SET):
        count, item, pos = _list(buf, pos)
        for _ in range(count):
            pos = pos + 1 if item in (_TRUE, _FALSE) else _skip(buf, pos, item)
        return pos
    if kind == _STRUCT:
        for _, _, _, _, end in _fields(buf, pos):
            pos = end
        return pos + 1
    msg = f"Thrift type {kind} has no place in a Parquet footer"
    raise ValueError(msg)


def _fields(buf: memoryview, pos: int) -> Iterator[tuple[int, int, int, int, int]]:
    """(id, type, begin of its header, begin of its value, end) of each of a struct's fields."""
    field = 0
    while buf[pos]:
        start, header = pos, buf[pos]
        pos += 1
        if header >> 4:
            field += header >> 4
        else:
            field = _integer(buf, pos)
            pos = _varint(buf, pos)[1]
        end = _skip(buf, pos, header & 15)
        yield field, header & 15, start, pos, end
        pos = end


def _shifted(buf: memoryview, shift: int, *, metadata: bool = False) -> bytes:
    """A ColumnChunk (or its ColumnMetaData) with every offset into the file moved by `shift` bytes."""
    out = bytearray()
    for field, kind, start, value, end in _fields(buf, 0):
        out += buf[start:value]
        if not metadata and field == _METADATA and kind == _STRUCT:
            out += _shifted(buf[value:end], shift, metadata=True)
        elif kind == _I64 and field in (_OFFSETS if metadata else (2,)) and (offset := _integer(buf, value)) > 0:
            out += _put_integer(offset + shift)
        else:
            out += buf[value:end]
    out.append(0)
    return bytes(out)


def _footer(file: memoryview) -> memoryview:
    if file[:4] != MAGIC or file[-4:] != MAGIC:
        msg = "not a Parquet file"
        raise ValueError(msg)
    size = int.from_bytes(file[-_TAIL:-4], "little")
    return file[-_TAIL - size : -_TAIL]


def take_apart(file: memoryview) -> Chunks:
    """The chunks of a Parquet file that holds exactly one row group."""
    footer = _footer(file)
    body = file[len(MAGIC) : -_TAIL - len(footer)]
    for field, _, _, value, _ in _fields(footer, 0):
        if field != _GROUPS:
            continue
        count, _, group = _list(footer, value)
        if count != 1:
            break
        entries: list[bytes] = []
        numbers: dict[int, int] = {}
        for inner, kind, _, start, _ in _fields(footer, group):
            if inner == 1:
                columns, _, pos = _list(footer, start)
                for _ in range(columns):
                    end = _skip(footer, pos, _STRUCT)
                    entries.append(bytes(footer[pos:end]))
                    pos = end
            elif kind == _I64:
                numbers[inner] = _integer(footer, start)
        return Chunks(body, entries, rows=numbers[3], raw_size=numbers[2])
    msg = "a Parquet file of one row group was expected"
    raise ValueError(msg)


def row_group(columns: list[Chunks], position: int, ordinal: int) -> bytes:
    """The RowGroup struct of chunks whose bodies stand one after the other from `position` in the file."""
    entries: list[bytes] = []
    offset = position
    for chunks in columns:
        shift = offset - len(MAGIC)
        entries += [_shifted(memoryview(entry), shift) for entry in chunks.entries]
        offset += len(chunks.body)
    out = bytearray([1 << 4 | _LIST]) + _put_list(entries)
    out += bytes([1 << 4 | _I64]) + _put_integer(sum(chunks.raw_size for chunks in columns))
    out += bytes([1 << 4 | _I64]) + _put_integer(columns[0].rows)
    out += bytes([2 << 4 | _I64]) + _put_integer(position)  # field 5
    out += bytes([1 << 4 | _I64]) + _put_integer(offset - position)
    if ordinal <= _MAX_ORDINAL:
        out += bytes([1 << 4 | _I16]) + _put_integer(ordinal)
    out.append(0)
    return bytes(out)


def footer(empty: memoryview, groups: list[bytes], rows: int) -> bytes:
    """The end of a file (footer, length, magic): that of `empty`, the same without rows, with the groups."""
    template = _footer(empty)
    out = bytearray()
    for field, kind, start, value, end in _fields(template, 0):
        out += template[start:value]
        if field == _ROWS and kind == _I64:
            out += _put_integer(rows)
        elif field == _GROUPS and kind == _LIST:
            out += _put_list(groups)
        else:
            out += template[value:end]
    out.append(0)
    return bytes(out) + len(out).to_bytes(4, "little") + MAGIC
