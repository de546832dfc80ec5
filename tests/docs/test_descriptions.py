"""Each column of each table has a description, which files keep."""

import base64
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow import exports

EXPORT = "classification_id,annotations,subject_ids,metadata,new\n1,[],2,{},x\n"


@pytest.mark.parametrize(
    ("kind", "table"),
    [(kind, name) for kind, names in ca.kinds().items() for name in (*names, *exports.by_kind(kind).requested_tables)],
)
def test_schema_describes_each_column(kind: str, table: str) -> None:
    for field in ca.schema(kind, table):
        text = field.metadata[b"description"].decode()
        assert text == text.strip().rstrip(".")
        assert "\n" not in text


def test_descriptions_name_only_columns() -> None:
    added = {"media", "subtask"}
    for export in exports.EXPORTS:
        for table in (*export.tables, *(export.computed.tables if export.computed else ())):
            names = {column.name for column in table.columns}
            assert {name.split(".")[0] for name in table.about} - names <= added, table.name


def test_files_keep_the_descriptions(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(EXPORT, encoding="utf-8")
    expected = ca.schema("classifications").field("user_ip").metadata
    ca.convert(source, tmp_path / "out.parquet")
    ca.convert(source, tmp_path / "out.arrow")
    written = [pq.read_schema(tmp_path / "out.parquet"), pa.ipc.open_file(tmp_path / "out.arrow").schema]
    with ca.open(source) as reader:
        written += [reader.schema, reader.to_table().schema]
    with ca.open(source, people="drop") as reader:
        assert reader.schema.field("user_id").type == pa.string()
        assert b"description" in reader.schema.field("user_id").metadata
    for schema in written:
        assert schema.field("user_ip").metadata[b"description"] == expected[b"description"]
        assert b"description" not in (schema.field("new").metadata or {})


def test_duckdb_and_polars_see_the_descriptions_of_a_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(EXPORT, encoding="utf-8")
    path = tmp_path / "out.parquet"
    ca.convert(tmp_path / "in.csv", path)
    query = f"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{path}')"
    entries = duckdb.execute(query).fetchall()
    expected = ca.schema("classifications").field("user_ip").metadata
    for found in (dict(entries), pl.read_parquet_metadata(path)):
        assert found["crowdarrow.table"] == "classifications"
        schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(found["ARROW:schema"])))
        assert schema.field("user_ip").metadata[b"description"] == expected[b"description"]
