"""Servers on loopback for the tests of URLs: an S3 server, and a web server with faults."""

import contextlib
import http.client
import logging
import os
import socket
import struct
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

Served = TypeVar("Served", bound=ThreadingHTTPServer)
KEY, SECRET, SIGNATURE = "AKIDOFTESTS", "SECRETOFTESTS", "SIGNATUREOFTESTS"


@dataclass
class S3Server:
    """A server; its own API says what lies in a bucket, and that or its folder which uploads are open."""

    url: str
    folder: Path | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environment = {
            "AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1", **self.environment,
        }  # fmt: skip

    def make_bucket(self, name: str) -> None:
        with urllib.request.urlopen(urllib.request.Request(f"{self.url}/{name}", method="PUT")):  # noqa: S310 - the server above
            pass

    def uploads(self, bucket: str) -> int:
        """The number of uploads that were begun and neither completed nor aborted."""
        if self.folder is not None:
            return sum(1 for _ in self.folder.glob(".localbucket-uploads/*"))
        with urllib.request.urlopen(f"{self.url}/{bucket}?uploads") as answer:  # noqa: S310 - the same
            return int(answer.read().count(b"<UploadId>"))


@contextlib.contextmanager
def s3_server(name: str) -> Iterator[S3Server]:
    """Start a server: that of `moto`, or `localbucket`."""
    with moto_server() if name == "moto" else localbucket_server() as server:
        yield server


