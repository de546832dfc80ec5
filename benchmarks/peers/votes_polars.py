"""Peer: votes per subject with Polars, lazy and streaming, on all cores."""

from os import PathLike
from pathlib import Path

import polars as pl

# JSON as the exporter writes it, without spaces. A quote in a string is escaped, so no string holds `"choice":`.
STRING = r'"(?:[^"\\]|\\.)*"'
SCALAR = rf"{STRING}|-?[0-9][0-9.eE+-]*|true|false"
FLAT_LIST = rf'\[(?:{STRING}|[^\[\]{{}}"])*\]'
FLAT_OBJECT = rf'\{{(?:{STRING}|[^{{}}"])*\}}'
IDENTIFICATION = f'"choice":{STRING},"answers":{FLAT_OBJECT}'
BEFORE_VALUE = rf'^(?:null|{STRING})(?:,"\w+":(?:null|{STRING}))*$'
KEY = ("workflow_id", "subject_id", "task", "question", "choice", "answer")


def _if_any(text: pl.Expr, *marks: str) -> pl.Expr:
    """The text if it contains one of the marks, else null, in which no pattern is looked for."""
    return pl.when(pl.any_horizontal(text.str.contains(mark, literal=True) for mark in marks)).then(text)


def _votes(annotations: pl.LazyFrame) -> pl.LazyFrame:
    """One row for each answer. `annotation` is the text of an annotation after `{"task":`."""
    annotation, before, value, item, part = (pl.col(name) for name in ("annotation", "before", "value", "item", "part"))
    halves = annotation.str.splitn(',"value":', 2).struct
    values = (
        annotations.select(pl.exclude("annotation"), halves[0].alias("before"), halves[1].alias("value"))
        .filter(before.str.contains(BEFORE_VALUE))
        .select(pl.exclude("before"), before.str.extract(f"^({STRING})").alias("task"))
    )
    items = values.select(
        pl.exclude("value"),
        pl.coalesce(
            _if_any(value, '"choice":').str.extract_all(IDENTIFICATION),
            _if_any(value, '"select_label":', '"option":').str.extract_all(FLAT_OBJECT),
            value.str.extract(f"^({FLAT_LIST}|{SCALAR})").str.extract_all(SCALAR),
        ).alias("item"),
    ).explode("item")
    parts = items.select(
        pl.exclude("item"),
        item.str.extract(f'^"choice":({STRING})').alias("choice"),
        # Of an identification, the pair of the choice, and one of each question.
        pl.when(item.str.starts_with('"choice":'))
        .then(item.str.extract_all(f"{STRING}:(?:{SCALAR}|{FLAT_LIST})"))
        .otherwise(pl.concat_list(item))
        .alias("part"),
    ).explode("part")
    is_choice = part.str.starts_with('"choice":')
    given = (
        pl.when(part.str.starts_with("{"))
        .then(part.str.extract(f'"(?:selection|value)":({SCALAR})'))
        .otherwise(pl.coalesce(part.str.extract(f"^{STRING}:((?s:.*))"), part))
    )
    return parts.select(
        pl.exclude("part", "choice"),
        pl.when(~is_choice)
        .then(pl.coalesce(part.str.extract(f"^({STRING}):"), part.str.extract(f'"select_label":({STRING})')))
        .alias("question"),
        pl.when(~is_choice).then("choice").alias("choice"),
        given.str.extract_all(SCALAR).alias("answer"),
    ).explode("answer")


def _decoded(name: str) -> pl.Expr:
    """A JSON scalar as text. Most strings have no escapes, and need no decoding."""
    token = pl.col(name)
    escaped = token.str.contains("\\", literal=True)
    decoded = pl.when(escaped).then(token).str.json_decode(pl.String)
    return pl.when(escaped).then(decoded).otherwise(token.str.strip_prefix('"').str.strip_suffix('"')).alias(name)


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the votes for each answer about each subject to Parquet: `scan_csv`, patterns, `explode`, `group_by`.

    Finds the answers of questions, sliders, texts, dropdowns, surveys and combos in `annotations` with regular
    expressions, since `json_decode` needs one type for all values. Leaves out: the other columns; `asked`, `skipped`,
    `empty`, `fraction` and labels; checking the JSON, which must have the exporter's order of members and no spaces;
    rejects (the first malformed record is an error).
    """
    annotations = (
        pl.scan_csv(Path(path), infer_schema=False)
        .select(
            pl.col("classification_id", "workflow_id").cast(pl.Int64),
            pl.col("subject_ids").str.extract("^([0-9]+)").cast(pl.Int64).alias("subject_id"),
            # Each annotation begins with its task, in a combo too.
            pl.col("annotations").str.split('{"task":').alias("annotation"),
        )
        .explode("annotation")
        # In the new front end, the answers about a mark are annotations with an index.
        .filter(~pl.col("annotation").str.contains('"markIndex":', literal=True))
    )
    votes = (
        _votes(annotations)
        .filter(pl.col("answer").is_not_null())
        .with_columns(_decoded(name) for name in KEY[2:])
        .group_by(KEY)
        .agg(pl.col("classification_id").n_unique().cast(pl.Int64).alias("votes"))
    )
    votes.sink_parquet(Path(output), compression="zstd", compression_level=1)
