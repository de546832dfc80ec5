"""Python objects as inputs: content, file objects, responses of servers and stores, and objects that can be opened."""

import asyncio
import gzip
import http.client
import http.server
import io
import threading
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import crowdarrow as ca

DATA = b"classification_id,user_name,annotations\n" + b"".join(b"%d,u,[]\n" % number for number in range(3000))
ROWS = 3000


def rows(source: Any) -> int:
    """The number of rows that are read from an input."""
    return len(ca.open(source, block_bytes=1 << 12).to_table())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of the export."""
    path = tmp_path / "export.csv"
    path.write_bytes(DATA)
    return path


def test_bytes_are_a_path_or_content(path: Path, tmp_path: Path) -> None:
    assert rows(bytes(path)) == ROWS
    for content in (DATA, bytearray(DATA), memoryview(DATA), gzip.compress(DATA)):
        assert rows(content) == ROWS
        assert rows([content, path]) == 2 * ROWS
    assert rows(b'[{"id": 1, "task_id": 2, "project_id": 3, "finish_time": null}]') == 1
    with pytest.raises(ca.InputNotFoundError, match=r"nowhere\.csv"):
        ca.open(bytes(tmp_path / "nowhere.csv"))
    with pytest.raises(ca.InputError, match="the file is empty"):
        ca.open(b"")
    report = ca.convert(DATA, tmp_path / "out.csv")
    assert report.rows == ROWS
    assert report.sources[0]["name"] == "<bytes>"


@pytest.mark.parametrize(
    "text", [DATA.decode(), '[{"id": 1}]', '{"id": 1}', f'[{{"id": "{5000 * "x"}"}}]', 5000 * "x"], ids=range(5)
)
def test_content_as_text_is_a_usage_error(text: str) -> None:
    with pytest.raises(ca.UsageError, match="text that is not a path; pass the content") as caught:
        ca.open(text)
    assert len(str(caught.value)) < 200


def test_lists_of_paths(path: Path) -> None:
    for several in ([path, str(path)], (path, path), pd.Series([str(path)] * 2), iter([path, path]), {path: 1}.keys()):
        assert rows(several) == (ROWS if isinstance(several, type({}.keys())) else 2 * ROWS)


class Body:
    """A response of obstore, requests or httpx: it gives chunks under another name in each of these libraries."""

    def __init__(self, name: str, chunks: list[Any]) -> None:
        self._chunks = chunks
        self.url = "https://example.org/export.csv?X-Amz-Signature=secret"
        setattr(self, name, self._give)
        self.bytes = lambda: b"".join(chunks)

    def _give(self, *_: Any) -> Iterator[Any]:
        return iter(self._chunks)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._chunks)


@pytest.mark.parametrize("name", ["stream", "iter_content", "iter_bytes"])
def test_responses_that_give_chunks(name: str) -> None:
    chunks = [memoryview(DATA[:7]), b"", DATA[7:5000], bytearray(DATA[5000:])]
    assert rows(Body(name, chunks)) == ROWS
    response: Any = Body(name, chunks)  # its method has another name in each test
    with ca.open(response) as reader:
        list(reader)
        assert reader.report.sources[0]["name"] == "https://example.org/export.csv"
    response = Body(name, chunks)
    export = ca.Export(response)
    assert export.to_table().num_rows == ROWS
    with pytest.raises(ca.ReaderConsumedError, match=r"https://example\.org/export\.csv already"):
        export.to_table()


def test_obstore() -> None:
    obstore = pytest.importorskip("obstore", reason="the package obstore is not installed")
    store = obstore.store.MemoryStore()
    obstore.put(store, "folder/export.csv", DATA)
    assert rows(obstore.get(store, "folder/export.csv")) == ROWS
    assert rows(obstore.get(store, "folder/export.csv").bytes()) == ROWS
    assert rows(obstore.open_reader(store, "folder/export.csv")) == ROWS
    assert rows(obstore.get(store, "folder/export.csv").stream()) == ROWS
    with ca.open(obstore.get(store, "folder/export.csv")) as reader:
        list(reader)
        assert reader.report.sources[0]["name"] == "folder/export.csv"


def test_fsspec(path: Path) -> None:
    fsspec = pytest.importorskip("fsspec", reason="the package fsspec is not installed")
    filesystem = fsspec.filesystem("memory")
    filesystem.pipe("/export.csv", DATA)
    with filesystem.open("/export.csv") as file:
        assert rows(file) == ROWS
    for url in ("memory://export.csv", f"file://{path}"):
        unopened = fsspec.open(url, "rb")
        assert rows(unopened) == ROWS
        export = ca.Export(unopened)
        assert [export.to_table().num_rows for _ in range(2)] == [ROWS] * 2
    with pytest.raises(ca.UsageError, match="opened as text"):
        ca.open(fsspec.open("memory://export.csv", "r"))


def test_path_within_a_zip(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("a/export.csv", DATA)
    within = zipfile.Path(tmp_path / "all.zip", "a/export.csv")
    assert rows(within) == ROWS
    export = ca.Export(within)
    assert [export.to_table().num_rows for _ in range(2)] == [ROWS] * 2


class Handler(http.server.BaseHTTPRequestHandler):
    """A server of the export at `/export.csv`, and of nothing else."""

    def do_GET(self) -> None:
        found = self.path.startswith("/export.csv")
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", str(len(DATA)))
        self.end_headers()
        self.wfile.write(DATA)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    """Host and port of a server of the export."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield ("127.0.0.1", server.server_port)
        server.shutdown()
        thread.join()


