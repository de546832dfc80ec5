"""`ca.scan_polars`: the rows are those of the eager way, and what a query does not need is not read."""

import io
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import crowdarrow as ca
from crowdarrow.read.export import Export
from crowdarrow.synthetic.__main__ import main as synthetic

COLUMN = pl.col
NEVER = datetime(1999, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with several workflows, versions and times."""
    folder = tmp_path_factory.mktemp("scan")
    synthetic(["export", str(folder), "--records", "1500", "--profile", "question"])
    return folder / "classifications.csv"


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[ca.Reader]:
    """The readers that scans open."""
    found: list[ca.Reader] = []
    open_part = Export.open_part

    def opened(self: Export, *arguments: Any) -> ca.Reader:
        found.append(open_part(self, *arguments))
        return found[-1]

    monkeypatch.setattr(Export, "open_part", opened)
    return found


def conditions(frame: pl.DataFrame) -> dict[str, tuple[pl.Expr, bool]]:
    """Conditions, and whether records are left out before they are decoded."""
    id_, version = frame["workflow_id"][0], frame["workflow_version"][0]
    times = frame["created_at"].sort()
    low, high = times[len(times) // 3], times[2 * len(times) // 3]
    return {
        "id": (COLUMN.workflow_id == id_, True),
        "ids": (COLUMN.workflow_id.is_in([id_, 7]), True),
        "version": ((COLUMN.workflow_version == version) & (COLUMN.workflow_id == id_), True),
        "since": (low <= COLUMN.created_at, True),
        "after": (COLUMN.created_at > low, True),
        "until": (COLUMN.created_at <= high, True),
        "before": (pl.lit(high) > COLUMN.created_at, True),
        "between": (COLUMN.created_at.is_between(low, high), True),
        "at": (COLUMN.created_at == low, True),
        "date": (COLUMN.created_at >= date(low.year, low.month, low.day) + timedelta(1), True),
        "several": ((COLUMN.created_at < high) & (COLUMN.workflow_id != id_) & COLUMN.user_id.is_not_null(), True),
        "none": (COLUMN.created_at < NEVER, True),
        "text": (COLUMN.workflow_version == "1..99", False),
        "or": ((COLUMN.workflow_id == id_) | (COLUMN.created_at > high), False),
        "not": (~(COLUMN.created_at > low), True),  # Polars turns it round
        "year": (COLUMN.created_at.dt.year() == low.year, False),
        "other": (COLUMN.user_name.str.contains("a"), False),
    }


@pytest.mark.parametrize("table", [None, "annotations", "answers"])
def test_conditions_give_the_rows_of_the_eager_way(table: str | None, path: Path, readers: list[ca.Reader]) -> None:
    eager = pl.DataFrame(ca.open(path, table))
    lazy = ca.scan_polars(path, table=table)
    assert lazy.collect_schema() == eager.schema
    assert readers == []
    assert_frame_equal(lazy.collect(), eager)
    for name, (condition, is_pushed) in conditions(eager).items():
        assert_frame_equal(lazy.filter(condition).collect(), eager.filter(condition))
        assert (readers[-1].report.filtered > 0) == is_pushed, name
        chosen = [pl.len(), COLUMN.user_id.sum()]
        assert_frame_equal(lazy.filter(condition).select(chosen).collect(), eager.filter(condition).select(chosen))
    assert readers[-1].report.rejected == 0


def test_only_needed_columns_and_rows_are_read(path: Path, readers: list[ca.Reader]) -> None:
    eager = pl.DataFrame(ca.open(path, "answers"))
    lazy = ca.scan_polars(path, table="answers", block_bytes=1 << 14)
    assert_frame_equal(lazy.select("answer", "task").collect(), eager.select("answer", "task"))
    assert readers[-1].schema.names == ["task", "answer"]
    grouped = lazy.filter(COLUMN.kind == "number").group_by("task").agg(COLUMN.number.sum()).sort("task").collect()
    assert grouped["number"].sum() == eager["number"].sum()
    assert set(readers[-1].schema.names) == {"task", "kind", "number"}
    assert_frame_equal(lazy.head(5).collect(), eager.head(5))
    assert readers[-1].report.records < 200
    condition = COLUMN.workflow_id != eager["workflow_id"][0]
    assert_frame_equal(lazy.head(50).filter(condition).collect(), eager.head(50).filter(condition))
    assert_frame_equal(lazy.filter(condition).head(3).collect(), eager.filter(condition).head(3))
    assert lazy.select(pl.len()).collect().item() == len(eager)
    assert len(lazy.filter(condition).collect(engine="streaming")) == len(eager.filter(condition))


def test_tables_whose_rows_depend_on_other_records_are_filtered_by_polars(path: Path) -> None:
    for table, column in (
        ("subjects", "subject_id"),
        ("consensus", "workflow_id"),
        ("votes", "subject_id"),
        ("votes", "votes"),
        ("volunteers", "first_at"),
        ("volunteers", "classifications"),
    ):
        eager = pl.DataFrame(ca.open(path, table))
        for value in eager[column].drop_nulls().head(3):
            for condition in (COLUMN(column) == value, COLUMN(column) > value):
                assert_frame_equal(ca.scan_polars(path, table).filter(condition).collect(), eager.filter(condition))


def test_options_apply_and_inputs_that_can_be_read_once_give_one_frame(path: Path) -> None:
    given = ["task", "answer", "workflow_id"]
    eager = pl.DataFrame(ca.open(path, "answers", columns=given))
    condition = COLUMN.workflow_id == eager["workflow_id"][0]
    lazy = ca.scan_polars(path, "answers", columns={"answers": given})
    assert lazy.collect_schema().names() == given
    assert_frame_equal(lazy.filter(condition).select("task").collect(), eager.filter(condition).select("task"))
    once = ca.scan_polars(io.BytesIO(path.read_bytes()), "answers")
    assert once.collect_schema().names()
    assert_frame_equal(once.select("answer").collect(), eager.select("answer"))
    with pytest.raises(Exception, match="can be read only once"):
        once.collect()


def test_errors_are_those_of_open(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ca.UsageError, match="did you mean `columns`"):
        ca.scan_polars(path, colums=["a"])  # type: ignore[call-arg]
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ca.CrowdarrowError, match=r"pip install 'crowdarrow\[polars\]'"):
        ca.scan_polars(path)
