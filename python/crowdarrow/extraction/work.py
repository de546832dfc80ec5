"""The extracts of one batch of records: what each worker does."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from crowdarrow.errors import CrowdarrowError
from crowdarrow.extraction.cells import MISSING, cell_of, flattened, quoted, record_cell
from crowdarrow.extraction.config import Config, Job
from crowdarrow.extraction.extractors import EXTRACTORS, GOLD
from crowdarrow.extraction.extractors.core import group_by_task, run_extractor
from crowdarrow.extraction.reasons import reason_of
from crowdarrow.extraction.versions import parse_version

ROW_END = b"\xff\n"
"""Ends a row before its missing cells are added; the byte is not in UTF-8."""
FIRST_COLUMNS = (
    "classification_id", "user_name", "user_id", "workflow_id", "task", "created_at", "subject_id", "extractor",
)  # fmt: skip

OTHER_WORKFLOW, OTHER_VERSION, NO_VERSION = "of another workflow", "of another version", "without a version"

_END = "\udcff\n"
_MOST_KNOWN, _LONGEST_KNOWN = 1 << 14, 1 << 11
"""Records with equal annotations have equal extracts: so many are kept, of texts up to this length."""
_MOST_SEEN = 1000

_READS_RECORD = frozenset({"i2a_extractor", "nfn_extractor", "pluck_and_split_extractor"})
"""Extractors that read more of a record than its annotations and the version of its classifier."""

Cells = list[tuple[str, str]]
Found = list[Cells] | str
"""The cells of each row of a record, or the reason why it has none."""


@dataclass
class Rows:
    """Rows of one file: the columns that they add, their bytes, their number of cells, and their number."""

    columns: list[str]
    data: bytes
    width: int
    count: int


@dataclass
class Result:
    """What a worker returns of a batch.

    Attributes:
        rows: the rows by file.
        records: records of the configuration's workflow and versions that can be read.
        left_out: records of others, by reason.
        unreadable: records at which panoptes_aggregation stops, by reason.
        lost: records without an extract, by entry of the configuration and reason.
        gold: records made in gold standard mode.
        seen: workflows and versions of records that were left out.
    """

    rows: dict[str, Rows] = field(default_factory=dict)
    records: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    lost: Counter[tuple[int, str]] = field(default_factory=Counter)
    gold: int = 0
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)


def columns_read(config: Config) -> list[str]:
    """The columns of the export that a configuration needs."""
    named = ["classification_id", "user_name", "user_id", "workflow_id", "workflow_version", "created_at"]
    named += ["subject_ids", "annotations", "classifier_version"]
    if any(not _is_plain(job) for job in config.jobs):
        named.append("metadata")
    if any(job.extractor in GOLD for job in config.jobs):
        named.append("gold_standard")
    return named


def _is_plain(job: Job) -> bool:
    """Whether the extracts depend on the annotations and the version of the classifier alone."""
    return job.extractor not in _READS_RECORD and not (isinstance(job.keywords, Mapping) and "pluck" in job.keywords)


class Work:
    """The extraction of batches, with the extracts that come again and again."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._verdicts: dict[tuple[str | None, str | None], str | None] = {}
        self._jobs = [_Prepared(job) for job in config.jobs]

    def run(self, batch: pa.RecordBatch, known: Mapping[str, Sequence[str]]) -> Result:
        """The extracts of a batch; `known` are the columns that each file has so far."""
        result = Result()
        batch = self._chosen(batch, result)
        files = {job.name: _File(known.get(job.name, ())) for job in self._config.jobs}
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            self._add(_Record(dict(zip(batch.schema.names, values, strict=True))), files, result)
        result.rows = {name: one.finish() for name, one in files.items() if one.rows}
        return result

    def _chosen(self, batch: pa.RecordBatch, result: Result) -> pa.RecordBatch:
        """The records of the configuration's workflow and versions."""
        verdicts = self._verdicts
        kept: list[int] = []
        pairs = zip(batch["workflow_id"].to_pylist(), batch["workflow_version"].to_pylist(), strict=True)
        for number, pair in enumerate(pairs):
            if pair not in verdicts:
                if len(verdicts) > _MOST_KNOWN:
                    verdicts.clear()
                verdicts[pair] = self._verdict(*pair)
            reason = verdicts[pair]
            if reason is None:
                kept.append(number)
                continue
            (result.unreadable if reason == NO_VERSION else result.left_out)[reason] += 1
            if len(result.seen) < _MOST_SEEN:
                result.seen[pair[0] or "", pair[1] or ""] += 1
        return batch if len(kept) == batch.num_rows else batch.take(pa.array(kept, pa.int64()))

    def _verdict(self, workflow: str | None, version: str | None) -> str | None:
        """Why a record of this workflow and version is left out; None if it is not."""
        parsed = parse_version(version)
        if parsed is None:
            return NO_VERSION
        if _number(workflow) is None or _number(workflow) != _number(self._config.workflow_id):
            return OTHER_WORKFLOW
        versions = self._config.versions
        return None if versions is None or parsed in versions else OTHER_VERSION

    def _add(self, record: "_Record", files: "Mapping[str, _File]", result: Result) -> None:
        result.gold += record.is_gold
        found: list[Found] = []
        for job in self._jobs:
            known = job.known(record)
            if known is None:
                try:
                    groups = record.groups
                except (ValueError, RecursionError) as error:
                    result.unreadable[str(error)] += 1
                    return
                known = job.run(record, groups)
            found.append(known)
        result.records += 1
        for number, (job, known) in enumerate(zip(self._jobs, found, strict=True)):
            if isinstance(known, str):
                result.lost[number, known] += 1
            elif known:
                files[job.name].add(job, record, known)


