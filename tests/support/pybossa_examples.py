"""The examples of PYBOSSA and LibCrowds downloads."""

import json
from dataclasses import dataclass
from typing import Any, TypeAlias

from support.examples import Section, sections

Rows: TypeAlias = list[dict[str, Any]]
JSON_COLUMNS = frozenset({"info", "json", "extra", "raw_body", "raw_target", "raw_generator", "raw_creator"})


@dataclass(frozen=True)
class Example:
    """A download and its expected rows, rejects and leniencies.

    Attributes:
        data: the bytes of the download.
        file: its file name.
        tables: the rows of some tables, without nulls.
        rejects: record number, kind and raw bytes of each reject.
        leniencies: the counts of all leniencies; None leaves them unchecked.
        json_as_values: JSON columns are compared as values, not as text.
        given: the kind is given, as the input lacks what the kind is found by.
        max_record_bytes: the longest record; None is the default.
    """

    name: str
    data: bytes
    kind: str
    tables: dict[str, Rows]
    rejects: list[tuple[int, str, bytes]]
    file: str
    leniencies: dict[str, int] | None
    json_as_values: bool
    given: bool
    max_record_bytes: int | None

    @property
    def options(self) -> dict[str, Any]:
        """The options that the readers are given."""
        options = {"kind": self.kind if self.given else None, "max_record_bytes": self.max_record_bytes}
        return {name: value for name, value in options.items() if value is not None}


def comparable(rows: Rows, *, json_as_values: bool) -> Rows:
    """Rows without their nulls; JSON text whose form is free is parsed."""
    parsed = JSON_COLUMNS if json_as_values else {"extra"}
    return [
        {name: json.loads(value) if name in parsed else value for name, value in row.items() if value is not None}
        for row in rows
    ]


def _bytes(text: str) -> bytes:
    # In the example files `\udcXX` stands for the byte XX, which is not UTF-8.
    return text.encode("utf-8", "surrogateescape")


def _example(section: Section) -> Example:
    rejects = [json.loads(line) for line in section.blocks.get("rejects", "").splitlines()]
    return Example(
        section.name,
        _bytes(section.blocks["input"]),
        section.options["kind"],
        section.rows,
        [(record, kind, _bytes(raw)) for record, kind, raw in rejects],
        section.options.get("file", "download"),
        section.option("leniencies", None),
        "json" in section.options,
        "given" in section.options,
        section.option("max_record_bytes", None),
    )


_FILES = ("kinds", "records", "results", "info", "pages", "damage", "annotations", "values", "csv", "saved_again")
EXAMPLES = [_example(section) for file in _FILES for section in sections(f"pybossa/{file}.md")]
