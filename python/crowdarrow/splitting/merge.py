"""`merge`: combines the parts of a plan into the result of one pass."""

from __future__ import annotations

import contextlib
import functools
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from crowdarrow._core import RecordIds, WorkerPool
from crowdarrow.conversion.footer import footer_of, recorded_options
from crowdarrow.conversion.manifest import RUN_ID_KEY, manifest_of
from crowdarrow.conversion.options import WriteOptions
from crowdarrow.conversion.outputs import outputs_of
from crowdarrow.conversion.rejects import RejectsFile
from crowdarrow.conversion.targets import Targets
from crowdarrow.errors import OutputError, UsageError
from crowdarrow.options import has_options, options_from, shown
from crowdarrow.read.inputs import digest_of_stored
from crowdarrow.read.output import SourceInfo
from crowdarrow.read.report import Report, add_counts
from crowdarrow.read.table_set import too_many_rejects
from crowdarrow.sinks.atomic import Staging, output_errors
from crowdarrow.sinks.registry import open_sink
from crowdarrow.splitting.chain import follow
from crowdarrow.splitting.finished_rows import FinishedRows, before_each
from crowdarrow.splitting.folder import STATE, PartsFolder, name_of, place_of, reports_in
from crowdarrow.splitting.options import MergeKeywords
from crowdarrow.splitting.part import table_footer, tables_to_read
from crowdarrow.splitting.plan import Plan
from crowdarrow.splitting.reading import open_shape
from crowdarrow.splitting.rows import read_rejects
from crowdarrow.terminal import plain_json

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Sequence

    from crowdarrow.conversion.local_outputs import Outputs
    from crowdarrow.sinks.protocol import Sink
    from crowdarrow.splitting.reading import Shape, Split
    from crowdarrow.splitting.report import PartReport

_SHOWN = 10


@has_options(MergeKeywords, WriteOptions)
def merge(
    plan: Plan,
    parts: Iterable[PartReport] | None,
    output: str | os.PathLike[str],
    **options: Unpack[MergeKeywords],
) -> Report:
    """Combine the parts of a plan into the tables, rejects and report of one pass.

    The tables of a folder are folders of files, `answers/part-NUMBER-START-END.parquet`, one for each split. Their
    rows, in the order of the names, are those of one pass. A file of a part is not written again. A table that is
    a file is written whole. The manifest names all files, and is written last.

    Args:
        plan: the plan.
        parts: what `convert_split` returned for each of its splits, in any order; None for those that are beside the
            output.
        output: the output, as given to `convert_split`.
        **options: see below.

    Returns:
        The counts of all parts; `seconds` is the sum of theirs and of the merging.

    Raises:
        UsageError: parts are missing, or belong to another plan or conversion.
        RejectedError: all parts together have more rejects than are allowed.
        OutputExistsError: an output exists, and `force` was not given.
        OutputError: an output could not be written.

    If an exception is raised, no output was changed, and the parts are still there.
    """
    started = time.perf_counter()
    if not isinstance(plan, Plan):
        msg = f"`plan` must be what ca.splits returned, not {shown(plan)}"
        raise UsageError(msg)
    given = dict(options)
    merging = options_from(WriteOptions, given, "ca.merge", only=MergeKeywords.__annotations__)
    place = place_of(output, plan.id)
    with place:
        place.fetch(STATE)
        found = _check_parts(plan, list(reports_in(place) if parts is None else parts))
        writing = replace(merging, **found[0][1].written)
        folder = PartsFolder(output, writing, place)
        if absent := next((split for split, _ in found if not folder.has(split)), None):
            msg = f"part {absent.number} is not in {place.name}; give `output` as to `convert_split`"
            raise UsageError(msg)
        report = _merge(plan, found, folder, output, writing, started)
    with contextlib.suppress(OutputError):  # the output is complete
        place.remove()
    return report


def _merge(
    plan: Plan,
    found: Sequence[tuple[Split, PartReport]],
    folder: PartsFolder,
    output: str | os.PathLike[str],
    writing: WriteOptions,
    started: float,
) -> Report:
    origins = _origins(plan)
    with outputs_of(output, writing, origins, has_parts=True) as outputs, Staging(force=writing.force) as staging:
        targets = Targets(outputs.output, outputs.options, origins, staging, has_parts=True)
        merger = _Merger(plan, found, folder, targets, staging, outputs)
        report = merger.merge()
        report.skipped, report.leftovers = dict(plan.skipped), staging.leftovers
        report.seconds = sum(part.seconds for _, part in found) + time.perf_counter() - started
        if targets.report is not None:
            with output_errors(targets.report):
                merger.report_path.write_text(report.to_json(), encoding="utf-8")
        staging.commit(then=outputs.commit)
    return report


