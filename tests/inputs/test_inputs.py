"""Inputs: compressions, stdin and file objects, encodings, and damaged files."""

import gzip
import hashlib
import io
import json
import random
import subprocess
import sys
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import blake3
import pytest
import zstandard

import crowdarrow as ca
from crowdarrow.cli import run

if TYPE_CHECKING:
    from conftest import Collect

HEADER = "classification_id,user_name,annotations\n"
# Letters that all encodings below have.
EXPORT = HEADER + "".join(f'{number},"Zoë {number}, né à Œ",[]\n' for number in range(300))
DATA = EXPORT.encode()
NAMES = [f"Zoë {number}, né à Œ" for number in range(300)]


def names(collect: "Collect", source: Any, **options: Any) -> list[str]:
    """The user names of an export without rejects."""
    result = collect(source, **options)
    assert result.rejects == []
    found: list[str] = result.table["user_name"].to_pylist()
    return found


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


PACKED: dict[str, bytes] = {
    "plain": DATA,
    "gzip": gzip.compress(DATA),
    "gzip_with_a_name": gzip.compress(DATA[:40], mtime=1) + gzip.compress(b"", mtime=0) + gzip.compress(DATA[40:]),
    "gzip_members": b"".join(gzip.compress(DATA[at : at + 1000]) for at in range(0, len(DATA), 1000)),
    "gzip_then_zeros": gzip.compress(DATA) + b"\0" * 512,
    "gzip_in_gzip": gzip.compress(gzip.compress(DATA)),
    "zstd": zstandard.compress(DATA),
    "zstd_frames": zstandard.compress(DATA[:999]) + zstandard.compress(DATA[999:]),
    "zstd_without_size": zstandard.ZstdCompressor(write_content_size=False).compress(DATA),
    "zip": zipped({"export.csv": DATA}),
    "zip_stored": zipped({"export.csv": DATA}, zipfile.ZIP_STORED),
    "zip_with_folder": zipped({"folder/": b"", "folder/export.csv": DATA}),
}


@pytest.mark.parametrize("form", PACKED)
@pytest.mark.parametrize("name", ["export.csv", "export.csv.gz", "export"])
def test_compression_is_detected_from_the_first_bytes(
    form: str, name: str, tmp_path: Path, run_collect: "Collect"
) -> None:
    path = tmp_path / name
    path.write_bytes(PACKED[form])
    assert names(run_collect, path, digest="sha256") == NAMES
    source = run_collect(path, digest="sha256").report.sources[0]
    assert (source["name"], source["size"]) == (str(path), len(PACKED[form]))


