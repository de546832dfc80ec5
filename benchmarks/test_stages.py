"""Benchmarks of single stages of crowdarrow: `pytest benchmarks --benchmark-only`.

The input is a synthetic export with a fixed seed; CROWDARROW_BENCH_MB sets its size in MB (64). Without
`--benchmark-only` every test skips, so that a run of the tests measures nothing.
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
        pytest.skip("runs with --benchmark-only")
    synthetic = pytest.importorskip("crowdarrow.synthetic")
    path: Path = tmp_path_factory.mktemp("stages") / "classifications.csv"
    size = int(os.environ.get("CROWDARROW_BENCH_MB", "64")) * 1_000_000
    synthetic.generate_classifications(path, size=size, seed=1)
    return path


def rows(path: Path, **options: Any) -> int:
    """Read and drop every batch. Returns the number of rows."""
    with ca.open(path, **options) as reader:
        batches: Iterable[Any] = reader
        return sum(batch.num_rows for batch in batches)


def measure(benchmark: Any, stage: Callable[[], Any], path: Path) -> Any:
    """Time one stage, and store the bytes of its input with the result."""
    benchmark.extra_info["input_bytes"] = path.stat().st_size
    return benchmark.pedantic(stage, rounds=ROUNDS, warmup_rounds=1)


@pytest.mark.parametrize("threads", [1, None])
def test_batches(benchmark: Any, export: Path, threads: int | None) -> None:
    """Decoding to record batches."""
    assert measure(benchmark, lambda: rows(export, threads=threads), export) > 0


def test_projection(benchmark: Any, export: Path) -> None:
    """Two columns without JSON: mostly splitting of records."""
    columns = ["classification_id", "created_at"]
    assert measure(benchmark, lambda: rows(export, columns=columns), export) > 0


def test_filter(benchmark: Any, export: Path) -> None:
    """All columns of records that are all filtered out."""
    assert measure(benchmark, lambda: rows(export, since="9999-01-01"), export) == 0


def test_all_tables(benchmark: Any, export: Path) -> None:
    """All tables in one pass."""

    def read() -> int:
        with ca.open_tables(export, tables="all") as run:
            return sum(batch.num_rows for step in run for _, batch in step.batches)

    assert measure(benchmark, read, export) > 0


def test_parquet(benchmark: Any, export: Path, tmp_path: Path) -> None:
    """Decoding and the Parquet sink."""
    output = tmp_path / "out.parquet"
    report = measure(benchmark, lambda: ca.convert(export, output, force=True), export)
    assert report.rows + report.rejected == report.records
