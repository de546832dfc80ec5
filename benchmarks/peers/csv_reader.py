"""Peers: Python's `csv` with `json` or `orjson`, the loop that most projects use."""

import json
from os import PathLike

from oracle import pure_python


def convert_json(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the record table to Parquet with the standard library.

    Reads every column and `extra`, and checks every JSON cell. Leaves out: `""` as distinct from null; records after
    malformed quotes; duplicate keys; the source tokens of `extra`.
    """
    pure_python.convert(path, output, json.loads)


def convert_orjson(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the record table to Parquet with `csv` and `orjson`.

    Leaves out: what csv + json leaves out; the digits of integers beyond 64 bits, which become floats; records whose
    JSON has a lone surrogate escape or a number beyond the range of a float, which are rejected.
    """
    import orjson

    pure_python.convert(path, output, orjson.loads)