def check_output(
    output: str | os.PathLike[str], writing: WriteOptions, inputs: Sequence[Any], plan: Plan | None = None
) -> None:
    """Check, before any part is converted, that `merge` can write to an output.

    Args:
        output: the output.
        writing: what is written.
        inputs: the inputs.
        plan: the plan, if there is one: then the files of all tables are checked too.

    Raises:
        UsageError: an output is also an input, parts cannot be beside it, or there is no such table.
        OutputExistsError: an output exists, and `force` was not given.
        OutputError: an output cannot be written.
    """
    folder = PartsFolder(output, writing, place_of(output, ""))
    with outputs_of(output, writing, inputs, has_parts=True) as outputs, Staging(force=writing.force) as staging:
        targets = Targets(outputs.output, outputs.options, inputs, staging, has_parts=True)
        paths: list[str] = []
        for shape in plan.shapes if plan else ():
            is_only = len(shape.known) == 1
            names = tables_to_read(shape, folder)
            if names != ():
                own = targets if is_only else targets.of_kind(shape.kind)
                paths += own.paths(open_shape(shape).compile(names, is_only=is_only).output_schemas).values()
        outputs.check(paths)
        if targets.is_folder:
            staging.folder(targets.root, targets.partitions(paths))  # it can be made


def _origins(plan: Plan) -> list[str]:
    """The files that are read."""
    return list(dict.fromkeys(str(one.candidate.origin) for split in plan.splits for one in split.inputs))


def _check_parts(plan: Plan, parts: Sequence[PartReport]) -> list[tuple[Split, PartReport]]:
    """The splits and their parts in the order of the plan.

    Raises:
        UsageError: they are not the parts of one conversion by this plan.
    """
    for part in parts:
        if part.plan != plan.id:
            msg = f"`parts`: part {part.number} is of another plan ({part.plan}, not {plan.id})"
            raise UsageError(msg)
    found = follow(plan.splits, parts)
    if found.missing:
        msg = f"`parts`: missing are those of the splits {_shown(found.missing)}; convert these"
        raise UsageError(msg)
    if found.wrong:
        msg = f"`parts`: the guessed starts of the splits {_shown(found.wrong)} are wrong; convert `plan.redo(parts)`"
        raise UsageError(msg)
    first = found.pairs[0][1]
    if other := next((part for _, part in found.pairs if part.run_id != first.run_id), None):
        msg = f"`parts`: part {other.number} was written with other options than part {first.number}; convert it again"
        raise UsageError(msg)
    return found.pairs


def _shown(splits: Sequence[Split]) -> str:
    more = f" and {len(splits) - _SHOWN:,} more" if len(splits) > _SHOWN else ""
    return ", ".join(str(split.number) for split in splits[:_SHOWN]) + more


class _Merger:
    """The merging of all parts."""

    def __init__(
        self,
        plan: Plan,
        pairs: Sequence[tuple[Split, PartReport]],
        folder: PartsFolder,
        targets: Targets,
        staging: Staging,
        outputs: Outputs,
    ) -> None:
        self._plan, self._pairs, self._folder = plan, pairs, folder
        self._targets, self._staging, self._outputs, self._writing = targets, staging, outputs, outputs.options
        self._run_id = pairs[0][1].run_id
        self._described: dict[str, tuple[dict[str, str], Path]] = {}

    def merge(self) -> Report:
        """Write all but the report."""
        targets, staging = self._targets, self._staging
        kinds = [shape for shape in self._plan.shapes if any(p.is_read for _, p in self._pairs if p.kind == shape.kind)]
        is_several = len(self._plan.shapes) > 1
        chosen = [(shape, targets.of_kind(shape.kind) if is_several else targets) for shape in kinds]
        works = [self._kind(shape, own) for shape, own in chosen]
        self._outputs.check([path for one in works for path in one.paths.values()])
        if targets.is_folder:
            staging.folder(targets.root, targets.partitions([path for one in works for path in one.paths.values()]))
        if targets.report is not None:
            with output_errors(targets.report):
                self.report_path = staging.add(targets.report)
                self.report_path.touch(exist_ok=False)  # so that the manifest has it, if it is in the folder
        reports: list[Report] = []
        with contextlib.ExitStack() as stack:
            reading = self._plan.shapes[0].options
            open_rejects = functools.partial(
                RejectsFile,
                staging=staging,
                safe=self._writing.csv_safe or self._writing.excel,
                has_raw=reading.people == "keep",
            )
            shared = open_rejects(targets.rejects, None) if targets.stale_rejects is None else None
            for work in works:
                rejects = shared or open_rejects(work.targets.rejects, work.targets.stale_rejects)
                stack.callback(rejects.abort)
                report = work.merge(rejects, sum(one.rejected for one in reports))
                report.run_id = self._run_id if targets.is_folder or targets.format == "parquet" else None
                report.rejects_path = None if shared else rejects.finish()
                reports.append(report)
                for table, footer in work.footers.items():
                    self._described[f"{report.kind}/{table}" if is_several else table] = footer, work.files[table]
            if shared:
                path = shared.finish()
                for report in reports:
                    report.rejects_path = path
        for report in reports:
            self._outputs.rename(report)
        if root := staging.folder_stage:
            name, contents = manifest_of(root, self._run_id, targets.format, self._described)
            with output_errors(targets.root):
                (root / name).write_text(plain_json(contents) + "\n", encoding="utf-8")
        return Report.of_kinds(reports) if is_several else reports[0]

    def _kind(self, shape: Shape, targets: Targets) -> _KindMerger:
        pairs = [pair for pair in self._pairs if pair[0].kind == shape.kind]
        return _KindMerger(shape, pairs, self._folder, targets, self._staging, self._outputs)


