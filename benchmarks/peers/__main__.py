"""`python -m peers NAME INPUT OUTPUT`: run one reader in its own process, to measure its time and memory."""

import argparse
from importlib import import_module

from . import ANSWERS_READERS, CSV_READERS, INFLATE, JSON_READERS, VOTES_READERS


def main() -> None:
    """Run one reader."""
    known = (*CSV_READERS, *JSON_READERS, *VOTES_READERS, *ANSWERS_READERS, INFLATE)
    readers = {reader.name: reader for reader in known}
    parser = argparse.ArgumentParser(prog="peers", description="Convert one export with one reader.")
    parser.add_argument("reader", choices=readers)
    parser.add_argument("input")
    parser.add_argument("output")
    arguments = parser.parse_args()
    reader = readers[arguments.reader]
    getattr(import_module(f"peers.{reader.module}"), reader.function)(arguments.input, arguments.output)


if __name__ == "__main__":
    main()
