"""Peer: Polars, lazy and streaming, on all cores."""

from os import PathLike
from pathlib import Path

import polars as pl

from oracle.schemas import CLASSIFICATIONS

INTEGERS = ("classification_id", "user_id", "workflow_id")
EXPORT_TIME, ISO_TIME = "%Y-%m-%d %H:%M:%S UTC", "%+"


def _struct(names: str, type_: type[pl.DataType]) -> dict[str, type[pl.DataType]]:
    return dict.fromkeys(names.split(), type_)


# Polars raises an error at the first JSON value of another type than declared, unless the declared type is text.
# Members that are known to vary (a boolean as text, one object instead of a list) are therefore handled separately.
LONE_OBJECT = r'"subject_dimensions":(\{[^{}]*\})'
BOOLEANS = ("live_project", "seen_before", "subject_flagged")
DIMENSIONS = _struct("clientWidth clientHeight naturalWidth naturalHeight", pl.Float64)
SELECTION = (
    _struct("retired", pl.Boolean)
    | _struct("selected_at", pl.String)
    | _struct("already_seen", pl.Boolean)
    | _struct("selection_state", pl.String)
    | _struct("finished_workflow user_has_finished_workflow", pl.Boolean)
)
METADATA = pl.Struct(
    {
        **_struct("started_at finished_at session user_agent user_language utc_offset", pl.String),
        "viewport": pl.Struct(_struct("width height", pl.Float64)),
        "source": pl.String,
        **_struct(" ".join(BOOLEANS), pl.String),
        "user_group_ids": pl.List(pl.Int64),
        "subject_dimensions": pl.List(pl.Struct(DIMENSIONS)),
        "subject_selection_state": pl.Struct(SELECTION),
        "interventions": pl.Struct({**_struct("opt_in messageShown", pl.Boolean), "uuid": pl.String}),
        **_struct("classifier_version revision workflow_translation_id", pl.String),
    }
)


def _json_time(column: pl.Expr) -> pl.Expr:
    return column.str.to_datetime(ISO_TIME, time_unit="us", strict=False)


def _decoded() -> pl.Expr:
    text = pl.col("metadata").str.replace(LONE_OBJECT, r'"subject_dimensions":[$1]')
    return text.str.json_decode(METADATA)


def _typed() -> pl.Expr:
    selection = pl.field("subject_selection_state").struct
    return pl.col("metadata").struct.with_fields(
        _json_time(pl.field("started_at")),
        _json_time(pl.field("finished_at")),
        pl.field("utc_offset").cast(pl.Int32, strict=False),
        *(pl.field(name) == "true" for name in BOOLEANS),
        selection.with_fields(_json_time(pl.field("selected_at"))),
    )


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `classifications` of a current (14-column) export to Parquet.

    Leaves out: `feedback` and `extra`, so metadata that is unknown or of another type is lost; unknown columns; rejects
    (the first malformed record is an error, as is a version in another form, or metadata in an unexpected shape);
    parsing the JSON of `annotations` and `subject_data`; the null texts, and booleans and times in other forms than the
    exporter's.
    """
    version = pl.col("workflow_version").str.split_exact(".", 1).struct
    frame = pl.scan_csv(
        Path(path),
        infer_schema=False,
        schema_overrides=dict.fromkeys(INTEGERS, pl.Int64) | {"gold_standard": pl.Boolean},
        empty_string_is_null=True,
    ).with_columns(
        version.field("field_0").cast(pl.Int32).alias("workflow_major"),
        version.field("field_1").cast(pl.Int32).alias("workflow_minor"),
        pl.col("created_at").str.to_datetime(EXPORT_TIME, time_unit="us").dt.replace_time_zone("UTC"),
        _decoded(),
        pl.col("subject_ids").str.split(";").cast(pl.List(pl.Int64)),
    )
    frame = frame.with_columns(_typed())
    frame.select(CLASSIFICATIONS.names).sink_parquet(Path(output), compression="zstd", compression_level=1)
