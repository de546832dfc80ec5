"""A reader gives its rows once: whatever asks for them again gets an error that names `ca.Export`, never fewer rows."""

import copy
import io
import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Callable
from itertools import islice
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pytest

import crowdarrow as ca

RECORDS = 20_000
DATA = b"classification_id,annotations\n" + b"".join(b"%d,[]\n" % number for number in range(RECORDS))


def new_reader() -> ca.Reader:
    """A reader of many batches."""
    return ca.open(io.BytesIO(DATA), block_bytes=1 << 12, columns=["classification_id"])


def batches_of(reader: ca.Reader) -> list[pa.RecordBatch]:
    """All batches, by a loop."""
    return list(reader)


USES: dict[str, Callable[[ca.Reader], Any]] = {
    "loop": batches_of,
    "to_table": lambda reader: reader.to_table(),
    "to_reader": lambda reader: reader.to_reader().read_all(),
    "pyarrow": pa.table,
    "scanner": lambda reader: ds.Scanner.from_batches(reader).to_table(),
    "polars": pl.DataFrame,
    "pandas": pd.DataFrame.from_arrow,
    "duckdb": lambda reader: duckdb.from_arrow(reader).fetchall(),
}


@pytest.mark.parametrize("second", USES)
@pytest.mark.parametrize("first", USES)
def test_second_use_is_an_error(first: str, second: str) -> None:
    reader = new_reader()
    rows = USES[first](reader)
    assert (sum(map(len, rows)) if first == "loop" else len(rows)) == RECORDS
    with pytest.raises(Exception, match=r"ReaderConsumedError|gives its rows once: ca\.Export") as caught:
        USES[second](reader)
    # Engines wrap the error of a stream in one of their own.
    assert "ca.Export" in str(caught.value)
    if not second.startswith("duckdb"):
        assert isinstance(caught.value, ca.ReaderConsumedError)


def test_error_is_a_crowdarrow_error_and_a_value_error() -> None:
    reader = new_reader()
    reader.to_table()
    with pytest.raises(ca.ReaderConsumedError) as caught:
        reader.to_table()
    assert isinstance(caught.value, ca.CrowdarrowError)
    assert isinstance(caught.value, ValueError)
    assert "\n" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - made here


def test_duckdb_relation_that_was_printed_cannot_be_counted() -> None:
    """It used to count the 8,880 rows that printing left."""
    relation = duckdb.from_arrow(new_reader())
    assert "classification_id" in str(relation)
    with pytest.raises(duckdb.Error, match=r"ca\.Export"):
        relation.count("*").fetchall()


def test_duckdb_reads_a_reader_once_with_its_schema_first() -> None:
    reader = new_reader()
    assert pa.schema(reader) == reader.schema
    with duckdb.connect() as connection:
        connection.register("export", reader)
        assert connection.execute("SELECT count(*) FROM export").fetchone() == (RECORDS,)
        with pytest.raises(duckdb.Error, match=r"ca\.Export"):
            connection.execute("SELECT count(*) FROM export").fetchone()


def test_iteration_continues_but_a_table_of_the_rest_is_an_error() -> None:
    reader = new_reader()
    head = list(islice(reader, 2))
    for use in ("to_table", "to_reader", "pyarrow", "polars"):
        with pytest.raises(ca.ReaderConsumedError, match=r"shorter table; .* ca\.Export"):
            USES[use](reader)
    assert sum(len(batch) for batch in [*head, *reader]) == RECORDS
    assert next(reader, None) is None  # the end of an iterator does not count as a second use


@pytest.mark.parametrize("use", USES)
def test_use_after_the_with_block_is_an_error(use: str) -> None:
    with new_reader() as reader:
        pass
    with pytest.raises(Exception, match=r"closed; .* ca\.Export"):
        USES[use](reader)
    with pytest.raises(ca.ReaderConsumedError, match="closed"):
        next(reader)


def test_stream_that_outlives_the_with_block_is_an_error() -> None:
    with new_reader() as reader:
        stream = reader.to_reader()
        stream.read_next_batch()
    with pytest.raises(ca.ReaderConsumedError, match=r"closed; .* ca\.Export"):
        stream.read_all()


def test_use_after_a_failure_is_an_error() -> None:
    reader = ca.open(io.BytesIO(b"classification_id,annotations\n1,[]\nx,[]\n3,[]\n"), strict=True)
    with pytest.raises(ca.RejectedError):
        next(reader)
    for use in (next, batches_of, ca.Reader.to_table):
        with pytest.raises(ca.ReaderConsumedError, match=r"failed.*ca\.Export"):
            use(reader)


def test_several_tables_are_given_once() -> None:
    with ca.open_tables(io.BytesIO(DATA), tables="all") as tables:
        assert sum(len(batch) for block in tables for _, batch in block.batches) == RECORDS
        with pytest.raises(ca.ReaderConsumedError, match=r"read to its end; .* ca\.Export"):
            list(tables)
    with ca.open_tables(io.BytesIO(DATA)) as tables:
        pass
    with pytest.raises(ca.ReaderConsumedError, match="closed"):
        list(tables)


def test_a_reader_is_not_copied() -> None:
    reader = new_reader()
    for use in (pickle.dumps, copy.copy):
        with pytest.raises(ca.ReaderConsumedError, match=r"cannot be copied .* ca\.Export"):
            use(reader)
    assert reader.to_table().num_rows == RECORDS


FORKED = """
    import io, os, sys
    import crowdarrow as ca
    data = b"classification_id,annotations\\n" + b"1,[]\\n" * 200_000
    reader, taken = ca.open(io.BytesIO(data), block_bytes=1 << 12), ca.open(io.BytesIO(data), block_bytes=1 << 12)
    next(reader)
    stream = taken.to_reader()
    if os.fork():
        sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
    for use in (lambda: next(reader), lambda: list(reader), reader.to_table, stream.read_all):
        try:
            use()
        except ca.ReaderConsumedError as error:
            print(error)
    reader.close()
    del reader
    print(ca.open(io.BytesIO(b"classification_id,annotations\\n1,[]\\n")).to_table().num_rows)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_use_after_a_fork_is_an_error_and_never_waits() -> None:
    code = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(FORKED)]
    lines = subprocess.run(code, capture_output=True, text=True, check=True, timeout=300).stdout.splitlines()
    assert len(lines) == 5
    assert all("before the process forked" in line and "ca.Export" in line for line in lines[:-1])
    assert lines[-1] == "1"
