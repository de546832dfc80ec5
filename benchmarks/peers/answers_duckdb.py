"""Peers: the answers of PYBOSSA task runs with DuckDB, one row for each member of `info`, in SQL, on all cores."""

from os import PathLike, fspath

import duckdb

IDS = ("id", "task_id", "project_id", "user_id")
RECORDS = f"read_json($path, format = 'array', columns = {dict.fromkeys(IDS, 'BIGINT') | {'info': 'JSON'}})"
# Of a JSON value and the name that DuckDB has for its type.
COLUMNS = """
    CASE type
        WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null'
        WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' ELSE 'number'
    END AS kind,
    CASE WHEN type NOT IN ('OBJECT', 'ARRAY', 'NULL') THEN value ->> '$' END AS answer,
    CASE WHEN type IN ('DOUBLE', 'UBIGINT', 'BIGINT') THEN value::DOUBLE END AS number,
    CASE WHEN type IN ('OBJECT', 'ARRAY') THEN value::VARCHAR END AS json
"""
# `json_each` numbers keys and values together, after the object.
EACH = f"""
SELECT {", ".join(f"record.{name}" for name in IDS)}, key, (member.id // 2 - 1)::INTEGER AS answer_index, {COLUMNS}
FROM {RECORDS} AS record, json_each(record.info) AS member
"""
MAPS = f"""
WITH members AS (
    SELECT {", ".join(IDS)}, map_entries(from_json(info, '"MAP(VARCHAR, JSON)"')) AS members FROM {RECORDS}
),
entries AS (
    SELECT {", ".join(IDS)}, unnest(members) AS entry, (generate_subscripts(members, 1) - 1)::INTEGER AS answer_index
    FROM members
),
typed AS (
    SELECT {", ".join(IDS)}, entry.key AS key, answer_index, entry.value AS value, json_type(entry.value) AS type
    FROM entries
)
SELECT {", ".join(IDS)}, key, answer_index, {COLUMNS} FROM typed
"""


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `answers` of a task run download to Parquet: `read_json`, `json_each`, `COPY`.

    Leaves out: the rows of lists inside lists and of strings that hold JSON, and which items of lists are annotations;
    `project_id` of the oldest servers; `answer_index` of an `info` that is not an object and of members after an object
    or list with items, since `json_each` numbers these too; the source tokens of numbers and escapes, which are
    reformatted; rejects (the first malformed record is an error); records longer than 16 MiB.
    """
    _copy(EACH, path, output)


def convert_maps(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `answers` of a task run download to Parquet: `read_json`, `from_json` to a map, `unnest`, `COPY`.

    Leaves out: the answers in an `info` that is not an object; `project_id` of the oldest servers; the source tokens of
    numbers and escapes, which are reformatted; rejects (the first malformed record is an error); records longer than
    16 MiB.
    """
    _copy(MAPS, path, output)


def _copy(query: str, path: str | PathLike[str], output: str | PathLike[str]) -> None:
    target = fspath(output).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)",
            {"path": fspath(path)},
        )
