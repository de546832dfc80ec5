"""Reads the example files of `tests/examples`; their README describes the format."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]

FOLDER = Path(__file__).resolve().parents[1] / "examples"
_TIMES = {
    *(
        "created",
        "created_at",
        "finish_time",
        "first_at",
        "generated",
        "last_at",
        "modified",
        "retired_at",
        "updated_at",
    )
}
_FENCE = re.compile(r"^```(\S+)((?: \S+)*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OPTION = re.compile(r"^- ([a-z_]+): (.*)$", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?:([\\rnt])|u([0-9a-f]{4}))")
_ESCAPED = {"\\": "\\", "r": "\r", "n": "\n", "t": "\t"}


@dataclass(frozen=True)
class Section:
    """One example as it is written in a file.

    Attributes:
        name: its heading.
        options: the text of each option.
        blocks: the text of each block that is not of rows, without the final line break.
        rows: the rows of each `rows TABLE` block, times as `datetime`.
    """

    name: str
    options: dict[str, str] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        """The JSON value of an option."""
        return json.loads(self.options[name]) if name in self.options else default


def sections(file: str) -> Iterator[Section]:
    """The examples of a file below `tests/examples`, in order."""
    _, *parts = re.split(r"^## ", (FOLDER / file).read_text(encoding="utf-8"), flags=re.MULTILINE)
    for part in parts:
        name, _, body = part.partition("\n")
        section = Section(name, dict(_OPTION.findall(body.partition("```")[0])))
        for block, words, text in _FENCE.findall(body):
            if block == "rows":
                section.rows[words.strip()] = [json.loads(line, object_hook=_with_times) for line in text.splitlines()]
            else:
                section.blocks[block] = _text(text, words.split())
        yield section


def _with_times(row: Row) -> Row:
    return {
        name: datetime.fromisoformat(value) if name in _TIMES and isinstance(value, str) else value
        for name, value in row.items()
    }


def _text(text: str, flags: list[str]) -> str:
    if "escaped" in flags:
        return _ESCAPE.sub(
            lambda found: _ESCAPED[found[1]] if found[1] else chr(int(found[2], 16)), text.replace("\n", "")
        )
    if "unterminated" in flags:
        return text.removesuffix("\n")
    return text.replace("\n", "\r\n") if "crlf" in flags else text
