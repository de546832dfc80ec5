"""Peer: votes per subject with DuckDB, in SQL, on all cores."""

from os import PathLike, fspath

import duckdb

from .duckdb_reader import COLUMNS, MAX_RECORD_BYTES

ANNOTATIONS = '[{"task": "VARCHAR", "value": "JSON", "markIndex": "JSON"}]'
ITEM = """{
    "choice": "VARCHAR", "answers": "MAP(VARCHAR, JSON)",
    "select_label": "VARCHAR", "option": "JSON", "selection": "JSON", "value": "JSON"
}"""
QUERY = f"""
WITH records AS (
    SELECT
        classification_id, workflow_id, string_split(subject_ids, ';')[1]::BIGINT AS subject_id,
        unnest(from_json(annotations, '{ANNOTATIONS}'), recursive := true)
    FROM read_csv(
        $path, header = true, auto_detect = false, columns = {COLUMNS},
        delim = ',', quote = '"', escape = '"', max_line_size = {MAX_RECORD_BYTES}
    )
),
annotations AS (
    SELECT
        classification_id, workflow_id, subject_id,
        unnest(
            CASE
                WHEN value LIKE '[{{"task":%' THEN from_json(value, '{ANNOTATIONS}')
                ELSE [{{'task': task, 'value': value, 'markIndex': markIndex}}]
            END,
            recursive := true
        )
    FROM records
    WHERE value IS NOT NULL
),
items AS (
    SELECT
        classification_id, workflow_id, subject_id, task,
        unnest(CASE WHEN value LIKE '[%' THEN from_json(value, '["JSON"]') ELSE [value] END) AS item
    FROM annotations
    -- In the new front end, the answers about a mark are annotations with an index.
    WHERE value IS NOT NULL AND markIndex IS NULL
),
parsed AS (
    SELECT *, CASE WHEN item LIKE '{{%' THEN from_json(item, '{ITEM}') END AS parts
    FROM items
),
given AS (
    SELECT
        classification_id, workflow_id, subject_id, task,
        unnest(
            CASE
                WHEN parts IS NULL THEN [{{'question': NULL, 'choice': NULL, 'answer': item}}]
                WHEN parts.choice IS NOT NULL THEN list_concat(
                    [{{'question': NULL, 'choice': NULL, 'answer': to_json(parts.choice)}}],
                    [{{'question': entry.key, 'choice': parts.choice, 'answer': entry.value}}
                        FOR entry IN map_entries(parts.answers)]
                )
                WHEN parts.select_label IS NOT NULL OR parts.option IS NOT NULL THEN [{{
                    'question': parts.select_label, 'choice': NULL, 'answer': coalesce(parts.selection, parts.value)
                }}]
            END,
            recursive := true
        )
    FROM parsed
),
answers AS (
    SELECT
        classification_id, workflow_id, subject_id, task, question, choice,
        unnest(CASE WHEN answer LIKE '[%' THEN from_json(answer, '["JSON"]') ELSE [answer] END) AS answer
    FROM given
)
SELECT
    workflow_id, subject_id, task, question, choice, answer ->> '$' AS answer,
    count(DISTINCT classification_id) AS votes
FROM answers
WHERE answer IS NOT NULL
GROUP BY ALL
"""


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the votes for each answer about each subject to Parquet: `read_csv`, `from_json`, `unnest`, `GROUP BY`.

    Parses the JSON of `annotations`, of which it knows questions, sliders, texts, dropdowns, surveys and combos.
    Leaves out: the other columns; `asked`, `skipped`, `empty`, `fraction` and labels; rejects (the first malformed
    record is an error); records longer than 2 MiB.
    """
    target = fspath(output).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY ({QUERY}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)",
            {"path": fspath(path)},
        )
