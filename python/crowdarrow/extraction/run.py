"""`extracts`: the files that `panoptes_aggregation extract` writes."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from crowdarrow.errors import InputError, UsageError
from crowdarrow.extraction.config import read_config
from crowdarrow.extraction.report import ExtractsReport, counted, shown_versions
from crowdarrow.extraction.source import KIND, open_cells
from crowdarrow.extraction.spool import Spool, known_columns
from crowdarrow.extraction.work import Choice, Result, columns_read
from crowdarrow.extraction.workers import Workers
from crowdarrow.options import check_names, has_options, shown
from crowdarrow.progress import follow, shown_progress
from crowdarrow.read.distinct import check_distinct
from crowdarrow.read.inputs import as_list
from crowdarrow.read.options import ExtractsKeywords, ReadOptions
from crowdarrow.read.people import check_key_file
from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.sending import SentFiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from crowdarrow.extraction.config import Config
    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.output import Progress
    from crowdarrow.read.table_set import TableSet

READING = tuple(ExtractsKeywords.__annotations__)
"""The options of `open` that apply."""
_ALONE = 16 << 20
"""Bytes that are read before other workers are started."""
_MOST_WORKERS = 16
"""Workers that make extracts, this process included."""
_PROGRESS_SECONDS = 0.1
_MOST_CELLS, _MOST_ROWS, _FEWEST_ROWS = 1 << 22, 1 << 12, 1 << 6
"""Cells and rows of a file that are made at once."""


@has_options(ExtractsKeywords, ReadOptions)
def extracts(
    classifications: Inputs,
    config: str | os.PathLike[str] | Mapping[str, Any],
    output_dir: str | os.PathLike[str] = ".",
    output_name: str = "extractions",
    order: bool = False,  # noqa: FBT001, FBT002 - as in panoptes_aggregation, whose scripts may give it by position
    *,
    report: str | os.PathLike[str] | None = None,
    progress: bool | Callable[[Progress], object] | None = None,
    **options: Unpack[ExtractsKeywords],
) -> ExtractsReport:
    """Write the extracts that `panoptes_aggregation extract` writes, with the same configuration.

    There is one CSV file for each extractor that found something, `<output_dir>/<extractor>_<output_name>.csv`; an
    existing file is replaced. `panoptes_aggregation reduce` reads them. Memory is bounded, and all cores work.

    Args:
        classifications: a classification export, as for `open`.
        config: the YAML file that `panoptes_aggregation config` writes, or a mapping with the same members.
        output_dir: the folder to write to, or its URL.
        output_name: the end of the files' names.
        order: order the data columns by name.
        report: a file for the counts of the run, as JSON, or its URL.
        progress: True for a progress bar on stderr, or a function that is called with the progress of the run.
        **options: see below.

    Returns:
        The counts of the run, with what was left out and why.

    Raises:
        UsageError: the configuration or an option is invalid.
        InputError: the input cannot be read, or has no record of the configuration's workflow and versions.
        OutputError: a file could not be written.
    """
    started = time.perf_counter()
    reading = reading_options(options, "ca.extracts")
    stem = _stem(output_name)
    found = read_config(config)
    inputs = as_list(classifications)
    source = open_cells(inputs, columns_read(found), reading, ("workflow_id", "workflow_version"))
    with SentFiles(force=True) as sent, Staging(force=True) as staging, contextlib.ExitStack() as stack:
        stack.callback(source.close)
        folder = Path(os.fsdecode(sent.path(output_dir, "output_dir", is_folder=True)))
        if report is not None:
            report = os.fsdecode(sent.path(report, "report"))
            check_distinct([report], [*inputs, config])
            if reading.people_key is not None:
                check_key_file(reading.people_key, [report])
        staging.make_folder(folder)

        def spool_of(name: str) -> Spool:
            target = folder / f"{name}_{stem}.csv"
            check_distinct([str(target), *([] if report is None else [str(report)])], [*inputs, config])
            if reading.people_key is not None:
                check_key_file(reading.people_key, [str(target)])
            with output_errors(str(target)):
                spool = Spool(name, target, staging.add, order=bool(order))
            stack.callback(spool.close)
            return spool

        run = _Run(found, source, reading, spool_of)
        stack.callback(run.close)
        run.read(stack.enter_context(shown_progress(progress)))
        found_report = run.report
        for name, spool in run.spools.items():
            with output_errors(str(spool.target)):
                spool.write()
            found_report.rows[name], found_report.files[name] = spool.count, sent.shown(str(spool.target))
        found_report.seconds = time.perf_counter() - started
        if report is not None:
            with output_errors(str(report)):
                staging.add(report).write_text(found_report.to_json(), encoding="utf-8")
        staging.commit(then=sent.send)
    found_report.seconds = time.perf_counter() - started
    return found_report


def reading_options(given: Any, function: str) -> ReadOptions:
    """The options of reading that apply to extracts.

    Raises:
        UsageError: one does not, or its value is not allowed.
    """
    check_names(given, function, ReadOptions)
    for name in given:
        if name not in READING:
            msg = f"`{name}` does not apply to extracts; their options are {', '.join(READING[:-1])}"
            raise UsageError(msg)
    return ReadOptions(**given)


def _stem(output: Any) -> str:
    """The end of the files' names; an ending such as `.csv` is left out."""
    if not isinstance(output, str) or not output or not output.isprintable() or "/" in output or os.sep in output:
        msg = f"`output_name` must be the end of a file's name, not {shown(output)}; `output_dir` names the folder"
        raise UsageError(msg)
    return os.path.splitext(output)[0]  # noqa: PTH122 - the same as in panoptes_aggregation, for names such as .x


