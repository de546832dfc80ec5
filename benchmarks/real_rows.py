"""Write a large classification export from real rows, for `make bench BENCH_ARGS="--own FILE"`.

    python benchmarks/real_rows.py OUT MB EXPORT...

The rows of the exports are shuffled and repeated, with new, ascending ids, in the exporter's form of CSV. Left out are
rows without the 14 columns, or whose JSON does not parse; R's `NA` becomes empty.
"""

import argparse
import csv
import io
import json
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench import MB
from peers.duckdb_reader import COLUMNS

JSON_COLUMNS = ("metadata", "annotations", "subject_data")
FIRST_ID = 100_000_001


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    """The rows of an export that can be repeated."""
    csv.field_size_limit(sys.maxsize)
    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        reader = csv.DictReader(file)
        if not COLUMNS.keys() <= set(reader.fieldnames or ()):
            return
        for row in reader:
            values = {name: "" if row[name] in {None, "NA"} else row[name] for name in COLUMNS}
            try:
                for name in JSON_COLUMNS:
                    json.loads(values[name])
            except ValueError:
                continue
            yield values


def write(output: Path, size: int, exports: Sequence[Path]) -> int:
    """Write at least `size` bytes. Returns the number of rows.

    Raises:
        ValueError: The exports have no such rows.
    """
    rows = [row for path in exports for row in rows_of(path)]
    if not rows:
        msg = "the exports have no rows of 14 columns"
        raise ValueError(msg)
    chance, number, written = random.Random(1), FIRST_ID, 0  # noqa: S311 - the same order each time
    with output.open("w", newline="", encoding="utf-8") as file:
        csv.DictWriter(file, COLUMNS, lineterminator="\n").writeheader()
        while written < size:
            chance.shuffle(rows)
            text = io.StringIO()
            writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
            for row in rows:
                writer.writerow(row | {"classification_id": number})
                number += 1
            file.write(text.getvalue())
            written += len(text.getvalue().encode())
    return number - FIRST_ID


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path, metavar="OUT")
    parser.add_argument("mb", type=int, metavar="MB")
    parser.add_argument("exports", type=Path, nargs="+", metavar="EXPORT")
    arguments = parser.parse_args()
    rows = write(arguments.output, arguments.mb * MB, arguments.exports)
    sys.stdout.write(f"{rows:,} rows, {arguments.output.stat().st_size:,} bytes\n")
