"""Hypothesis profiles, and the fixtures that all tests share: the real exports, and reading a whole export."""

import io
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import DirectoryBasedExampleDatabase

from crowdarrow.read.reader import Reject, open_tables
from crowdarrow.read.report import Report

pytest_plugins = ["support.engine_fixtures", "support.store_fixtures"]
SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
# `ci` runs the same examples each time. `long` draws new ones; it keeps the failing ones and runs them first next time.
FAILURES = Path(__file__).resolve().parent / "failures"
SLOW_MACHINE = [HealthCheck.too_slow]
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=SLOW_MACHINE
)
settings.register_profile(
    "long",
    max_examples=int(os.environ.get("CROWDARROW_EXAMPLES", "2000")),
    deadline=None,
    database=DirectoryBasedExampleDatabase(FAILURES),
    print_blob=True,
    suppress_health_check=SLOW_MACHINE,
)
settings.load_profile("ci")

# `nohup` and background shells start pytest with signals ignored, and a child inherits that. A child does not inherit a
# handler: with one that does nothing, children act on signals as the tests expect.
for name in ("SIGINT", "SIGHUP"):
    number = getattr(signal, name, None)
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

ABSENT = "the real exports (../shared/data) are not here"
# A published file of another program's output, which is no export.
NO_EXPORT = {"consensusDates.csv"}


@dataclass(frozen=True)
class Collected:
    """All that a run gave, in memory; a huge reject's parts are put together."""

    kind: str
    tables: dict[str, pa.Table]
    rejects: list[Reject]
    report: Report

    @property
    def table(self) -> pa.Table:
        """The first table."""
        return next(iter(self.tables.values()))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the first table."""
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows

    @property
    def kinds(self) -> list[str]:
        """The kinds of the rejects, in order."""
        return [reject.kind for reject in self.rejects]


Collect = Callable[..., Collected]


def collect(source: Any, **options: Any) -> Collected:
    """Read `source` (bytes are an input); by default all tables, in small blocks, by two threads."""
    options = {
        "tables": None if "columns" in options else "all",
        "block_bytes": 1 << 14,
        "threads": 2,
    } | options
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    rejects: list[Reject] = []
    with open_tables(opened, **options) as run:
        batches: dict[str, list[pa.RecordBatch]] = {name: [] for name in run.schemas}
        for step in run:
            for name, batch in step.batches:
                batches[name].append(batch)
            for reject in step.rejects:
                if rejects and rejects[-1].more:
                    reject = reject._replace(raw=rejects.pop().raw + reject.raw)  # noqa: PLW2901 - its parts
                rejects.append(reject)
    tables = {name: pa.Table.from_batches(parts, run.schemas[name]) for name, parts in batches.items()}
    return Collected(run.kind, tables, rejects, run.report)


@pytest.fixture(scope="session")
def run_collect() -> Collect:
    """`collect`, for tests that read an export whole."""
    return collect


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real exports, which is not part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip(ABSENT)
    return SHARED_DATA


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `zooniverse_file` once for each real export of Zooniverse."""
    if "zooniverse_file" in metafunc.fixturenames:
        found = sorted(SHARED_DATA.glob("zooniverse/*/*.csv"))
        files: list[Any] = [path for path in found if path.name not in NO_EXPORT]
        files = files or [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
        metafunc.parametrize(
            "zooniverse_file", files, ids=lambda path: f"{path.parent.name}/{path.name}" if path else "none"
        )
