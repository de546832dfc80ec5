"""`python -m readers NAME INPUT OUTPUT`: one reader in a process of its own, for its time and memory."""

import argparse
from importlib import import_module

# From the fastest to be expected to the slowest.
READERS = {
    "polars": "polars_reader",
    "duckdb": "duckdb_reader",
    "arrow": "arrow_reader",
    "csv_orjson": "csv_orjson",
    "csv_json": "csv_json",
    "pandas": "pandas_reader",
}


def main() -> None:
    """Run one reader."""
    parser = argparse.ArgumentParser(prog="readers", description="Convert one export with one reader.")
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("input")
    parser.add_argument("output")
    arguments = parser.parse_args()
    import_module(f"readers.{READERS[arguments.reader]}").convert(arguments.input, arguments.output)


if __name__ == "__main__":
    main()
