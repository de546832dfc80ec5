"""Inputs from web servers: those that cut, stall, lie about lengths, redirect and refuse parts."""

import json
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import crowdarrow as ca
from crowdarrow.stores import client
from crowdarrow.stores import object as stored_object
from crowdarrow.stores.object import StoreObject
from crowdarrow.stores.parts import Parts
from support.store_servers import SIGNATURE, Fault, WebServer

Make = Callable[[int], bytes]
COUNT = 20_000
"""Of 2.4 MB: the first request, and one block."""


def serve(web: WebServer, made: Make, fault: Fault, name: str = "c.csv") -> str:
    web.clear()
    return web.serve(name, made(COUNT), fault)


def ids(url: str) -> list[int]:
    with ca.open(url, columns=["classification_id"]) as reader:
        return list(reader.to_table()["classification_id"].to_pylist())


@pytest.mark.parametrize(
    "fault",
    [
        Fault(),
        Fault(cut_at=2_000_000, cuts=2),
        Fault(cut_at=500, cuts=1),
        Fault(cut_at=2_000_000, cuts=5, resets=True),
        Fault(no_ranges=True),
        Fault(no_ranges=True, cut_at=2_000_000, cuts=2),
        Fault(no_etag=True, no_dates=True, cut_at=2_000_000, cuts=2),
        Fault(no_etag=True, cut_at=2_000_000, cuts=2),
        Fault(statuses=(503, 500, 429)),
    ],
    ids=lambda fault: ",".join(f"{k}={v}" for k, v in vars(fault).items() if v and v != 1_000_000) or "none",
)
def test_whole_export_comes_from_a_server_with_passing_faults(web: WebServer, made: Make, fault: Fault) -> None:
    assert ids(serve(web, made, fault)) == list(range(COUNT))


def test_read_goes_on_at_the_byte_where_it_broke_off(web: WebServer, made: Make) -> None:
    ids(serve(web, made, Fault(cut_at=2_000_000, cuts=3)))
    assert ("GET", "c.csv", f"bytes=2000000-{len(made(COUNT)) - 1}") in web.requests


