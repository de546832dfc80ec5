"""`convert`: converts an export to files."""

from __future__ import annotations

import contextlib
import functools
import time
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from crowdarrow.conversion.footer import footer_of, recorded_options
from crowdarrow.conversion.kinds import TotalProgress, plan_kinds
from crowdarrow.conversion.manifest import RUN_ID_KEY, manifest_of, run_id_of
from crowdarrow.conversion.options import ConvertKeywords, WriteOptions
from crowdarrow.conversion.outputs import outputs_of
from crowdarrow.conversion.rejects import RejectsFile
from crowdarrow.conversion.targets import STDOUT, Targets
from crowdarrow.errors import InternalError
from crowdarrow.options import check_names, has_options
from crowdarrow.progress import shown_progress
from crowdarrow.read.inputs import as_list
from crowdarrow.read.opened import open_kinds
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.people import check_key_file
from crowdarrow.read.report import Report
from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.registry import open_sink
from crowdarrow.sinks.thread import SinkThread
from crowdarrow.terminal import plain_json

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from crowdarrow.conversion.kinds import KindPlan
    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.table_set import TableSet
    from crowdarrow.sinks.protocol import Sink

_PROGRESS_SECONDS = 0.1


@has_options(ConvertKeywords, ReadOptions, WriteOptions)
def convert(input: Inputs, output: str | os.PathLike[str], **options: Unpack[ConvertKeywords]) -> Report:
    """Convert an export to Parquet, CSV, Arrow or Excel files, in one pass and bounded memory.

    Args:
        input: a path, a folder, a glob, a URL, a binary file object, `"-"` for stdin, or a list of these. A folder or a
            zip is read as the exports in it.
        output: a file ending in `.parquet`, `.csv`, `.csv.gz`, `.arrow` or `.xlsx` for one table (the record
            table unless `table` names another); a folder (with a trailing `/`, or an existing one) for several, one
            file per table; a URL of either; `"-"` for CSV on stdout. Inputs of several kinds need a folder, and have a
            folder in it for each kind, whose labels may come from inputs of another.
        **options: see below.

    Returns:
        The counts of the run.

    Raises:
        UsageError: options exclude each other, or an output is also an input.
        OutputExistsError: an output exists, and `force` was not given.
        OutputError: an output could not be written.
        CrowdarrowError: the input could not be read, its kind is unknown, or too many records were rejected.

    If an exception is raised, `KeyboardInterrupt` included, no file was changed: outputs get their names when all are
    complete.
    """
    started = time.perf_counter()
    reading, writing = _split(dict(options))
    inputs = as_list(input)
    named = [one for one in (reading.workflows, reading.subjects) if one is not None]
    outputs = outputs_of(output, writing, [*inputs, *named])
    with outputs, Staging(force=writing.force) as staging:
        writing = outputs.options
        targets = Targets(outputs.output, writing, [*inputs, *named], staging)
        if reading.people_key is not None:
            check_key_file(reading.people_key, targets.places)
        is_recorded = targets.format == "parquet" or targets.is_folder or targets.report is not None
        reading = replace(reading, digest=(reading.digest or "blake3") if is_recorded else None)
        opened, skipped = open_kinds(inputs, reading)
        plans = plan_kinds(opened, targets)
        outputs.check([path for plan in plans for path in plan.paths.values()])
        if targets.is_folder:
            staging.folder(targets.root, targets.partitions([path for plan in plans for path in plan.paths.values()]))
        if targets.report is not None:
            with output_errors(targets.report):
                written = staging.add(targets.report)
                written.touch(exist_ok=False)  # so that the manifest has it, if it is in the folder
        reports = _convert_all(plans, targets, staging, reading, writing)
        for one in reports:
            outputs.rename(one)
        report = reports[0] if len(opened) == 1 else Report.of_kinds(reports)
        report.skipped, report.leftovers = skipped, staging.leftovers
        report.seconds = time.perf_counter() - started
        if targets.report is not None:
            with output_errors(targets.report):
                written.write_text(report.to_json(), encoding="utf-8")
        staging.commit(then=outputs.commit)
    return report


def _convert_all(
    plans: Sequence[KindPlan], targets: Targets, staging: Staging, reading: ReadOptions, writing: WriteOptions
) -> list[Report]:
    """Write the tables of each kind, and its rejects; a named file has those of all kinds."""
    conversions: list[_Conversion] = []
    reports: list[Report] = []
    with contextlib.ExitStack() as stack:
        show = stack.enter_context(shown_progress(writing.progress))
        progress = show and TotalProgress(show, [plan.opened for plan in plans])
        open_rejects = functools.partial(
            RejectsFile, staging=staging, safe=writing.csv_safe or writing.excel, has_raw=reading.people == "keep"
        )
        rejects = open_rejects(targets.rejects, None) if targets.stale_rejects is None else None
        is_shared = rejects is not None
        for plan in plans:
            if not is_shared or rejects is None:
                rejects = open_rejects(plan.targets.rejects, plan.targets.stale_rejects)
            stack.callback(rejects.abort)
            source = stack.enter_context(plan.opened.read(plan.compiled))
            source.rejected_before = sum(report.rejected for report in reports)
            conversion = _Conversion(source, plan, reading, writing, progress)
            conversion.write(staging, rejects, stack)
            conversions.append(conversion)
            report = source.report
            report.outputs = plan.paths
            report.rejects_path = None if is_shared else rejects.finish()
            reports.append(report)
            if progress:
                progress.next_kind()
        if is_shared and rejects is not None:
            path = rejects.finish()
            for report in reports:
                report.rejects_path = path
        _finish(conversions, targets, staging)
    return reports


