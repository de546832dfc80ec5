"""Exports on Spark 4: `register` adds a data source, `read` gives a DataFrame, `convert` writes files by tasks."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Unpack

try:
    from pyspark.sql import SparkSession
    from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
except ImportError as error:
    _msg = "crowdarrow.engines.spark needs Spark 4 or later: pip install 'crowdarrow[spark]'"
    raise ImportError(_msg) from error

from crowdarrow.engines import common
from crowdarrow.errors import UsageError
from crowdarrow.options import check_names, has_options, options_of
from crowdarrow.read.options import ReadKeywords, ReadOptions
from crowdarrow.read.reader import open as open_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa
    from pyspark.sql import DataFrame
    from pyspark.sql.types import StructType

    from crowdarrow.read.arguments import Inputs
    from crowdarrow.read.report import Report
    from crowdarrow.splitting.cutting import Method
    from crowdarrow.splitting.plan import Plan
    from crowdarrow.splitting.reading import Split
    from crowdarrow.splitting.report import PartReport

_NAME = "crowdarrow.engines.spark"
_FORMAT = "crowdarrow"
_OWN = {"path", "paths", "table", "target_bytes", "index"}
"""Options of the data source that are not those of `ca.open`."""


def register(spark: SparkSession | None = None) -> None:
    """Add the format `crowdarrow` to a session, by default the active one.

    After it `spark.read.format("crowdarrow").option("table", "answers").load("/data/classifications.csv")` is a table
    of an export. Options are those of `crowdarrow.open`, as text, and `table`, `target_bytes` and `index`.
    """
    _session(spark).dataSource.register(Crowdarrow)


@has_options(common.ConvertKeywords, *common.OWNERS)
def convert(
    inputs: Inputs,
    output: str | os.PathLike[str],
    *,
    spark: SparkSession | None = None,
    target_bytes: int = common.TARGET_BYTES,
    method: Method = "exact",
    index: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    **options: Unpack[common.ConvertKeywords],
) -> Report:
    """Convert an export by tasks of Spark.

    Rows, rejects and the report are those of `crowdarrow.convert`. Spark runs a task again whose worker dies
    (`spark.task.maxFailures`); an error of crowdarrow ends the run.

    Args:
        inputs: paths that all executors can read.
        output: as for `crowdarrow.convert`, where all executors can write.
        spark: the session. Default: the active one.
        target_bytes: the size of a split: one task.
        method: `exact`, or `probe` to plan without reading the inputs.
        index: the index of a file that `crowdarrow index` wrote, or several.
        **options: see below.

    Raises:
        CrowdarrowError: as for `crowdarrow.convert`.
    """
    session = _session(spark)

    def run(task: common.Task, splits: Sequence[Split]) -> Sequence[PartReport]:
        return _run(session, task, splits)

    planning = {"target_bytes": target_bytes, "method": method, "index": index}
    return common.convert(run, inputs, output, f"{_NAME}.convert", options, **planning)


@has_options(ReadKeywords, ReadOptions)
def read(
    inputs: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    table: str | None = None,
    *,
    spark: SparkSession | None = None,
    target_bytes: int = common.TARGET_BYTES,
    index: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    **options: Unpack[ReadKeywords],
) -> DataFrame:
    """One table of an export as a DataFrame of Spark, with a partition for each split.

    Args:
        inputs: paths that all executors can read.
        table: the table. Default: the record table.
        spark: the session. Default: the active one.
        target_bytes: the size of a split: one partition.
        index: the index of a file that `crowdarrow index` wrote, or several.
        **options: as for `crowdarrow.open`.

    Raises:
        UsageError: an option is not one of `crowdarrow.open`. Errors of the input are raised as errors of Spark.
    """
    check_names(options, f"{_NAME}.read", ReadOptions)
    session = _session(spark)
    register(session)
    paths = [inputs] if isinstance(inputs, str | os.PathLike) else list(inputs)
    given = {"table": table, "target_bytes": target_bytes, "index": index, **options}
    texts = {name: _text(value) for name, value in given.items() if value is not None}
    return session.read.format(_FORMAT).options(**texts).load([common.absolute(path) for path in paths])


class Crowdarrow(DataSource):  # type: ignore[misc]  # Spark is not looked at by type checkers
    """The format `crowdarrow`: one table of an export."""

    _plan: Plan | None = None

    @classmethod
    def name(cls) -> str:
        """The name of the format."""
        return _FORMAT

    def schema(self) -> StructType:
        """The table's columns, which all splits of all inputs have."""
        return from_arrow_schema(self._planned().schema(self.options.get("table")))

    def reader(self, schema: StructType) -> _Reader:
        """The reader, whose partitions are the splits."""
        return _Reader(self._planned(), self.options.get("table"), schema)

    def _planned(self) -> Plan:
        """The plan. Spark pickles this object between `schema` and `reader`, so an input is planned once."""
        if self._plan is None:
            options = dict(self.options)
            if not options.keys() & {"path", "paths"}:
                msg = "the format crowdarrow needs the path of an export: .load(path)"
                raise UsageError(msg)
            inputs = json.loads(options["paths"]) if "paths" in options else options["path"]
            function = f"the format {_FORMAT}"
            target = options.get("target_bytes", str(common.TARGET_BYTES))
            reading = {name: value for name, value in options.items() if name not in _OWN}
            check_names(reading, function, ReadOptions)
            known = options_of(ReadOptions)
            values = {name: _value(known[name].form, text) for name, text in reading.items()}
            self._plan = common.plan_of(
                inputs, function, values, target_bytes=_value("integer", target), index=options.get("index")
            )
            common.check_readable(self._plan, options.get("table"))
        return self._plan


