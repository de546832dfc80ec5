"""Files of web servers in parts: an index of a URL, and a part that is read by requests for ranges."""

from collections.abc import Callable
from pathlib import Path

import pytest

import crowdarrow as ca
from crowdarrow._core import CsvSource, Input
from crowdarrow.cli import run
from crowdarrow.errors import DamagedInputError
from crowdarrow.indexing.index import make_index
from crowdarrow.read.options import ReadOptions
from crowdarrow.stores.object import StoreObject
from support.store_servers import WebServer

Make = Callable[[int], bytes]
OPTIONS = ReadOptions()


def test_part_of_an_object_is_read_by_ranges(web: WebServer, made: Make) -> None:
    url = web.serve("c.csv", made(20_000))
    found = make_index(url, OPTIONS, every=1_000_000).positions
    assert [position[0] // 1_000_000 for position in found.found] == [1, 2]
    (offset, line, records), (end, _, _) = found.found
    assert found.header is not None
    web.requests.clear()
    sizes = {"block_bytes": 1 << 19, "max_record_bytes": OPTIONS.max_record_bytes}
    source = CsvSource.at(
        Input(StoreObject.at(url), url, start=offset), **sizes, header=found.header, separator=",",
        header_quoted=False, start=(offset, line, records), end=end,
    )  # fmt: skip
    column = found.header.index("classification_id")
    first = source.first_records(["" if number == column else None for number in range(len(found.header))])
    assert first[:2] == [[(column, str(records))], [(column, str(records + 1))]]
    starts = [int(ranges.removeprefix("bytes=").partition("-")[0]) for _, _, ranges in web.requests if ranges]
    assert offset in starts
    assert all(start == 0 or start >= offset for start in starts)


def test_index_of_a_url_notices_another_object(web: WebServer, made: Make, tmp_path: Path) -> None:
    url, path = web.serve("c.csv", made(100)), tmp_path / "c.index.json"
    assert run(["index", url, "-o", str(path), "-q"]) == 0
    (split,) = ca.splits(url, 4000, index=path).splits
    assert split.inputs[0].digest is not None
    web.serve("c.csv", made(99))
    with pytest.raises(DamagedInputError, match="changed after its index was made"):
        ca.splits(url, 4000, index=path)
