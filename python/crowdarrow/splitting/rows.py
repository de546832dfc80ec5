"""Files of a part that `merge` reads: rows to be finished, rejects and keys, as Arrow files."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from crowdarrow import _core
from crowdarrow.read.output import Rejects

_REJECTS = pa.schema(
    [
        ("source", pa.string()),
        ("record", pa.int64()),
        ("line", pa.int64()),
        ("byte_offset", pa.int64()),
        ("column", pa.string()),
        ("kind", pa.string()),
        ("message", pa.string()),
        ("raw", pa.binary()),
        ("more", pa.bool_()),
    ]
)


class RowsFile:
    """Writes batches of one schema, which the first of them has."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pa.RecordBatchFileWriter | None = None
        self.rows = 0

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        if self._writer is None:
            options = pa.ipc.IpcWriteOptions(compression="zstd", use_threads=False)
            self._writer = pa.ipc.new_file(str(self._path), batch.schema, options=options)
        self._writer.write_batch(batch)
        self.rows += batch.num_rows

    def close(self) -> bool:
        """Complete the file; returns whether there is one."""
        if self._writer is None:
            return False
        self._writer.close()
        return True


def read_rows(path: Path) -> Iterator[pa.RecordBatch]:
    """The batches of a file; none if it does not exist."""
    if path.is_file():
        with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
            for number in range(reader.num_record_batches):
                yield reader.get_batch(number)


def rejects_batch(rejects: Rejects) -> pa.RecordBatch:
    """The rejects of a block as rows."""
    columns = list(zip(*rejects, strict=True))
    return pa.record_batch(
        [pa.array(column, field.type) for column, field in zip(columns, _REJECTS, strict=True)], schema=_REJECTS
    )


def read_rejects(batches: Iterable[pa.RecordBatch], records: int, lines: int) -> Iterator[Rejects]:
    """The rejects of each batch, which are of one source, after so many records and lines."""
    for batch in batches:
        columns = [column.to_pylist() for column in batch.columns]
        for at, before in ((1, records), (2, lines)):
            columns[at] = [number + before for number in columns[at]] if before else columns[at]
        yield Rejects(columns[0][0], _core.Rejects(list(zip(*columns[1:], strict=True))))
