"""A record whose output is many times the record: it is rejected beyond a limit, and never stops the run."""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca
from crowdarrow import synthetic
from crowdarrow.read.reader import open_tables
from oracle.pybossa.reader import read_pybossa
from oracle.tidy import read_tidy
from support.zooniverse_compare import assert_same

if TYPE_CHECKING:
    from conftest import Collect

HEADER = "classification_id,workflow_version,annotations,subject_data,subject_ids\n"
MIB = 1 << 20


def record(number: int, annotations: Any) -> str:
    """A classification of a subject."""
    text = json.dumps(annotations).replace('"', '""')
    return f'{number},1.1,"{text}",{{}},7\n'


def answers(number: int, count: int, task: str = "T0") -> str:
    """A classification with an annotation of many answers, each of which has the task's name."""
    return record(number, [{"task": task, "value": list(range(count))}])


def test_rows_beyond_the_limit(run_collect: "Collect") -> None:
    data = (HEADER + answers(1, 4) + answers(2, 5) + answers(3, 0)).encode()
    # A row of classifications, one of annotations, and the answers.
    for limit, rejected in ((7, []), (6, [2]), (5, [1, 2]), (1, [1, 2, 3])):
        found = run_collect(data, max_record_rows=limit)
        assert [(r.record, r.kind) for r in found.rejects] == [(number, "amplification") for number in rejected]
        assert found.report.rows == 3 - len(rejected)
        assert {row["classification_id"] for row in found.tables["answers"].to_pylist()} == {1, 2} - set(rejected)
    assert len(run_collect(data, tables=["classifications"], max_record_rows=1).rejects) == 0


def test_rows_of_subjects_do_not_count(run_collect: "Collect") -> None:
    """Whether a subject gives a row depends on the records before."""
    subjects = json.dumps({str(number): {} for number in range(9)}).replace('"', '""')
    data = (HEADER + f'1,1.1,[],"{subjects}",7\n').encode()
    found = run_collect(data, max_record_rows=1)
    assert (found.report.rejected, found.tables["subjects"].num_rows) == (0, 9)


@pytest.mark.parametrize("limit", [1, 4, 8])
@pytest.mark.parametrize("name", ["classifications", "workflows"])
def test_the_oracle_rejects_the_same(name: str, limit: int, tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / f"{name}.csv"
    generate = {"classifications": synthetic.generate_classifications, "workflows": synthetic.generate_workflows}[name]
    generate(path, records=60, profile="mixed", faults=0.0)
    for options in ({"threads": 1}, {"threads": 3, "block_bytes": 1000}):
        found = run_collect(path, max_record_rows=limit, **options)
        assert_same(found, read_tidy(path, kind=f"zooniverse.{name}", max_record_rows=limit), shown=True)
    assert 0 < found.report.rejected <= 60


@pytest.mark.parametrize("limit", [1, 3, 10])
def test_the_oracle_rejects_the_same_of_pybossa(limit: int, tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "task_runs.json"
    synthetic.generate_task_runs(path, records=60)
    found, expected = run_collect(path, max_record_rows=limit), read_pybossa(path, max_record_rows=limit)
    assert [(r.record, r.kind, r.raw) for r in found.rejects] == [(r.record, r.kind, r.raw) for r in expected.rejects]
    for name, table in expected.tables.items():
        assert found.tables[name].num_rows == table.num_rows


def test_text_beyond_the_limit_is_rejected_and_named() -> None:
    task = "t" * 300_000
    data = (HEADER + answers(1, 1) + answers(2, 900, task) + answers(3, 800, task) + answers(4, 1)).encode()
    with open_tables(io.BytesIO(data), tables=["answers"]) as tables:
        found = [(block.batches, list(block.rejects)) for block in tables]
    rejects = [reject for _, rejects in found for reject in rejects]
    start = len(HEADER) + len(answers(1, 1))
    assert [(r.record, r.line, r.byte_offset, r.kind) for r in rejects] == [(2, 3, start, "amplification")]
    assert rejects[0].message == "gives more than 1000000 rows or 268435456 bytes of text"
    assert rejects[0].raw.decode() + "\n" == answers(2, 900, task)
    assert tables.report.tables == {"answers": 802}


def test_the_output_of_a_block_comes_in_parts() -> None:
    """A block of 12 records of 50 kB each gives 240 MB of text."""
    task = "t" * 50_000
    data = (HEADER + "".join(answers(number, 400, task) for number in range(1, 13)) + "x\n").encode()
    sizes, ids = [], []
    with open_tables(io.BytesIO(data), tables=["answers"], threads=2) as tables:
        for block in tables:
            for _, batch in block.batches:
                sizes.append(batch.nbytes)
                ids += batch["classification_id"].to_pylist()
    assert ids == [number for number in range(1, 13) for _ in range(400)]
    assert len(sizes) >= 3
    assert max(sizes) < 130 * MIB
    assert (tables.report.records, tables.report.rejected, tables.report.bytes) == (13, 1, len(data))


def test_a_record_of_two_gigabytes_of_answers(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "faults" / "reliability" / "one_record_2GiB.csv"
    if not source.is_file():
        pytest.skip("the file is absent")
    report = ca.convert(source, f"{tmp_path}/out/", tables="answers")
    assert (report.records, report.rows, report.rejects) == (1, 0, {"amplification": 1})
