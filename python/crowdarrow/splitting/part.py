"""`convert_split`: converts one split of a plan to a part, which `merge` combines with the others."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import pyarrow as pa

from crowdarrow._core import RecordIds, WorkerPool
from crowdarrow.conversion.footer import footer_of, recorded_options
from crowdarrow.conversion.manifest import RUN_ID_KEY
from crowdarrow.conversion.options import WriteOptions
from crowdarrow.errors import UsageError
from crowdarrow.options import has_options, options_from, shown
from crowdarrow.read.output import SourceInfo
from crowdarrow.sinks.registry import open_sink
from crowdarrow.splitting.finish import SplitPlan, distinct_values, plan_split
from crowdarrow.splitting.folder import PartFiles, PartsFolder, place_of
from crowdarrow.splitting.options import PartKeywords, check_no_partitions
from crowdarrow.splitting.reading import Split, open_shape, start
from crowdarrow.splitting.report import PartReport
from crowdarrow.splitting.rows import RowsFile, rejects_batch

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from crowdarrow.read.table_set import TableSet
    from crowdarrow.sinks.protocol import Sink
    from crowdarrow.splitting.reading import Shape


@has_options(PartKeywords, WriteOptions)
def convert_split(split: Split, output: str | os.PathLike[str], **options: Unpack[PartKeywords]) -> PartReport:
    """Convert a split of a plan to a part, beside the output, for `merge`.

    The files of a part have fixed names. Converting the split again replaces only its own files.

    Args:
        split: one of `plan.splits`.
        output: the output of the whole conversion, as for `convert`; all parts have the same one.
        **options: see below; all parts have the same ones.

    Returns:
        The counts of the part.

    Raises:
        UsageError: an option is invalid.
        OutputError: a file could not be written.
        CrowdarrowError: the input could not be read, is another one than when the plan was made, or too many records
            were rejected.
    """
    if not isinstance(split, Split):
        msg = f"`split` must be one of the splits of a plan, not {shown(split)}"
        raise UsageError(msg)
    check_no_partitions(options)
    writing = options_from(WriteOptions, dict(options), "ca.convert_split", only=PartKeywords.__annotations__)
    shape = split.shape
    folder = PartsFolder(output, writing, place_of(output, shape.plan_id))
    written = written_options(writing)
    report = PartReport(
        shape.plan_id,
        split.number,
        split.start,
        run_id_of_parts(shape.plan_id, folder, writing),
        split.kind,
        written,
    )
    names = tables_to_read(shape, folder)
    with PartFiles(folder) as files:
        if names == ():
            report.is_read = False
        else:
            _convert(split, names, folder, files, writing, report)
        files.write(folder.state(split, "json"), lambda path: path.write_text(report.to_json(), encoding="utf-8"))
        files.publish()
    return report


def written_options(writing: WriteOptions) -> dict[str, Any]:
    """The options of parts that differ from their defaults, JSON-ready."""
    found = {name: getattr(writing, name) for name in PartKeywords.__annotations__}
    default = WriteOptions()
    return dict(json.loads(json.dumps({name: one for name, one in found.items() if one != getattr(default, name)})))


def run_id_of_parts(plan_id: str, folder: PartsFolder, writing: WriteOptions) -> str:
    """The id of a conversion in parts, 32 hex digits, which is known before any of them is written."""
    choice = folder.choice
    text = json.dumps([plan_id, choice.format, choice.is_folder, choice.tables, written_options(writing)])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def tables_to_read(shape: Shape, folder: PartsFolder) -> tuple[str, ...] | str | None:
    """The tables that are read of a kind; none if it has none of those that are asked for.

    Raises:
        UsageError: no kind of the plan has one of the tables, or several kinds don't go to a folder.
    """
    known = dict(shape.known)
    wanted = folder.choice.tables
    if len(known) == 1:
        return wanted
    if not folder.choice.is_folder:
        msg = f"inputs of several kinds need a folder ({', '.join(known)}): add a trailing / to `output`"
        raise UsageError(msg)
    if not isinstance(wanted, tuple):
        return wanted
    every = {"all", *(name for tables in known.values() for name in tables)}
    if missing := [name for name in wanted if name not in every]:
        msg = f"none of the kinds has a table {missing[0]!r}; their tables are {', '.join(sorted(every - {'all'}))}"
        raise UsageError(msg)
    return tuple(name for name in wanted if name == "all" or name in known[shape.kind])


def _convert(
    split: Split,
    names: tuple[str, ...] | str | None,
    folder: PartsFolder,
    files: PartFiles,
    writing: WriteOptions,
    report: PartReport,
) -> None:
    choice = folder.choice
    is_recorded = choice.format == "parquet" or choice.is_folder
    options = split.shape.options
    reading = replace(options, digest=(options.digest or "blake3") if is_recorded else None)
    opened = open_shape(replace(split.shape, options=reading))
    plan = plan_split(opened, names, split)
    ids = None
    if opened.collects_ids:
        ids = RecordIds(drops=True) if reading.duplicates == "first" else RecordIds.listing()
    writer = _Writer(split, plan, folder, files, writing)
    plan.gathering.take = writer.gather
    with start(split, opened, plan.compiled, ids=ids, tracks_keys=bool(plan.once)) as source:
        left_out = writer.write(source)
        _fill(report, split, source, left_out)
        report.groups = writer.groups
        report.distinct = list(distinct_values(plan.compiled))
        recorded = recorded_options(reading, writing, choice.format, opened.renaming, opened.other_inputs)
        sources = [SourceInfo(**info).to_dict() for info in report.sources]
        report.footer = footer_of(source.report, "", sources, recorded)
        writer.close({RUN_ID_KEY: report.run_id, **report.footer})
        _write_state(split, plan, source, ids, folder, files)


def _fill(report: PartReport, split: Split, source: TableSet, left_out: list[list[list[int]]]) -> None:
    found = source.report
    for name in ("records", "kept", "rows", "rejected", "filtered", "bytes", "seconds"):
        setattr(report, name, getattr(found, name))
    for name in ("tables", "leniencies", "rejects", "notes", "labels"):
        setattr(report, name, dict(getattr(found, name)))
    report.literals, report.times = found.reasons
    report.left_out = left_out
    report.sources = sources_of(split, source)
    report.ends = [[*end.end, int(end.is_at_end)] for end in source.ends]


def sources_of(split: Split, source: TableSet) -> list[dict[str, Any]]:
    """Name, size and digest of each input; of a part of one, those of the whole input, as far as they are known."""
    if split.is_whole:
        return [info._asdict() for info in source.provenance]
    (one,) = split.inputs
    digest, algorithm = one.digest or (None, None)
    return [SourceInfo(one.candidate.name, one.size, digest, algorithm)._asdict()]


def _write_state(
    split: Split, plan: SplitPlan, source: TableSet, ids: RecordIds | None, folder: PartsFolder, files: PartFiles
) -> None:
    if ids is not None:
        listed = ids.take_listed()
        files.write(folder.state(split, "ids"), lambda path: path.write_bytes(listed))
    for (table, _), (kept, counts) in zip(plan.once.items(), plan.keys_of(source.keys), strict=True):
        for what, batch in (("kept", kept), ("counts", counts)):
            _write_batch(files, folder.state(split, f"{table}.{what}.arrow"), batch)
    for name, values in distinct_values(plan.compiled).items():
        _write_batch(files, folder.state(split, f"{name}.distinct.arrow"), pa.record_batch([values], [name]))


def _write_batch(files: PartFiles, name: str, batch: pa.RecordBatch) -> None:
    def write(path: Path) -> None:
        file = RowsFile(path)
        file.write(batch)
        file.close()

    files.write(name, write)


class _Writer:
    """Writes the rows and rejects of a split."""

    def __init__(
        self, split: Split, plan: SplitPlan, folder: PartsFolder, files: PartFiles, writing: WriteOptions
    ) -> None:
        self._split, self._plan, self._folder, self._files, self._writing = split, plan, folder, files, writing
        self._pool = WorkerPool(split.shape.options.worker_count)
        self._sinks: dict[str, Sink] = {}
        self._rows: dict[str, RowsFile] = {}
        self.groups: dict[str, list[int]] = {}
        """For each table from which others are computed: the number of the group of records of each batch."""
        self._gathered = 0
        for name, schema in plan.schemas.items():
            if name in plan.computed:
                continue
            if name in plan.waiting or not folder.choice.is_folder:
                self._rows[name] = RowsFile(files.path(self._name(name, "rows")))
            else:
                extension = folder.choice.format
                path = files.path(self._name(name, extension))
                self._sinks[name] = open_sink(path, schema, writing, self._pool, format=extension)
        for name in plan.gathering.names:
            self._rows[name] = RowsFile(files.path(self._name(name, "rows")))
        self._rejects = RowsFile(files.path(folder.state(split, "rejects")))

    def gather(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Keep rows from which tables are computed when the parts are merged."""
        for table, batch in batches.items():
            self._rows[table].write(batch)
            self.groups.setdefault(table, []).append(self._gathered)
        self._gathered += 1

    def write(self, source: TableSet) -> list[list[list[int]]]:
        """Write all that is read; returns the values that filters left out."""
        for block in source:
            for table, batch in block.batches:
                found = batch if table in self._plan.waiting else self._plan.renamed(batch)
                (self._rows.get(table) or self._sinks[table]).write(found)
            if len(block.rejects):
                self._rejects.write(rejects_batch(block.rejects))
        return [sorted(map(list, values)) for values in source.report.left_out]

    def close(self, footer: dict[str, str]) -> None:
        """Complete the files."""
        for table, sink in self._sinks.items():
            sink.close(table_footer(footer, table, sink.rows))
        for file in (*self._rows.values(), self._rejects):
            file.close()

    def _name(self, table: str, extension: str) -> str:
        return self._folder.table_name(self._split.kind, table, self._split, extension)


def table_footer(footer: dict[str, str], table: str, rows: int) -> dict[str, str]:
    """The metadata of the file of one table."""
    return {**footer, "crowdarrow.table": table, "crowdarrow.rows": str(rows)}
