"""Outputs in a bucket: they are those of a local run, appear when they are whole, and leave nothing after a failure."""

import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.stores import client, upload
from support.store_servers import SECRET, SIGNATURE, Proxy, S3Server, WebServer
from support.stores import ON_BOTH, files_below, objects_in, store

Make = Callable[[int], bytes]


@pytest.fixture
def export(tmp_path: Path, made: Make) -> Path:
    """Ten classifications, and a record that is rejected."""
    path = tmp_path / "in" / "c.csv"
    path.parent.mkdir()
    path.write_bytes(made(10) + b"1,2\n")
    return path


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file is large."""
    monkeypatch.setattr(upload, "_LARGE", 1)


@pytest.mark.parametrize("output", ["o.parquet", "o.csv", "o.csv.gz", "o.arrow", "deep/a b%20ü.parquet", "o/"])
@pytest.mark.parametrize("is_large", [False, True])
def test_objects_are_the_files_of_a_local_run(
    bucket: str,
    export: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    s3: S3Server,
    output: str,
    *,
    is_large: bool,
) -> None:
    if is_large:
        monkeypatch.setattr(upload, "_LARGE", 1)
    (tmp_path / "local" / "deep").mkdir(parents=True)
    ca.convert(export, f"{tmp_path}/local/{output}")
    report = ca.convert(export, f"s3://{bucket}/run/{output}")
    assert objects_in(bucket) == {f"run/{name}": data for name, data in files_below(tmp_path / "local").items()}
    name = output.rstrip("/")
    assert report.rejects_path == f"s3://{bucket}/run/{name}.rejects.csv"
    assert set(report.outputs.values()) <= {f"s3://{bucket}/{key}" for key in objects_in(bucket)}
    assert f"s3://{bucket}/run/{name}" in str(report)
    assert s3.uploads(bucket) == 0


@ON_BOTH
def test_partitions_and_kinds_go_to_a_bucket(bucket: str, export: Path, tmp_path: Path) -> None:
    subjects = export.with_name("s.csv")
    subjects.write_text(
        "subject_id,project_id,workflow_id,subject_set_id,metadata,locations,classifications_count,retired_at,"
        "retirement_reason,created_at,updated_at\n5,1,7,2,{},{},0,,,2020-01-01 00:00:00 UTC,2020-01-01 00:00:00 UTC\n"
    )
    (tmp_path / "local").mkdir()
    partitions: dict[str, Any] = {"kind": "classifications", "table": "answers", "partition_by": ["task"]}
    ca.convert(export.parent, f"{tmp_path}/local/kinds/")
    ca.convert(export.parent, f"{tmp_path}/local/marked/", **partitions)
    source = f"file://{export.parent}"
    ca.convert(source, f"s3://{bucket}/kinds/", report=f"s3://{bucket}/report.json")
    ca.convert(source, f"s3://{bucket}/marked/", **partitions)
    found = objects_in(bucket)
    report = json.loads(found.pop("report.json"))
    assert found == files_below(tmp_path / "local")
    assert report["outputs"]["zooniverse.subjects/subjects"].startswith(f"s3://{bucket}/kinds/")
    assert str(tmp_path.parent) not in json.dumps(report["outputs"])


def test_nothing_is_replaced_without_force(bucket: str, export: Path) -> None:
    root = f"s3://{bucket}/out"
    ca.convert(export, f"{root}/")
    ca.convert(export, f"{root}.parquet", report=f"{root}.json")
    before = objects_in(bucket)
    cases: tuple[tuple[str, dict[str, Any], str], ...] = (
        (f"{root}/", {}, "has the tables of an earlier run"),
        (f"{root}.parquet", {}, r"out\.parquet\.rejects\.csv of an earlier run exists already"),
        (f"{root}.parquet", {"rejects": f"{root}.r.csv"}, r"out\.parquet exists already; `force` replaces it"),
        (f"{root}2.parquet", {"report": f"{root}.json"}, r"out\.json exists already"),
        (f"{root}2.parquet", {"rejects": f"{root}.json"}, r"out\.json exists already"),
        (f"{root}/new.parquet", {}, "has the tables of an earlier run"),
        (f"{root}/answers.parquet", {"force": True}, "is one of the tables of an earlier run"),
        (f"{root}/answers.parquet/", {"force": True}, "is one of the tables of an earlier run"),
    )
    for output, options, message in cases:
        with pytest.raises(ca.OutputExistsError, match=message):
            ca.convert(export, output, **options)
    assert objects_in(bucket) == before


def test_object_that_another_program_creates_during_the_run_stays(
    bucket: str, export: Path, passing: Proxy, in_parts: None
) -> None:
    del in_parts

    def create(number: int) -> None:
        if number == 0:
            passing.on_write = int
            store(bucket).put("out.parquet", b"theirs")

    passing.on_write = create
    with pytest.raises(ca.OutputExistsError, match=r"out\.parquet exists already"):
        ca.convert(export, f"s3://{bucket}/out.parquet")
    assert objects_in(bucket) == {"out.parquet": b"theirs"}


@ON_BOTH
def test_force_replaces_the_objects_of_the_earlier_run_alone(bucket: str, export: Path, made: Make) -> None:
    root = f"s3://{bucket}/out/"
    ca.convert(export, root)
    store(bucket).put("out/theirs.txt", b"theirs")
    export.write_bytes(made(3))
    ca.convert(export, root, tables=["answers"], force=True)
    found = objects_in(bucket)
    assert set(found) == {"out/answers.parquet", "out/crowdarrow.json", "out/theirs.txt"}
    assert json.loads(found["out/crowdarrow.json"])["files"] == ["answers.parquet"]
    store(bucket).put("out/crowdarrow.json", b"{}")
    with pytest.raises(ca.OutputExistsError, match="is not a manifest"):
        ca.convert(export, root, force=True)
    store(bucket).put("o.csv.rejects.csv", b"theirs")
    with pytest.raises(ca.OutputExistsError, match="is not a file of rejects"):
        ca.convert(export, f"s3://{bucket}/o.csv", force=True)


def test_files_inside_the_folder_are_in_its_manifest(bucket: str, export: Path) -> None:
    root = f"s3://{bucket}/out/"
    report = ca.convert(export, root, tables="answers", report=f"{root}about/r.json", rejects=f"{root}x.csv")
    assert report.rejects_path == f"{root}x.csv"
    found = objects_in(bucket)
    assert json.loads(found["out/crowdarrow.json"])["files"] == ["about/r.json", "answers.parquet", "x.csv"]
    assert set(found) == {"out/about/r.json", "out/answers.parquet", "out/crowdarrow.json", "out/x.csv"}
    ca.convert(export, root, tables="answers", force=True)
    assert set(objects_in(bucket)) == {"out/answers.parquet", "out/crowdarrow.json", "out.rejects.csv"}


def test_partitions_are_not_mixed_with_other_objects(bucket: str, export: Path) -> None:
    root = f"s3://{bucket}/out/"
    options: dict[str, Any] = {"table": "answers", "partition_by": "task"}
    store(bucket).put("out/task=T9/part-0.parquet", b"theirs")
    with pytest.raises(ca.OutputExistsError, match="is not empty"):
        ca.convert(export, root, **options)
    with pytest.raises(ca.OutputExistsError, match="files that are not partitions"):
        ca.convert(export, root, force=True, **options)
    store(bucket).delete("out/task=T9/part-0.parquet")
    ca.convert(export, root, **options)
    ca.convert(export, root, force=True, **options)
    assert set(objects_in(bucket, "out")) == {"out/_crowdarrow.json", "out/task=T0/part-0.parquet"}


@pytest.mark.parametrize(
    ("output", "is_large", "force"),
    [("o.parquet", False, False), ("o.parquet", True, True), ("o/", False, True), ("o/", True, False)],
    ids=str,
)
def test_failure_of_any_request_leaves_old_or_nothing(
    bucket: str, export: Path, made: Make, s3: S3Server, passing: Proxy, monkeypatch: pytest.MonkeyPatch, output: str,
    *, is_large: bool, force: bool,
) -> None:  # fmt: skip
    """Each request that writes fails in one of the runs, until a run has fewer requests."""
    monkeypatch.setattr(client, "WRITE_RETRIES", 0)
    if is_large:
        monkeypatch.setattr(upload, "_LARGE", 1)
    options: dict[str, Any] = {"tables": "answers"} if output == "o/" else {"report": f"s3://{bucket}/o.json"}
    old: dict[str, bytes] = {}
    if force:
        ca.convert(export, f"s3://{bucket}/{output}", **options)
        old = objects_in(bucket)
    export.write_bytes(made(20) + b"1,2\n")
    main = "o/crowdarrow.json" if output == "o/" else output
    number = 0
    messages: list[str] = []
    while True:
        passing.reset(fails_at=number)
        try:
            ca.convert(export, f"s3://{bucket}/{output}", force=force, **options)
        except ca.OutputError as error:
            messages.append(str(error))
        else:
            if passing.failed is None:
                break
        passing.reset()
        found = objects_in(bucket)
        assert s3.uploads(bucket) == 0
        if force:
            # A table is old; a folder is old, or has no manifest until it is whole.
            assert found.get(main, old[main]) == old[main]
            assert set(found) <= set(old)
        else:
            assert found == {}
        number += 1
    for message in messages:
        assert re.match(rf"cannot (write|remove) s3://{bucket}/[\w./]+: 500 Internal Server Error; ", message)
        assert SECRET not in message
    assert number >= 3
    assert main in objects_in(bucket)
    assert s3.uploads(bucket) == 0


def test_interrupt_while_objects_are_sent_leaves_nothing(
    bucket: str, export: Path, s3: S3Server, passing: Proxy, in_parts: None
) -> None:
    del in_parts
    passing.on_write = lambda number: os.kill(os.getpid(), signal.SIGINT) if number == 1 else None
    with pytest.raises(KeyboardInterrupt):
        ca.convert(export, f"s3://{bucket}/o/")
    passing.reset()
    assert objects_in(bucket) == {}
    assert s3.uploads(bucket) == 0


def test_local_files_of_a_failed_run_are_as_before(bucket: str, export: Path, passing: Proxy, tmp_path: Path) -> None:
    rejects = tmp_path / "r.csv"
    ca.convert(export, f"s3://{bucket}/o.parquet", rejects=rejects)
    rejects.write_bytes(before := rejects.read_bytes() + b"1\n")
    passing.reset(fails_at=0)
    with pytest.raises(ca.OutputError):
        ca.convert(export, f"s3://{bucket}/o.parquet", rejects=rejects, force=True)
    assert rejects.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "r.csv"]


def test_sending_is_shown_on_a_terminal(
    bucket: str, export: Path, in_parts: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    del in_parts
    monkeypatch.setattr("crowdarrow.progress._LINE_PAUSE", 0)
    ca.convert(export, f"s3://{bucket}/o.csv", progress=True)
    assert "sending" not in capsys.readouterr().err
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ca.convert(export, f"s3://{bucket}/o/", progress=True)
    shown = capsys.readouterr().err
    assert re.search(r"\rsending 0\.\d of 0\.\d MB", shown)
    assert shown.endswith("\r")


def test_wrong_outputs_are_errors(bucket: str, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = f"s3://{bucket}"
    for output, message in (
        (f"{root}/", "is a whole bucket"),
        (root, "is a whole bucket"),
        (f"{root}/out", r"s3://.*/out"),
        ("ftp://host/out/", r"`output` is a URL \(ftp://\)"),
        ("file://host/out.csv", "names another computer"),
    ):
        with pytest.raises(ca.UsageError, match=message) as found:
            ca.convert(export, output)
        assert "/output/" not in str(found.value)
    with pytest.raises(ca.UsageError, match="is also the input"):
        ca.convert(f"{root}/c.csv", f"{root}/c.csv")
    with pytest.raises(ca.UsageError, match="two outputs would be the same file"):
        ca.convert(export, f"{root}/o.csv", report=f"{root}/o.csv")
    with pytest.raises(
        ca.OutputError, match=r"cannot write s3://no-such-bucket/o\.csv.*the bucket or folder must exist"
    ):
        ca.convert(export, "s3://no-such-bucket/o.csv")
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    with pytest.raises(ca.CrowdarrowError, match=r"pip install 'crowdarrow\[stores\]'"):
        ca.convert(export, f"{root}/o.csv")


CONFIG = {
    "workflow_id": 7,
    "workflow_version": {"min": "1.1", "max": "1.1"},
    "extractor_config": {"question_extractor": [{"task": "T0"}]},
}


def test_extracts_go_to_a_bucket(bucket: str, export: Path, tmp_path: Path) -> None:
    local = ca.extracts(export, CONFIG, tmp_path / "out", report=tmp_path / "r.json")
    for folder in (f"s3://{bucket}/deep/out", f"s3://{bucket}/deep/out/"):
        report = ca.extracts(export, CONFIG, folder, report=f"s3://{bucket}/r.json")
        found = objects_in(bucket)
        assert json.loads(found.pop("r.json"))["files"] == report.files
        assert found == {f"deep/out/{name}": data for name, data in files_below(tmp_path / "out").items()}
        assert report.files == {"question_extractor": f"s3://{bucket}/deep/out/question_extractor_extractions.csv"}
        assert report.rows == local.rows
    with pytest.raises(ca.UsageError, match=r"`report` is not a file \(s3://"):
        ca.extracts(export, CONFIG, tmp_path / "out", report=f"s3://{bucket}/")


def test_a_failed_run_of_extracts_changes_nothing(bucket: str, export: Path, passing: Proxy) -> None:
    passing.reset(fails_at=0)
    with pytest.raises(
        ca.OutputError, match=rf"cannot write s3://{bucket}/out/question_extractor_extractions\.csv: 500"
    ):
        ca.extracts(export, CONFIG, f"s3://{bucket}/out")
    passing.reset()
    assert objects_in(bucket) == {}


def test_a_page_and_an_index_go_to_a_bucket(bucket: str, export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    url = f"s3://{bucket}/page.html"
    ca.inspect(export).to_html(url)
    assert objects_in(bucket)["page.html"].startswith(b"<!DOCTYPE html>")
    with pytest.raises(ca.OutputExistsError, match=r"page\.html exists already; `force` replaces it"):
        ca.inspect(export).to_html(url)
    monkeypatch.setattr("crowdarrow.inspection.inspection.inspect", None)  # the check is made before any work
    assert run(["inspect", str(export), "--html", url]) == 1
    index = f"s3://{bucket}/index.json"
    assert run(["index", str(export), "-o", index, "-q"]) == 0
    assert [split.start for split in ca.splits(export, 400, index=index).splits] == [0]
    with pytest.raises(ca.InputError, match=rf"there is no index s3://{bucket}/none\.json"):
        ca.splits(export, 400, index=f"s3://{bucket}/none.json")


def test_file_urls_are_local_outputs(export: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "obstore", None)
    (tmp_path / "my folder").mkdir()
    base = f"file://{tmp_path}/my%20folder"
    ca.convert(export, f"{base}/o/", report=f"{base}/r.json", rejects=f"{base}/x.csv")
    assert {path.name for path in (tmp_path / "my folder").iterdir()} == {"o", "r.json", "x.csv"}


def test_web_server_gets_a_file_by_put(web: WebServer, export: Path, tmp_path: Path) -> None:
    ca.convert(export, tmp_path / "o.parquet")
    report = ca.convert(export, f"{web.url}/deep/o.parquet?sig={SIGNATURE}")
    assert web.files == {"deep/o.parquet": (tmp_path / "o.parquet").read_bytes(),
                         "deep/o.parquet.rejects.csv": (tmp_path / "o.parquet.rejects.csv").read_bytes()}  # fmt: skip
    assert SIGNATURE not in report.to_json() + str(report)
    with pytest.raises(ca.OutputExistsError, match="exists already") as found:
        ca.convert(export, f"{web.url}/deep/o.parquet?sig={SIGNATURE}")
    assert SIGNATURE not in str(found.value)
    ca.convert(export, f"{web.url}/deep/out/?sig={SIGNATURE}", tables=["answers"])
    assert {"deep/out/answers.parquet", "deep/out/crowdarrow.json", "deep/out.rejects.csv"} <= set(web.files)
    ca.convert(export, f"{web.url}/deep/out/?sig={SIGNATURE}", tables=["classifications"], force=True)
    assert "deep/out/answers.parquet" not in web.files
