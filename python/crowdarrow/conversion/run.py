"""Converting exports to files: `convert`."""

from __future__ import annotations

import contextlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crowdarrow.conversion import targets as layouts
from crowdarrow.conversion.rejects import RejectsWriter
from crowdarrow.conversion.targets import STDOUT, Layout, layout_of
from crowdarrow.errors import CrowdarrowError, InternalError
from crowdarrow.sinks import Sink, SinkOptions, SinkThread, WorkerPool, check_options, open_sink
from crowdarrow.sinks.atomic import Staging, output_error
from crowdarrow.sinks.protocol import PARTITION_FILE, ROWS_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from crowdarrow.read.reader import Progress, Reject, TableSet
    from crowdarrow.read.report import Report

MAX_RECORD_BYTES = 64 << 20
_DEFAULTS = {"max_record_bytes": MAX_RECORD_BYTES}
_PROGRESS_EVERY = 0.1  # seconds


def convert(
    input: Any, output: str | os.PathLike[str], *, table: str | None = None,
    tables: str | Sequence[str] | None = None, kind: str | None = None,
    workflows: str | os.PathLike[str] | None = None, columns: Sequence[str] | None = None,
    workflow_id: int | Sequence[int] | None = None, workflow_version: str | None = None,
    since: str | datetime | None = None, until: str | datetime | None = None, compression: str | None = None,
    compression_level: int | None = None, row_group_size: int | None = None,
    partition_by: str | Sequence[str] | None = None, rejects: str | os.PathLike[str] | None = None,
    strict: bool = False, max_rejects: int | None = None, threads: int | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES, encoding: str | None = None, member: str | None = None,
    csv_safe: bool = False, force: bool = False, report: str | os.PathLike[str] | None = None,
    format: str | None = None, progress: Callable[[Progress], None] | None = None,
) -> Report:  # fmt: skip
    """Convert an export to Parquet, CSV or Arrow files, in one pass and bounded memory.

    Args:
        input: a path, a glob, a binary file object, `"-"` for stdin, or a list of these.
        output: a file ending in `.parquet`, `.csv`, `.csv.gz` or `.arrow` for one table (the record table
            unless `table` names another); a folder (ending in `/`, or one that is there) for several, one
            file per table; `"-"` for CSV on stdout.
        table: the one table to write.
        tables: the tables to write to a folder: names, or `"all"` (the default for a folder).
        kind: the export's kind, where it shall not be found from the content.
        workflows: a workflow export that labels are taken from.
        columns: the columns to keep, of a single table.
        workflow_id: keep the records of these workflows.
        workflow_version: keep the records of this version or range of versions.
        since: keep the records created at this time (ISO 8601, UTC) or later.
        until: keep the records created before this time; of a date alone, the whole day is kept.
        compression: `zstd`, `snappy`, `gzip` or `none`. Default: `zstd` for Parquet, none for Arrow files.
        compression_level: default 1 for zstd (level 3 makes files a fifth smaller in 1.6 times the time).
        row_group_size: rows per Parquet row group. Default: about 32 MiB of data, 1,048,576 rows at most.
        partition_by: columns that become folders, `column=value/part-0.parquet`. With one table named
            these stand in `output` itself, with several in a folder for each table.
        rejects: where rejected records go, made even if there are none. Default: `<output>.rejects.csv`, made
            if there are any (none for stdout: they are only counted).
        strict: raise at the first rejected record instead.
        max_rejects: raise when more records than this are rejected.
        threads: cores to keep busy at most, whichever threads are at work. Default: all that this process may use.
        max_record_bytes: records longer than this are rejected.
        encoding: the input's text encoding. Default: UTF-8.
        member: the member of a zip to read, where it has several that might be meant.
        csv_safe: put a `'` before text cells that a spreadsheet would take for a formula.
        force: replace files that are there already.
        report: a JSON file for the report.
        format: for a folder, the format of its files: `parquet` (the default), `csv`, `csv.gz` or `arrow`.
        progress: called about ten times a second with a `Progress`.

    Returns:
        What was done.

    Raises:
        UsageError: options that do not go together, or an output that is also an input.
        OutputExistsError: something would be replaced, and `force` was not given.
        OutputError: the output could not be written.
        CrowdarrowError: the input could not be read, is of no known kind, or `strict` or `max_rejects`
            ended it.

    Whatever is raised, Ctrl-C included, nothing was changed: outputs get their names only when all are whole.
    """
    started = time.perf_counter()
    by = tuple(partition_by.split(",")) if isinstance(partition_by, str) else tuple(partition_by or ())
    plan = layout_of(output, table=table, tables=tables, form=format, partition_by=by)
    options = SinkOptions(compression, compression_level, row_group_size, by, csv_safe)
    check_options(plan.form, options)
    side = _SideFiles(_path(rejects), _path(report))
    read = [*(input if isinstance(input, (list, tuple)) else [input]), *([workflows] if workflows else [])]
    side.check(plan, read, force=force)
    if not plan.folder:
        _check_targets(plan, {"": plan.output}, side, read, force=force)
    reading: dict[str, Any] = {
        "kind": kind, "workflows": workflows, "columns": columns, "workflow_id": workflow_id,
        "workflow_version": workflow_version, "since": since, "until": until, "encoding": encoding,
        "member": member, "strict": strict, "max_rejects": max_rejects, "max_record_bytes": max_record_bytes,
    }  # fmt: skip
    digest = plan.form == "parquet" or report is not None
    with (
        Staging() as staging,
        _open_tables(input, tables=plan.tables, threads=threads, digest=digest, **reading) as source,
    ):
        targets = plan.targets(source.schemas)
        if plan.folder:
            if by:
                from crowdarrow.sinks.partition import check_partition_columns

                for name, schema in source.schemas.items():
                    check_partition_columns(by, schema, name)
            _check_targets(plan, targets, side, read, force=force)
        rejected = _Rejected(staging, side.rejects, plan.default_rejects)
        _write(source, plan, targets, staging, rejected, options, reading, WorkerPool(source.workers), progress)
        result = source.report
        result.rejects_path = rejected.finish()
        result.outputs = dict(targets)
        result.seconds = time.perf_counter() - started
        if side.report is not None:
            with _writing(side.report):
                staging.add(side.report).write_text(result.to_json(), encoding="utf-8")
        staging.commit()
    return result