def test_responses_of_the_standard_library(address: tuple[str, int]) -> None:
    url = f"http://{address[0]}:{address[1]}"
    with urllib.request.urlopen(f"{url}/export.csv?key=secret") as response:  # noqa: S310 - this machine
        reader = ca.open(response)
        assert reader.to_table().num_rows == ROWS
        assert reader.report.sources[0]["name"] == f"{url}/export.csv"
    for page in ("/export.csv", "/nothing"):
        connection = http.client.HTTPConnection(*address)
        connection.request("GET", page)
        answer = connection.getresponse()
        if page == "/export.csv":
            assert rows(answer) == ROWS
        else:
            with pytest.raises(ca.InputError, match="the server answered with status 404"):
                ca.open(answer)
        connection.close()


class Reads:
    """A file object whose `read` gives some value."""

    def __init__(self, value: Any) -> None:
        self._value = value

    def read(self, _size: int) -> Any:
        """The value."""
        return self._value


class Whole:
    """An object whose `read` takes no size."""

    def read(self) -> bytes:
        """The content."""
        return DATA


class Asynchronous:
    """An asynchronous file object."""

    async def read(self, _size: int) -> bytes:
        """The content."""
        await asyncio.sleep(0)
        return DATA


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (io.StringIO(DATA.decode()), r"file opened as text .*; open it in binary mode \('rb'\)"),
        (Reads("text"), r"opened as text; open it in binary mode \('rb'\)"),
        (Reads(5), "`read` gave an object of type int, not bytes"),
        (Reads(None), "`read` gave an object of type NoneType, not bytes"),
        (Reads([1, 2]), "`read` gave an object of type list, not bytes"),
        (Whole(), "`read` takes no size; pass its content as bytes"),
        (Asynchronous(), "`read` does not return bytes"),
        ({"Body": io.BytesIO(DATA), "ContentLength": 5}, "of the response of a store, pass the body"),
        ({"a": 1}, "must be a path, a binary file object, the content as bytes, or a list of these, not {'a': 1}"),
        (pa.table({"a": [1]}), "not an object of type pyarrow.Table; it is a table already"),
        (pd.DataFrame({"a": [1]}), "not an object of type pandas.DataFrame; it is a table already"),
        (5, "not 5"),
        (None, "not None"),
        ([["a.csv"]], r"not \['a.csv'\]"),
        ([], "`input` is an empty list"),
    ],
)
def test_what_is_no_input_is_a_usage_error(source: Any, message: str) -> None:
    with pytest.raises(ca.UsageError, match=message) as caught:
        ca.open(source)
    assert caught.value.argument == "input"


def test_a_reader_is_no_input(path: Path) -> None:
    with pytest.raises(ca.UsageError, match="it is a table already"):
        ca.open(ca.open(path))
    with pytest.raises(ca.UsageError, match="it is a table already"):
        ca.convert(ca.Export(path), "out.csv")  # type: ignore[arg-type]


def test_bytes_that_are_not_of_type_bytes() -> None:
    class Views(io.BytesIO):
        def read(self, size: int | None = -1, /) -> Any:
            return memoryview(super().read(size))

    assert rows(Views(DATA)) == ROWS
