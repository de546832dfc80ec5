"""CSV files of thousands of columns, of which a record fills a few: the time of reading them."""

import csv
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest

import crowdarrow as ca

_ANNOTATIONS = 283
"""As many annotations as a project has had for one task run: each is flattened to 18 columns."""
_MEMBERS = (
    "@context", "body_0_purpose", "body_0_type", "body_0_value", "body_1_purpose", "body_1_type", "body_1_value",
    "created", "generated", "generator_homepage", "generator_id", "generator_name", "generator_type", "id",
    "motivation", "target_selector_type", "target_selector_value", "target_source",
)  # fmt: skip
_VALUES = {
    "body_0_purpose": "describing", "body_0_value": "Farce, a", "body_1_purpose": "tagging", "body_1_value": "genre",
    "motivation": "describing", "created": "2018-05-30T18:29:57Z", "target_selector_value": "?xywh=1,2,3,4",
}  # fmt: skip
_RECORDS = 3000
_MOST = 1.5
"""Times of `csv.reader`. The tables take 0.3 to 0.9; when records were read column by column they took 5 to 13."""


def _task_runs(path: Path) -> None:
    """Task runs with annotations in layout P3: 5,107 columns."""
    names = [f"info_{number}_{name}" for number in range(_ANNOTATIONS) for name in _MEMBERS]
    own = ["calibration", "created", "finish_time", "id", "info", "project_id", "task_id", "timeout", "user_id"]
    header = sorted([*names, *own, "external_uid", "media_url", "user_ip", "info_reject"])
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        for record in range(_RECORDS):
            cells: dict[str, object] = {"id": record, "task_id": record // 3, "project_id": 97, "user_id": "12.0"}
            cells |= {"info_reject": "invalid-task"} if record % 4 == 0 else {}
            for number in range(record % 4):
                cells |= {f"info_{number}_{name}": _VALUES.get(name, "Text") for name in _MEMBERS}
            writer.writerow(cells)


def _annotations(path: Path) -> None:
    """Annotations of a collection in layout B: 5,105 columns."""
    names = [f"body_{number}_{name}" for number in range(1700) for name in ("purpose", "type", "value")]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*names, "created", "id", "motivation", "target", "type"], restval="")
        writer.writeheader()
        for record in range(_RECORDS):
            cells: dict[str, object] = {
                "id": record,
                "motivation": "describing",
                "target": f"https://t.example/{record}",
            }
            for number in range(2):
                cells |= {f"body_{number}_purpose": ("describing", "tagging")[number], f"body_{number}_value": "v"}
            writer.writerow(cells)


def _tasks(path: Path) -> None:
    """Tasks with 5,099 unknown columns, each of them an output column."""
    names = [f"note_{number}" for number in range(5099)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["id", "n_answers", "state", *names], restval="")
        writer.writeheader()
        for record in range(_RECORDS):
            cells = {f"note_{number % 5099}": "text" for number in range(record, record + 5000, 1000)}
            writer.writerow({"id": record, "n_answers": 3, "state": "ongoing", **cells})


def _cpu(run: Callable[[], object]) -> float:
    """The least CPU time of three runs, of all threads together."""
    times = []
    for _ in range(3):
        started = time.process_time()
        run()
        times.append(time.process_time() - started)
    return min(times)


def _parse(path: Path) -> None:
    with path.open(newline="", encoding="utf-8") as file:
        for _ in csv.reader(file):
            pass


def _read(path: Path, table: str) -> pa.Table:
    return ca.open(path, table=table).to_table()


@pytest.mark.serial
@pytest.mark.parametrize(
    ("write", "kind", "tables"),
    [
        (_task_runs, "pybossa.task_runs", ("task_runs", "answers", "annotations")),
        (_annotations, "libcrowds.describing", ("annotations", "values")),
        (_tasks, "pybossa.tasks", ("tasks",)),
    ],
    ids=["P3", "B", "unknown columns"],
)
def test_wide_csv_is_read_about_as_fast_as_it_is_parsed(
    write: Callable[[Path], None], kind: str, tables: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "wide.csv"
    write(path)
    assert ca.open(path).kind == kind
    parsing = _cpu(partial(_parse, path))
    for table in tables:
        assert _read(path, table).num_rows > 0
        reading = _cpu(partial(_read, path, table))
        assert reading < _MOST * parsing, f"{table}: {reading:.2f} s where csv.reader takes {parsing:.2f} s"


@pytest.mark.parametrize("table", ["annotations", "values"])
def test_a_collection_is_read_without_large_modules(table: str, tmp_path: Path) -> None:
    """Pyarrow imports pandas to make a scalar or an array of Python's values, which takes longer than a wide file."""
    path = tmp_path / "annotations.csv"
    path.write_text('id,motivation,body,target_selector_value,target_source\nu,tagging,b,"xywh=1,2,3,4",t\n')
    read = f"import crowdarrow, sys; crowdarrow.open({str(path)!r}, table={table!r}).to_table(); "
    check = "assert not {'pandas', 'pyarrow.compute'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", read + check], check=True)
