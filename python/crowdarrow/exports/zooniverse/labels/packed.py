"""JSON texts of a workflow export, kept small until a row asks for them.

An export holds hundreds of versions, each with all its tasks and texts, megabytes of them where a dropdown lists every
county. Most versions are never asked for, and those that are come one after another, as classifications do.
"""

import json
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import pyarrow as pa

_CODEC = "zstd"
_LONGEST_INTEGER = 4000
"""Digits; Python refuses to read integers that are a little longer."""


class Packed(NamedTuple):
    """A compressed JSON text. Equal texts are packed the same."""

    content: bytes
    size: int
    """Bytes of the text."""

    @classmethod
    def of(cls, scalar: pa.StringScalar) -> "Packed":
        """Pack a JSON text; null is empty."""
        text = scalar.as_buffer()
        if text is None:
            return cls(b"", 0)
        return cls(pa.compress(text, codec=_CODEC, asbytes=True), text.size)

    def members(self) -> dict[str, Any]:
        """The JSON object; empty where the text is null or another value."""
        if not self.size:
            return {}
        text = pa.decompress(self.content, self.size, codec=_CODEC, asbytes=True)
        try:
            found = json.loads(text)
        except ValueError:
            found = json.loads(text, parse_int=_integer)
        return found if isinstance(found, dict) else {}


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < _LONGEST_INTEGER else float(digits)


class Document:
    """A JSON object, read."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members
        self.indexed: dict[int, dict[str, tuple[int, Any]]] = {}
        """By the identity of a select in it: its options by their values (`Opened.options`)."""


class Documents:
    """The documents that are in use, each read once, however many versions have it."""

    def __init__(self) -> None:
        self._read: WeakValueDictionary[bytes, Document] = WeakValueDictionary()

    def of(self, packed: Packed) -> Document:
        """The document of a packed text."""
        document = self._read.get(packed.content)
        if document is None:
            document = self._read[packed.content] = Document(packed.members())
        return document
