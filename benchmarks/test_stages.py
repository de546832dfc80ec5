"""Single stages of crowdarrow under pytest-benchmark: `pytest benchmarks --benchmark-only`.

The input is made by `crowdarrow.synthetic`, always the same; CROWDARROW_BENCH_MB sets its size (64).
Every test skips without `--benchmark-only`, so that a plain run of the tests measures nothing.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

ca = pytest.importorskip("crowdarrow")
ROUNDS = 5


@pytest.fixture(scope="session")
def export(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classification export."""
    if not request.config.getoption("benchmark_only", default=False):
        pytest.skip("a benchmark: run with --benchmark-only")
    synthetic = pytest.importorskip("crowdarrow.synthetic")
    path: Path = tmp_path_factory.mktemp("stages") / "classifications.csv"
    size = int(os.environ.get("CROWDARROW_BENCH_MB", "64")) * 1_000_000
    synthetic.generate_classifications(path, size=size, seed=1)
    return path


def rows(path: Path, **options: Any) -> int:
    """Read every batch and drop it."""
    with ca.open(path, **options) as reader:
        batches: Iterable[Any] = reader
        return sum(batch.num_rows for batch in batches)


def measure(benchmark: Any, stage: Callable[[], Any], path: Path) -> Any:
    """Time one stage; its bytes of input stand beside the seconds in the saved figures."""
    benchmark.extra_info["input_bytes"] = path.stat().st_size
    return benchmark.pedantic(stage, rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.parametrize("threads", [1, None])
def test_batches(benchmark: Any, export: Path, threads: int | None) -> None:
    """Everything from bytes to record batches."""
    assert measure(benchmark, lambda: rows(export, threads=threads), export) > 0


def test_projection(benchmark: Any, export: Path) -> None:
    """Two columns without JSON: the splitting, little else."""
    columns = ["classification_id", "created_at"]
    assert measure(benchmark, lambda: rows(export, columns=columns), export) > 0


def test_filter(benchmark: Any, export: Path) -> None:
    """All columns, no row: a record that is left out is not to cost what a row costs."""
    assert measure(benchmark, lambda: rows(export, since="9999-01-01"), export) == 0


def test_all_tables(benchmark: Any, export: Path) -> None:
    """Every table of the kind in one pass, to batches."""

    def read() -> int:
        with ca.open_tables(export, tables="all") as run:
            return sum(batch.num_rows for step in run for _, batch in step.batches)

    assert measure(benchmark, read, export) > 0


def test_parquet(benchmark: Any, export: Path, tmp_path: Path) -> None:
    """The same with the sink."""
    output = tmp_path / "out.parquet"
    report = measure(benchmark, lambda: ca.convert(export, output, force=True), export)
    assert report.rows + report.rejected == report.records
