"""The plans of all kinds of export, for the target that decodes records."""

import csv
import io
import json
from dataclasses import dataclass, field
from pathlib import Path

from crowdarrow.errors import CrowdarrowError
from crowdarrow.read.opened import open_inputs
from crowdarrow.read.options import ReadOptions

MOST = 200
"""Maximum number of plans: a byte chooses one."""


@dataclass
class Layouts:
    """The layouts of some exports, each with its plan."""

    known: dict[str, str] = field(default_factory=dict)
    """The files, by what identifies a layout: its kind and the header."""

    def add(self, data: bytes) -> str | None:
        """Add the layout of an export; returns its name, None if it is not an export or there are too many."""
        try:
            opened = open_inputs(io.BytesIO(data), ReadOptions())
            plan = opened.compile("all").plans[0]
        except CrowdarrowError:
            return None
        part = opened.group.parts[0]
        line = io.StringIO()
        if not part.export.json:
            csv.writer(line, lineterminator="\n").writerow(part.headers[0])
        layout = {
            "json": part.export.json,
            "header": line.getvalue(),
            "columns": plan.columns[0],
            "least": plan.least[0],
            "plan": json.loads(plan.text),
        }
        text = json.dumps(layout)
        name = f"{part.export.kind}-{'json' if part.export.json else 'csv'}-{line.getvalue()}"
        if name not in self.known and len(self.known) >= MOST:
            return None
        self.known.setdefault(name, text)
        return name

    def write(self, folder: Path) -> dict[str, int]:
        """Write a file for each layout; returns the number of each name."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
        numbers = {name: number for number, name in enumerate(sorted(self.known))}
        for name, number in numbers.items():
            (folder / f"{number:03}.json").write_text(self.known[name], encoding="utf-8")
        return numbers
