"""The replay of plans on simulated workers, and the tables of docs/scale.md that it prints."""

from itertools import pairwise

import pytest

from scale import COSTS, PAGE
from scale.page import WORKERS, fill
from scale.replay import Cluster, Costs, Engine, converting, planning, replay, split_sizes

# Each GB takes a second of a core, each split besides it a tenth.
SIMPLE = Costs(
    machine="",
    convert={"one": [1.0]},
    split=0.1,
    scan=0.5,
    file=0.01,
    border=0.001,
    part=0.02,
    engines={"slow": Engine(start=1, task=0.25)},
    runs={},
    replayed={},
)
GB = 10**9


def test_splits_have_all_bytes_of_each_file() -> None:
    assert split_sizes([10, 0, 31, 30], 10) == [10, 0, 8, 8, 8, 7, 10, 10, 10]


def test_planning_reads_only_large_files_and_only_if_exact() -> None:
    files = [GB, 4 * GB]
    assert planning(files, GB, "exact", SIMPLE) == pytest.approx(0.02 + 2)
    assert planning(files, GB, "probe", SIMPLE) == pytest.approx(0.02 + 3 * 0.001)
    assert planning(files, GB, "index", SIMPLE) == pytest.approx(0.02)


def test_workers_share_the_splits() -> None:
    *ends, busy = converting([GB] * 5, [1.0], 0, Cluster(2, link=1e10), SIMPLE)
    assert sorted(ends) == pytest.approx([2.2, 3.3])
    assert busy == pytest.approx(5.5)


def test_a_slow_link_or_driver_is_the_limit() -> None:
    *ends, _ = converting([GB] * 4, [1.0], 0, Cluster(4, workers_per_node=4, link=1e9), SIMPLE)
    assert ends == pytest.approx([4.1] * 4)
    *ends, _ = converting([0] * 8, [1.0], 0.25, Cluster(8), SIMPLE)
    assert max(ends) == pytest.approx(8 * 0.25 + 0.1)


def test_a_dead_worker_costs_its_split_and_then_its_share() -> None:
    *alive, _ = converting([GB] * 40, [1.0], 0, Cluster(4, link=1e10), SIMPLE)
    *ends, busy = converting([GB] * 40, [1.0], 0, Cluster(4, link=1e10, deaths=1), SIMPLE)
    assert busy == pytest.approx(40 * 1.1 + 0.55)
    assert max(alive) < max(ends) <= max(alive) * 4 / 3 + 2 * 1.1


def test_more_workers_are_never_slower() -> None:
    totals = [
        replay([7 * GB] * 30, GB, Cluster(workers), SIMPLE, tables="one", method="exact", engine="slow").total
        for workers in WORKERS
    ]
    assert all(more <= fewer for fewer, more in pairwise(totals))


def test_page_has_the_tables_of_the_replay() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert fill(text, Costs.load(COSTS)) == text, "`PYTHONPATH=benchmarks python -m scale` writes the tables"
