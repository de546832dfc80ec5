"""Memory of counting votes: `python benchmarks/votes_memory.py` writes 50 million distinct keys and reports the peak.

The export is made while it is read. Each record is of another subject, and each answer in its list is a key.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator

import crowdarrow as ca

HEADER = (
    b"classification_id,user_name,user_id,workflow_id,workflow_version,created_at,metadata,annotations,subject_data,"
    b"subject_ids\n"
)
ANSWERS = 50
CHUNK_RECORDS = 2000


class Export:
    """A binary file object whose content is made as it is read."""

    def __init__(self, keys: int) -> None:
        self._chunks = self._made(keys // ANSWERS)
        self._rest = b""

    @staticmethod
    def _made(records: int) -> Iterator[bytes]:
        yield HEADER
        values = ",".join(f'""answer {number}""' for number in range(ANSWERS))
        for begin in range(0, records, CHUNK_RECORDS):
            # Subjects are in no order, as in an export.
            rows = (
                f"{number},user {number % 5000},{number % 5000},10,3.4,2026-05-04 10:00:00 UTC,{{}},"
                f'"[{{""task"":""T0"",""value"":[{values}]}}]",{{}},{number * 7919 % 1_000_003}\n'
                for number in range(begin, min(begin + CHUNK_RECORDS, records))
            )
            yield "".join(rows).encode()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; none at the end."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


def main() -> None:
    """Count, and print the number of keys, the time and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=50_000_000)
    parser.add_argument("--tables", default="votes")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        report = ca.convert(Export(arguments.keys), f"{folder}/out/", tables=arguments.tables, threads=1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{report.tables}: {time.perf_counter() - started:,.0f} s, {peak:,.0f} MiB at most")  # noqa: T201 - its output


if __name__ == "__main__":
    main()
