"""Peer: `csv` and `orjson`."""

from os import PathLike

import orjson

from oracle import pure_python


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the record table to Parquet.

    As `csv_json`; integers beyond 64 bits become floats, which loses digits in `extra`, and a JSON cell
    with a lone surrogate escape, or a number beyond a float's range, rejects its record.
    """
    pure_python.convert(path, output, orjson.loads)