def test_stalled_connection_is_given_up_and_read_again(
    web: WebServer, made: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", "200ms")
    assert ids(serve(web, made, Fault(cut_at=2_000_000, cuts=1, stalls=0.6))) == list(range(COUNT))


@pytest.mark.parametrize(("slow_byte", "requests"), [(1.0, 1), (0.0, 3)])
def test_slow_connection_is_read_by_several(
    web: WebServer, made: Make, monkeypatch: pytest.MonkeyPatch, slow_byte: float, requests: int
) -> None:
    for name, value in (("_TRIAL", 1 << 17), ("_SLOW_BYTE", slow_byte), ("_BLOCK", 1 << 18)):
        monkeypatch.setattr(stored_object, name, value)
    url = web.serve("c.csv", made(60_000))
    assert ids(url) == list(range(60_000))
    assert len(web.requests) >= requests


def test_interrupt_ends_the_wait_for_a_server(web: WebServer, made: Make) -> None:
    url = serve(web, made, Fault(answers_after=5))
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell starts tests without it
    try:
        threading.Timer(0.2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            ca.open(url)
        assert time.monotonic() - started < 4
    finally:
        signal.signal(signal.SIGINT, handler)


def test_redirect_is_followed(web: WebServer, made: Make) -> None:
    url = serve(web, made, Fault(redirects="/there.csv?X-Amz-Signature=other"))
    web.serve("there.csv", made(COUNT))
    assert ids(url) == list(range(COUNT))


@pytest.mark.parametrize("no_ranges", [False, True])
@pytest.mark.parametrize("no_etag", [False, True])
def test_server_that_lies_about_the_length_is_reported_as_truncated(
    web: WebServer, made: Make, tmp_path: Path, *, no_ranges: bool, no_etag: bool
) -> None:
    size = len(made(COUNT))
    fault = Fault(claims=size + 3_000_000, no_ranges=no_ranges, no_etag=no_etag, no_dates=no_etag)
    report = ca.convert(serve(web, made, fault), tmp_path / "out.parquet")
    assert (report.records, report.rejected) == (COUNT + 1, 1)
    rejects = (tmp_path / "out.parquet.rejects.csv").read_text(encoding="utf-8")
    assert f"{size} of {size + 3_000_000} bytes" in rejects.replace(",", "")


@pytest.mark.parametrize("ignores_match", [False, True])
@pytest.mark.parametrize("kept", [1, 2])
def test_object_that_changes_is_an_error(web: WebServer, made: Make, *, ignores_match: bool, kept: int) -> None:
    fault = Fault(changes_after=kept, ignores_match=ignores_match, cut_at=2_000_000, cuts=1)
    with pytest.raises(ca.InputError, match="changed while it was read"):
        ids(serve(web, made, fault))


def test_object_that_changes_is_noticed_by_its_bytes_alone(web: WebServer, made: Make) -> None:
    """The first request of each reading breaks off."""
    fault = Fault(changes_after=3, no_etag=True, no_dates=True, cut_at=2_000_000, cuts=1)
    stored = StoreObject.at(serve(web, made, fault))
    list(stored.open())
    web.faults["c.csv"].cuts = 1
    with pytest.raises(ca.InputError, match="changed while it was read"):
        list(stored.open())


@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        (Fault(statuses=(503,) * 99), ca.InputError, r"503 Service Unavailable, in 6 attempts"),
        (Fault(statuses=(403,) * 99), ca.InputPermissionError, r"403 Forbidden; the URL needs a signature"),
        (Fault(statuses=(404,) * 99), ca.InputNotFoundError, r"does not exist \(404 Not Found\)"),
        (Fault(redirects="/c.csv?X-Amz-Signature=again"), ca.InputError, "the server redirects without end"),
        (Fault(no_length=True), ca.InputError, "does not say how long the file is; try again, or download the file"),
        (Fault(cut_at=2_000_000, resets=True), ca.InputError, r"the connection broke, in \d+ attempts"),
    ],
)
def test_server_that_fails_is_an_error_of_one_line_without_the_signature(
    web: WebServer, made: Make, tmp_path: Path, fault: Fault, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as found:
        ca.convert(serve(web, made, fault), tmp_path / "out.parquet")
    text = str(found.value)
    assert f"{web.url}/c.csv" in text
    assert "Signature" not in text
    assert SIGNATURE not in repr(found.value.__cause__)
    assert "\n" not in text
    assert list(tmp_path.iterdir()) == []


def test_signature_is_in_no_output(web: WebServer, made: Make, tmp_path: Path) -> None:
    web.serve("bad.csv", made(3) + b"1,2\n")
    url = f"{web.url}/bad.csv?X-Amz-Signature={SIGNATURE}".replace("http://", "http://ann:PASSWORD@")
    report = ca.convert(url, f"{tmp_path}/out/", report=tmp_path / "report.json")
    assert report.rejected == 1
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"bad.csv" in written
    shown = repr(ca.Export(url)) + str(ca.inspect(url)) + report.to_json() + str(report)
    for secret in (SIGNATURE, "PASSWORD"):
        assert secret.encode() not in written
        assert secret not in shown
    assert [one["name"] for one in json.loads((tmp_path / "out/crowdarrow.json").read_text())["inputs"]] == ["bad.csv"]


def test_companions_and_compressed_files_come_from_urls(web: WebServer, made: Make, tmp_path: Path) -> None:
    import gzip

    header = "workflow_id,display_name,version,minor_version,active,primary_language,tasks,strings\n"
    tasks = '"{""T0"":{""type"":""single"",""question"":""Q?"",""answers"":[]}}"'
    workflows = f'{header}7,W,1,1,true,en,{tasks},"{{}}"\n'.encode()
    web.serve("w.csv", workflows)
    web.serve("c.csv.gz", gzip.compress(made(10)))
    report = ca.convert(
        f"{web.url}/c.csv.gz", tmp_path / "o.parquet", table="answers", workflows=f"{web.url}/w.csv?s=1"
    )
    assert report.rows == 10
    import pyarrow.parquet as pq

    footer = pq.read_metadata(tmp_path / "o.parquet").metadata
    assert json.loads(footer[b"crowdarrow.options"])["workflows"]["name"] == "w.csv"


def test_parts_for_splits(web: WebServer, made: Make) -> None:
    data = made(COUNT)
    stored = StoreObject.at(serve(web, made, Fault(cut_at=2_000_000, cuts=1)))
    assert (stored.size, stored.etag, stored.is_ranged) == (len(data), '"one"', True)
    assert stored.read_range(1_999_000, 5_000) == data[1_999_000:2_004_000]
    assert stored.read_range(len(data) - 10, 5_000) == data[-10:]
    again = pickle.loads(pickle.dumps(stored))  # noqa: S301 - its own bytes
    assert again.read_range(0, 100) == data[:100]
    web.faults["c.csv"].changes_after = 0
    with pytest.raises(ca.InputError, match="changed while it was read"):
        again.read_range(0, 100)
    refusing = StoreObject.at(serve(web, made, Fault(no_ranges=True)))
    assert not refusing.is_ranged
    with pytest.raises(ca.InputError, match="cannot be read in parts"):
        refusing.read_range(0, 100)


def test_parts_that_follow_each_other_are_one_request(web: WebServer, made: Make) -> None:
    data = made(COUNT)
    stored = StoreObject.at(serve(web, made, Fault(cut_at=1_500_000, cuts=1)))
    parts = Parts(stored)
    assert stored.is_ranged
    web.requests.clear()
    found = [parts.read_range(start, 300_000) for start in range(100_000, len(data), 300_000)]
    assert b"".join(found) == data[100_000:]
    assert len(web.requests) <= 3
    assert parts.read_range(5, 10) == data[5:15]
    assert parts.read_range(len(data), 10) == b""


@pytest.mark.parametrize("url", ["ftp://host/c.csv", "ssh://host/c.csv", "memory:///c.csv"])
def test_other_schemes_are_errors(url: str) -> None:
    with pytest.raises(ca.UsageError, match="which crowdarrow does not know; it knows s3://, gs://"):
        ca.open(url)


def test_file_urls_are_paths(tmp_path: Path, made: Make) -> None:
    folder = tmp_path / "my exports"
    folder.mkdir()
    (folder / "c.csv").write_bytes(made(4))
    assert ids(f"file://{tmp_path}/my%20exports/c.csv") == [0, 1, 2, 3]
    assert ids(f"file://localhost{tmp_path}/my%20exports/") == [0, 1, 2, 3]
    assert ids(f"file://{tmp_path}/my%20exports/*.csv") == [0, 1, 2, 3]
    with pytest.raises(ca.UsageError, match="names another computer"):
        ca.open("file://host/c.csv")
    with pytest.raises(ca.InputNotFoundError, match=r"d\.csv"):
        ca.open(f"file://{tmp_path}/d.csv")
