"""Exports on Spark, with two workers: equal to one process, also if a worker is killed."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from support.engine_runs import TARGET_BYTES, Inputs, check_same, killing, processes

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def spark(request: pytest.FixtureRequest) -> Iterator[Any]:
    request.getfixturevalue("all_engines")
    sql = pytest.importorskip("pyspark.sql", reason="Spark is not installed")
    os.environ.update({"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"})
    settings = {
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "America/New_York",  # times must not depend on it
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    }
    # Two workers; a task may fail three times.
    session = sql.SparkSession.builder.master("local[2,4]").config(map=settings).getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.fixture
def engine(spark: Any) -> Any:
    from crowdarrow.engines import spark as engine

    engine.register(spark)
    return engine


def children_of_daemons() -> list[int]:
    """The processes that run tasks: each daemon forks them."""
    daemons = processes("pyspark.daemon")
    return [
        one for one in daemons if int(Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[1]) in daemons
    ]


def test_converts_as_one_process_does(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, **inputs.options)
    check_same(inputs, output, report)


def test_a_killed_worker_changes_nothing(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    with killing(output, children_of_daemons) as killed:
        report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, **inputs.options)
    assert len(killed) == 1
    check_same(inputs, output, report)


def test_errors_of_tasks_are_those_of_crowdarrow(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    with pytest.raises(ca.RejectedError, match="allows no rejects"):
        engine.convert(inputs.paths, f"{tmp_path}/tables/", target_bytes=TARGET_BYTES, strict=True, **inputs.options)
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("engine")
def test_reads_each_table(spark: Any, inputs: Inputs) -> None:
    for table in ("classifications", "annotations", "answers", "marks", "identifications"):
        reading = spark.read.format("crowdarrow").option("table", table).option("target_bytes", TARGET_BYTES)
        frame = reading.option("workflows", str(inputs.options["workflows"])).load(inputs.paths)
        expected = inputs.table(table)
        assert frame.toArrow().cast(expected.schema).equals(expected), table
        assert frame.rdd.getNumPartitions() >= len(inputs.paths)


def test_options_have_the_values_of_python(engine: Any, inputs: Inputs) -> None:
    first = inputs.table("answers")["workflow_id"][0].as_py()
    options: Any = {
        "columns": ["answer", "workflow_id"],
        "workflow_id": [first],
        "since": datetime(2021, 6, 1, 10, tzinfo=UTC),
        "max_record_bytes": 1 << 20,
        "strict": False,
    }
    found = engine.read(inputs.paths, "answers", **options).toArrow()
    expected = ca.Export(inputs.paths, **options).table("answers").to_table()
    assert expected.num_rows > 0
    assert found.cast(expected.schema).equals(expected)


def test_written_times_are_utc(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    engine.read(inputs.paths, "answers", **inputs.options).write.parquet(f"{tmp_path}/answers")
    found = pq.read_table(tmp_path / "answers")
    assert found.schema.field("created_at").type == pa.timestamp("us", "UTC")
    assert found["created_at"].combine_chunks().equals(inputs.table("answers")["created_at"].combine_chunks())


def test_mistakes_are_named(engine: Any, spark: Any, inputs: Inputs) -> None:
    with pytest.raises(ca.UsageError, match=r"`colums` is not an option of .*read"):
        engine.read(inputs.paths, colums=["answer"])
    for name, value, message in (
        ("tabel", "answers", "`tabel` is not an option of the format crowdarrow"),
        ("table", "answer", "no table 'answer'"),
        ("target_bytes", "many", "`target_bytes` must be an integer"),
    ):
        with pytest.raises(Exception, match=message):
            spark.read.format("crowdarrow").option(name, value).load(inputs.paths[0])
