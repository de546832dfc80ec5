"""Peer: DuckDB, in SQL, on all cores."""

import json
from os import PathLike, fspath

import duckdb

COLUMNS = {
    "classification_id": "BIGINT",
    "user_name": "VARCHAR",
    "user_id": "BIGINT",
    "user_ip": "VARCHAR",
    "workflow_id": "BIGINT",
    "workflow_name": "VARCHAR",
    "workflow_version": "VARCHAR",
    "created_at": "VARCHAR",
    "gold_standard": "BOOLEAN",
    "expert": "VARCHAR",
    "metadata": "VARCHAR",
    "annotations": "VARCHAR",
    "subject_data": "VARCHAR",
    "subject_ids": "VARCHAR",
}
SIZE = {"width": "DOUBLE", "height": "DOUBLE"}
DIMENSIONS = dict.fromkeys(("clientWidth", "clientHeight", "naturalWidth", "naturalHeight"), "DOUBLE")
METADATA = {
    **dict.fromkeys(("started_at", "finished_at"), "TIMESTAMPTZ"),
    **dict.fromkeys(("session", "user_agent", "user_language"), "VARCHAR"),
    "utc_offset": "INTEGER",
    "viewport": SIZE,
    "source": "VARCHAR",
    **dict.fromkeys(("live_project", "seen_before", "subject_flagged"), "BOOLEAN"),
    "user_group_ids": ["BIGINT"],
    "subject_dimensions": [DIMENSIONS],
    "subject_selection_state": {
        "retired": "BOOLEAN",
        "selected_at": "TIMESTAMPTZ",
        "already_seen": "BOOLEAN",
        "selection_state": "VARCHAR",
        "finished_workflow": "BOOLEAN",
        "user_has_finished_workflow": "BOOLEAN",
    },
    "interventions": {"opt_in": "BOOLEAN", "messageShown": "BOOLEAN", "uuid": "VARCHAR"},
    **dict.fromkeys(("classifier_version", "revision", "workflow_translation_id"), "VARCHAR"),
    "feedback": "JSON",
}
# With a larger limit, the buffers are so large that one core reads most of the file.
MAX_RECORD_BYTES = 2 << 20


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the table `classifications` of a current (14-column) export to Parquet.

    Leaves out: `extra`, so metadata that is unknown or of another type is lost; unknown columns; rejects (the first
    malformed record is an error); records longer than 2 MiB; parsing the JSON of `annotations` and `subject_data`; the
    null texts, and times in other forms than the exporter's.
    """
    version = "regexp_extract(workflow_version, '^([0-9]+)([.]([0-9]+))?$', {})"
    selected = {
        **{name: f'"{name}"' for name in COLUMNS},
        "created_at": "strptime(created_at, '%Y-%m-%d %H:%M:%S UTC')::TIMESTAMPTZ",
        "metadata": f"from_json(metadata, '{json.dumps(METADATA)}')",
        "subject_ids": "string_split(subject_ids, ';')::BIGINT[]",
    }
    columns = [f"{expression} AS {name}" for name, expression in selected.items()]
    columns[7:7] = [
        f"TRY_CAST({version.format(1)} AS INTEGER) AS workflow_major",
        f"TRY_CAST({version.format(3)} AS INTEGER) AS workflow_minor",
    ]
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"""
            COPY (
                SELECT {", ".join(columns)}
                FROM read_csv(
                    $path, header = true, auto_detect = false, columns = {COLUMNS},
                    delim = ',', quote = '"', escape = '"', max_line_size = {MAX_RECORD_BYTES}
                )
            ) TO '{fspath(output).replace("'", "''")}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)
            """,
            {"path": fspath(path)},
        )