class _Reader(DataSourceReader):  # type: ignore[misc]
    """Reads splits as batches of the schema that Spark expects."""

    def __init__(self, plan: Plan, table: str | None, schema: StructType) -> None:
        self._splits, self._table, self._schema = plan.splits, table, schema

    def partitions(self) -> Sequence[Any]:
        return [InputPartition(split) for split in self._splits]

    def read(self, partition: Any) -> Iterator[pa.RecordBatch]:
        # Spark has other names for the items of lists, and compares the whole schema of the first batch with its own.
        schema = to_arrow_schema(self._schema, timezone="UTC")
        with open_reader(partition.value, self._table) as reader:
            for batch in reader:
                yield batch.cast(schema)


def _session(spark: SparkSession | None) -> SparkSession:
    session = spark or SparkSession.getActiveSession()
    if session is None:
        msg = "there is no active session of Spark; start one, or name it with `spark`"
        raise UsageError(msg)
    return session


def _run(session: SparkSession, task: common.Task, splits: Sequence[Split]) -> Sequence[PartReport]:
    pickled = [pickle.dumps(split) for split in splits]

    def each(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for batch in batches:
            for number in batch["id"].to_pylist():
                result = common.attempt(task, pickle.loads(pickled[number]))  # noqa: S301 - from the driver
                yield pa.RecordBatch.from_pydict({"part": pa.array([pickle.dumps(result)], pa.binary())})

    rows = session.range(0, len(splits), 1, len(splits)).mapInArrow(each, "part binary").collect()
    return common.parts_of([pickle.loads(row.part) for row in rows])  # noqa: S301 - from the tasks


def _text(value: Any) -> str:
    """A value as the text of an option."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value if isinstance(value, Mapping) else list(value))
    return str(value)


def _value(form: str, text: str) -> Any:
    """The value of an option from its text. Text of another form is returned unchanged, for the message."""
    if form == "integer" and text.strip().isdecimal():
        return int(text)
    if form == "flag":
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    if form in {"names", "integers"} and text[:1] in {"[", "{"}:
        return json.loads(text)
    return text
