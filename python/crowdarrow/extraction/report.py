"""What a run of `extracts` wrote, and what it left out."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from crowdarrow.extraction.config import Config
from crowdarrow.extraction.extractors import GOLD, RELEASE
from crowdarrow.extraction.work import Result
from crowdarrow.terminal import number_of

_SHOWN = 20


@dataclass(repr=False)
class ExtractsReport:
    """Counts of a run.

    Attributes:
        records: records in the input.
        extracted: records of the configuration's workflow and versions.
        rejected: records at which panoptes_aggregation stops: their CSV is broken, or their annotations are unreadable.
        left_out: records of other workflows and versions, by reason.
        rejects: rejected records by reason.
        lost: for each entry of the configuration, records without an extract by reason. panoptes_aggregation leaves
            them out without a word; with `-vv` it prints them.
        unknown: extractors of the configuration that the release does not have.
        gold_standard: records made in gold standard mode. The extracts have `False` for them too, because
            panoptes_aggregation does not hand the mode on.
        rows: rows by extractor.
        files: the path of each file.
        suggestion: advice, if most records were rejected for one reason.
        bytes: bytes of the input.
        seconds: wall time of the run.
    """

    records: int = 0
    extracted: int = 0
    rejected: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    lost: dict[str, dict[str, int]] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    gold_standard: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    suggestion: str | None = None
    bytes: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.seen: Counter[tuple[str, str]] = Counter()
        """Workflows and versions of records that were left out."""

    def add(self, result: Result, config: Config) -> None:
        """Add the counts of a batch."""
        self.extracted += result.records
        for counts, more in ((self.left_out, result.left_out), (self.rejects, result.unreadable)):
            for reason, count in more.items():
                counts[reason] = counts.get(reason, 0) + count
        self.rejected += sum(result.unreadable.values())
        for (number, reason), count in result.lost.items():
            counts = self.lost.setdefault(config.jobs[number].label, {})
            counts[reason] = counts.get(reason, 0) + count
        if any(job.extractor in GOLD for job in config.jobs):
            self.gold_standard += result.gold
        self.seen.update(result.seen)

    def to_dict(self) -> dict[str, Any]:
        """All attributes, JSON-ready."""
        return asdict(self)

    def to_json(self) -> str:
        """`to_dict` as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def __repr__(self) -> str:
        rows = sum(self.rows.values())
        return f"<ExtractsReport: {self.records:,} records, {rows:,} rows, {self.rejected:,} rejected>"

    def __str__(self) -> str:
        """A summary of a few lines."""
        rate = f" ({self.bytes / 1e6 / self.seconds:,.0f} MB/s)" if self.seconds > 0 and self.bytes else ""
        lines = [
            f"extracts of {self.extracted:,} of {number_of(self.records, 'record')}, {self.rejected:,} rejected in "
            f"{self.seconds:.1f} s{rate}"
        ]
        lines += [f"  {name}: {number_of(self.rows[name], 'row')} -> {path}" for name, path in self.files.items()]
        if self.left_out:
            lines.append("  left out: " + counted(self.left_out))
        if self.rejects:
            lines.append("  rejected: " + counted(self.rejects) + "; panoptes_aggregation stops at such records")
        lines += [f"  no extract by {label}: {counted(reasons)}" for label, reasons in self.lost.items()]
        if self.suggestion:
            lines.append(f"  {self.suggestion}")
        if self.unknown:
            names = ", ".join(self.unknown[:_SHOWN])
            lines.append(f"  not extracted: panoptes_aggregation {RELEASE} has no {names}")
        if self.gold_standard:
            lines.append(
                f"  {number_of(self.gold_standard, 'record was', 'records were')} made in gold standard mode; "
                "the extracts do not say so, as panoptes_aggregation does not hand it on"
            )
        return "\n".join(lines)


def shown_versions(seen: Counter[tuple[str, str]]) -> str:
    """The workflows and versions that an input has instead of those of the configuration."""
    workflows: dict[str, list[str]] = {}
    for workflow, version in sorted(seen):
        if workflow.isprintable() and version.isprintable():
            workflows.setdefault(workflow, []).append(version)
    return "; ".join(f"workflow {name} in {_some(versions)}" for name, versions in list(workflows.items())[:_SHOWN])


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name or "no version" for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def counted(counts: dict[str, int]) -> str:
    """Counts by reason, the largest first."""
    return ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.items(), key=lambda one: -one[1]))
