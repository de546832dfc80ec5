"""Exports on Ray, with two workers: equal to one process, also if a worker is killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import crowdarrow as ca
from support.engine_runs import TARGET_BYTES, Inputs, check_same, killing, processes

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("cluster")]


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[None]:
    request.getfixturevalue("all_engines")
    ray = pytest.importorskip("ray", reason="Ray is not installed")
    ray.init(num_cpus=2, include_dashboard=False, object_store_memory=200 << 20, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.fixture
def engine() -> Any:
    from crowdarrow.engines import ray

    return ray


def test_converts_as_one_process_does(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, **inputs.options)
    check_same(inputs, output, report)


def test_a_killed_worker_changes_nothing(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    output = tmp_path / "tables"
    with killing(output, lambda: processes("ray::")) as killed:
        report = engine.convert(inputs.paths, f"{output}/", target_bytes=TARGET_BYTES, **inputs.options)
    assert len(killed) == 1
    check_same(inputs, output, report)


def test_errors_of_tasks_are_those_of_crowdarrow(engine: Any, inputs: Inputs, tmp_path: Path) -> None:
    with pytest.raises(ca.RejectedError, match="allows no rejects"):
        engine.convert(inputs.paths, f"{tmp_path}/tables/", target_bytes=TARGET_BYTES, strict=True, **inputs.options)


def test_reads_blocks_in_the_order_of_the_input_if_asked(engine: Any, inputs: Inputs) -> None:
    import ray

    ray.data.DataContext.get_current().execution_options.preserve_order = True
    for table in ("classifications", "answers"):
        found = engine.read(inputs.paths, table, target_bytes=TARGET_BYTES, **inputs.options)
        expected = inputs.table(table)
        blocks = pa.concat_tables(ray.get(found.to_arrow_refs()))
        assert blocks.cast(expected.schema).equals(expected)
    assert found.count() == expected.num_rows


def test_reads_a_table_without_rows(engine: Any, inputs: Inputs) -> None:
    found = engine.read(inputs.paths, "answers", target_bytes=1 << 30, workflow_id=1)
    assert (found.count(), "answer" in found.schema().names) == (0, True)
