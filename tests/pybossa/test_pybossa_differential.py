"""The engine and the oracle read the same from real and synthetic PYBOSSA and LibCrowds downloads.

The oracle (`tests/oracle/pybossa`) was written from the contract, in plain Python.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from conftest import ABSENT, SHARED_DATA
from crowdarrow.errors import UnknownKindError
from crowdarrow.synthetic import Summary, generate_collection, generate_results, generate_task_runs, generate_tasks
from oracle.pybossa.containers import content_of
from support.pybossa_compare import Named, assert_alike, compare

if TYPE_CHECKING:
    from conftest import Collect

FOUND: list[Any] = [
    path
    for files in ("libcrowds/*/*", "faults/pybossa/*")
    for path in sorted(SHARED_DATA.glob(files))
    if path.is_file()
]
REAL = FOUND or [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
# Longer downloads are truncated to this size, except in `make test-long`.
ENOUGH = 1 << 40 if settings.get_current_profile_name() == "long" else 1 << 19
# The records of a table that a notebook wrote as columns.
ENOUGH_RECORDS = 300
SIZES = [(1, 1), (7, 2), (64, 3), (4096, 4)]


def source_of(path: Path) -> tuple[bytes | Path, str]:
    """A real download, or the beginning of the content of a long one, and its name."""
    data, names, _ = content_of(path, None)
    if len(data) <= ENOUGH:
        return path, names[0]
    if data.startswith(b"{"):
        columns = {name: dict([*column.items()][:ENOUGH_RECORDS]) for name, column in json.loads(data).items()}
        return json.dumps(columns).encode(), names[0]
    return data[:ENOUGH], names[0]


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name if path else "none")
def test_real_files(path: Path, run_collect: "Collect") -> None:
    source, name = source_of(path)
    try:
        result = compare(run_collect, source, name)
    except ValueError:
        # A demonstration of a viewer, tasks without their ids, and a member of `info` alone.
        with pytest.raises(UnknownKindError):
            run_collect(Named(source, name) if isinstance(source, bytes) else source)
        return
    assert result.report.records > 0
    if isinstance(source, Path):
        assert result.rejects == []
    for size, threads in SIZES[2:] if path.stat().st_size < 10_000 else SIZES[3:]:
        named = Named(source, name) if isinstance(source, bytes) else source
        again = run_collect(named, block_bytes=size, threads=threads)
        assert_alike(result, again)


PROJECTS: dict[str, Callable[..., Summary]] = {
    "task_run": generate_task_runs,
    "task": generate_tasks,
    "result": generate_results,
}
AGES = {"json": ("2014", "2015", "2018", "2019", "python3"), "jsonl": ("2018",), "csv": ("P1", "P2", "P3")}
VARIANTS = [
    (name, form, layout)
    for name in PROJECTS
    for form, layouts in AGES.items()
    for layout in layouts
    # Old servers had no results.
    if name != "result" or layout not in {"2014", "2015", "P1"}
]


def generated(tmp_path: Path, name: str, form: str, **options: Any) -> Path:
    """A synthetic download of a project, or of a collection with this motivation."""
    path = tmp_path / f"{name}.{form}"
    if name in PROJECTS:
        PROJECTS[name](path, format=form, **options)
    else:
        generate_collection(path, format=form, motivation=name, **options)
    return path


@pytest.mark.parametrize(("name", "form", "layout"), VARIANTS)
def test_synthetic_projects(name: str, form: str, layout: str, tmp_path: Path, run_collect: "Collect") -> None:
    path = generated(tmp_path, name, form, layout=layout, records=150)
    result = compare(run_collect, path)
    assert (result.report.records, result.report.rejected) == (150, 0)


MOTIVATIONS = ("describing", "tagging", "commenting", "mixed")
COLLECTIONS = [
    (motivation, form, layout)
    for motivation in MOTIVATIONS
    for form, layout in [("json", "server"), ("json", "explicates"), ("jsonl", "server"), ("csv", "A"), ("csv", "B")]
    if (motivation, layout) != ("mixed", "A")
]


@pytest.mark.parametrize(("motivation", "form", "layout"), COLLECTIONS)
def test_synthetic_collections(motivation: str, form: str, layout: str, tmp_path: Path, run_collect: "Collect") -> None:
    path = generated(tmp_path, motivation, form, layout=layout, records=150)
    result = compare(run_collect, path)
    assert (result.report.records, result.report.rejected) == (150, 0)
    assert list(result.tables)[-1] == "values"


@pytest.mark.parametrize(("name", "form"), [(name, form) for name in PROJECTS for form in AGES])
def test_projects_do_not_depend_on_blocks_and_threads(
    name: str, form: str, tmp_path: Path, run_collect: "Collect"
) -> None:
    path = generated(tmp_path, name, form, layout=AGES[form][-1], records=25)
    one, *others = (run_collect(path, block_bytes=size, threads=threads) for size, threads in SIZES)
    for other in others:
        assert_alike(one, other)


@pytest.mark.parametrize(("form", "layout"), [("json", "explicates"), ("csv", "A"), ("csv", "B")])
def test_collections_do_not_depend_on_blocks_and_threads(
    form: str, layout: str, tmp_path: Path, run_collect: "Collect"
) -> None:
    path = generated(tmp_path, "describing", form, layout=layout, records=40)
    one, *others = (run_collect(path, block_bytes=size, threads=threads) for size, threads in SIZES)
    for other in others:
        assert_alike(one, other)
