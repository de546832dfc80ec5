"""Splits of objects, which each process reads by ranges, and outputs in a bucket, with the parts beside them."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.sinks.sending import temporary_folder
from crowdarrow.splitting import places
from crowdarrow.splitting.folder import place_of
from crowdarrow.stores import client, upload
from support.splitting import copies, counts_of, in_parts, redone, table_at
from support.store_servers import Proxy, S3Server, WebServer
from support.stores import ON_BOTH, files_below, objects_in


@pytest.mark.parametrize("method", ["exact", "probe"])
def test_parts_of_an_object_give_what_one_pass_gives(
    web: WebServer, made: Callable[[int], bytes], tmp_path: Path, method: Any
) -> None:
    url = web.serve("c.csv", made(4000))
    plan = ca.splits(url, 100_000, method)
    assert len(plan.splits) > 2
    assert all(0 < split.bytes < 150_000 for split in plan.splits)
    web.requests.clear()
    out = f"{tmp_path}/out/"
    parts = [ca.convert_split(split, out, table="classifications") for split in copies(plan.splits)]
    ranges = [asked for _, _, asked in web.requests if asked]
    assert len(ranges) >= len(plan.splits) - 1
    report = ca.merge(plan, redone(plan, parts, out, table="classifications"), out)
    one = ca.convert(url, f"{tmp_path}/one/", table="classifications")
    assert report.sources == one.sources
    assert table_at(report.outputs["classifications"]) == table_at(one.outputs["classifications"])


def test_an_object_that_changed_after_the_plan_is_an_error(
    web: WebServer, made: Callable[[int], bytes], tmp_path: Path
) -> None:
    url = web.serve("c.csv", made(4000))
    plan = ca.splits(url, 200_000)
    web.serve("c.csv", made(3999))
    with pytest.raises(ca.InputError, match="changed"):
        ca.convert_split(copies(plan.splits)[1], f"{tmp_path}/out/")


@pytest.fixture
def export(tmp_path: Path, made: Callable[[int], bytes]) -> Path:
    """Classifications in two files, and a record that is rejected."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes(made(300) + b"1,2\n")
    (folder / "b.csv").write_bytes(made(20))
    return folder


@pytest.mark.parametrize(
    ("output", "options"),
    [
        ("o/", {"tables": "all,votes"}),
        ("o/", {"tables": "answers", "format": "csv", "report": "r.json", "rejects": "x.csv"}),
        ("o.parquet", {"table": "answers"}),
        ("deep/a b%20ü.csv", {"table": "subjects"}),
    ],
    ids=["folder", "csv", "parquet", "file"],
)
@pytest.mark.parametrize("is_large", [False, True])
def test_objects_are_the_files_of_local_parts(
    bucket: str, s3: S3Server, export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str,
    options: dict[str, Any], *, is_large: bool,
) -> None:  # fmt: skip
    if is_large:
        monkeypatch.setattr(upload, "_LARGE", 1)
        monkeypatch.setattr(places, "_MOST_COPIED", 1)
    plan = ca.splits(export, 15_000)
    assert len(plan.splits) > 2
    (tmp_path / "local" / "deep").mkdir(parents=True)
    where = f"{tmp_path}/local", f"s3://{bucket}/run"
    one, other = (
        in_parts(
            plan, f"{root}/{output}", seed=1, twice=[1],
            **options | {name: f"{root}/{options[name]}" for name in ("report", "rejects") if name in options},
        )
        for root in where
    )  # fmt: skip
    assert counts_of(one) == counts_of(other)
    assert other.outputs == {table: path.replace(*where) for table, path in one.outputs.items()}
    assert other.rejects_path == str(one.rejects_path).replace(*where)
    expected, found = files_below(tmp_path / "local"), objects_in(bucket)
    assert [name.removeprefix("run/") for name in found] == sorted(expected)
    for name, data in expected.items():
        if not name.endswith("r.json"):  # it has the seconds
            assert found[f"run/{name}"] == data, name
    assert s3.uploads(bucket) == 0