class _Record:
    """The fields of one record, and its annotations once they are needed."""

    def __init__(self, fields: Mapping[str, str | None]) -> None:
        self.fields = fields
        self.annotations = fields["annotations"] or ""
        self.version = fields["classifier_version"]
        self._groups: dict[Any, list[dict[str, Any]]] | None = None
        self._starts: tuple[str, str, str] | None = None

    @property
    def is_gold(self) -> bool:
        """Whether the record was made in gold standard mode."""
        return (self.fields.get("gold_standard") or "").lower() == "true"

    @property
    def groups(self) -> dict[Any, list[dict[str, Any]]]:
        """The annotations by task.

        Raises:
            ValueError: they are not JSON, or not annotations.
        """
        if self._groups is None:
            if not self.annotations or self.annotations in MISSING:
                msg = "annotations is empty"
                raise ValueError(msg)
            try:
                found = json.loads(self.annotations)
            except (ValueError, RecursionError):
                msg = "annotations is not JSON"
                raise ValueError(msg) from None
            self._groups = group_by_task(found)
        return self._groups

    @property
    def data(self) -> Mapping[str, Any]:
        """What else the extractors may read: as panoptes_aggregation hands it on, without subject and gold standard."""
        if "metadata" in self.fields:
            return {"metadata": json.loads(self.fields["metadata"] or "{}")}
        return {"metadata": {} if self.version is None else {"classifier_version": json.loads(self.version)}}

    @property
    def starts(self) -> tuple[str, str, str]:
        """The cells before the task, those between it and the subject, and the subject."""
        if self._starts is None:
            get = self.fields.get
            first = [record_cell(get(name)) for name in ("classification_id", "user_name", "user_id", "workflow_id")]
            subject = get("subject_ids")
            self._starts = (
                ",".join(first) + ",",
                "," + record_cell(get("created_at")) + ",",
                "" if subject is None or subject in MISSING else subject,
            )
        return self._starts


class _Prepared:
    """An entry of the configuration, ready to run."""

    def __init__(self, job: Job) -> None:
        self.name = job.name
        self._keywords = job.keywords
        self._extractor = EXTRACTORS[job.extractor]
        self._is_plain = _is_plain(job)
        self._known: dict[tuple[str, str | None], Found] = {}
        keywords = job.keywords if isinstance(job.keywords, Mapping) else {}
        self.numbers_subjects = bool(keywords.get("recursive_subject_ids", False))
        self.task = cell_of(keywords.get("task")) if not isinstance(keywords.get("task"), dict) else ""
        self.last = "," + quoted(job.name)

    def known(self, record: _Record) -> Found | None:
        """What a record with equal annotations has given, if that is known."""
        return self._known.get((record.annotations, record.version)) if self._is_plain else None

    def run(self, record: _Record, groups: Mapping[Any, list[dict[str, Any]]]) -> Found:
        """The cells of a record's rows."""
        found = self._run(record, groups)
        if self._is_plain and len(record.annotations) <= _LONGEST_KNOWN:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[record.annotations, record.version] = found
        return found

    def _run(self, record: _Record, groups: Mapping[Any, list[dict[str, Any]]]) -> Found:
        keywords = self._keywords
        if not isinstance(keywords, Mapping):
            return "its keywords are no mapping"
        try:
            found = run_extractor(self._extractor, groups, record.data, keywords)
            extracts = found if isinstance(found, list) else [found]
            if extracts and "task" not in keywords:
                return "its keywords name no task"
            return [flattened(one) for one in extracts]
        except CrowdarrowError:
            raise  # a library is missing
        except Exception as error:  # noqa: BLE001 - whatever a record of another shape causes
            return reason_of(error)


class _File:
    """The rows of one file while a batch is read."""

    def __init__(self, known: Sequence[str]) -> None:
        self._places = {name: number for number, name in enumerate(known)}
        self._known = len(known)
        self._tails: dict[int, tuple[Found, list[tuple[str, int]]]] = {}
        self.rows: list[str] = []
        self._widths: list[int] = []

    def add(self, job: _Prepared, record: _Record, found: list[Cells]) -> None:
        """Add the rows of a record."""
        before, between, subject = record.starts
        start = before + job.task + between
        kept = self._tails.get(id(found))
        if kept is None:
            # The cells are kept with their id, which another list could have once they are gone.
            kept = self._tails[id(found)] = found, [self._tail(cells) for cells in found]
        for number, (tail, width) in enumerate(kept[1]):
            name = quoted(f"{subject or 'nan'}_{number}" if job.numbers_subjects else subject)
            self.rows.append(start + name + job.last + tail)
            self._widths.append(width)

    def _tail(self, cells: Cells) -> tuple[str, int]:
        """The cells in the order of the columns, without those missing at the end, and their number."""
        places = self._places
        found: list[str] = []
        for name, text in cells:
            place = places.setdefault(name, len(places))
            if place >= len(found):
                found.extend([""] * (place + 1 - len(found)))
            found[place] = text
        return "".join([f",{text}" for text in found]), len(found)

    def finish(self) -> Rows:
        """The rows, each with all cells of the batch's columns."""
        width = len(self._places)
        rows = [row + "," * (width - own) + _END for row, own in zip(self.rows, self._widths, strict=True)]
        data = "".join(rows).encode("utf-8", "surrogateescape")
        return Rows(list(self._places)[self._known :], data, width, len(rows))


def _number(value: Any) -> float | None:
    """The number of a workflow; as text it may have a fraction of zero."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
