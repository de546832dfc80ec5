"""Peer: pandas in chunks, with `json` for the metadata."""

import json
from os import PathLike
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oracle.json_text import LooseJson
from oracle.metadata import read_metadata
from oracle.pure_python import ROWS_PER_BATCH
from oracle.scalars import Notes
from oracle.schemas import CLASSIFICATIONS

INTEGERS = ("classification_id", "user_id", "workflow_id")


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `classifications` of a current (14-column) export to Parquet.

    Leaves out: unknown columns; rejects (the first malformed record is an error); parsing the JSON of `annotations`
    and `subject_data`; `""` as distinct from null; the null texts, and booleans and times in other forms.
    """
    chunks = pd.read_csv(
        path,
        dtype=dict.fromkeys(INTEGERS, "Int64") | {"gold_standard": "boolean"},
        converters={"workflow_version": str, "subject_ids": str},
        keep_default_na=False,
        na_values=[""],
        chunksize=ROWS_PER_BATCH,
        compression="infer",
    )
    with pq.ParquetWriter(output, CLASSIFICATIONS, compression="zstd", compression_level=1) as writer:
        for chunk in chunks:
            writer.write_table(_table(chunk))


def _table(chunk: Any) -> pa.Table:
    reader, notes = LooseJson(json.loads), Notes()
    version = chunk["workflow_version"].str.extract(r"^([0-9]+)(?:\.([0-9]+))?$")
    chunk["workflow_major"] = version[0].astype("Int32")
    chunk["workflow_minor"] = version[1].astype("Int32")
    chunk["created_at"] = pd.to_datetime(chunk["created_at"], format="%Y-%m-%d %H:%M:%S UTC", utc=True)
    ids = [[int(item) for item in text.split(";")] for text in chunk["subject_ids"]]
    metadata = [read_metadata(text, notes, reader) for text in chunk["metadata"]]
    nested = {"subject_ids": ids, "metadata": metadata}
    columns = [
        pa.array(nested.get(field.name, chunk.get(field.name)), field.type, from_pandas=True)
        for field in CLASSIFICATIONS
    ]
    return pa.table(columns, schema=CLASSIFICATIONS)