class _Run:
    """One pass over the input."""

    def __init__(
        self, config: Config, source: TableSet, options: ReadOptions, spool_of: Callable[[str], Spool]
    ) -> None:
        self._config, self._source, self._spool_of = config, source, spool_of
        wanted = options.worker_count if sys.executable else 1
        self._others = min(wanted, _MOST_WORKERS) - 1
        self._choice = Choice(config)
        self._workers = Workers(config)
        self.report = ExtractsReport(unknown=list(config.unknown))
        self.spools: dict[str, Spool] = {}
        self._matched = 0

    def close(self) -> None:
        """End the other workers."""
        self._workers.close()

    def read(self, progress: Callable[[Progress], object] | None) -> None:
        """Read all records.

        Raises:
            InputError: none that could be read is of the configuration's workflow and versions.
        """
        shown_at = 0.0
        follow(progress, self._source.progress)
        for block in self._source:
            if self._source.report.bytes > _ALONE:
                self._workers.start(self._others)
            for _, batch in block.batches:
                for piece in self._pieces(self._chosen(batch)):
                    while self._workers.is_full:
                        self._take()
                    self._workers.give(piece, known_columns(self.spools))
            if progress and (now := time.monotonic()) - shown_at >= _PROGRESS_SECONDS:
                progress(self._source.progress())
                shown_at = now
        while self._take():
            pass
        report, read = self.report, self._source.report
        report.records, report.bytes = read.records, read.bytes
        report.rejected += read.rejected
        for kind, count in read.rejects.items():
            reason = _REJECTS.get(kind, f"rejected ({kind})")
            report.rejects[reason] = report.rejects.get(reason, 0) + count
        report.suggestion = read.suggestion
        if not self._matched and (report.seen or not report.rejected):
            raise self._no_match()

    def _chosen(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        result = Result()
        chosen = self._choice.chosen(batch, result)
        self.report.add(result, self._config)
        self._matched += chosen.num_rows
        return chosen

    def _pieces(self, batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
        """A batch in parts whose rows are not too many bytes, since each row has a cell for each column."""
        start = 0
        while start < batch.num_rows:
            # Rows that were made in the meantime may have added columns.
            width = max((len(one.columns) for one in self.spools.values()), default=0)
            size = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_CELLS // (width + 1)))
            yield batch.slice(start, size)
            start += size

    def _take(self) -> bool:
        for result in self._workers.take():
            for name, rows in result.rows.items():
                if name not in self.spools:
                    self.spools[name] = self._spool_of(name)
                with output_errors(str(self.spools[name].target)):
                    self.spools[name].add(rows)
            self.report.add(result, self._config)
            return True
        return False

    def _no_match(self) -> InputError:
        config, report = self._config, self.report
        versions = "" if config.versions is None else " in the versions of `config`"
        there = shown_versions(report.seen) or f"no records of {KIND}"
        rejected = f"; rejected: {counted(report.rejects)}" if report.rejects else ""
        return InputError(
            f"no record is of workflow {shown(config.workflow_id)}{versions}; the input has {there}{rejected}"
        )


_REJECTS = {
    "fields": "with more or fewer fields than the header",
    "json": "whose metadata is not JSON",
    "json_type": "whose metadata is not JSON",
    "depth": "whose metadata is nested too deeply",
    "quote": "with text after a closing quote",
    "unclosed_quote": "with a quote that is not closed",
    "utf8": "that are not UTF-8",
    "length": "that are too long",
    "truncated": "where the input ends early",
}
