"""A fake `TableSet` with fixed batches, for tests of conversion and of the command line.

As a program, this module is the command line with the fake in place of the reader:
`python fake_tables.py ROWS PAUSE -- convert in.csv out.parquet`.
"""

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from crowdarrow import _core, exports
from crowdarrow._core import WorkerPool
from crowdarrow.read.options import ReadOptions
from crowdarrow.read.output import BlockOutput, Progress, Reject, Rejects, SourceInfo
from crowdarrow.read.report import Report

TIME = pa.timestamp("us", "UTC")
SCHEMAS = {
    "classifications": pa.schema(
        [
            ("classification_id", pa.int64()),
            ("user_name", pa.string()),
            ("user_id", pa.int64()),
            ("workflow_id", pa.int64()),
            ("workflow_name", pa.string()),
            ("workflow_version", pa.string()),
            ("created_at", TIME),
            ("gold_standard", pa.bool_()),
            (
                "metadata",
                pa.struct(
                    [
                        ("session", pa.string()),
                        ("viewport", pa.struct([("width", pa.float64()), ("height", pa.float64())])),
                        ("user_group_ids", pa.list_(pa.int64())),
                        ("classifier_version", pa.string()),
                    ]
                ),
            ),
            ("annotations", pa.string()),
            ("subject_data", pa.string()),
            ("subject_ids", pa.list_(pa.int64())),
        ]
    ),
    "annotations": pa.schema(
        [
            ("classification_id", pa.int64()),
            ("workflow_id", pa.int64()),
            ("workflow_version", pa.string()),
            ("created_at", TIME),
            ("task", pa.string()),
            ("task_type", pa.string()),
            ("shape", pa.string()),
            ("extra", pa.string()),
        ]
    ),
    "marks": pa.schema(
        [
            ("classification_id", pa.int64()),
            ("workflow_id", pa.int64()),
            ("x", pa.float64()),
            ("text", pa.string()),
        ]
    ),
}
KIND = "zooniverse.classifications"


def classification(row: int) -> dict[str, Any]:
    """One row with nulls, empty strings, quotes and times of each precision among its neighbours."""
    micros = row * 7_000_000 + (0, 0, 123_000, 123_456)[row % 4]
    return {
        "classification_id": 1000 + row,
        "user_name": (None, "", "ann", 'say "hi", you\n', "=1+1")[row % 5],
        "workflow_id": 7 + row % 3,
        "workflow_name": f"Workflow {7 + row % 3}",
        "workflow_version": ("12.34", "12.4", "9.1")[row % 3],
        "created_at": None if row % 11 == 3 else 1_500_000_000_000_000 + micros,
        "gold_standard": (None, True, False)[row % 3],
        "metadata": {
            "session": f"{row % 17:064x}",
            "viewport": None if row % 4 == 1 else {"width": 1280.0 + row % 3, "height": 719.5},
            "user_group_ids": (None, [], [1, 2])[row % 3],
            "classifier_version": "2.1" if row % 2 else None,
        },
        "annotations": '[{"task":"T0","value":"' + f"{row * 2654435761 % 2**32:x}" * 9 + '"}]',
        "subject_ids": [row % 40, row % 41],
    }


def annotation(row: int) -> dict[str, Any]:
    """One annotation; task T1 has text in one workflow and an array in another row of the same."""
    kind = "string" if row % 2 == 0 or row % 4 == 1 else "array"
    return {
        "classification_id": 1000 + row,
        "workflow_id": 7,
        "task": f"T{row % 2}",
        "shape": kind,
    }


def mark(row: int) -> dict[str, Any]:
    """One mark."""
    return {"classification_id": 1000 + row, "workflow_id": 7 + row % 3, "x": row * 1.5, "text": f"t{row}"}


_ROWS = {"classifications": classification, "annotations": annotation, "marks": mark}


def batches(table: str, rows: int, size: int = 100) -> list[pa.RecordBatch]:
    """Rows 0 to `rows` of a table, in batches of `size`."""
    make, schema = _ROWS[table], SCHEMAS[table]
    starts = range(0, rows, size)
    return [pa.RecordBatch.from_pylist([make(r) for r in range(s, min(rows, s + size))], schema) for s in starts]


def reject(record: int, raw: bytes, *, more: bool = False) -> Reject:
    """A reject of the record."""
    return Reject("in.csv", record, record + 1, record * 10, "metadata", "json", 'bad, "x"', raw, more)


