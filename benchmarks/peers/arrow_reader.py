"""Peer: `pyarrow.csv`, with `orjson` for the metadata."""

from os import PathLike

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from oracle.json_text import LooseJson
from oracle.metadata import read_metadata
from oracle.scalars import Notes
from oracle.schemas import CLASSIFICATIONS, INTS, METADATA, TIME

BLOCK_BYTES = 16 << 20
TYPES = {field.name: pa.string() if pa.types.is_nested(field.type) else field.type for field in CLASSIFICATIONS} | {
    "created_at": pa.timestamp("us")
}


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `classifications` of a current (14-column) export to Parquet.

    Leaves out: unknown columns; rejects (the first malformed record is an error); parsing the JSON of `annotations`
    and `subject_data`; the null texts, and booleans and times in other forms; records longer than a block of 16 MiB.
    """
    stream = pyarrow.csv.open_csv(
        path,
        read_options=pyarrow.csv.ReadOptions(block_size=BLOCK_BYTES),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=TYPES,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            timestamp_parsers=["%Y-%m-%d %H:%M:%S UTC"],
            true_values=["true"],
            false_values=["false"],
        ),
    )
    with stream, pq.ParquetWriter(output, CLASSIFICATIONS, compression="zstd", compression_level=1) as writer:
        for batch in stream:
            writer.write_batch(_batch(batch))


def _batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    reader, notes = LooseJson(orjson.loads), Notes()
    version = pc.extract_regex(batch["workflow_version"], r"^(?P<major>[0-9]+)(?P<dot>\.(?P<minor>[0-9]+))?$")
    minor = pc.struct_field(version, "minor")
    columns = {
        "workflow_major": pc.struct_field(version, "major").cast(pa.int32()),
        "workflow_minor": pc.if_else(pc.equal(minor, ""), None, minor).cast(pa.int32()),
        "created_at": batch["created_at"].cast(TIME),
        "subject_ids": pc.split_pattern(batch["subject_ids"], ";").cast(INTS),
        "metadata": pa.array([read_metadata(text, notes, reader) for text in batch["metadata"].to_pylist()], METADATA),
    }
    return pa.record_batch(
        [columns[name] if name in columns else batch[name] for name in CLASSIFICATIONS.names], schema=CLASSIFICATIONS
    )
