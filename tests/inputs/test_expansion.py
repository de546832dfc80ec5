"""Input that decompresses to far more bytes than it has: the run ends with one line, and nothing is left behind."""

import bz2
import gzip
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import zstandard

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.read import inputs
from crowdarrow.read.reader import open_tables

HEADER = b"classification_id,user_name,annotations\n"
FLOOR = 1 << 20


@pytest.fixture(autouse=True)
def low_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_EXPANSION_FLOOR", FLOOR)


def zipped(data: bytes, method: int, packed: bytes) -> bytes:
    """A zip of one member that is compressed by any method."""
    common = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0, zlib.crc32(data), len(packed), len(data), 5, 0)
    local = b"PK\3\4" + common + b"a.csv" + packed
    entry = b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + b"a.csv"
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)
    return local + entry + end


def zip_of(method: int, pack: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda data: zipped(data, method, pack(data))


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def until_error(source: Iterable[Any]) -> tuple[list[Any], str]:
    """What a source gives before its error, and the error."""
    given: list[Any] = []
    try:
        given.extend(source)
    except ca.DamagedInputError as error:
        return given, str(error)
    return given, ""


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
    "zip": zip_of(8, deflate),
    "zip of bzip2": zip_of(12, bz2.compress),
    "zip of zstd": zip_of(93, zstandard.compress),
    "zip of xz": zip_of(95, lzma.compress),
    "gzip in zip": lambda data: zipped(gzip.compress(data, mtime=0), 0, gzip.compress(data, mtime=0)),
    "gzip in gzip": lambda data: gzip.compress(gzip.compress(data)),
}


@pytest.mark.parametrize("how", PACKED)
def test_every_compression_is_read_and_limited(how: str, tmp_path: Path) -> None:
    path = tmp_path / "a.csv.packed"
    path.write_bytes(PACKED[how](HEADER + b"1,a,[]\n" * 100))
    assert ca.inspect(path).rows == 100
    path.write_bytes(PACKED[how](HEADER + b"1,volunteer,[]\n" * 100_000))
    with pytest.raises(ca.DamagedInputError) as caught:
        ca.convert(path, tmp_path / "out.csv")
    said = str(caught.value)
    assert said.startswith(f"{path} is damaged: ")
    assert "\n" not in said
    for part in ("decompression bomb", "at most 200 times as many are allowed", "`max_expansion`"):
        assert part in said
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert ca.convert(path, tmp_path / "out.csv", max_expansion=1 << 32).rows == 100_000


def test_records_before_the_limit_are_read_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(HEADER + b"1,volunteer,[]\n" * 100_000))
    with ca.open(path, block_bytes=1 << 16) as reader:
        batches, error = until_error(reader)
    assert "decompression bomb" in error
    rows, report = sum(batch.num_rows for batch in batches), reader.report
    assert FLOOR // 15 - 3 <= rows <= FLOOR // 15 + (1 << 16)
    assert (report.records, report.rejected) == (rows, 0)


@pytest.mark.parametrize("unit", [b"\0", b"x\n", b'"\n'], ids=["NUL", "x", "quote"])
def test_rejects_of_a_bomb_are_bounded(unit: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "_EXPANSION_FLOOR", 1 << 16)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(HEADER + unit * (4 << 20)))
    limit = max(1 << 16, path.stat().st_size * 200) + (1 << 17)
    assert len(unit) << 22 > 3 * limit
    with open_tables(path, block_bytes=1 << 16) as tables:
        blocks, error = until_error(tables)
    assert "decompression bomb" in error
    raw = sum(len(reject.raw) for block in blocks for reject in block.rejects)
    assert raw <= limit
    with pytest.raises(ca.DamagedInputError, match="decompression bomb"):
        ca.convert(path, tmp_path / "out.csv")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_members_of_a_zip_count_together(tmp_path: Path) -> None:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(12):
            packed.writestr(f"{number}.csv", HEADER + b"1,volunteer,[]\n" * 10_000)
    with pytest.raises(ca.DamagedInputError, match="decompression bomb"):
        ca.convert(path, tmp_path / "out.csv")
    assert ca.convert(path, tmp_path / "out.csv", max_expansion=2000).rows == 120_000


def test_the_command_line_names_its_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv.xz"
    path.write_bytes(lzma.compress(HEADER + b"1,volunteer,[]\n" * 100_000))
    assert run(["inspect", str(path)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert str(path) in line
    assert line.endswith("if you trust the file, raise --max-expansion")
    assert run(["inspect", str(path), "--max-expansion", "100000"]) == 0