def _write(
    source: TableSet, plan: Layout, targets: dict[str, str], staging: Staging, rejected: _Rejected,
    options: SinkOptions, reading: dict[str, Any], pool: WorkerPool, progress: Callable[[Progress], None] | None,
) -> None:  # fmt: skip
    sinks: dict[str, Sink] = {}
    with contextlib.ExitStack() as stack:
        for table, target in targets.items():
            if target != STDOUT:
                staging.make_folder(Path(target).parent)
            with _writing(target):
                path = STDOUT if target == STDOUT else staging.add(target)
                sinks[table] = open_sink(path, source.schemas[table], options, pool, format=plan.form)
            stack.callback(sinks[table].abort)
        stack.callback(rejected.abort)
        thread = stack.enter_context(SinkThread(sinks, pool, targets))
        shown = 0.0
        for step in source:
            for table, batch in step.batches:
                thread.write(table, batch)
            if step.rejects:
                rejected.write(step.rejects)
            if progress and (now := time.monotonic()) - shown >= _PROGRESS_EVERY:
                progress(source.progress())
                shown = now
        footers = {table: _footer(source, table, options, reading) for table in sinks}
        thread.close(footers if plan.form == "parquet" else {})
        if progress:
            progress(source.progress())
    for table, sink in sinks.items():
        if sink.rows != source.report.tables.get(table, 0):
            msg = (
                f"internal error: {source.report.tables.get(table, 0)} rows of {table} were read, but "
                f"{sink.rows} written; nothing was changed; please report this"
            )
            raise InternalError(msg)


