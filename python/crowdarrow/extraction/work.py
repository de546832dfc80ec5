"""The extracts of one batch of records: what each worker does."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from crowdarrow._core import group_rows
from crowdarrow.errors import CrowdarrowError
from crowdarrow.extraction.batch_rows import Cells, Entry, Files, Rows, row_starts
from crowdarrow.extraction.cells import MISSING, flattened, json_bytes, parse_json
from crowdarrow.extraction.config import Config, Job
from crowdarrow.extraction.drawn import DrawnJobs
from crowdarrow.extraction.extractors import EXTRACTORS, GOLD
from crowdarrow.extraction.extractors.core import annotations_of, group_by_task, run_extractor
from crowdarrow.extraction.reasons import reason_of
from crowdarrow.extraction.versions import parse_version

OTHER_WORKFLOW, OTHER_VERSION, NO_VERSION = "of another workflow", "of another version", "without a version"

_MOST_KNOWN, _LONGEST_KNOWN = 1 << 13, 1 << 11
"""Records with equal annotations have equal extracts: so many are kept, of texts up to this length."""
_MOST_SEEN = 1000

_REPEATS = frozenset(
    {"question_extractor", "shortcut_extractor", "survey_extractor", "dropdown_extractor", "slider_extractor"}
)
"""Extractors whose tasks have the same annotations in many records."""
_READS_RECORD = frozenset({"i2a_extractor", "nfn_extractor", "pluck_and_split_extractor"})
"""Extractors that read more of a record than its annotations and the version of its classifier."""


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


class Choice:
    """Chooses the records of the configuration's workflow and versions."""

    def __init__(self, config: Config) -> None:
        self._config = config

    def chosen(self, batch: pa.RecordBatch, result: Result) -> pa.RecordBatch:
        """The records that are chosen; the others are counted in the result."""
        columns = [batch["workflow_id"], batch["workflow_version"]]
        of_row, firsts = (pa.array(found) for found in group_rows(columns))
        pairs = list(zip(*(column.take(firsts).to_pylist() for column in columns), strict=True))
        reasons = [self._verdict(*pair) for pair in pairs]
        if not any(reasons):
            return batch
        counts = {one["values"].as_py(): one["counts"].as_py() for one in of_row.value_counts()}
        for number, (pair, reason) in enumerate(zip(pairs, reasons, strict=True)):
            if reason is not None:
                (result.unreadable if reason == NO_VERSION else result.left_out)[reason] += counts[number]
                if len(result.seen) < _MOST_SEEN:
                    result.seen[pair[0] or "", pair[1] or ""] += counts[number]
        return batch.filter(pa.array([reason is None for reason in reasons]).take(of_row))

    def _verdict(self, workflow: str | None, version: str | None) -> str | None:
        """Why a record of this workflow and version is left out; None if it is not."""
        parsed = parse_version(version)
        if parsed is None:
            return NO_VERSION
        if _number(workflow) is None or _number(workflow) != _number(self._config.workflow_id):
            return OTHER_WORKFLOW
        versions = self._config.versions
        return None if versions is None or parsed in versions else OTHER_VERSION