class _KindMerger:
    """The merging of the parts of one kind."""

    def __init__(
        self,
        shape: Shape,
        pairs: Sequence[tuple[Split, PartReport]],
        folder: PartsFolder,
        targets: Targets,
        staging: Staging,
        outputs: Outputs,
    ) -> None:
        self._pairs, self._folder, self.targets, self._staging = pairs, folder, targets, staging
        self._writing, self._format, self._outputs = outputs.options, targets.format, outputs
        is_recorded = self._format == "parquet" or targets.is_folder
        options = shape.options
        self._options = replace(options, digest=(options.digest or "blake3") if is_recorded else None)
        self._opened = open_shape(shape, self._options)
        names = tables_to_read(shape, folder)
        self._rows = FinishedRows(self._opened, names, pairs, folder)
        self.paths = targets.paths(self._rows.schemas)
        self._pool = WorkerPool(options.worker_count)
        self.files: dict[str, Path] = {}
        self._open_sinks: dict[str, Sink] = {}
        self.footers: dict[str, dict[str, str]] = {}

    def merge(self, rejects: RejectsFile, rejected_before: int) -> Report:
        """Write all tables and rejects of the kind."""
        report = self._report()
        self._write_rejects(rejects, rejected_before)
        written = {table: self._write_table(table) for table in self.paths if table not in self._rows.computed}
        written |= self._write_computed(report)
        report.tables = {table: written[table] for table in self.paths}
        self._count(report)
        report.finish(self._sources(), drops_duplicates=self._options.duplicates == "first")
        report.outputs = dict(self.paths)
        opened = self._opened
        options = recorded_options(self._options, self._writing, self._format, opened.renaming, opened.other_inputs)
        for table in self.paths:
            self.footers[table] = footer_of(report, table, report.sources, options)
        self._close()
        return report

    def _sources(self) -> Iterator[SourceInfo]:
        """The inputs; a digest that neither the plan nor a part knows is computed."""
        algorithm = self._options.digest_name
        firsts = set()
        for split, part in self._pairs:
            if split.is_whole:
                yield from (SourceInfo(**one) for one in part.sources)
            elif split.first not in firsts:
                firsts.add(split.first)
                (one,) = split.inputs
                digest, known = one.digest or (None, None)
                if algorithm is not None and known != algorithm:
                    digest = digest_of_stored(one.candidate.origin, algorithm)
                yield SourceInfo(one.candidate.name, one.size, digest if algorithm else None, algorithm)

    def _report(self) -> Report:
        """The sums of the counts of all parts."""
        report = Report(kind=self._opened.export.kind, tables=dict.fromkeys(self.paths, 0))
        report.filters, report.encoding = self._opened.filters, self._options.encoding
        for _, part in self._pairs:
            for name in ("records", "kept", "rows", "rejected", "filtered", "bytes"):
                setattr(report, name, getattr(report, name) + getattr(part, name))
            for name in ("leniencies", "rejects", "labels"):
                add_counts(getattr(report, name), getattr(part, name))
            report.add_notes(part.notes)
            report.add_reasons(part.literals, part.times)
            if not report.kept:
                report.note_left_out([[(first, second) for first, second in values] for values in part.left_out])
        if (source := self._opened.export.labels) and report.labels:
            labels = dict(report.labels)
            report.count_labels(labels, source.summary(labels), source.advice(labels))
        return report

    def _count(self, report: Report) -> None:
        """Add the counts that no single part has."""
        for name, count in self._rows.differing().items():
            if count:
                report.notes[name] = report.notes.get(name, 0) + count
        own = self._rows.distinct()
        for name in {*own, *(name for _, part in self._pairs for name in part.distinct)}:
            found = set(own[name].to_pylist() if name in own else ())
            for split, _ in self._pairs:
                rows = self._folder.rows(self._folder.state(split, f"{name}.distinct.arrow"))
                found.update(value for batch in rows for value in batch.column(0).to_pylist())
            report.leniencies.pop(name, None)
            if found:
                report.leniencies[name] = len(found)
        if self._opened.collects_ids and self._options.duplicates != "first":
            ids = RecordIds(drops=False)
            count = 0
            first = 0
            for split, _ in self._pairs:
                if split.first != first:
                    ids.next_source()
                    first = split.first
                with self._folder.place.file(self._folder.state(split, "ids")) as listed:
                    count += ids.add_listed(listed.read_bytes())
            if count:
                name = self._opened.export.leniencies.get("duplicates", "duplicates")
                report.leniencies[name] = report.leniencies.get(name, 0) + count

    def _write_rejects(self, rejects: RejectsFile, before: int) -> None:
        """Write the rejects of all parts, and check their number."""
        limit = self._options.reject_limit
        before_own = before_each(self._pairs)
        for split, _ in self._pairs:
            own = before_own[split.number]
            rows = self._folder.rows(self._folder.state(split, "rejects"))
            for found in read_rejects(rows, own.records, own.lines):
                if limit is not None and (at := found.entries.beyond(max(limit - before, 0))) is not None:
                    raise too_many_rejects(found[at], limit)
                before += sum(count for _, count in found.entries.counts)
                rejects.write(found)

    def _write_table(self, table: str) -> int:
        """Write a table that is not computed; returns the number of its rows."""
        if not self.targets.is_folder:
            sink = self._open(table, self.paths[table])
            for split, _ in self._pairs:
                is_final = self._rows.is_final(split, table)
                batches = self._rows.final(split, table) if is_final else self._rows.finished(split, table)
                for batch in batches:
                    sink.write(batch)
            return sink.rows
        rows = 0
        for split, part in self._pairs:
            target = self._part_of(table, f"{name_of(split)}.{self._format}")
            if self._rows.is_final(split, table):
                self._rows.pass_over(split, table)
                name = self._folder.table_name(split.kind, table, split, self._format)
                with output_errors(self.paths[table]):
                    source = self._folder.place.place(name, target)
                if source is not None:
                    self._outputs.copied[Path(self.paths[table], target.name)] = source
                rows += part.tables[table]
                continue
            with output_errors(self.paths[table]):
                sink = open_sink(target, self._rows.schemas[table], self._writing, self._pool, format=self._format)
                for batch in self._rows.finished(split, table):
                    sink.write(batch)
                sink.close(table_footer({RUN_ID_KEY: part.run_id, **part.footer}, table, sink.rows))
            rows += sink.rows
        return rows

    def _write_computed(self, report: Report) -> dict[str, int]:
        """Compute tables from the rows of all parts; returns the number of rows of each."""
        plan = self._rows.compiled.computed
        if plan is None:
            return {}
        sinks = {}
        for table in plan.schemas:
            path = self._part_of(table, f"part-0000000.{self._format}") if self.targets.is_folder else None
            sinks[table] = self._open(table, path or self.paths[table])
        computation = plan.start()
        try:
            for split, part in self._pairs:
                for batches in self._rows.inputs_of_computed(split, part):
                    computation.add(batches)
            for name, batch in plan.finish(computation, self._pool):
                sinks[name].write(self._rows.renamed(batch))
            counts = dict(computation.counts())
        finally:
            computation.close()
        report.count_votes(counts, plan.summary(counts))
        return {table: sink.rows for table, sink in sinks.items()}

    def _part_of(self, table: str, name: str) -> Path:
        """The temporary path of a file of a table."""
        with output_errors(self.paths[table]):
            self.files[table] = self._staging.add(self.paths[table], is_table=True)
            self.files[table].mkdir(parents=True, exist_ok=True)
        return self.files[table] / name

    def _open(self, table: str, path: str | Path) -> Sink:
        """A sink that is completed at the end, when all counts are known."""
        with output_errors(self.paths[table]):
            if not self.targets.is_folder:
                path = self.files[table] = self._staging.add(self.paths[table], is_table=True)
            sink = open_sink(path, self._rows.schemas[table], self._writing, self._pool, format=self._format)
        self._open_sinks[table] = sink
        return sink

    def _close(self) -> None:
        for table, sink in self._open_sinks.items():
            with output_errors(self.paths[table]):
                sink.close({RUN_ID_KEY: self._pairs[0][1].run_id, **self.footers[table]})