def _finish(conversions: Sequence[_Conversion], targets: Targets, staging: Staging) -> None:
    """Complete the files of all tables once the run id is known, and write the manifest."""
    if not targets.is_folder and targets.format != "parquet":
        for one in conversions:
            one.close({})
        return
    footers = [one.footers() for one in conversions]
    run_id = run_id_of((footer for found in footers for footer in found.values()), targets.format)
    tables = {}
    for one, found in zip(conversions, footers, strict=True):
        one.source.report.run_id = run_id
        one.close({table: {RUN_ID_KEY: run_id, **footer} for table, footer in found.items()})
        for table, footer in found.items():
            name = table if len(conversions) == 1 else f"{one.source.kind}/{table}"
            tables[name] = footer, one.files[table]
    if root := staging.folder_stage:
        name, contents = manifest_of(root, run_id, targets.format, tables)
        with output_errors(targets.root):
            (root / name).write_text(plain_json(contents) + "\n", encoding="utf-8")


def _split(options: dict[str, Any]) -> tuple[ReadOptions, WriteOptions]:
    check_names(options, "ca.convert", ReadOptions, WriteOptions)
    names = {one.name for one in fields(ReadOptions)}
    reading = {name: value for name, value in options.items() if name in names}
    writing = {name: value for name, value in options.items() if name not in names}
    return ReadOptions(**reading), WriteOptions(**writing)


class _Conversion:
    """The writing of all tables of one kind."""

    def __init__(
        self,
        source: TableSet,
        plan: KindPlan,
        reading: ReadOptions,
        writing: WriteOptions,
        progress: TotalProgress | None,
    ) -> None:
        self.source, self._paths, self._format = source, plan.paths, plan.targets.format
        self._others = plan.opened.other_inputs
        self._reading, self._writing, self._progress = reading, writing, progress
        self._pool = source.workers
        self.files: dict[str, Path] = {}
        """The temporary path of each table."""

    def write(self, staging: Staging, rejects: RejectsFile, stack: contextlib.ExitStack) -> None:
        """Write all rows and rejected records to temporary files; leaving `stack` closes these."""
        source, show, shown = self.source, self._progress, 0.0
        if show:
            show.follow(source.progress)
        self._sinks = self._open_sinks(staging, stack)
        self._thread = stack.enter_context(SinkThread(self._sinks, self._pool, self._paths))
        if self._format == "parquet" and not self._writing.partition_by:
            source.pass_on = self._thread.write
        for block in source:
            for table, batch in block.batches:
                self._thread.write(table, batch)
            rejects.write(block.rejects)
            if show and (now := time.monotonic()) - shown >= _PROGRESS_SECONDS:
                show(source.progress())
                shown = now
        self._thread.finish()
        if show:
            show(source.progress())
        self._check_rows(self._sinks)

    def close(self, footers: dict[str, dict[str, str]]) -> None:
        """Complete the files."""
        self._thread.close(footers if self._format == "parquet" else {})

    def footers(self) -> dict[str, dict[str, str]]:
        """The metadata of the file of each table, without the run id."""
        source = self.source
        options = recorded_options(self._reading, self._writing, self._format, source.renaming, self._others)
        sources = [info.to_dict() for info in source.provenance]
        return {table: footer_of(source.report, table, sources, options) for table in self._sinks}

    def _open_sinks(self, staging: Staging, stack: contextlib.ExitStack) -> dict[str, Sink]:
        sinks: dict[str, Sink] = {}
        for table, target in self._paths.items():
            with output_errors(target):
                path = STDOUT if target == STDOUT else staging.add(target, is_table=True)
                self.files[table] = Path(path)
                sinks[table] = open_sink(
                    path, self.source.schemas[table], self._writing, self._pool, format=self._format
                )
            stack.callback(sinks[table].abort)
        return sinks

    def _check_rows(self, sinks: dict[str, Sink]) -> None:
        for table, sink in sinks.items():
            read = self.source.report.tables.get(table, 0)
            if sink.rows != read:
                msg = (
                    f"internal error: {read} rows of {table} were read, but {sink.rows} written; no file was changed; "
                    "please report this"
                )
                raise InternalError(msg)