@contextlib.contextmanager
def localbucket_server() -> Iterator[S3Server]:
    import localbucket

    logging.getLogger("localbucket").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        localbucket.S3Handler.data_root = Path(folder)
        server = ThreadingHTTPServer(("127.0.0.1", 0), localbucket.S3Handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            # It knows no request that removes several objects.
            url = f"http://127.0.0.1:{server.server_port}"
            yield S3Server(url, Path(folder), {"AWS_DISABLE_BULK_DELETE": "true"})
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


@contextlib.contextmanager
def moto_server() -> Iterator[S3Server]:
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield S3Server(f"http://{host}:{port}")
    finally:
        server.stop()


class Proxy(ThreadingHTTPServer):
    """Passes requests on to an S3 server. Those that write are counted, and one of them can fail.

    Attributes:
        writes: the requests that wrote, with their method and path.
        reads: the paths of the requests that read.
        copies: the number of requests for the store to copy an object.
        fails_at: the number of a request that writes, from 0; it gets the answer 500, as do all that are sent again.
        on_write: is called with the number of each request that writes, before it is passed on.
    """

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.target = target.removeprefix("http://")
        self.writes: list[tuple[str, str]] = []
        self.reads: list[str] = []
        self.copies = 0
        self.fails_at: int | None = None
        self.on_write: Callable[[int], object] = int
        self.failed: tuple[str, str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def reset(self, fails_at: int | None = None) -> None:
        self.writes.clear()
        self.copies = 0
        self.fails_at, self.failed, self.on_write = fails_at, None, int

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients go away in tests."""


class _ProxyHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        asked = (self.command, self.path)
        is_abort = self.command == "DELETE" and "uploadId=" in self.path
        if self.command in {"PUT", "POST", "DELETE"} and not is_abort:
            is_next = self.server.failed is None and len(self.server.writes) == self.server.fails_at
            if is_next or asked == self.server.failed:
                self.server.failed = asked
                return self._answer(500, [], b"")
            self.server.writes.append(asked)
            self.server.copies += "x-amz-copy-source" in self.headers
            self.server.on_write(len(self.server.writes) - 1)
        if self.command == "GET":
            self.server.reads.append(self.path)
        connection = http.client.HTTPConnection(self.server.target)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        found = answer.read()
        connection.close()
        skipped = {"connection", "transfer-encoding", "date", "server"}
        skipped |= set() if self.command == "HEAD" else {"content-length"}
        return self._answer(
            answer.status, [pair for pair in answer.getheaders() if pair[0].lower() not in skipped], found
        )

    def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815 - the names of http.server


@contextlib.contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """Start a proxy."""
    with serving(Proxy(target)) as server:
        yield server


@contextlib.contextmanager
def serving(server: Served) -> Iterator[Served]:
    """Serve in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Fault:
    """What a server does wrong with a file."""

    cut_at: int | None = None
    """The byte of the file at which an answer is cut."""
    cuts: int = 1_000_000
    """Answers that are cut."""
    resets: bool = False
    """Whether a cut is a reset of the connection, not an orderly end."""
    stalls: float = 0
    """Seconds for which nothing comes, instead of a cut."""
    claims: int | None = None
    """The size that the server states."""
    no_ranges: bool = False
    no_etag: bool = False
    no_dates: bool = False
    redirects: str | None = None
    statuses: tuple[int, ...] = ()
    """The statuses of the first answers."""
    changes_after: int | None = None
    """Requests after which the file is another one, of the same size."""
    ignores_match: bool = False
    no_length: bool = False
    answers_after: float = 0
    """Seconds before the answer."""


class WebServer(ThreadingHTTPServer):
    """A web server of the files in `files`, each with its fault; it also takes files by PUT."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, Fault] = {}
        self.requests: list[tuple[str, str, str | None]] = []
        self.counts: dict[str, int] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def clear(self) -> None:
        """Forget all files and requests."""
        for one in (self.files, self.faults, self.requests, self.counts):
            one.clear()

    def serve(self, name: str, data: bytes, fault: Fault | None = None) -> str:
        """Serve a file; its URL has a signature."""
        self.files[name], self.faults[name] = data, fault or Fault()
        return f"{self.url}/{name}?X-Amz-Signature={SIGNATURE}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients go away in tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_PUT(self) -> None:
        name = self.path.partition("?")[0].lstrip("/")
        self.server.files[name] = self.rfile.read(int(self.headers["content-length"]))
        self._answer(201, {}, b"")

    def do_DELETE(self) -> None:
        self.server.files.pop(self.path.partition("?")[0].lstrip("/"), None)
        self._answer(204, {}, b"")

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/")
        self.server.requests.append((self.command, name, self.headers.get("range")))
        count = self.server.counts[name] = self.server.counts.get(name, 0) + 1
        if name not in self.server.files:
            return self._answer(404, {}, b"<p>not here</p>")
        data, fault = self.server.files[name], self.server.faults.get(name) or Fault()
        time.sleep(fault.answers_after)
        if count <= len(fault.statuses):
            return self._answer(fault.statuses[count - 1], {}, b"")
        if fault.redirects:
            return self._answer(302, {"location": fault.redirects}, b"")
        etag = '"one"'
        if fault.changes_after is not None and count > fault.changes_after:
            data, etag = data[::-1], '"two"'
        if not fault.ignores_match and self.headers.get("if-match") not in {None, etag}:
            return self._answer(412, {}, b"")
        headers = {} if fault.no_etag else {"etag": etag}
        if not fault.no_dates:
            headers["last-modified"] = formatdate(1_700_000_000, usegmt=True)
        size = len(data) if fault.claims is None else fault.claims
        start, end, status = 0, size, 200
        if (asked := self.headers.get("range")) and not fault.no_ranges:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            start, end, status = int(first), min(size, int(last or size) + 1), 206
            if start >= len(data):
                return self._answer(416, {"content-range": f"bytes */{size}"}, b"")
            headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
        return self._send(status, headers, data[start:end], end - start, start, fault)

    def _send(self, status: int, headers: dict[str, str], body: bytes, length: int, start: int, fault: Fault) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault.no_length:
            self.send_header("transfer-encoding", "chunked")
        else:
            self.send_header("content-length", str(length))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault.no_length:
            self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
            return
        is_cut = fault.cut_at is not None and start <= fault.cut_at < start + length and fault.cuts > 0
        if is_cut and fault.cut_at is not None:
            fault.cuts -= 1
            body = body[: fault.cut_at - start]
        self.wfile.write(body)
        self.wfile.flush()
        if is_cut and fault.stalls:
            time.sleep(fault.stalls)
        if is_cut or len(body) < length:
            self.close_connection = True
            if fault.resets:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextlib.contextmanager
def web_server() -> Iterator[WebServer]:
    """Start a server."""
    with serving(WebServer()) as server:
        yield server
