"""The readers that crowdarrow is measured against. The docstring of each function states its limits.

This module imports the standard library only, since the benchmarks run in a process with little memory.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """A function of this package that converts an export.

    `slow` readers convert only the beginning of an input, since their rate does not depend on its size. `title` is the
    name on page and charts, `work` what the reader does with an export.
    """

    name: str
    title: str
    module: str
    function: str = "convert"
    slow: bool = False
    work: str = ""


_COPIED = "other JSON copied as text, unchecked"
CSV_READERS = (
    Peer(
        "polars",
        "Polars",
        "polars_reader",
        work=f"known columns typed; known members of `metadata` decoded by `json_decode`, unknown ones lost; {_COPIED}",
    ),
    Peer(
        "duckdb",
        "DuckDB",
        "duckdb_reader",
        work=f"known columns typed; known members of `metadata` decoded by `from_json`, unknown ones lost; {_COPIED}",
    ),
    Peer(
        "arrow",
        "pyarrow.csv + orjson",
        "arrow_reader",
        slow=True,
        work=f"known columns typed; all members of `metadata` parsed by orjson and typed in Python; {_COPIED}",
    ),
    Peer(
        "csv_orjson",
        "csv + orjson",
        "csv_reader",
        "convert_orjson",
        slow=True,
        work="all columns typed in Python, all JSON parsed by orjson; malformed records rejected",
    ),
    Peer(
        "csv_json",
        "csv + json",
        "csv_reader",
        "convert_json",
        slow=True,
        work="all columns typed in Python, all JSON parsed by json; malformed records rejected",
    ),
    Peer(
        "pandas",
        "pandas + json",
        "pandas_reader",
        slow=True,
        work=f"known columns typed; all members of `metadata` parsed by json and typed in Python; {_COPIED}",
    ),
)
JSON_READERS = (
    Peer(
        "duckdb_json",
        "DuckDB",
        "task_runs",
        "convert_duckdb",
        work="known columns typed by `read_json`; unknown ones lost",
    ),
    Peer(
        "polars_json",
        "Polars",
        "task_runs",
        "convert_polars",
        work="known columns typed by `read_json`; unknown ones and the answers in `info` lost",
    ),
    Peer(
        "json_arrow",
        "json + pyarrow",
        "task_runs",
        "convert_json",
        slow=True,
        work="all parsed by json; known columns typed by pyarrow, unknown ones lost",
    ),
)
VOTES_READERS = (
    Peer(
        "votes_polars",
        "Polars",
        "votes_polars",
        work="votes only, of four columns; answers found in `annotations` with regular expressions, JSON unchecked",
    ),
    Peer(
        "votes_duckdb",
        "DuckDB",
        "votes_duckdb",
        work="votes only, of four columns; `annotations` decoded by `from_json` and `unnest`",
    ),
    Peer(
        "votes_pandas",
        "pandas + orjson",
        "votes_pandas",
        work="votes only, of three columns; chunks by pandas, `annotations` parsed by orjson, counted in Python",
    ),
)
ANSWERS_READERS = (
    Peer(
        "answers_duckdb",
        "DuckDB, json_each",
        "answers_duckdb",
        work="`read_json`, then `json_each` over `info`: one row for each member of an object, known columns alone",
    ),
    Peer(
        "answers_duckdb_maps",
        "DuckDB, maps",
        "answers_duckdb",
        "convert_maps",
        work="`read_json`, then `info` as a map from texts to JSON by `from_json`, `unnest`: objects alone",
    ),
)
INFLATE = Peer("inflate", "inflating alone (zlib)", "inflate")
