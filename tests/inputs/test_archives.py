"""bzip2, xz and tar inputs, and sources that end before the length that they announced."""

import bz2
import gzip
import http.client
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import crowdarrow as ca

if TYPE_CHECKING:
    from conftest import Collect

DATA = b"classification_id,user_name,annotations\n" + b"".join(b"%d,name%d,[]\n" % (n, n) for n in range(3000))
COMPRESSIONS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


def tarred(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=form) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


@pytest.mark.parametrize("outer", COMPRESSIONS)
@pytest.mark.parametrize("inner", COMPRESSIONS)
def test_compressed_tar_of_a_compressed_export(outer: str, inner: str, run_collect: "Collect") -> None:
    expected = run_collect(DATA).tables
    member = COMPRESSIONS[inner](DATA)
    packed = COMPRESSIONS[outer](member)
    assert run_collect(packed).tables == expected
    assert run_collect(COMPRESSIONS[outer](tarred({"exports/a.csv": member}))).tables == expected


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_names_of_members(form: int, tmp_path: Path, run_collect: "Collect") -> None:
    name = "/".join(["é" * 30] * 3) + "/exports.csv"
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({"__MACOSX/b.csv": b"x", name: DATA, "._exports.csv": b"x"}, form))
    assert run_collect(path).report.records == 3000
    assert run_collect(path, member=name).report.records == 3000
    assert run_collect(path, member="exports.csv").report.records == 3000
    with pytest.raises(ca.InputError, match=r"no member b\.csv"):
        ca.open(path, member="b.csv")


def test_tar_of_several_exports_is_read_as_a_folder(tmp_path: Path, run_collect: "Collect") -> None:
    files = {"b.csv": DATA, "a.csv": b"classification_id,annotations\n7,[]\n", "notes.txt": b"no export\n"}
    for name, compress in COMPRESSIONS.items():
        path = tmp_path / f"{name}.tar"
        path.write_bytes(compress(tarred(files)))
        found = run_collect(path)
        assert found.table.column("classification_id").to_pylist() == [7, *range(3000)], name
        assert run_collect(path, member="a.csv").report.records == 1
    with pytest.raises(ca.InputError, match=r"several members \(b\.csv, a\.csv\)"):
        run_collect(io.BytesIO(tarred(files)))


@pytest.mark.parametrize("form", ["bzip2", "xz"])
def test_early_end_is_reported(form: str, run_collect: "Collect") -> None:
    packed = COMPRESSIONS[form](DATA)
    found = run_collect(packed[:-5])
    assert found.kinds == ["truncated"]
    assert f"{form} data end early" in found.rejects[0].message
    assert found.report.suggestion == "the input ends early; download it again"
    tar = tarred({"a.csv": DATA})
    assert run_collect(tar[:20_000]).kinds == ["truncated"]
    assert run_collect(gzip.compress(tar)[:-4]).kinds == ["truncated"]


class Announced(io.BytesIO):
    """A file object with the length of what it still has to give, as HTTP responses have."""

    def __init__(self, data: bytes, length: object) -> None:
        super().__init__(data)
        self.length = length


@pytest.mark.parametrize("form", COMPRESSIONS)
def test_source_that_ends_before_its_announced_length(form: str, run_collect: "Collect") -> None:
    packed = COMPRESSIONS[form](DATA)
    for length, kinds in ((len(packed), []), (len(packed) + 1, ["truncated"]), (None, []), (True, []), (3, [])):
        found = run_collect(Announced(packed, length))
        assert found.kinds == kinds, length
        assert found.report.records == 3000 + len(kinds)
    reject = run_collect(Announced(packed, 10 * len(packed))).rejects[0]
    assert f"ends after {len(packed)} of {10 * len(packed)} bytes" in reject.message


def test_record_of_an_interrupted_response_is_not_complete(run_collect: "Collect") -> None:
    found = run_collect(Announced(DATA[:-3], len(DATA)))
    assert found.kinds == ["truncated"]
    assert found.report.rows == 2999


def test_http_response_that_breaks_off(run_collect: "Collect") -> None:
    class Socket:
        def makefile(self, _mode: str) -> io.BytesIO:
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(DATA)
            return io.BytesIO(head + DATA[:20_000])

    response = http.client.HTTPResponse(Socket())  # type: ignore[arg-type]  # as its own tests do
    response.begin()
    found = run_collect(response)
    assert found.kinds == ["truncated"]
    assert f"ends after 20000 of {len(DATA)} bytes" in found.rejects[0].message
