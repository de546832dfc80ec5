"""The examples of votes, consensus and volunteers (`tests/examples/zooniverse/votes.md`)."""

import csv
import io
import json
from dataclasses import dataclass
from typing import Any

from support.examples import Row, Section, sections
from support.zooniverse_examples import HEADER

TABLES = ("votes", "consensus", "volunteers")


@dataclass(frozen=True)
class VoteExample:
    """Records, options, and the rows of the tables that the example names."""

    name: str
    records: list[Row]
    options: dict[str, Any]
    rows: dict[str, list[Row]]
    counts: dict[str, int] | None

    def export(self) -> bytes:
        """The classification export."""
        text = io.StringIO()
        writer = csv.DictWriter(text, HEADER.split(","), lineterminator="\n", restval="")
        writer.writeheader()
        for number, record in enumerate(self.records, 1):
            cells = {
                "classification_id": number,
                "user_name": f"u{record['user_id']}" if "user_id" in record else "",
                "workflow_id": 10,
                "workflow_version": "3.4",
                "created_at": f"2026-05-04 10:00:{number:02} UTC",
                "metadata": {},
                "annotations": [],
                "subject_data": {"7": {}},
                "subject_ids": "7",
            } | record
            writer.writerow(
                {name: json.dumps(cell) if isinstance(cell, dict | list) else cell for name, cell in cells.items()}
            )
        return text.getvalue().encode()

    def expected(self, table: str, columns: list[str]) -> list[Row]:
        """The rows of a table with all their columns."""
        unknown = {name for row in self.rows[table] for name in row} - {*columns}
        assert not unknown, f"the table has no {unknown}"
        return [{name: row.get(name) for name in columns} for row in self.rows[table]]


def _example(section: Section) -> VoteExample:
    counts = section.blocks.get("counts")
    options = {name: _value(text) for name, text in section.options.items()}
    records = [json.loads(line) for line in section.blocks["records"].splitlines()]
    return VoteExample(section.name, records, options, section.rows, None if counts is None else json.loads(counts))


def _value(text: str) -> Any:
    return json.loads(text) if text == "true" or text.isdigit() else text


VOTES = [_example(section) for section in sections("zooniverse/votes.md")]
