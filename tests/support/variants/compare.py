"""Reads a variant by the engine and by the oracle, and says where they differ."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from conftest import Collected, collect
from crowdarrow.errors import CrowdarrowError
from oracle import pure_python
from oracle.filters import Filters
from oracle.tidy import read_tidy
from support.zooniverse_compare import subject_notes
from support.zooniverse_examples import differences

from .variant import KINDS, SEPARATORS, Variant, variant_of

Inputs = list[Any]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _micros(day: str, days: int) -> int:
    at = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC) + timedelta(days=days)
    return (at - _EPOCH) // timedelta(microseconds=1)


def _filters(options: dict[str, Any]) -> Filters:
    return Filters(
        _micros(options["since"], 0) if "since" in options else None,
        # A date includes its whole day.
        _micros(options["until"], 1) if "until" in options else None,
        frozenset(options["workflow_id"]) if "workflow_id" in options else None,
        options.get("workflow_version"),
    )


@dataclass
class Read:
    """What a reader gives, in the same form for both; `error` if it refuses the input."""

    error: str | None = None
    kind: str = ""
    tables: dict[str, pa.Table] = field(default_factory=dict)
    rejects: list[tuple[Any, ...]] = field(default_factory=list)
    faults: list[Any] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)


def _reject(reject: Any, *, with_bytes: bool) -> tuple[Any, ...]:
    # In another encoding the offsets are those of the file, and the oracle reads what was decoded.
    own = (reject.record, reject.line)
    return (*own, reject.byte_offset, reject.raw) if with_bytes else own


def by_engine(variant: Variant, folder: Path) -> Read:
    """What the engine reads."""
    paths: dict[str, Any] = {}
    for name, data in variant.beside.items():
        paths[name] = folder / f"{name}.csv"
        paths[name].write_bytes(data)
    source: Any = variant.inputs[0]
    if len(variant.inputs) > 1:
        source = [folder / f"in{number}.csv" for number in range(len(variant.inputs))]
        for path, data in zip(source, variant.inputs, strict=True):
            path.write_bytes(data)
    try:
        found: Collected = collect(source, **variant.options, **paths)
    except CrowdarrowError as error:
        return Read(error=f"{type(error).__name__}: {error}")
    report = found.report
    counts = {
        "records": report.records,
        "rejected": report.rejected,
        "filtered": report.filtered,
        "leniencies": dict(report.leniencies),
        "tables": dict(report.tables),
    }
    if "subject_data" in found.table.column_names and variant.kind == "classifications":
        counts["subjects"] = subject_notes(found)
    if variant.kind == "classifications" and "workflows" in variant.beside:
        counts["labels"] = {name: number for name, number in getattr(report, "labels", {}).items() if number}
    with_bytes = "encoding" not in variant.options
    rejects = [_reject(reject, with_bytes=with_bytes) for reject in found.rejects]
    return Read(None, found.kind, found.tables, rejects, [(r.column, r.kind) for r in found.rejects], counts)


def by_oracle(variant: Variant) -> Read:
    """What the oracle reads."""
    options: dict[str, Any] = {
        "filters": _filters(variant.options),
        "duplicates": variant.options.get("duplicates", "keep"),
    }
    if "separator" in variant.options:
        options["separator"] = SEPARATORS[variant.options["separator"]]
    if "encoding" in variant.options:
        options["encoding"] = variant.options["encoding"]
    inputs: Inputs = variant.inputs
    try:
        kind = (
            variant.options.get("kind")
            or pure_python.open_input(
                inputs[0], **{name: options[name] for name in ("separator", "encoding") if name in options}
            ).kind
        )
        if kind == "zooniverse.subjects":
            found: Any = pure_python.read(inputs, kind=kind, **options)
        else:
            beside: dict[str, Any] = {name: [data] for name, data in variant.beside.items()}
            keys = variant.options.get("subject_keys", ())
            found = read_tidy(inputs, kind=kind, subject_keys=keys, **beside, **options)
    except ValueError as error:
        return Read(error=f"{type(error).__name__}: {error}")
    counts = {
        "records": found.records,
        "rejected": len(found.rejects),
        "filtered": found.filtered,
        "leniencies": found.leniencies,
        "tables": {name: table.num_rows for name, table in found.tables.items()},
    }
    if kind == "zooniverse.classifications":
        counts["subjects"] = (found.no_subject_ids, found.changed_subjects)
        if "workflows" in variant.beside:
            counts["labels"] = found.labels
    with_bytes = "encoding" not in variant.options
    rejects = [_reject(reject, with_bytes=with_bytes) for reject in found.rejects]
    return Read(None, found.kind, found.tables, rejects, [reject.faults for reject in found.rejects], counts)


def compare(ours: Read, theirs: Read, *, shown: bool = True) -> list[str]:
    """Where the engine and the oracle differ; values are in the texts only if `shown`, since they may be real."""
    if ours.error is not None or theirs.error is not None:
        same = (ours.error is None) == (theirs.error is None)
        return [] if same else [f"error: {ours.error}, not {theirs.error}"]
    found = [f"kind: {ours.kind}, not {theirs.kind}"] if ours.kind != theirs.kind else []
    if ours.rejects != theirs.rejects:
        found.append(f"rejects: {ours.rejects}, not {theirs.rejects}" if shown else "rejects")
    else:
        found += [
            f"reject: {mine}, not {theirs.faults[at]}"
            for at, mine in enumerate(ours.faults)
            if mine not in theirs.faults[at]
        ]
    found += [
        f"{name}: {ours.counts.get(name)}, not {value}"
        for name, value in theirs.counts.items()
        if ours.counts.get(name) != value
    ]
    if list(ours.tables) != list(theirs.tables):
        return [*found, f"tables: {list(ours.tables)}, not {list(theirs.tables)}"]
    for name, table in ours.tables.items():
        other = theirs.tables[name]
        if table.schema != other.schema:
            pairs = [list(zip(one.names, map(str, one.types), strict=True)) for one in (table.schema, other.schema)]
            found.append(f"{name}: columns {set(pairs[0]) ^ set(pairs[1]) or pairs[0]}")
        elif not table.equals(other):
            rows = table.to_pylist(), other.to_pylist()
            found += [f"{name}: {difference}" for difference in differences(*rows, shown=shown)[:5]]
    return found


def differences_of(variant: Variant, folder: Path, *, shown: bool = True) -> list[str]:
    """Where the engine and the oracle differ for a variant; an error that is none of crowdarrow's is a difference."""
    theirs = by_oracle(variant)
    try:
        ours = by_engine(variant, folder)
    except Exception as error:  # noqa: BLE001 - whatever it is
        return [f"{type(error).__name__}: {error}"]
    return compare(ours, theirs, shown=shown)


