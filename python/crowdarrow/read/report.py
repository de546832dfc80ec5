"""The report of a run: its counts, which show that no record was lost."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from crowdarrow import notebook
from crowdarrow.errors import InternalError
from crowdarrow.read.output import SourceInfo
from crowdarrow.terminal import number_of, plain, plain_json, valid_json

if TYPE_CHECKING:
    from crowdarrow._core import Rejects as RejectList
    from crowdarrow.declare.compile import Filter

_MOST_SHAPES = 100
_OTHER_SHAPES = "…"
_NOTES_SHOWN = 8
_VALUES_SHOWN = 20
_NAMES_SHOWN = 20


@dataclass(repr=False)
class Report:
    """Counts of one run over one input, or over several that are read as one.

    Attributes:
        kind: the kind of export.
        table: the table that a `Reader` reads; None for several tables.
        records: records in the input.
        rows: rows of the record table.
        rejected: records that were rejected.
        filtered: records that filters left out.
        bytes: decompressed bytes of the input.
        seconds: wall time of the run.
        leniencies: values and records that were accepted although they deviate from the format, by name.
        tables: rows of each table.
        rejects: rejected records by kind of reject.
        notes: JSON values that no table has a column for, by name and shape.
        sources: name, stored size and digest of each input.
        outputs: the path of each table.
        rejects_path: the file of rejected records, if there is one.
        suggestion: advice, if the counts suggest a wrong option.
        labels: records by where their labels come from; empty if no other export gives labels.
        votes: records that each of the steps left that choose what is counted; empty if no such table was read.
        skipped: files of folders and archives that were not read, with the reason.
        run_id: the id of the run, which is in each Parquet footer and in the manifest; None if there are neither.
        leftovers: what was removed or restored because runs to the same output had been killed.
        kinds: the report of each kind, if the inputs are of several. The other counts are then sums, and `tables` and
            `outputs` have the names `<kind>/<table>`.
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
    labels: dict[str, int] = field(default_factory=dict)
    votes: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    run_id: str | None = None
    leftovers: list[str] = field(default_factory=list)
    kinds: "dict[str, Report]" = field(default_factory=dict)

    @classmethod
    def of_kinds(cls, reports: "Iterable[Report]") -> "Report":
        """The report of several kinds: the report of each, and sums."""
        kinds = {one.kind: one for one in reports}
        total = cls(kind=", ".join(kinds), kinds=kinds)
        for kind, one in kinds.items():
            for name in (known.name for known in fields(cls) if known.name != "tables"):
                value = getattr(one, name)
                if type(value) is int:
                    setattr(total, name, getattr(total, name) + value)
                elif isinstance(value, dict) and all(type(count) is int for count in value.values()):
                    add_counts(getattr(total, name), value)
            total.tables |= {f"{kind}/{table}": rows for table, rows in one.tables.items()}
            total.outputs |= {f"{kind}/{table}": path for table, path in one.outputs.items()}
            total.sources += one.sources
        paths = {one.rejects_path for one in kinds.values() if one.rejects_path}
        total.rejects_path = paths.pop() if len(paths) == 1 else None
        total.run_id = next((one.run_id for one in kinds.values()), None)
        return total

    @property
    def has_kept_rejects(self) -> bool:
        """Whether all rejected records are in a file."""
        return all(one.rejects_path or not one.rejected for one in self.kinds.values() or [self])

    def __post_init__(self) -> None:
        self._label_summary = ""
        self._vote_summary = ""
        self._label_advice: str | None = None
        self.kept = 0
        """Records that were neither rejected nor filtered out."""
        self.unwritten = 0
        """Rows of the record table that were counted, but are not in its batches."""
        self._literals = 0  # rejected records with a Python literal
        self._times = 0  # rejected records with an unreadable time
        self.filters: Sequence[Filter] = ()
        """The conditions on records."""
        self.encoding: str | None = None
        """The inputs' encoding, if it was named."""
        self._left_out: list[set[tuple[int, int]]] = []  # for each filter, values of its column

    def note_all(self, names: list[str], counts: list[int], shapes: list[tuple[int, str, int]]) -> None:
        """Add a block's counts to `notes`: by name, and by the index of a name and a shape."""
        for name, count in zip(names, counts, strict=True):
            if count:
                self.notes[name] = self.notes.get(name, 0) + count
        if shapes:
            self.add_notes({f"{names[number]}: {shape}": count for number, shape, count in shapes})

    def add_notes(self, more: Mapping[str, int]) -> None:
        """Add counts to `notes`.

        Of each name, a hundred shapes are counted, the first in the order of their text, and the others together as
        `…`. So the counts do not depend on how the input is divided into blocks and splits.
        """
        for note, count in more.items():
            self.notes[note] = self.notes.get(note, 0) + count
        for name, shapes in _shapes_by_name(self.notes).items():
            for shape in sorted(shapes)[_MOST_SHAPES:]:
                others = f"{name}: {_OTHER_SHAPES}"
                self.notes[others] = self.notes.get(others, 0) + self.notes.pop(f"{name}: {shape}")

    def note_left_out(self, values: Sequence[Sequence[tuple[int, int]]]) -> None:
        """Add values of the filters' columns in records that they left out; of many, the first and last are kept."""
        self._left_out = self._left_out or [set() for _ in values]
        for known, more in zip(self._left_out, values, strict=True):
            known.update(more)
            if len(known) > _VALUES_SHOWN + 1:
                ordered = sorted(known)
                known.clear()
                known.update(ordered[:_VALUES_SHOWN], ordered[-1:])

    def count_labels(self, counts: dict[str, int], summary: str, advice: str | None) -> None:
        """Set `labels`, with the text of the summary, and with advice if there is some."""
        self.labels, self._label_summary, self._label_advice = counts, summary, advice

    def count_votes(self, counts: dict[str, int], summary: str) -> None:
        """Set `votes`, with the text of the summary."""
        self.votes, self._vote_summary = counts, summary

    def count_rejects(self, rejects: "RejectList") -> None:
        """Count rejected records, each at the last of its parts."""
        for kind, count in rejects.counts:
            self.rejected += count
            self.rejects[kind] = self.rejects.get(kind, 0) + count
        self._literals += rejects.literals
        self._times += rejects.times

    @property
    def left_out(self) -> Sequence[Iterable[tuple[int, int]]]:
        """For each filter, values of its column in records that it left out."""
        return self._left_out

    @property
    def reasons(self) -> tuple[int, int]:
        """Rejected records with a Python literal, and with an unreadable time: see `add_reasons`."""
        return self._literals, self._times

    def add_reasons(self, literals: int, times: int) -> None:
        """Add rejected records to those for which there is advice."""
        self._literals += literals
        self._times += times

    def finish(self, sources: Iterable[SourceInfo], *, drops_duplicates: bool = False) -> None:
        """Complete the report at the end of the input.

        Raises:
            InternalError: a record is neither kept, nor rejected, nor filtered out, or its row is missing.
        """
        self.leniencies = dict(sorted(self.leniencies.items()))
        self.rejects = dict(sorted(self.rejects.items()))
        self.notes = dict(sorted(self.notes.items()))
        self.sources = [source.to_dict() for source in sources]
        self.suggestion = "; ".join(self._advice(drops_duplicates=drops_duplicates)) or None
        if self.records != self.kept + self.rejected + self.filtered or self.unwritten:
            rows = f"{self.kept} kept" + (f" ({self.unwritten} of them without their row)" if self.unwritten else "")
            msg = (
                f"internal error: {self.records} records read, but {rows}, {self.rejected} "
                f"rejected and {self.filtered} filtered out; nothing was written; please report this"
            )
            raise InternalError(msg)

    def _advice(self, *, drops_duplicates: bool) -> Iterator[str]:
        """What to do if most records were rejected for one reason, if an input ends early, or if records come again."""
        encoding = "are not valid UTF-8; specify `encoding`, for example cp1252 or mac-roman"
        if self.encoding is not None:
            encoding = f"have bytes that are not {self.encoding}; specify another `encoding`"
        reasons = {
            encoding: self.rejects.get("utf8", 0),
            "have Python literals instead of JSON, as pandas writes them; export the data again": self._literals,
            "have times in another form, as spreadsheets write them; export the data again": self._times,
        }
        yield from (f"most records {reason}" for reason, count in reasons.items() if count * 2 > self.records)
        if self.filtered and not self.kept:
            yield "; ".join(["the filters left out all records", *self._existing()])
        if self._label_advice:
            yield self._label_advice
        if "truncated" in self.rejects:
            yield "the input ends early; download it again"
        if (count := self.leniencies.get("duplicates")) and not drops_duplicates:
            yield (
                f"{number_of(count, 'record has', 'records have')} the id of a record of an earlier input; "
                "`duplicates` first keeps only the first of them, so give the newest export first"
            )

    def _existing(self) -> Iterator[str]:
        """The values of the column of each filter that left out records with a value."""
        for one, values in zip(self.filters, self._left_out, strict=False):
            shown = [one.shown(value) for value in sorted(values)]
            if len(shown) > _VALUES_SHOWN:
                yield f"the values for `{one.argument}` are {shown[0]} to {shown[-1]}"
            elif shown:
                yield f"the values for `{one.argument}` are {', '.join(shown)}"

    def to_dict(self) -> dict[str, Any]:
        """All attributes, JSON-ready, in the order of their declaration."""
        return asdict(self)

    def to_json(self) -> str:
        """`to_dict` as indented JSON text, with escapes for characters that a terminal would act on."""
        return plain_json(json.loads(valid_json(self.to_dict()))) + "\n"

    def __repr__(self) -> str:
        counts = f"{self.records:,} records, {self.rows:,} rows, {self.rejected:,} rejected"
        return plain(f"<Report {self.kind or 'of no kind'}: {counts}>")

    def _repr_html_(self) -> str:
        rows = [
            ("records", self.records),
            ("rejected", self.rejected),
            ("filtered out", self.filtered),
            *((f"rows of {table}", rows) for table, rows in self.tables.items()),
            ("kinds of reject", notebook.counted(self.rejects)),
            ("accepted with warnings", notebook.counted(self.leniencies)),
            ("noted", notebook.counted(dict(sorted(self.notes.items(), key=lambda note: -note[1])[:_NOTES_SHOWN]))),
            ("rejected records are in", self.rejects_path),
            ("seconds", f"{self.seconds:.1f}"),
            ("advice", self.suggestion),
        ]
        kinds = "".join(one._repr_html_() for one in self.kinds.values())
        return notebook.facts(f"Report: {self.kind}", rows) + kinds

    def __str__(self) -> str:
        """A summary of a few lines."""
        lines = [one.summary(is_named=bool(self.kinds or self.skipped)) for one in self.kinds.values() or [self]]
        if self.skipped:
            lines.append(plain(f"skipped: {_some(list(self.skipped))}"))
        if self.leftovers:
            lines.append(plain(f"after runs that were killed: {_some(self.leftovers)}"))
        return "\n".join(lines)

    def summary(self, *, is_named: bool) -> str:
        """The summary of one kind, with the names of its inputs if there are several or if `is_named`."""
        counts = [number_of(self.records, "record"), number_of(self.rows, "row"), f"{self.rejected:,} rejected"]
        if self.filtered:
            counts.append(f"{self.filtered:,} filtered out")
        rate = f" ({self.bytes / 1e6 / self.seconds:,.0f} MB/s)" if self.seconds > 0 and self.bytes else ""
        lines = [f"{self.kind}: {', '.join(counts)} in {self.seconds:.1f} s{rate}"]
        if is_named or len(self.sources) > 1:
            lines.append(f"  from {_some([source['name'] for source in self.sources])}")
        for table, rows in self.tables.items():
            path = self.outputs.get(table)
            lines.append(f"  {table}: {number_of(rows, 'row')}" + (f" -> {path}" if path else ""))
        if self.rejects:
            lines.append("  rejected: " + _counted(self.rejects))
        if self.rejects_path:
            lines.append(f"  rejected records are in {self.rejects_path}")
        if self.leniencies:
            lines.append("  accepted with warnings: " + _counted(self.leniencies))
        lines += [f"  {one}" for one in (self._label_summary, self._vote_summary) if one]
        if self.notes:
            shown = dict(sorted(self.notes.items(), key=lambda note: -note[1])[:_NOTES_SHOWN])
            more = len(self.notes) - len(shown)
            counted = ", ".join(f"{name} ({number:,})" for name, number in shown.items())
            lines.append(f"  noted: {counted}" + (f", and {more:,} more in the report" if more else ""))
        if self.suggestion:
            lines.append(f"  {self.suggestion}")
        return "\n".join(map(plain, lines))


def _shapes_by_name(notes: Iterable[str]) -> dict[str, list[str]]:
    """The shapes that are counted under each name."""
    found: dict[str, list[str]] = {}
    for note in notes:
        name, separator, shape = note.partition(": ")
        if separator and shape != _OTHER_SHAPES:
            found.setdefault(name, []).append(shape)
    return found


def add_counts(counts: dict[str, int], more: dict[str, int]) -> None:
    """Add counts to those of the same names."""
    for name, number in more.items():
        counts[name] = counts.get(name, 0) + number


def _some(names: list[str]) -> str:
    """Names for a summary."""
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown + (f", and {len(names) - _NAMES_SHOWN:,} more in the report" if len(names) > _NAMES_SHOWN else "")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())
