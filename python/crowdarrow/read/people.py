"""Names of people: kept, replaced by keyed hashes, or dropped, in all outputs of a run.

Rows are decoded and counted with their names, since these are the keys of groups. The names are replaced in finished
batches, and in rejects.
"""

import contextlib
import os
from collections.abc import Iterable
from functools import cached_property, partial
from pathlib import Path

import pyarrow as pa

from crowdarrow._core import Pseudonyms
from crowdarrow._core import Rejects as RejectList
from crowdarrow.declare import Export, People, Transform
from crowdarrow.errors import InputError, UsageError
from crowdarrow.read.options import ReadOptions

_KEY_BYTES = 32
_LEAST_BYTES = 16
_MOST_BYTES = 1 << 20
_CONTEXT = "crowdarrow 2026-11-30 names of people"
"""The context from which the key of a file that is not a key itself is derived."""
_ID_CONTEXT = "crowdarrow 2026-11-30 id of a key for names of people"
_ID_DIGITS = 16


class KeyFile:
    """The file of a key, which is read or made once: it may be a pipe."""

    def __init__(self, path: str | os.PathLike[str] | None) -> None:
        self._path = path

    @cached_property
    def key(self) -> bytes | None:
        """The key of the hashes; None without a file.

        Raises:
            InputError: the file cannot be read or made, or is too short.
        """
        return None if self._path is None else key_of(self._path)


class Renaming:
    """Replaces names of people in the batches of one export.

    Attributes:
        mode: `hash` or `drop`.
    """

    def __init__(self, declared: People, mode: str, key_file: KeyFile) -> None:
        self.mode = mode
        self._declared, self._key_file = declared, key_file

    @property
    def key_id(self) -> str | None:
        """An identifier of the key: runs with the same key have the same one. The key cannot be derived from it."""
        key = self._key_file.key
        return None if key is None else Pseudonyms.derive_key(_ID_CONTEXT, key).hex()[:_ID_DIGITS]

    def load(self) -> None:
        """Read the key, or make it, before there are outputs.

        Raises:
            InputError: its file cannot be read or made, or is too short.
        """
        self._with(self._key_file.key)

    @cached_property
    def _engine(self) -> Pseudonyms:
        return self._with(self._key_file.key)

    def _with(self, key: bytes | None) -> Pseudonyms:
        own = self._declared
        return Pseudonyms(own.names, json=own.json, flattened=own.flattened, key=key)

    def schema(self, schema: pa.Schema) -> pa.Schema:
        """The schema of batches without names."""
        # The schema does not depend on the key, which is neither read nor made here.
        found = pa.record_batch(self._with(bytes(_KEY_BYTES)).replace(_empty(schema))).schema
        # The engine gives a column of another type without its metadata.
        return pa.schema([field.with_metadata(schema.field(index).metadata) for index, field in enumerate(found)])

    def replace(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch without names."""
        return pa.record_batch(self._engine.replace(batch)) if batch.num_columns else batch

    def transformed(self, export: Export) -> Export:
        """The export with the values of keys that name people replaced in its tables of pairs."""
        key, *values = self._declared.pairs or ("",)
        tables = [table.name for table in export.tables if any(column.name == key for column in table.columns)]
        if not tables:
            return export
        names = {column.name for name in tables for column in export.table(name).columns}
        found = tuple(name for name in values if name in names)
        for name in tables:
            own = tuple(one for one in found if any(column.name == one for column in export.table(name).columns))
            transform = Transform((key, *own), own, partial(self._replace_values, key, own))
            export = export.with_transform(name, transform)
        return export

    def _replace_values(self, key: str, names: tuple[str, ...], arrays: "dict[str, pa.Array]") -> dict[str, pa.Array]:
        values = pa.record_batch([arrays[name] for name in names], list(names))
        found = pa.record_batch(self._engine.replace_values(arrays[key], values))
        return dict(zip(names, found.columns, strict=True))


def renaming_of(export: Export, options: ReadOptions, key_file: KeyFile) -> Renaming | None:
    """How names are replaced; None if they are kept."""
    if options.people == "keep" or export.people is None:
        return None
    return Renaming(export.people, options.people, key_file)


def without_values(rejects: RejectList, options: ReadOptions) -> RejectList:
    """The rejects for output: unless names are kept, without the bytes of records and without values."""
    return rejects if options.people == "keep" or not len(rejects) else rejects.without_values()


def key_of(path: str | os.PathLike[str]) -> bytes:
    """The key in a file: its 64 hexadecimal digits, or what is derived from any other content.

    A file that does not exist is made, with a random key.

    Raises:
        InputError: the file cannot be read or made, or is too short.
    """
    try:
        try:
            content = _read(path)
        except FileNotFoundError:
            _make(path)
            content = _read(path)
    except OSError as error:
        msg = f"`people_key`: {os.fsdecode(path)} cannot be read or made: {error.strerror or error}"
        raise InputError(msg) from error
    if len(content) > _MOST_BYTES:
        msg = f"`people_key`: {os.fsdecode(path)} is larger than 1 MiB, and probably not the file of a key"
        raise InputError(msg)
    material = content.strip()
    if len(material) < _LEAST_BYTES:
        what = "is empty" if not material else f"has fewer than {_LEAST_BYTES} bytes"
        msg = f"`people_key`: {os.fsdecode(path)} {what}; name a file that does not exist, and a key is made"
        raise InputError(msg)
    if len(material) == 2 * _KEY_BYTES:
        try:
            return bytes.fromhex(material.decode("ascii"))
        except ValueError:
            pass
    return bytes(Pseudonyms.derive_key(_CONTEXT, material))


def check_key_file(path: str | os.PathLike[str], outputs: Iterable[str]) -> None:
    """Check that the file of a key is not an output, nor in a folder that is one: it would be replaced.

    Raises:
        UsageError: it is.
    """
    key = os.path.realpath(path)
    for output in outputs:
        if os.path.commonpath([key, own := os.path.realpath(output)]) == own:
            msg = f"`people_key`: {os.fsdecode(path)} would be replaced by the output {output}; keep the key elsewhere"
            raise UsageError(msg)


def _read(path: str | os.PathLike[str]) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _make(path: str | os.PathLike[str]) -> None:
    """Make the file of a random key, which only its owner can read.

    The file gets its name when it is complete, since another process may make the same; the first one counts.
    """
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.urandom(8).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    number = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(os.urandom(_KEY_BYTES).hex().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, target)
        except FileExistsError:
            return
        except OSError:  # a file system without links
            if not target.exists():
                temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # without it, a crash of the system could lose the name
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.record_batch([pa.array([], field.type) for field in schema], schema=schema)
