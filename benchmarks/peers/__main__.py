"""`python -m readers NAME INPUT OUTPUT`: one reader in a process of its own, for its time and memory."""

import argparse
from importlib import import_module

# Module and function of each, from the fastest to be expected to the slowest.
READERS = {
    "polars": ("polars_reader", "convert"),
    "duckdb": ("duckdb_reader", "convert"),
    "arrow": ("arrow_reader", "convert"),
    "csv_orjson": ("csv_orjson", "convert"),
    "csv_json": ("csv_json", "convert"),
    "pandas": ("pandas_reader", "convert"),
    # Of task runs.
    "duckdb_json": ("task_runs", "convert_duckdb"),
    "polars_json": ("task_runs", "convert_polars"),
    "json_arrow": ("task_runs", "convert_json"),
    # Of a gzip file.
    "inflate": ("inflate", "convert"),
}


def main() -> None:
    """Run one reader."""
    parser = argparse.ArgumentParser(prog="readers", description="Convert one export with one reader.")
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("input")
    parser.add_argument("output")
    arguments = parser.parse_args()
    module, function = READERS[arguments.reader]
    getattr(import_module(f"peers.{module}"), function)(arguments.input, arguments.output)


if __name__ == "__main__":
    main()
