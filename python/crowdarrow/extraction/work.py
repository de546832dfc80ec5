"""The extracts of one batch of records: what each worker does."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from crowdarrow._core import group_rows
from crowdarrow.errors import CrowdarrowError
from crowdarrow.extraction.batch_rows import Cells, Entry, Files, Rows, Start, row_starts
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
_MOST_READ = 8
"""Times as many records as all others, if they are most."""
_READS_RECORD = frozenset({"i2a_extractor", "nfn_extractor", "pluck_and_split_extractor"})
"""Extractors that read more of a record than its annotations and the version of its classifier."""

Record = tuple[str | None, bool, str | None, str | None, str | None, Start]
"""The annotations of a record, whether they are whole, its version of the classifier, its metadata, its mode, and the
start of its rows."""


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
        self._read = self._whole = 0

    @property
    def is_of_engine(self) -> bool:
        """Whether the engine does most of the work: it reads most records, and what is left of them comes again."""
        is_rest_quick = all(self._jobs[number].repeats for number in self._others)
        return bool(self._drawn.numbers) and is_rest_quick and self._read >= _MOST_READ * self._whole

    def run(self, batch: pa.RecordBatch, known: Mapping[str, Sequence[str]]) -> Result:
        """The extracts of a batch of chosen records; `known` are the columns that each file has so far."""
        result = Result()
        files = self._files
        files.follow(known)
        self._keeps = self._all_plain and not files.is_wide
        if not self._keeps:
            self._known.clear()
        lost: Counter[Entry] = Counter()
        rows = self._left(batch, result) if self._drawn.numbers else _whole(batch)
        for text, is_whole, version, about, is_gold, start in rows:
            entry = self._entry_of(text, version, about, is_whole=is_whole)
            if entry.unreadable is not None:
                result.unreadable[entry.unreadable] += 1
                continue
            files.add(entry, start)
            result.records += 1
            result.gold += _is_gold(is_gold)
            if entry.lost:
                lost[entry] += 1
        for entry, count in lost.items():
            for reason in entry.lost:
                result.lost[reason] += count
        result.rows = files.finish()
        return result

    def _left(self, batch: pa.RecordBatch, result: Result) -> Iterator[Record]:
        """What the engine leaves: records without the marks that it read, and whole ones that it did not read."""
        versions, *more = _fields(batch)
        starts = row_starts(batch)
        texts, rows = batch["annotations"], None
        for start, end, rest in self._drawn.read(texts, versions, starts, self._files):
            self._read += end - start
            if not self._others:
                result.records += end - start
                result.gold += sum(map(_is_gold, more[-1][start:end]))
            if rows is None and (self._others or end < len(texts)):
                rows = list(zip(versions, *more, _texts_of(starts), strict=True))
            if rows is not None and self._others:
                for text, fields in zip(rest.to_pylist(), rows[start:end], strict=True):
                    yield text, False, *fields
            if rows is not None and end < len(texts):
                self._whole += 1
                yield texts[end].as_py(), True, *rows[end]

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


def _whole(batch: pa.RecordBatch) -> Iterator[Record]:
    """The records of a batch."""
    texts, starts = batch["annotations"].to_pylist(), _texts_of(row_starts(batch))
    return zip(texts, [True] * len(texts), *_fields(batch), starts, strict=True)


def _fields(batch: pa.RecordBatch) -> list[list[Any]]:
    """The versions of the classifier, metadata and modes of records; None where they are not needed."""
    names = set(batch.schema.names)
    nothing = [None] * batch.num_rows
    return [batch[name].to_pylist() if name in names else nothing for name in _FIELDS]


_FIELDS = ("classifier_version", "metadata", "gold_standard")


def _texts_of(starts: Sequence[pa.Array]) -> Iterator[Start]:
    return zip(*(one.to_pylist() for one in starts), strict=True)


def _is_gold(mode: str | None) -> bool:
    return mode is not None and mode.lower() == "true"


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
        self.repeats = job.extractor in _REPEATS and _is_plain(job) and isinstance(job.keywords, Mapping)
        self._known: dict[tuple[bytes, str | None], list[Cells] | str] = {}

    def run(
        self, groups: Mapping[Any, list[dict[str, Any]]], data: Mapping[str, Any], version: str | None
    ) -> list[Cells] | str:
        """The cells of a record's rows, or the reason why it has none."""
        text = None
        if self.repeats:
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
