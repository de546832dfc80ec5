"""What a run did: the numbers a researcher cites, and the ones that show nothing was lost."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from crowdarrow.errors import InternalError

_MOST_NOTES = 100
_NOTES_SHOWN = 8


@dataclass
class Report:
    """Counts of one run over one input (or several, read as one).

    `bytes` counts the decompressed bytes of the export and `seconds` the wall time of the run. All other
    numbers are records or rows; `leniencies` counts what was accepted although it is not quite in form, by
    name, without zeros, and `notes` what stands in the JSON without a place in a table of its own (unknown
    shapes, by name). `tables` has the rows of each table, `outputs` the path each was written to.
    """

    kind: str = ""
    table: str | None = None
    records: int = 0
    rows: int = 0
    rejected: int = 0
    filtered: int = 0
    bytes: int = 0
    seconds: float = 0.0
    leniencies: dict[str, int] = field(default_factory=dict)
    tables: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    rejects_path: str | None = None
    suggestion: str | None = None

    def note_all(self, names: list[str], counts: list[int], shapes: list[tuple[int, str, int]]) -> None:
        """Add a block's counts to `notes`: by name, and by a name's number and a shape.

        Past some hundred shapes, the rest of a name's are `…` together.
        """
        for name, count in zip(names, counts, strict=True):
            if count:
                self.notes[name] = self.notes.get(name, 0) + count
        for number, shape, count in shapes:
            name = f"{names[number]}: {shape}"
            if name not in self.notes and len(self.notes) >= _MOST_NOTES:
                name = f"{names[number]}: …"
            self.notes[name] = self.notes.get(name, 0) + count

    def check(self) -> None:
        """Raise `InternalError` unless every record read became a row, was rejected or was filtered out."""
        if self.records != self.rows + self.rejected + self.filtered:
            msg = (
                f"internal error: {self.records} records read, but {self.rows} rows, {self.rejected} "
                f"rejected and {self.filtered} filtered out; nothing was written; please report this"
            )
            raise InternalError(msg)

    def to_dict(self) -> dict[str, Any]:
        """All fields, as JSON-ready values, in the order they are declared."""
        return asdict(self)

    def to_json(self) -> str:
        """`to_dict` as indented JSON text with a final newline."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def __str__(self) -> str:
        """A few lines for people."""
        counts = [f"{self.records:,} records", f"{self.rows:,} rows", f"{self.rejected:,} rejected"]
        if self.filtered:
            counts.append(f"{self.filtered:,} filtered out")
        rate = f" ({self.bytes / 1e6 / self.seconds:,.0f} MB/s)" if self.seconds > 0 and self.bytes else ""
        lines = [f"{self.kind}: {', '.join(counts)} in {self.seconds:.1f} s{rate}"]
        for table, rows in self.tables.items():
            path = self.outputs.get(table)
            lines.append(f"  {table}: {rows:,} rows" + (f" -> {path}" if path else ""))
        if self.rejects:
            lines.append("  rejected: " + _counted(self.rejects))
        if self.rejects_path:
            lines.append(f"  rejected records are in {self.rejects_path}")
        if self.leniencies:
            lines.append("  accepted all the same: " + _counted(self.leniencies))
        if self.notes:
            shown = dict(sorted(self.notes.items(), key=lambda note: -note[1])[:_NOTES_SHOWN])
            more = len(self.notes) - len(shown)
            lines.append("  noted: " + _counted(shown) + (f", and {more:,} more in the report" if more else ""))
        if self.suggestion:
            lines.append(f"  {self.suggestion}")
        return "\n".join(lines)


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())