class Work:
    """The extraction of batches, with the extracts that come again and again."""

    def __init__(self, config: Config) -> None:
        self._jobs = [_Prepared(job) for job in config.jobs]
        self._all_plain = all(_is_plain(job) for job in config.jobs)
        self._drawn = DrawnJobs(config.jobs if self._all_plain else ())
        self._others = [number for number in range(len(config.jobs)) if number not in self._drawn.numbers]
        self._files = Files(config.jobs)
        self._known: dict[tuple[str | None, str | None, bool], Entry] = {}
        self._keeps = False

    def run(self, batch: pa.RecordBatch, known: Mapping[str, Sequence[str]]) -> Result:
        """The extracts of a batch of chosen records; `known` are the columns that each file has so far."""
        result = Result()
        files = self._files
        files.follow(known)
        names = set(batch.schema.names)
        self._keeps = self._all_plain and not files.is_wide
        if not self._keeps:
            self._known.clear()
        nothing: list[Any] = [None] * batch.num_rows
        versions = batch["classifier_version"].to_pylist()
        metadata = batch["metadata"].to_pylist() if "metadata" in names else nothing
        gold = batch["gold_standard"].to_pylist() if "gold_standard" in names else nothing
        lost: Counter[Entry] = Counter()
        starts = zip(*row_starts(batch), strict=True)
        annotations, drawn = self._drawn.read(batch["annotations"], versions)
        rows = zip(annotations, drawn, versions, metadata, gold, starts, strict=True)
        for text, cells, version, about, is_gold, start in rows:
            entry = self._entry_of(text, version, about, is_whole=cells is None)
            if entry.unreadable is not None:
                result.unreadable[entry.unreadable] += 1
                continue
            files.add(entry, start)
            for number, found in self._drawn.rows(cells, version):
                files.add_cells(number, found, start)
            result.records += 1
            result.gold += is_gold is not None and is_gold.lower() == "true"
            if entry.lost:
                lost[entry] += 1
        for entry, count in lost.items():
            for reason in entry.lost:
                result.lost[reason] += count
        result.rows = files.finish()
        return result

    def _entry_of(self, text: str | None, version: str | None, metadata: str | None, *, is_whole: bool) -> Entry:
        """The extracts of a record, or of another with the same annotations."""
        key = (text, version, is_whole)
        entry = self._known.get(key)
        if entry is None:
            entry = self._entry(text, version, metadata, is_whole=is_whole)
            if self._keeps and text is not None and len(text) <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[key] = entry
        return entry

    def _entry(self, text: str | None, version: str | None, metadata: str | None, *, is_whole: bool) -> "Entry":
        """The extracts of a record, or if it is not whole, of the jobs that are not read by the engine."""
        try:
            groups = group_by_task(_parsed(text))
        except (ValueError, RecursionError) as error:
            return Entry((), (), str(error))
        data = _data(version, metadata)
        rows: list[tuple[int, Cells]] = []
        lost: list[tuple[int, str]] = []
        for number in range(len(self._jobs)) if is_whole else self._others:
            found = self._jobs[number].run(groups, data, version)
            if isinstance(found, str):
                lost.append((number, found))
            else:
                rows += [(number, cells) for cells in found]
        return Entry(tuple(rows), tuple(lost))


def _parsed(text: str | None) -> Any:
    """The annotations of a record.

    Raises:
        ValueError: they are not JSON.
    """
    if text is None or text in MISSING:
        msg = "annotations is empty"
        raise ValueError(msg)
    try:
        return parse_json(text)
    except (ValueError, RecursionError):
        msg = "annotations is not JSON"
        raise ValueError(msg) from None


def _data(version: str | None, metadata: str | None) -> Mapping[str, Any]:
    """What else the extractors may read: as panoptes_aggregation hands it on, without subject and gold standard."""
    try:
        if metadata is not None:
            return {"metadata": json.loads(metadata)}
        return {"metadata": {} if version is None else {"classifier_version": json.loads(version)}}
    except (ValueError, RecursionError):
        return {"metadata": None}


class _Prepared:
    """An entry of the configuration, ready to run."""

    def __init__(self, job: Job) -> None:
        self._keywords = job.keywords
        self._extractor = EXTRACTORS[job.extractor]
        self._repeats = job.extractor in _REPEATS and _is_plain(job) and isinstance(job.keywords, Mapping)
        self._known: dict[tuple[bytes, str | None], list[Cells] | str] = {}

    def run(
        self, groups: Mapping[Any, list[dict[str, Any]]], data: Mapping[str, Any], version: str | None
    ) -> list[Cells] | str:
        """The cells of a record's rows, or the reason why it has none."""
        text = None
        if self._repeats:
            try:
                text = json_bytes(annotations_of(groups, self._keywords.get("task", "all")))
            except (TypeError, AttributeError):
                text = None
        if text is None or len(text) > _LONGEST_KNOWN:
            return self._run(groups, data)
        found = self._known.get((text, version))
        if found is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[text, version] = self._run(groups, data)
        return found

    def _run(self, groups: Mapping[Any, list[dict[str, Any]]], data: Mapping[str, Any]) -> list[Cells] | str:
        keywords = self._keywords
        if not isinstance(keywords, Mapping):
            return "its keywords are no mapping"
        try:
            found = run_extractor(self._extractor, groups, data, keywords)
            extracts = found if isinstance(found, list) else [found]
            if extracts and "task" not in keywords:
                return "its keywords name no task"
            return [flattened(one) for one in extracts]
        except CrowdarrowError:
            raise  # a library is missing
        except Exception as error:  # noqa: BLE001 - whatever a record of another shape causes
            return reason_of(error)


def _number(value: Any) -> float | None:
    """The number of a workflow; as text it may have a fraction of zero."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