class ShortReads(io.RawIOBase):
    """A stream that returns a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        """Wrap these bytes."""
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        """Always true."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """At most 17 bytes."""
        data = self._data.read(min(17, len(buffer)))
        buffer[: len(data)] = data
        return len(data)


@pytest.mark.parametrize("form", [form for form in PACKED if form != "zip_with_folder"])
def test_file_objects(form: str, run_collect: "Collect") -> None:
    assert names(run_collect, io.BytesIO(PACKED[form])) == NAMES
    assert names(run_collect, ShortReads(PACKED[form])) == NAMES
    assert names(run_collect, io.BufferedReader(ShortReads(PACKED[form]))) == NAMES


def test_readers_of_other_libraries(tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "export.csv.gz"
    path.write_bytes(gzip.compress(DATA))
    with gzip.open(path) as file, path.open("rb") as packed:
        assert names(run_collect, file) == NAMES
        assert names(run_collect, packed) == NAMES
    with zipfile.ZipFile(io.BytesIO(PACKED["zip"])) as archive, archive.open("export.csv") as member:
        assert names(run_collect, member) == NAMES


def test_stdin() -> None:
    code = "import crowdarrow as ca; r = ca.open('-'); print(r.to_table().num_rows, r.report.sources[0]['name'])"
    for form in ("plain", "gzip", "zip", "zstd"):
        done = subprocess.run([sys.executable, "-c", code], input=PACKED[form], capture_output=True, check=True)
        assert done.stdout.decode().split() == ["300", "<stdin>"]
    with pytest.raises(ca.UsageError, match="only once"):
        ca.open(["-", "-"])


def test_named_pipe(tmp_path: Path, run_collect: "Collect") -> None:
    import os

    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(gzip.compress(DATA),))
    writer.start()
    assert names(run_collect, path) == NAMES
    writer.join()


def test_several_inputs_and_globs(tmp_path: Path, run_collect: "Collect") -> None:
    old = "user_name,annotations,subject_data,mine\n"
    (tmp_path / "b.csv").write_bytes(DATA)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((old + 'old,[],"{""5"":{}}",x\n').encode()))
    result = run_collect(str(tmp_path / "*.csv*"))
    # The files of a glob are read in name order.
    assert [row["user_name"] for row in result.rows] == ["old", *NAMES]
    assert result.rows[0]["subject_ids"] == [5]
    assert (result.rows[0]["classification_id"], result.rows[1]["subject_ids"]) == (None, None)
    assert [row["mine"] for row in result.rows[:2]] == ["x", None]
    assert [Path(source["name"]).name for source in result.report.sources] == ["a.csv.gz", "b.csv"]
    both = run_collect([tmp_path / "b.csv", io.BytesIO(DATA), str(tmp_path / "b.csv")])
    assert both.table.num_rows == 900
    (tmp_path / "[x].csv").write_bytes(DATA)
    assert names(run_collect, str(tmp_path / "[x].csv")) == NAMES


def test_inputs_of_different_kinds_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(DATA)
    (tmp_path / "b.csv").write_bytes(b"workflow_id,version,tasks\n")
    with pytest.raises(
        ca.UsageError, match=r"a\.csv is zooniverse\.classifications, .*b\.csv is zooniverse\.workflows"
    ):
        ca.open(str(tmp_path / "*.csv"))


@pytest.mark.parametrize(
    "encoding",
    ["utf-16", "utf-16-le", "utf_32", "cp1252", "mac-roman", "iso8859_15", "utf-8", "UTF8", "utf-8-sig"],
)
def test_encodings(encoding: str, run_collect: "Collect") -> None:
    assert names(run_collect, EXPORT.encode(encoding), encoding=encoding) == NAMES
    assert names(run_collect, gzip.compress(EXPORT.encode(encoding)), encoding=encoding) == NAMES


def test_undecodable_bytes_are_rejected(run_collect: "Collect") -> None:
    data = HEADER.encode() + b"1,caf\x81,[]\n2,caf\xe9,[]\n"
    result = run_collect(data, encoding="cp1252")
    assert [(reject.record, reject.kind, reject.column) for reject in result.rejects] == [(1, "utf8", "user_name")]
    assert result.table["user_name"].to_pylist() == ["café"]
    utf16 = (HEADER + "1,a,[]\n").encode("utf-16") + b"\x00\xd8" + "x,b,[]\n2,c,[]\n".encode("utf-16-le")
    result = run_collect(utf16, encoding="utf-16")
    assert result.kinds == ["utf8"]
    assert result.table["user_name"].to_pylist() == ["a", "c"]


def test_character_that_the_end_of_the_input_cuts_is_rejected(run_collect: "Collect") -> None:
    data = (HEADER + "1,a,[]\n2,b,[]").encode("utf-16")
    assert run_collect(data[:-1], encoding="utf-16").kinds == ["utf8"]


def test_suggestion_if_most_records_are_not_utf8(run_collect: "Collect") -> None:
    result = run_collect(EXPORT.encode("cp1252"))
    assert (result.report.rejects, result.report.rows) == ({"utf8": 300}, 0)
    assert "specify `encoding`" in str(result.report.suggestion)
    assert run_collect(DATA).report.suggestion is None


def test_truncated_gzip_is_reported(run_collect: "Collect") -> None:
    packed = gzip.compress(DATA, 1)
    whole = run_collect(packed).table
    for cut in [*range(40, len(packed), 131), len(packed) - 9, len(packed) - 8, len(packed) - 1]:
        try:
            result = run_collect(packed[:cut])
        except ca.InputError as error:
            # The truncated text ends within the header.
            assert cut < 100, error  # noqa: PT017 - most cuts raise nothing
            continue
        assert result.report.rejects == {"truncated": 1}, cut
        assert result.table == whole.slice(0, result.table.num_rows)
        last = result.rejects[-1]
        assert DATA[last.byte_offset :].startswith(last.raw)
        assert last.record == result.table.num_rows + 1


@pytest.mark.parametrize("form", ["gzip", "zip"])
@pytest.mark.parametrize("header", [HEADER[:-1], HEADER[: HEADER.index("annotations") + 6], '"classification_id'])
def test_truncated_header_is_an_error(form: str, header: str) -> None:
    """The last name of a truncated header may be incomplete, so that the header is not used."""
    if form == "gzip":
        packer = zlib.compressobj(wbits=31)
        packed = packer.compress(header.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    else:
        packed = zipped({"export.csv": header.encode() + DATA[len(header) :]}, zipfile.ZIP_STORED)
        packed = packed[: packed.index(header.encode()) + len(header)]
    with pytest.raises(ca.InputError, match=r"ends within its header: .*download it again"):
        ca.open(io.BytesIO(packed))


@pytest.mark.parametrize("form", ["zstd", "zip"])
def test_truncated_zstd_and_zip_are_reported(form: str, run_collect: "Collect") -> None:
    chance = random.Random(1)  # noqa: S311 - data that does not compress
    big = (HEADER + "".join(f"{chance.getrandbits(60)},{chance.random()},[]\n" for _ in range(20_000))).encode()
    packed = {"zstd": zstandard.compress(big), "zip": zipped({"export.csv": big})}[form]
    for cut in (len(packed) // 2, len(packed) - 3):
        result = run_collect(io.BytesIO(packed[:cut]))
        assert result.report.rejects == {"truncated": 1}
        assert 0 < result.report.rows <= 20_000


def _flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :]


DAMAGED: dict[str, Callable[[], bytes]] = {
    "gzip checksum": lambda: _flipped(gzip.compress(DATA), -6),
    "gzip length": lambda: _flipped(gzip.compress(DATA), -2),
    "second gzip member": lambda: gzip.compress(DATA) + b"\x1f\x8b\x08\xff" + b"x" * 40,
    "gzip block": lambda: gzip.compress(DATA)[:10] + b"\xff" * 50,
    "zip checksum": lambda: _flipped(PACKED["zip_stored"], 100),
    "zstd block": lambda: _flipped(zstandard.compress(DATA), 30),
}


@pytest.mark.parametrize("form", DAMAGED)
def test_corrupt_compressed_bytes_are_an_error(form: str, tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(DAMAGED[form]())
    with pytest.raises(ca.DamagedInputError, match=r"export\.csv") as caught:
        run_collect(path)
    assert isinstance(caught.value, OSError)
    assert "\n" not in str(caught.value)


def test_zips_of_several_members(run_collect: "Collect") -> None:
    packed = zipped({"a/one.csv": DATA, "two.csv": HEADER.encode(), "__MACOSX/._one.csv": b"x"})
    with pytest.raises(ca.InputError, match=r"one\.csv.*two\.csv") as caught:
        run_collect(packed)
    assert "member" in str(caught.value)
    assert names(run_collect, packed, member="one.csv") == NAMES
    assert names(run_collect, packed, member="a/one.csv") == NAMES
    assert names(run_collect, packed, member="two.csv") == []
    with pytest.raises(ca.InputError, match=r"one\.csv"):
        run_collect(packed, member="three.csv")
    assert names(run_collect, zipped({"one.csv": DATA, "__MACOSX/._one.csv": b"x"})) == NAMES


def test_inspect_reads_the_named_member(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "exports.zip"
    path.write_bytes(zipped({"one.csv": DATA, "two.csv": HEADER.encode() + b"1,a,[]\n"}))
    assert ca.inspect(path, member="one.csv").records == 300
    assert run(["inspect", str(path), "--member", "two.csv", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 1
    assert run(["inspect", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["records"] == 301


def test_paths_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ca.InputNotFoundError, match=r"nowhere\.csv") as caught:
        ca.open(tmp_path / "nowhere.csv")
    assert isinstance(caught.value, FileNotFoundError)
    with pytest.raises(ca.InputNotFoundError, match=r"no file matches .*\*\.csv"):
        ca.open(str(tmp_path / "*.csv"))
    with pytest.raises(ca.UnknownKindError, match="the folder has no files"):
        ca.open(tmp_path)
    with pytest.raises(ca.InputError, match=r"NUL"):
        ca.open("a\0b.csv")


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_empty_input_is_an_error(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(data)
    with pytest.raises(ca.InputError, match=r"export\.csv: the file is empty"):
        ca.open(path)


@pytest.mark.parametrize("data", [HEADER.encode(), HEADER.encode()[:-1], b"\xef\xbb\xbf" + HEADER.encode()])
def test_header_without_records(data: bytes, run_collect: "Collect") -> None:
    result = run_collect(data)
    assert (result.table.num_rows, result.report.records) == (0, 0)
    assert result.table.schema == ca.schema("zooniverse.classifications")


@pytest.mark.parametrize(
    "data", [b'"classification_id,annotations\n1,[]\n', b'"annotations"x,subject_ids\n', b"\xff,a\n"]
)
def test_invalid_header_is_an_error(data: bytes) -> None:
    with pytest.raises(ca.InputError, match="header"):
        ca.open(io.BytesIO(data))


def test_input_that_changes_during_reading_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(HEADER.encode() + b"1,a,[]\n" * 20_000)
    with ca.open(path, block_bytes=1 << 12) as reader:
        next(reader)
        with path.open("ab") as file:
            file.write(b"2,b,[]\n")
        with pytest.raises(ca.DamagedInputError, match="changed while it was read"):
            list(reader)


def test_digests(tmp_path: Path, run_collect: "Collect") -> None:
    for form, packed in PACKED.items():
        for digest, expected in (("sha256", hashlib.sha256(packed)), ("blake3", blake3.blake3(packed))):
            source = run_collect(io.BytesIO(packed), digest=digest).report.sources[0]
            size = len(packed)
            assert source == {"name": "<file object>", "size": size, digest: expected.hexdigest()}, form
    path = tmp_path / "export.csv"
    path.write_bytes(EXPORT.encode("cp1252"))
    source = run_collect(path, digest="blake3", encoding="cp1252").report.sources[0]
    assert source["blake3"] == blake3.blake3(path.read_bytes()).hexdigest()
    assert set(run_collect(path, digest="none", encoding="cp1252").report.sources[0]) == {"name", "size"}


def test_interrupt_during_stdin_does_not_abort() -> None:
    code = "import crowdarrow as ca; r = ca.open('-'); next(r); print('reading', flush=True); list(r)"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(HEADER.encode() + b"1,a,[]\n" * 2_000_000)
        process.stdin.flush()
        assert process.stdout.readline() == b"reading\n"
        process.send_signal(2)
        process.wait(timeout=20)
        assert b"Fatal" not in process.stderr.read() if process.stderr else True
    assert process.returncode == -2


def test_raw_deflate_is_not_an_export() -> None:
    with pytest.raises(ca.CrowdarrowError):
        ca.open(io.BytesIO(zlib.compress(DATA)))
