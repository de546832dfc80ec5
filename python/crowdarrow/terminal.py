"""Text from inputs as people see it: characters that a terminal would act on, or not show, are written as escapes.

Everything that the command line prints goes through this module, as do the texts of errors, reports and inspections.
"""

import json
import re
from collections.abc import Callable
from typing import Any

# The categories Cc (C0, C1), Cs (lone surrogates), Zl, Zp, and Cf (bidirectional and zero-width marks, tags) without
# its visible marks; then letters and marks that Unicode calls ignorable, because they are not shown either. The
# variation selectors of emoji are no danger and are kept.
_UNSAFE = (
    "[\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ud800-\udfff\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_UNENCODABLE = re.compile("[\ud800-\udfff]")
_UNDECODED = range(0xDC80, 0xDD00)  # a byte of a file name that is not UTF-8, as Python holds it


def plain(text: object) -> str:
    r"""The text on one line, with escapes such as `\n`, `\x1b` and `\u202e`."""
    return _shown(str(text), _escape)


def number_of(count: int, one: str, several: str = "") -> str:
    """A count with its noun: `1 record`, `2,000 records`; `several` is the plural that is not `one` with an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def plain_lines(text: str) -> str:
    r"""The text with the same escapes, but with its line ends."""
    return "\n".join(map(plain, text.split("\n")))


def plain_json(value: Any) -> str:
    """The value as indented JSON text, with JSON's own escapes for the same characters."""
    # Outside strings, JSON text has only ASCII and line ends; within them, line ends are escaped already.
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "\n".join(_shown(line, _json_escape) for line in text.split("\n"))


def valid_json(value: Any, **how: Any) -> str:
    """The value as JSON text, with the escapes of `valid` in its texts."""
    text = json.dumps(value, ensure_ascii=False, **how)
    return _UNENCODABLE.sub(lambda match: json.dumps(_escape(match))[1:-1], text)


def valid(text: str) -> str:
    r"""The text with escapes such as `\xff` for bytes of file names that are not UTF-8, so that a file can hold it."""
    return _UNENCODABLE.sub(_escape, text)


def _shown(text: str, escape: Callable[[re.Match[str]], str]) -> str:
    # Most texts are printable ASCII, and the pattern takes a millisecond to compile.
    return text if text.isascii() and text.isprintable() else re.sub(_UNSAFE, escape, text)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code - 0xDC00:02x}" if code in _UNDECODED else ascii(match[0])[1:-1]


def _json_escape(match: re.Match[str]) -> str:
    return json.dumps(match[0])[1:-1]


class PlainStream:
    """A binary stream to a terminal, with escapes in what is written; each call writes whole characters of UTF-8."""

    def __init__(self, stream: Any) -> None:
        """Write to `stream`."""
        self._stream = stream

    def write(self, data: bytes | memoryview) -> int:
        """Write UTF-8 text; returns the number of its bytes."""
        self._stream.write(plain_lines(str(data, "utf-8", "replace")).encode())
        return len(data)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()
