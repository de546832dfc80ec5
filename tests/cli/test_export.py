"""`ca.Export`: a source that engines read as often as they like, each time from the beginning of the input."""

import io
import os
import pickle
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import crowdarrow as ca

RECORDS = 5000
HEADER = b"classification_id,user_name,created_at,annotations,subject_ids\n"
LINE = b'%d,u,2024-05-01 12:00:00 UTC,"[{""task"":""T0"",""value"":""Yes""}]",%d\n'


def content(records: int = RECORDS) -> bytes:
    """An export in which each record has one answer."""
    return HEADER + b"".join(LINE % (number, number % 7) for number in range(records))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of the export."""
    path = tmp_path_factory.mktemp("export") / "classifications.csv"
    path.write_bytes(content())
    return path


@pytest.fixture
def export(path: Path) -> ca.Export:
    """The export, to be read in several blocks."""
    return ca.Export(path, block_bytes=1 << 14)


@pytest.fixture(scope="module")
def answers(path: Path) -> pa.Table:
    """The expected table of answers."""
    return ca.open(path, "answers").to_table()


def test_nothing_is_read_before_it_is_needed(tmp_path: Path) -> None:
    export = ca.Export(tmp_path / "later.csv")
    table = export.table("answers")
    assert (export.report, table.report) == (None, None)
    assert repr(table) == f"{export!r}.table('answers')"
    with pytest.raises(ca.InputNotFoundError):
        _ = export.kind
    (tmp_path / "later.csv").write_bytes(content(3))
    assert export.kind == table.kind == "zooniverse.classifications"
    assert export.tables == ca.kinds()[export.kind]
    assert table.to_table().num_rows == 3


def test_schema_is_that_of_the_tables(export: ca.Export, answers: pa.Table) -> None:
    assert export.schema == export.to_table().schema
    assert pa.schema(export) == export.schema
    table = export.table("answers")
    assert table.name == "answers"
    assert table.schema == pa.schema(table) == answers.schema


def test_each_stream_reads_anew(export: ca.Export, answers: pa.Table) -> None:
    table = export.table("answers")
    for _ in range(3):
        assert pa.table(table) == answers
        assert table.to_table() == answers
        assert table.to_reader().read_all() == answers
        assert pa.table(export).num_rows == RECORDS
    with table.open() as reader:
        assert sum(len(batch) for batch in reader) == RECORDS


def test_report_is_that_of_the_last_reading(export: ca.Export, path: Path) -> None:
    table = export.table("answers")
    table.to_table()
    first = table.report
    assert first is not None
    assert (first.records, first.tables, first.bytes) == (RECORDS, {"answers": RECORDS}, path.stat().st_size)
    assert export.report is first
    export.to_table()
    assert export.report is not first
    assert export.report is not None
    assert export.report.tables == {"classifications": RECORDS}
    assert table.report is first
    unread = table.open()
    assert table.report is unread.report
    assert unread.report.records == 0


def test_options_are_those_of_open(path: Path) -> None:
    export = ca.Export([path, path], columns={"answers": ["answer", "classification_id"]}, threads=1)
    assert export.table("answers").to_table().schema.names == ["answer", "classification_id"]
    assert export.to_table().num_rows == 2 * RECORDS
    assert ca.Export(path, columns="user_name").to_table().schema.names == ["user_name"]
    with pytest.raises(ca.UsageError, match=r"`colums` is not an option of ca\.Export; did you mean `columns`"):
        ca.Export(path, colums=["user_name"])  # type: ignore[call-arg]
    with pytest.raises(ca.UsageError, match=r"no table 'marks_' .*; its tables are classifications"):
        ca.Export(path).table("marks_").to_table()
    with pytest.raises(ca.UsageError, match="`name` must be the name of one table, not 5"):
        ca.Export(path).table(5)  # type: ignore[arg-type]


def test_duckdb_in_several_queries_and_twice_in_one(export: ca.Export) -> None:
    answers = export.table("answers")  # DuckDB finds the variables by their names
    with duckdb.connect() as connection:
        for _ in range(2):
            assert connection.sql("SELECT count(*) FROM answers").fetchall() == [(RECORDS,)]
            assert connection.sql("SELECT count(*), min(user_name) FROM export").fetchall() == [(RECORDS, "u")]
        both = "SELECT count(*) FROM answers a JOIN export e USING (classification_id) WHERE e.subject_ids[1] = 3"
        assert connection.sql(both).fetchall() == [(len(range(3, RECORDS, 7)),)]
        twice = """
            SELECT (SELECT count(*) FROM answers WHERE subject_id = 1), (SELECT max(classification_id) FROM answers)
        """
        assert connection.sql(twice).fetchall() == [(len(range(1, RECORDS, 7)), RECORDS - 1)]
        union = "SELECT count(*) FROM (SELECT answer FROM answers UNION ALL SELECT answer FROM answers)"
        assert connection.sql(union).fetchall() == [(2 * RECORDS,)]
    assert export.report is not None
    del answers


def test_duckdb_relation_is_printed_and_counted(export: ca.Export) -> None:
    relation = duckdb.from_arrow(export)
    assert "classification_id" in str(relation)
    assert relation.count("*").fetchall() == [(RECORDS,)]
    assert relation.limit(5).fetchall() == relation.limit(5).fetchall()


def test_polars(export: ca.Export) -> None:
    answers = export.table("answers")
    for _ in range(2):
        assert pl.DataFrame(answers)["answer"].to_list() == ["Yes"] * RECORDS
    assert pl.DataFrame(answers).join(pl.DataFrame(export), on="classification_id").height == RECORDS


def test_pandas(export: ca.Export) -> None:
    for _ in range(2):
        frame = pd.DataFrame.from_arrow(export.table("answers"))
        assert frame["classification_id"].tolist() == list(range(RECORDS))


def test_pyarrow(export: ca.Export, answers: pa.Table, tmp_path: Path) -> None:
    table = export.table("answers")
    for _ in range(2):
        assert pa.RecordBatchReader.from_stream(table).read_all() == answers
        scanner = ds.Scanner.from_batches(table, columns=["answer"], filter=ds.field("subject_id") == 2)
        assert scanner.count_rows() == len(range(2, RECORDS, 7))
        assert ds.dataset(table.to_reader()).count_rows() == RECORDS
        ds.write_dataset(table, tmp_path, format="parquet", existing_data_behavior="overwrite_or_ignore")
        assert ds.dataset(tmp_path).count_rows() == RECORDS


# The libraries' own warnings are not about crowdarrow.
@pytest.mark.filterwarnings("ignore")
def test_delta_lake(export: ca.Export, tmp_path: Path) -> None:
    deltalake = pytest.importorskip("deltalake", reason="the package deltalake is not installed")
    for number, source in enumerate([export.table("answers"), export]):
        for rows in (RECORDS, 2 * RECORDS):
            deltalake.write_deltalake(str(tmp_path / str(number)), source, mode="append")
            written = deltalake.DeltaTable(str(tmp_path / str(number))).to_pyarrow_table()
            assert written.num_rows == rows
        assert set(written["classification_id"].to_pylist()) == set(range(RECORDS))


@pytest.mark.filterwarnings("ignore")
def test_iceberg(export: ca.Export, tmp_path: Path) -> None:
    sql = pytest.importorskip("pyiceberg.catalog.sql", reason="the package pyiceberg[sql-sqlite] is not installed")
    catalog = sql.SqlCatalog("test", uri=f"sqlite:///{tmp_path}/catalog.db", warehouse=f"file://{tmp_path}")
    catalog.create_namespace("crowd")
    for name in ("answers", "classifications"):
        source = export.table(name)
        table = catalog.create_table(f"crowd.{name}", schema=source.schema)
        table.append(source.to_reader())
        table.append(source.to_table())
        assert table.scan().to_arrow().num_rows == 2 * RECORDS
    catalog.close()


def read_once(source: Any) -> ca.Export:
    """Read an export whose input can be read once, after looking at all that is known before reading."""
    export = ca.Export(source)
    assert export.kind == "zooniverse.classifications"
    assert "answers" in export.tables
    assert "user_name" in export.schema.names
    assert export.table("answers").schema.names[0] == "classification_id"
    assert export.table("answers").to_table().num_rows == RECORDS
    return export


def test_file_object_is_read_once(path: Path) -> None:
    with path.open("rb") as file:
        export = read_once(file)
        with pytest.raises(
            ca.ReaderConsumedError, match=r"classifications\.csv already, .*only once; save it to a file"
        ):
            export.to_table()
    assert export.kind == "zooniverse.classifications"  # what is known stays known
    relation = duckdb.from_arrow(ca.Export(io.BytesIO(content())))
    assert "classification_id" in str(relation)
    with pytest.raises(duckdb.Error, match=r"ca\.Export read <file object> already"):
        relation.count("*").fetchall()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(content()))
    writer.start()
    export = read_once(pipe)
    writer.join()
    with pytest.raises(ca.ReaderConsumedError, match=r"pipe\.csv already"):  # it would wait for a writer
        export.to_table()


def test_stdin_is_read_once(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    with path.open("rb") as file:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(file))
        export = read_once("-")
        with pytest.raises(ca.ReaderConsumedError, match="read stdin already"):
            export.to_table()


def test_unknown_table_does_not_use_up_an_input() -> None:
    export = ca.Export(io.BytesIO(content()))
    with pytest.raises(ca.UsageError, match="no table 'nope'"):
        export.table("nope").to_table()
    assert export.to_table().num_rows == RECORDS


def test_content_as_bytes_is_read_anew() -> None:
    export = ca.Export(content())
    assert [export.to_table().num_rows for _ in range(2)] == [RECORDS] * 2


def test_changed_columns_are_an_error_and_more_rows_are_not(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(content(3))
    export = ca.Export(path)
    assert export.to_table().num_rows == 3
    path.write_bytes(content(4))
    assert export.to_table().num_rows == 4
    path.write_bytes(b"new," + content(4))
    with pytest.raises(ca.DamagedInputError, match=r"export\.csv changed: .*make a new ca\.Export"):
        export.to_table()


def test_an_export_can_be_pickled(export: ca.Export, answers: pa.Table) -> None:
    table = export.table("answers")
    table.to_table()
    again = pickle.loads(pickle.dumps(table))  # noqa: S301 - made here
    assert again.report is None
    assert again.to_table() == answers


def test_streams_of_one_export_in_several_threads(export: ca.Export, answers: pa.Table) -> None:
    tables: list[pa.Table] = []
    threads = [threading.Thread(target=lambda: tables.append(pa.table(export.table("answers")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tables == [answers] * 4
