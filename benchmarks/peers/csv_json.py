"""Peer: the standard library alone, `csv` and `json`."""

import json
from os import PathLike

from oracle import pure_python


def convert(path: str | PathLike[str], output: str | PathLike[str]) -> None:
    """Write the record table to Parquet.

    Every column and `extra`, every JSON cell checked. Leaves out what `pure_python` says of `convert`:
    `""` against null, records after bad quotes, duplicate keys, `extra` token by token.
    """
    pure_python.convert(path, output, json.loads)
