"""JSON texts of a workflow export, kept compressed until a row needs them, except the first few megabytes.

An export holds hundreds of versions, each with all tasks and strings: megabytes if a dropdown lists every county. Most
versions are never needed, and classifications come in order of time, so the same version is needed many times in a row.
"""

import json
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import pyarrow as pa

_CODEC = "zstd"
_MAX_DIGITS = 4000
"""Longer integers are read as floats: Python refuses to parse integers that are a little longer."""


class PackedJson(NamedTuple):
    """A JSON text, compressed or as it is. Equal texts compress to equal bytes."""

    content: bytes
    size: int
    """Bytes of the text."""
    is_compressed: bool = False

    @classmethod
    def of(cls, scalar: pa.StringScalar, *, compress: bool) -> "PackedJson":
        """Keep a JSON text; null becomes an empty text."""
        text = scalar.as_buffer()
        if text is None:
            return cls(b"", 0)
        if not compress:
            return cls(text.to_pybytes(), text.size)
        return cls(pa.compress(text, codec=_CODEC, asbytes=True), text.size, is_compressed=True)

    def parse(self) -> dict[str, Any]:
        """The JSON object; an empty one if the text is null or another JSON value."""
        if not self.size:
            return {}
        text = self.content
        if self.is_compressed:
            text = pa.decompress(text, self.size, codec=_CODEC, asbytes=True)
        try:
            found = json.loads(text)
        except ValueError:
            found = json.loads(text, parse_int=_parse_int)
        return found if isinstance(found, dict) else {}


def _parse_int(digits: str) -> int | float:
    return int(digits) if len(digits) < _MAX_DIGITS else float(digits)


class Document:
    """A parsed JSON object."""

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members
        self.options_of_select: dict[int, dict[str, tuple[int, Any]]] = {}
        """Cache of `Workflow.options`, by the `id` of a select in `members`."""


class DocumentCache:
    """The documents in use. A text that several versions share is parsed once."""

    def __init__(self) -> None:
        self._documents: WeakValueDictionary[bytes, Document] = WeakValueDictionary()

    def get(self, packed: PackedJson) -> Document:
        """The document of a compressed text."""
        document = self._documents.get(packed.content)
        if document is None:
            document = self._documents[packed.content] = Document(packed.parse())
        return document
