"""Inputs from an S3 server: objects, folders, patterns, archives."""

import io
import zipfile
from collections.abc import Callable

import pytest

import crowdarrow as ca
from crowdarrow.read import folders
from crowdarrow.stores import client
from support.store_servers import SECRET, Fault, Proxy, S3Server, WebServer
from support.stores import ON_BOTH

Make = Callable[[int], bytes]


def put(bucket: str, key: str, data: bytes) -> str:
    import obstore

    from crowdarrow.stores.urls import address_of

    address = address_of(f"s3://{bucket}/{key}", "input")
    obstore.put(client.connect(address, writes=True), address.key, data)
    return address.name


def ids(url: str | list[str]) -> list[int]:
    with ca.open(url, columns=["classification_id"]) as reader:
        return list(reader.to_table()["classification_id"].to_pylist())


@ON_BOTH
@pytest.mark.parametrize("count", [0, 3, 60_000])
def test_object_is_read_whole(bucket: str, made: Make, count: int) -> None:
    assert ids(put(bucket, "exports/c b.csv", made(count))) == list(range(count))


def test_folder_stands_for_the_exports_in_it(bucket: str, made: Make) -> None:
    for number in range(12):
        put(bucket, f"in/{number:02}.csv", made(2))
    for name in ("deep/c.csv", ".hidden.csv"):
        put(bucket, f"in/{name}", made(9))
    put(bucket, "in/readme.txt", b"not an export")
    put(bucket, "in2/c.csv", made(9))
    with ca.open(f"s3://{bucket}/in/") as reader:
        assert reader.to_table().num_rows == 24
        assert reader.report.bytes == 12 * len(made(2))
    with pytest.raises(ca.UnknownKindError, match="no file of `input` is an export"):
        ca.open(f"s3://{bucket}/nothing/")


@pytest.mark.parametrize("most_heads", [1000, 5])
def test_many_objects_are_read_in_order(
    bucket: str, made: Make, passing: Proxy, monkeypatch: pytest.MonkeyPatch, most_heads: int
) -> None:
    monkeypatch.setattr(folders, "_MOST_HEADS", most_heads)
    for number in range(30):
        put(bucket, f"in/{number:02}.csv", made(number % 3 + 1))
    large = made(3_000)
    put(bucket, "in/30.csv", large)
    put(bucket, "in/31.csv", large)
    passing.reads.clear()
    counts = [number % 3 + 1 for number in range(30)] + [3_000, 3_000]
    assert ids(f"s3://{bucket}/in/") == [one for count in counts for one in range(count)]
    # The listing, and one request for each small object, two for each large one.
    assert most_heads == 5 or len(passing.reads) <= 1 + 30 + 2 * 2


def test_patterns_match_objects(bucket: str, made: Make) -> None:
    for name in ("a/1.csv", "a/2.csv", "a/2.txt", "b/c/3.csv", "a/.4.csv"):
        put(bucket, f"in/{name}", made(int(name[-5])))
    root = f"s3://{bucket}/in"
    assert len(ids(f"{root}/a/*.csv")) == 3
    assert len(ids(f"{root}/a/[12].csv")) == 3
    assert len(ids(f"{root}/**/?.csv")) == 6
    assert len(ids(f"{root}/*/[23].csv")) == 2
    assert len(ids([f"{root}/b/*/*.csv", f"{root}/a/1.csv"])) == 4
    with pytest.raises(ca.InputNotFoundError, match="no object matches s3://"):
        ca.open(f"{root}/x*.csv")


def test_archive_stands_for_the_exports_in_it(bucket: str, made: Make) -> None:
    made_zip = io.BytesIO()
    with zipfile.ZipFile(made_zip, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in (1, 2):
            archive.writestr(f"{number}.csv", made(number * 10))
    url = put(bucket, "both.zip", made_zip.getvalue())
    assert len(ids(url)) == 30
    with ca.open(url, member="2.csv") as reader:
        assert reader.to_table().num_rows == 20


def test_export_reads_an_object_again(bucket: str, made: Make) -> None:
    export = ca.Export(put(bucket, "c.csv", made(5)))
    assert export.to_table().num_rows == export.table("answers").to_table().num_rows == 5
    assert export.report is not None
    assert export.report.bytes == len(made(5))


def test_missing_objects_and_buckets(bucket: str) -> None:
    with pytest.raises(ca.InputNotFoundError, match=rf"s3://{bucket}/exports does not exist .*; a folder ends in /"):
        ca.open(f"s3://{bucket}/exports")
    with pytest.raises(ca.InputNotFoundError, match=r"s3://no-such/c\.csv does not exist"):
        ca.open("s3://no-such/c.csv")
    for url in (f"s3://{bucket}/a//c.csv", f"s3://{bucket}/../c.csv", "s3:///c.csv"):
        with pytest.raises(ca.UsageError, match="`input`"):
            ca.open(url)


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (301, "the bucket is in another region, which AWS_REGION must name"),
        (403, "403 Forbidden; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"),
        (500, "500 Internal Server Error, in 6 attempts"),
    ],
)
def test_answers_of_stores_are_explained(
    s3: S3Server, web: WebServer, monkeypatch: pytest.MonkeyPatch, status: int, message: str
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", web.url)
    web.serve("bucket/c.csv", b"", Fault(statuses=(status,) * 99))
    with pytest.raises(ca.InputError, match=message) as found:
        ca.open("s3://bucket/c.csv")
    assert s3.environment["AWS_ACCESS_KEY_ID"] not in str(found.value)


def test_configuration_that_is_wrong_does_not_show_secrets(
    s3: S3Server, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_READ_TIMEOUT", f"no time {SECRET}")
    with pytest.raises(ca.CrowdarrowError, match=r"check the environment variables AWS_\*") as found:
        ca.open(f"s3://{bucket}/c.csv")
    assert SECRET not in repr(found.value.__cause__) + str(found.value)
    assert s3.environment["AWS_SECRET_ACCESS_KEY"] == SECRET


def test_missing_obstore_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    for url in ("s3://b/c.csv", "https://host/c.csv"):
        with pytest.raises(ca.CrowdarrowError, match=r"pip install 'crowdarrow\[stores\]'") as found:
            ca.open(url)
        assert "\n" not in str(found.value)