def test_final_files_are_copied_by_the_store(bucket: str, export: Path, passing: Proxy) -> None:
    plan = ca.splits(export, 15_000)
    parts = [ca.convert_split(split, f"s3://{bucket}/o/", table="answers") for split in plan.splits]
    passing.reset()
    ca.merge(plan, None, f"s3://{bucket}/o/")
    assert passing.copies == len(parts)


def test_files_that_are_fetched_at_once_lie_in_one_folder(
    bucket: str, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []

    def slow() -> object:
        made.append(None)
        time.sleep(0.05)  # as long as several threads need to come here
        return temporary_folder()

    plan, out = ca.splits(export, 15_000), f"s3://{bucket}/o/"
    for split in plan.splits:
        ca.convert_split(split, out, table="answers")
    monkeypatch.setattr(places, "temporary_folder", slow)
    with place_of(out, plan.id) as place:
        place.fetch("state")
        assert len(place.names_in("state")) >= len(plan.splits)
    assert len(made) == 1


@ON_BOTH
def test_parts_in_a_bucket_are_removed_or_merged_again(bucket: str, export: Path) -> None:
    plan, out = ca.splits(export, 15_000), f"s3://{bucket}/o/"
    for split in plan.splits[1:]:
        ca.convert_split(split, out, tables="all")
    with pytest.raises(ca.UsageError, match="missing are those of the splits 0; convert these"):
        ca.merge(plan, None, out)
    elsewhere = ca.convert_split(plan.splits[0], f"s3://{bucket}/other/", tables="all")
    with pytest.raises(ca.UsageError, match=rf"part 0 is not in s3://{bucket}/o\.parts-\w+; give `output`"):
        ca.merge(plan, [elsewhere, *(ca.convert_split(split, out, tables="all") for split in plan.splits[1:])], out)
    ca.discard(plan, f"s3://{bucket}/other/")
    ca.discard(plan, f"s3://{bucket}/other/")
    ca.convert_split(plan.splits[0], out, tables="all")
    assert ca.merge(plan, None, out).records == 321
    assert {name.partition("/")[0] for name in objects_in(bucket)} == {"o", "o.rejects.csv"}
    ca.convert_split(plan.splits[0], out, tables="answers")
    for split in plan.splits[1:]:
        ca.convert_split(split, out, tables="answers")
    with pytest.raises(ca.OutputExistsError, match="has the tables of an earlier run"):
        ca.merge(plan, None, out)
    ca.merge(plan, None, out, force=True)
    assert {name.split("/")[1] for name in objects_in(bucket, "o")} == {"answers", "crowdarrow.json"}


def test_failure_of_any_request_of_merge_leaves_nothing_but_parts(
    bucket: str, export: Path, s3: S3Server, passing: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "WRITE_RETRIES", 0)
    plan, out = ca.splits(export), f"s3://{bucket}/o/"
    for split in plan.splits:
        ca.convert_split(split, out, tables="answers,votes")
    before = objects_in(bucket)
    messages: list[str] = []
    while True:
        passing.reset(fails_at=len(messages))
        try:
            ca.merge(plan, None, out)
        except ca.OutputError as error:
            messages.append(str(error))
        else:
            break
        passing.reset()
        assert objects_in(bucket) == before
    assert len(messages) >= 5
    for message in messages:
        assert re.match(rf"cannot write s3://{bucket}/o[\w./-]+: 500 Internal Server Error; ", message)
    assert s3.uploads(bucket) == 0
    assert "o/crowdarrow.json" in objects_in(bucket)


def test_outputs_that_cannot_have_parts_are_refused(bucket: str, web: WebServer, export: Path) -> None:
    split = ca.splits(export).splits[0]
    for output, message in (
        (f"{web.url}/o/", "is on a web server"),
        (f"s3://{bucket}/", "is a whole bucket"),
        ("ftp://host/o/", r"`output` is a URL \(ftp://\)"),
        ("-", "`output` is -"),
    ):
        with pytest.raises(ca.UsageError, match=message):
            ca.convert_split(split, output)
    assert objects_in(bucket) == {}