@dataclass
class Tally:
    """The variants of a run, by kind and by step, and those that differ."""

    variants: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    rows: int = 0
    rejects: int = 0
    differ: list[tuple[str, int, int, list[str], list[str]]] = field(default_factory=list)

    def add(self, kind: str, seed: int, number: int, folder: Path) -> None:
        """Read a variant."""
        variant = variant_of(kind, seed, number)
        theirs = by_oracle(variant)
        try:
            found = compare(by_engine(variant, folder), theirs)
        except Exception as error:  # noqa: BLE001 - whatever it is
            found = [f"{type(error).__name__}: {error}"]
        self.variants[kind] += 1
        self.steps.update(set(variant.steps))
        self.refused += theirs.error is not None
        self.rows += sum(table.num_rows for table in theirs.tables.values())
        self.rejects += len(theirs.rejects)
        if found:
            self.differ.append((kind, seed, number, variant.steps, found))

    def text(self) -> str:
        """The counts, and the differences."""
        by_kind = ", ".join(f"{number:,} {kind}" for kind, number in sorted(self.variants.items()))
        lines = [
            f"{self.variants.total():,} variants ({by_kind}): {len(self.differ)} differ",
            f"{self.rows:,} rows, {self.rejects:,} rejects, {self.refused:,} variants refused",
            "steps: " + ", ".join(f"{name} {number}" for name, number in self.steps.most_common()),
        ]
        for kind, seed, number, steps, found in self.differ:
            lines += [
                f"{kind} --seed {seed} --number {number} ({', '.join(steps)})",
                *(f"    {one}" for one in found[:6]),
            ]
        return "\n".join(lines)


def run(count: int, seed: int, folder: Path, kinds: tuple[str, ...] = KINDS) -> Tally:
    """Read `count` variants, half of them of the first kind."""
    tally = Tally()
    for kind in kinds:
        share = count if len(kinds) == 1 else count // 2 if kind == kinds[0] else count // (2 * (len(kinds) - 1))
        for number in range(share):
            tally.add(kind, seed, number, folder)
    return tally
