"""What an example of a PYBOSSA or LibCrowds download is: its text, and what the contract makes of it."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

Rows: TypeAlias = list[dict[str, Any]]
JSON_COLUMNS = frozenset({"info", "json", "extra", "raw_body", "raw_target", "raw_generator", "raw_creator"})


@dataclass(frozen=True)
class Example:
    """A download, and what comes of it.

    `tables` holds the rows of the tables it names, each row without its nulls; of the record table too. JSON
    columns are given as text; where the source was no JSON (`made`), or for `extra`, they are compared as
    JSON values, else as text. `rejects` holds record number, kind and raw bytes. `leniencies` names those
    that must be counted; None checks nothing.
    """

    name: str
    text: str | bytes
    kind: str
    tables: dict[str, Rows]
    rejects: list[tuple[int, str, str | bytes]] = field(default_factory=list)
    file: str = "download"
    leniencies: dict[str, int] | None = None
    made: bool = False

    @property
    def data(self) -> bytes:
        """The bytes of the download."""
        return self.text.encode() if isinstance(self.text, str) else self.text


def at(text: str) -> datetime:
    """A time in UTC from its ISO text."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def comparable(rows: Rows, *, made: bool) -> Rows:
    """Rows without their nulls, and with the JSON text that may take several forms read."""
    read = JSON_COLUMNS if made else {"extra"}
    return [
        {name: json.loads(value) if name in read else value for name, value in row.items() if value is not None}
        for row in rows
    ]


def csv_text(*lines: str, end: str = "\n") -> str:
    """Lines of CSV."""
    return "".join(f"{line}{end}" for line in lines)
