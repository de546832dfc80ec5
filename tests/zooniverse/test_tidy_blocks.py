"""Rows, rejects, notes and counts do not depend on blocks, threads, or the selected tables and columns."""

import io
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import crowdarrow as ca
from conftest import collect
from crowdarrow import synthetic
from support.zooniverse_compare import counts, subject_notes
from support.zooniverse_examples import EXAMPLES, SUBJECTS, WORKFLOWS

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Collected

KINDS = ("zooniverse.classifications", "zooniverse.workflows")
BLOCKS = (1, 7, 64, 4096)
TABLES = [pytest.param(kind, table, id=table) for kind in KINDS for table in ca.kinds()[kind]]
BOX = ("cx", "cy", "xmin", "ymin", "xmax", "ymax")


def joined(exports: list[bytes]) -> bytes:
    """Exports with the same header, concatenated."""
    headers = {export.split(b"\n", 1)[0] for export in exports}
    assert len(headers) == 1
    return b"\n".join([*headers, b"".join(export.split(b"\n", 1)[1] for export in exports)])


# Faults of the CSV, which reject a record for every table. Faults of a cell are found only if the cell is read.
BAD = b'1,"text after"x a quote,1,,10,b,1.1,,,,{},[],{},7\n' + b"1,\xff,1,,10,b,1.1,,,,{},[],{},7\n"


CLASSIFICATIONS = [*(example.export() for example in EXAMPLES), *(example.export() for example in SUBJECTS)]


@cache
def export(kind: str) -> bytes:
    """All examples of a kind in one file, with damaged records between them."""
    if kind == "zooniverse.workflows":
        return joined([example.export() for example in WORKFLOWS]) + b"10,broken\n"
    middle = len(CLASSIFICATIONS) // 2
    return (
        joined(CLASSIFICATIONS[:middle])
        + BAD
        + joined(CLASSIFICATIONS[middle:]).split(b"\n", 1)[1]
        + b"1,too few fields\n"
    )


@cache
def whole(kind: str) -> "Collected":
    """All tables, read by one thread in one block."""
    return collect(export(kind), kind=kind, block_bytes=4 << 20, threads=1)


def test_export_has_rows_of_every_table_and_rejects() -> None:
    for kind in KINDS:
        result = whole(kind)
        assert result.report.rejected > 0
        assert all(table.num_rows > 0 for table in result.tables.values())
    assert min(subject_notes(whole(KINDS[0]))) > 0


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
@pytest.mark.parametrize("block_bytes", BLOCKS)
@pytest.mark.parametrize("kind", KINDS)
def test_result_does_not_depend_on_blocks_and_threads(kind: str, block_bytes: int, threads: int) -> None:
    expected = whole(kind)
    result = collect(export(kind), kind=kind, block_bytes=block_bytes, threads=threads)
    assert result.tables == expected.tables
    assert result.rejects == expected.rejects
    assert counts(result) == counts(expected)


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("block_bytes", [64, 4096])
def test_result_of_damaged_records_does_not_depend_on_blocks(block_bytes: int, threads: int, tmp_path: "Path") -> None:
    path = tmp_path / "classifications.csv"
    summary = synthetic.generate_classifications(path, records=60, seed=5, faults=0.5, newline="\r\n", bom=True)
    data = path.read_bytes()
    expected = collect(data, block_bytes=4 << 20, threads=1)
    assert expected.report.rejected == summary.rejected > 0
    result = collect(data, block_bytes=block_bytes, threads=threads)
    assert result.tables == expected.tables
    assert result.rejects == expected.rejects
    assert counts(result) == counts(expected)


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_result_of_one_table(kind: str, table: str) -> None:
    with ca.open(io.BytesIO(export(kind)), table=table, kind=kind, threads=1) as reader:
        alone = reader.to_table()
    expected = whole(kind)
    assert alone == expected.tables[table]
    assert (reader.report.records, reader.report.rejects) == (expected.report.records, expected.report.rejects)


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_result_of_two_tables(kind: str, table: str) -> None:
    """The record table and another table, read in one pass."""
    record_table = ca.kinds()[kind][0]
    result = collect(SOUND[kind], kind=kind, tables=[record_table, table])
    every = collect(SOUND[kind], kind=kind)
    assert result.tables == {name: every.tables[name] for name in dict.fromkeys((record_table, table))}
    assert replace(counts(result), tables={}, notes={}) == replace(counts(every), tables={}, notes={})


SOUND: dict[str, Any] = {
    "zooniverse.classifications": joined(
        [*(example.export() for example in EXAMPLES), *(example.export() for example in SUBJECTS)]
    ),
    "zooniverse.workflows": joined([example.export() for example in WORKFLOWS]),
}


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_each_column_by_itself(kind: str, table: str) -> None:
    data = SOUND[kind]
    whole_table = collect(data, kind=kind).tables[table]
    for name in whole_table.column_names:
        with ca.open(io.BytesIO(data), table=table, kind=kind, columns=[name]) as reader:
            found = reader.to_table()
        assert found.column_names == [name]
        assert found == whole_table.select([name]), name


@pytest.mark.parametrize(
    "columns", [["cx"], ["ymax", "cx"], ["dialect", "xmin"], [*BOX], ["points"], ["x", "cx"], ["tool_type", "cy"]]
)
def test_selected_columns_of_the_box(columns: list[str]) -> None:
    data = SOUND["zooniverse.classifications"]
    whole_table = collect(data).tables["marks"]
    with ca.open(io.BytesIO(data), table="marks", columns=columns) as reader:
        found = reader.to_table()
    assert set(found.column_names) == set(columns)
    assert found == whole_table.select(found.column_names)
    assert any(found[name].null_count < found.num_rows for name in columns)
