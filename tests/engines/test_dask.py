"""Exports on Dask, with two worker processes: equal to one process, also if a worker is killed."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from support.engine_runs import TARGET_BYTES, Inputs, check_same, killing
from support.recipes import ROOT, check, steps
from support.stores import objects_in

pytest.importorskip("distributed", reason="Dask is not installed")

import dask
from distributed import Client

from crowdarrow.engines import dask as engine

# The libraries' own warnings are not about crowdarrow.
pytestmark = pytest.mark.filterwarnings("ignore")
ON_CLUSTER = pytest.mark.usefixtures("client")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("dask")
    with Client(n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(folder)) as client:
        yield client


@ON_CLUSTER
def test_converts_as_one_process_does(inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, **inputs.options)
    check_same(inputs, output, report)


def test_a_killed_worker_changes_nothing(client: Client, inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    before = client.run(lambda: __import__("os").getpid())
    with killing(output, before.values) as killed:
        report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, **inputs.options)
    assert len(killed) == 1
    check_same(inputs, output, report)


@ON_CLUSTER
def test_reads_partitions_in_the_order_of_the_input(inputs: Inputs) -> None:
    for table in ("classifications", "answers"):
        frame = engine.read(inputs.paths, table, target_bytes=TARGET_BYTES, **inputs.options)
        assert frame.npartitions >= len(inputs.paths)
        expected = inputs.table(table)
        found = pa.Table.from_pandas(frame.compute(), preserve_index=False)
        assert found.cast(expected.schema).equals(expected)
    counts = frame["task"].value_counts().compute()
    assert counts.to_dict() == Counter(inputs.table("answers")["task"].drop_null().to_pylist())


@ON_CLUSTER
def test_guesses_at_borders_are_checked(inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, method="probe", **inputs.options)
    check_same(inputs, output, report)


@ON_CLUSTER
def test_errors_of_tasks_are_those_of_crowdarrow(inputs: Inputs, tmp_path: Path) -> None:
    with pytest.raises(ca.RejectedError, match="allows no rejects"):
        engine.convert(inputs.paths, f"{tmp_path}/tables/", target_bytes=TARGET_BYTES, strict=True, **inputs.options)
    assert not list(tmp_path.iterdir())


def test_converts_in_threads_without_a_cluster(inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "answers.parquet"
    with dask.config.set(scheduler="threads", num_workers=2):
        engine.convert(inputs.paths, output, table="answers", target_bytes=TARGET_BYTES, **inputs.options)
    assert pq.read_table(output).equals(inputs.table("answers"))


def test_converts_to_a_bucket(bucket: str, inputs: Inputs, tmp_path: Path) -> None:
    output = f"s3://{bucket}/tables/"
    with dask.config.set(scheduler="threads", num_workers=2):
        report = engine.convert(inputs.paths, output, target_bytes=TARGET_BYTES, **inputs.options)
    for name, data in objects_in(bucket).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    check_same(inputs, tmp_path / "tables", report)


def test_an_output_is_checked_before_any_work(tmp_path: Path) -> None:
    output = tmp_path / "answers.parquet"
    output.touch()
    missing = tmp_path / "not-there.csv"
    with pytest.raises(ca.OutputExistsError, match=r"answers\.parquet exists already"):
        engine.convert(missing, output, table="answers")
    with pytest.raises(ca.OutputError, match="cannot write"):
        engine.convert(missing, f"{output}/tables/")
    with pytest.raises(ca.UsageError, match="`partition_by` does not go with splits"):
        engine.convert(missing, f"{tmp_path}/out/", partition_by="task")  # type: ignore[call-arg]
    with pytest.raises(ca.InputNotFoundError):
        engine.convert(missing, output, table="answers", force=True)
    assert [path.name for path in tmp_path.iterdir()] == [output.name]


def test_tables_are_checked_before_any_task(inputs: Inputs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_run", None)
    (tmp_path / "out" / "answers").mkdir(parents=True)
    (tmp_path / "out" / "answers" / "mine.txt").touch()
    with pytest.raises(ca.OutputExistsError, match="answers exists already and is not empty"):
        engine.convert(inputs.paths, f"{tmp_path}/out/", tables="answers")
    with pytest.raises(ca.UsageError, match="no table 'anwsers'"):
        engine.convert(inputs.paths, f"{tmp_path}/out2/", tables="anwsers")


def test_page_prints_what_it_says(tmp_path: Path) -> None:
    for step in steps((ROOT / "docs" / "engines.md").read_text(encoding="utf-8")):
        # On a busy machine Dask says on stderr that it waits.
        check(replace(step, text=f"{step.text} 2> /dev/null") if step.output else step, tmp_path)


def test_tables_that_are_counted_over_the_whole_input_are_not_read(inputs: Inputs) -> None:
    with pytest.raises(ca.UsageError, match="`table` votes is counted over the whole input"):
        engine.read(inputs.paths, "votes", target_bytes=TARGET_BYTES)


def test_options_are_checked(inputs: Inputs) -> None:
    with pytest.raises(ca.UsageError, match=r"`colums` is not an option of .*read; did you mean `columns`"):
        engine.read(inputs.paths, colums=["answer"])  # type: ignore[call-arg]
    with pytest.raises(ca.UsageError, match=r"`stric` is not an option of .*convert"):
        engine.convert(inputs.paths, "out/", stric=True)  # type: ignore[call-arg]