class _Rejected:
    """The file of rejects of one run."""

    def __init__(self, staging: Staging, path: str | None, default: str | None) -> None:
        self._staging, self._target = staging, path or default
        self._stale = Path(default) if path is None and default is not None else None
        self._writer: RejectsWriter | None = None
        if self._target:
            with _writing(self._target):
                self._writer = RejectsWriter(staging.add(self._target), always=path is not None)

    def write(self, rejects: list[Reject]) -> None:
        if self._writer:
            with _writing(self._target):
                self._writer.write(rejects)

    def finish(self) -> str | None:
        """Close the file; its path, if there is one."""
        if self._writer is None:
            return None
        with _writing(self._target):
            self._writer.close()
        if self._writer.written:
            return self._target
        self._staging.drop(self._writer.path)
        if self._stale:
            self._staging.remove_on_commit(self._stale)
        return None

    def abort(self) -> None:
        if self._writer:
            with contextlib.suppress(OSError):
                self._writer.close()


@dataclass(frozen=True)
class _SideFiles:
    """What is written besides the tables."""

    rejects: str | None
    report: str | None

    def check(self, plan: Layout, read: list[Any], *, force: bool) -> None:
        layouts.check_apart(self.paths(plan), read)
        layouts.check_rejects(self.rejects, plan.default_rejects, force=force)
        if self.report is not None:
            layouts.check_target(self.report, force=force)

    def paths(self, plan: Layout) -> list[str]:
        return [path for path in (self.rejects or plan.default_rejects, self.report) if path is not None]


def _check_targets(
    plan: Layout, targets: dict[str, str], side: _SideFiles, read: list[Any], *, force: bool
) -> None:  # fmt: skip
    layouts.check_apart([*targets.values(), *side.paths(plan)], read)
    for target in targets.values():
        if plan.partition_by:
            layouts.check_partitions(target, plan.partition_by, PARTITION_FILE, force=force)
        elif target != STDOUT and (not plan.folder or Path(target).parent.exists()):
            layouts.check_target(target, force=force)


def _footer(source: TableSet, table: str, options: SinkOptions, reading: dict[str, Any]) -> dict[str, str]:
    """What a file says of where it comes from. Nothing in it differs between two runs that do the same."""
    report = source.report
    chosen = {name: value for name, value in reading.items() if value not in (None, False, _DEFAULTS.get(name))}
    if reading["workflows"] is not None:
        chosen["workflows"] = _identity(Path(reading["workflows"]))
    chosen |= {"compression": options.compression or "zstd"}
    written = {
        "compression_level": options.compression_level,
        "row_group_rows": options.row_group_size,
        "partition_by": options.partition_by,
    }
    chosen |= {name: value for name, value in written.items() if value}
    # Without folders: the same file read from another place is the same input.
    named = [{"name": Path(info.name).name, "size": info.size, "sha256": info.sha256} for info in source.provenance]
    return {
        "crowdarrow.version": _version(),
        "crowdarrow.kind": source.kind,
        "crowdarrow.table": table,
        "crowdarrow.sources": json.dumps(named, ensure_ascii=False),
        "crowdarrow.options": json.dumps(chosen, ensure_ascii=False, default=str, sort_keys=True),
        "crowdarrow.records": str(report.records),
        ROWS_KEY: str(report.tables.get(table, 0)),
        "crowdarrow.rejected": str(report.rejected),
        "crowdarrow.filtered": str(report.filtered),
    }


def _identity(path: Path) -> dict[str, Any]:
    import hashlib

    if not path.is_file():
        return {"name": path.name}  # a pipe, which has been read
    with path.open("rb") as file:
        return {"name": path.name, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _version() -> str:
    import crowdarrow

    return str(crowdarrow.__version__)


def _path(path: str | os.PathLike[str] | None) -> str | None:
    return None if path is None else os.fspath(path)


@contextlib.contextmanager
def _writing(target: str | None) -> Iterator[None]:
    """Turn the system's errors into an `OutputError` that names the target."""
    try:
        yield
    except (CrowdarrowError, BrokenPipeError):
        raise
    except OSError as error:
        raise output_error(error, target or "the output") from error


def _open_tables(input: Any, **options: Any) -> TableSet:
    from crowdarrow.read.reader import open_tables

    return open_tables(input, **options)