class FakeTables:
    """A `TableSet` of `rows` rows per table; `fail` is raised after `fail_after` steps."""

    kind = KIND
    export = exports.by_kind(KIND)

    def __init__(
        self,
        tables: list[str],
        *,
        rows: int = 1000,
        size: int = 100,
        rejects: dict[int, list[Reject]] | None = None,
        fail: BaseException | None = None,
        fail_after: int = 3,
        pause: float = 0.0,
        again: int = 1,
    ) -> None:
        self.tables = tables
        self.record_table = "classifications"
        self.schemas = self.output_schemas = {table: SCHEMAS[table] for table in tables}
        self.report = Report(kind=KIND)
        self.provenance = [SourceInfo("in.csv", 123, "ab" * 32, "sha256")]
        self.workers = WorkerPool(2)
        self.renaming = None
        self.closed = False
        self._rejects = rejects or {}
        self._fail, self._fail_after, self._pause, self._again = fail, fail_after, pause, again
        self._batches = {table: batches(table, rows, size) for table in tables}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closed = True

    def __iter__(self) -> Iterator[BlockOutput]:
        steps = max(map(len, self._batches.values()))
        for number in range(steps * self._again):
            if self._fail and number == self._fail_after:
                raise self._fail
            time.sleep(self._pause)
            place = number % steps
            block = [(table, found[place]) for table, found in self._batches.items() if place < len(found)]
            rejects = self._rejects.get(number, [])
            for table, batch in block:
                self.report.tables[table] = self.report.tables.get(table, 0) + batch.num_rows
            self.report.rows = self.report.tables.get("classifications", 0)
            entries = Rejects("in.csv", _core.Rejects([item[1:] for item in rejects]))
            self.report.count_rejects(entries.entries)
            self.report.records = self.report.rows + self.report.rejected
            self.report.bytes += 1000
            yield BlockOutput(block, entries)
        for table in self.schemas:
            self.report.tables.setdefault(table, 0)

    def progress(self) -> Progress:
        """Where the run is."""
        return Progress(self.report.bytes, 10_000, self.report.records, self.report.rows, self.report.rejected)


class FakeOpened:
    """An `Opened` whose tables are fake."""

    export = FakeTables.export
    inputs: tuple[()] = ()
    other_inputs: Mapping[str, tuple[Any, ...]]
    tables = tuple(SCHEMAS)

    def __init__(self, opener: "Opener", inputs: Any, options: ReadOptions) -> None:
        self._opener, self._inputs, self._options = opener, inputs, options
        self.other_inputs = {} if options.workflows is None else {"workflows": (options.workflows,)}

    def compile(self, tables: Any) -> FakeTables:
        """The tables, which are their own plan."""
        return self._opener(self._inputs, tables, self._options)

    def read(self, compiled: FakeTables) -> FakeTables:
        """The tables."""
        return compiled


class Opener:
    """A replacement for `read_tables`, or with `kinds` for `open_kinds`, that returns a `FakeTables`.

    It keeps the arguments: options if not default.
    """

    def __init__(self, **setup: Any) -> None:
        self.setup = setup
        self.asked: dict[str, Any] = {}
        self.opened: list[FakeTables] = []

    def __call__(self, inputs: Any, tables: Any, options: ReadOptions) -> FakeTables:
        changed = {one.name: getattr(options, one.name) for one in fields(options)}
        changed = {name: value for name, value in changed.items() if value != getattr(ReadOptions, name)}
        self.asked = {"inputs": inputs, "tables": tables, **changed}
        names = list(SCHEMAS) if tables == "all" else ["classifications"] if tables is None else list(tables)
        self.opened.append(FakeTables(names, **self.setup))
        return self.opened[-1]

    def kinds(self, inputs: Any, options: ReadOptions) -> tuple[list[FakeOpened], dict[str, str]]:
        """One kind of inputs, and no files that are skipped."""
        return [FakeOpened(self, inputs, options)], {}


def leftovers(folder: Path) -> list[str]:
    """Temporary files and folders that should be gone."""
    return [str(path) for path in folder.rglob("*") if path.name.endswith((".tmp", ".old"))]


if __name__ == "__main__":
    from importlib import import_module

    from crowdarrow.cli import main

    opener = Opener(rows=int(sys.argv[1]), pause=float(sys.argv[2]), again=int(sys.argv[3]))
    setattr(import_module("crowdarrow.conversion.run"), "open_kinds", opener.kinds)  # noqa: B010 - a module has no such type
    sys.argv = ["crowdarrow", *sys.argv[5:]]
    main()
