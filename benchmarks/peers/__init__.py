"""The readers that crowdarrow is measured against. The docstring of each function states its limits.

This module imports the standard library only, since the benchmarks run in a process with little memory.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """A function of this package that converts an export.

    `slow` readers convert only the beginning of an input, since their rate does not depend on its size. `title` is the
    name on page and charts.
    """

    name: str
    title: str
    module: str
    function: str = "convert"
    slow: bool = False


CSV_READERS = (
    Peer("polars", "Polars", "polars_reader"),
    Peer("duckdb", "DuckDB", "duckdb_reader"),
    Peer("arrow", "pyarrow.csv + orjson", "arrow_reader", slow=True),
    Peer("csv_orjson", "csv + orjson", "csv_reader", "convert_orjson", slow=True),
    Peer("csv_json", "csv + json", "csv_reader", "convert_json", slow=True),
    Peer("pandas", "pandas + json", "pandas_reader", slow=True),
)
JSON_READERS = (
    Peer("duckdb_json", "DuckDB", "task_runs", "convert_duckdb"),
    Peer("polars_json", "Polars", "task_runs", "convert_polars"),
    Peer("json_arrow", "json + pyarrow", "task_runs", "convert_json", slow=True),
)
INFLATE = Peer("inflate", "inflating alone (zlib)", "inflate")
