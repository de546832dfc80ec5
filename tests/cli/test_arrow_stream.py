"""A reader is an Arrow stream that pyarrow, Polars, DuckDB and pandas accept."""

import io
from collections.abc import Callable
from typing import Any

import duckdb
import polars as pl
import pyarrow as pa
import pytest

import crowdarrow as ca

HEADER = "classification_id,user_name,created_at,metadata,annotations,subject_ids\n"
LINE = '{0},"user ""{0}""",2024-05-01 12:00:00 UTC,"{{""session"":""s"",""seen_before"":false}}",[],{0};7\n'
RECORDS = 2000


def open_export(**options: Any) -> ca.Reader:
    """A reader of several batches."""
    data = HEADER + "".join(LINE.format(number) for number in range(RECORDS))
    return ca.open(io.BytesIO(data.encode()), **({"block_bytes": 1 << 14} | options))


@pytest.fixture(scope="module")
def expected() -> pa.Table:
    """The table that the batches form."""
    reader = open_export()
    return pa.Table.from_batches(list(reader), reader.schema)


def test_pyarrow(expected: pa.Table) -> None:
    assert expected.num_rows == RECORDS
    assert expected.column("metadata").num_chunks > 2
    assert pa.table(open_export()) == expected
    assert pa.RecordBatchReader.from_stream(open_export()).read_all() == expected
    assert open_export().to_table() == expected
    assert open_export().to_reader().read_all() == expected
    pa.table(open_export()).validate(full=True)


def test_polars(expected: pa.Table) -> None:
    frame = pl.DataFrame(open_export())
    assert frame.columns == expected.schema.names
    assert frame["subject_ids"].to_list() == expected["subject_ids"].to_pylist()
    assert frame["metadata"].struct.field("session").to_list() == ["s"] * RECORDS
    assert frame["created_at"].dtype == pl.Datetime("us", "UTC")
    found = pl.from_arrow(open_export())
    # Since version 2, Polars returns a series of structs for streams of other libraries than pyarrow.
    assert (found.struct.unnest() if isinstance(found, pl.Series) else found).equals(frame)


def test_duckdb() -> None:
    export = open_export()
    with duckdb.connect() as connection:
        connection.register("export", export)
        query = "SELECT count(*), sum(classification_id), min(metadata.session), sum(subject_ids[2]) FROM export"
        assert connection.execute(query).fetchone() == (RECORDS, sum(range(RECORDS)), "s", 7 * RECORDS)
    relation = duckdb.from_arrow(open_export())
    found = relation.filter("classification_id % 100 = 0").aggregate("count(*)").fetchall()
    assert found == [(RECORDS // 100,)]


def test_pandas(expected: pa.Table) -> None:
    frame = open_export().to_table().to_pandas()
    assert frame["classification_id"].tolist() == list(range(RECORDS))
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"
    assert frame["metadata"][0]["seen_before"] is False
    assert list(frame.columns) == expected.schema.names


def test_a_requested_schema(expected: pa.Table) -> None:
    same = pa.RecordBatchReader.from_stream(open_export(), schema=expected.schema)
    assert same.read_all() == expected
    # A consumer may request another schema; a stream that does not support it raises an error.
    other = pa.schema([pa.field("classification_id", pa.float32())])
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, ValueError)):
        pa.RecordBatchReader.from_stream(open_export(), schema=other).read_all()


def test_no_records() -> None:
    reader = ca.open(io.BytesIO(HEADER.encode()))
    table = pa.table(reader)
    assert (table.num_rows, table.schema) == (0, ca.schema("zooniverse.classifications"))
    assert pl.DataFrame(ca.open(io.BytesIO(HEADER.encode()))).shape == (0, 16)


BAD = HEADER + '1,a,,,[],1\n2,b,,,"[\0",2\n3,c,,,[],3\n'


class Failing:
    """A file object that raises an error whose message contains a NUL byte."""

    def __init__(self) -> None:
        """Start with a valid export."""
        self._data = io.BytesIO((HEADER + LINE.format(1) * 5000).encode())

    def read(self, size: int) -> bytes:
        """The next part; an error after the last one."""
        part = self._data.read(size)
        if not part:
            msg = "the line \0 is dead"
            raise ConnectionError(msg)
        return part


CONSUMERS: dict[str, Callable[[Any], Any]] = {
    "pyarrow": lambda reader: pa.RecordBatchReader.from_stream(reader).read_all(),
    "polars": pl.from_arrow,
    "duckdb": lambda reader: duckdb.from_arrow(reader).fetchall(),
}


# A NUL byte in a message that crosses the Arrow C stream used to abort the interpreter.
@pytest.mark.parametrize("consumer", CONSUMERS)
def test_error_within_a_stream_is_raised(consumer: str) -> None:
    with pytest.raises(Exception, match=r"record 2") as caught:
        CONSUMERS[consumer](ca.open(io.BytesIO(BAD.encode()), strict=True))
    assert "record 2 (line 3" in str(caught.value)
    with pytest.raises(Exception, match="the line"):
        CONSUMERS[consumer](ca.open(Failing(), block_bytes=1 << 12))
