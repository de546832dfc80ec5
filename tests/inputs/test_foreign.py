"""Inputs that are not exports are named for what they are, with the next step, whatever `kind` says."""

import gzip
import io
import json
import re
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.cli import run
from crowdarrow.conversion.rejects import HEADER as REJECTS

EXPORT = (
    b'classification_id,user_name,annotations,subject_data\n1,a,"[{""task"":""T0"",""value"":1}]","{""5"":{}}"\nx\n'
)
EXPIRED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Request has expired</Message>'
)


def workbook(*names: str, data: bytes = b"<x/>") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, data)
    return file.getvalue()


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"))
    return file.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"classification_id": [1]}), file)
    return file.getvalue()


def arrow(opened: type[pa.ipc.RecordBatchStreamWriter]) -> bytes:
    file = io.BytesIO()
    table = pa.table({"classification_id": [1]})
    with opened(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


FOREIGN = {
    "workbook": (workbook("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "an Excel workbook"),
    "open_document": (workbook("mimetype", "content.xml", "META-INF/manifest.xml"), "a document of an office program"),
    "old_workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), r"an old office document, .*\.xls"),
    "html": (
        b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>",
        "an HTML page, such as a login page",
    ),
    "html_comment": (b"<!-- x -->\n<HTML><body>", "an HTML page"),
    "expired_link": (EXPIRED, r"XML error message of a server \(AccessDenied\), .*link may have expired"),
    "xml": (b"<?xml version='1.0'?><data/>", "an XML file"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
    "parquet": (parquet(), "a Parquet file"),
    "arrow_file": (arrow(pa.ipc.RecordBatchFileWriter), "an Arrow file"),
    "arrow_stream": (arrow(pa.ipc.RecordBatchStreamWriter), "an Arrow stream"),
    "rejects": (REJECTS + b'a.csv,1,2,9,,fields,x,"x"\n', "a file of rejects of crowdarrow"),
    "geojson": (b'{"type":"FeatureCollection","features":[]}', "GeoJSON"),
    "utf16": ("classification_id,annotations\n1,[]\n".encode("utf-16"), "UTF-16 text, .*`encoding`: utf-16$"),
    "utf16_le": ("classification_id,annotations\n1,[]\n".encode("utf-16-le"), "UTF-16 text, .*`encoding`: utf-16-le$"),
    "utf16_be": ('[{"id": 1, "task_id": 2}]'.encode("utf-16-be"), "UTF-16 text, .*`encoding`: utf-16-be$"),
    "rar": (b"Rar!\x1a\x07\x01\0", "a RAR archive"),
    "zip_in_gzip": (workbook("a.csv"), "a zip inside another archive"),
    "tar_in_zip": (workbook("a.tar", data=tar()), "a tar inside another archive"),
}


@pytest.mark.parametrize("kind", [None, "zooniverse.classifications", "pybossa.task_runs"])
@pytest.mark.parametrize("what", FOREIGN)
def test_input_is_named_for_what_it_is(what: str, kind: str | None) -> None:
    data, message = FOREIGN[what]
    forms = [data, gzip.compress(data)]
    if what in ("workbook", "open_document", "tar_in_zip"):
        forms.pop()
    if what == "zip_in_gzip":
        forms = [gzip.compress(data)]
    for form in forms:
        with pytest.raises(ca.NotAnExportError, match=message) as caught:
            ca.open(io.BytesIO(form), kind=kind)
        text = str(caught.value)
        assert "not an export; " in text
        assert "\n" not in text
        assert "kind" not in text


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "classification_id,user_name,task,subject_id,extractor,data.yes",
            "it has extracts of panoptes_aggregation; conv",
        ),
        ("id,classification_id,extractor_key,workflow_id,data.0", "it has extracts of Caesar; convert"),
        (
            "1,a,,ab,10,W,1.1,2020-01-01 00:00:00 UTC,,,{},[],{},5",
            "its first line has values, not the names of columns",
        ),
    ],
)
def test_files_of_other_programs_are_named(header: str, message: str) -> None:
    with pytest.raises(ca.UnknownKindError, match=f"is not an export: {message}.* known kinds are zooniverse"):
        ca.open(f"{header}\n1\n".encode())
    with pytest.raises(ca.UnknownKindError, match=f"lacks 'annotations'.*; {message}"):
        ca.open(f"{header}\n1\n".encode(), kind="classifications")


def test_talk_is_named() -> None:
    with pytest.raises(ca.UnknownKindError, match="it has comments of Talk"):
        ca.open(b'[{"board_id":1,"comment_id":3,"comment_body":"b"}]')


def test_tables_and_reports_of_an_earlier_run(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(EXPORT)
    ca.convert(tmp_path / "in.csv", f"{tmp_path}/out/", format="csv", report=tmp_path / "report.json")
    found = sorted(tmp_path.glob("out/*.csv"))
    assert len(found) > 5
    for path in found:
        with pytest.raises(ca.NotAnExportError, match=f"the table zooniverse.classifications {path.stem}, which"):
            ca.open(path)
    with pytest.raises(ca.NotAnExportError, match="a report of crowdarrow"):
        ca.open(tmp_path / "report.json")
    (tmp_path / "inspected.json").write_text(json.dumps(ca.inspect(tmp_path / "in.csv").to_dict()))
    with pytest.raises(ca.NotAnExportError, match="an inspection of crowdarrow"):
        ca.open(tmp_path / "inspected.json")


SUBJECTS = (
    b"subject_id,project_id,workflow_id,subject_set_id,metadata,locations,classifications_count,retired_at,"
    b'retirement_reason,created_at,updated_at\n1,2,3,4,{},"{""0"":""https://example.org/a""}",1,,,,\n'
)


def test_table_with_the_header_of_an_export(tmp_path: Path) -> None:
    """The table of subjects has the columns of the export, but lists of locations."""
    (tmp_path / "in.csv").write_bytes(SUBJECTS)
    assert ca.convert(tmp_path / "in.csv", tmp_path / "subjects.csv").rows == 1
    with pytest.raises(ca.NotAnExportError, match=r"the table zooniverse.subjects subjects, which crowdarrow wrote"):
        ca.open(tmp_path / "subjects.csv")
    # Damaged locations of an export are no such lists.
    text = (tmp_path / "subjects.csv").read_text()
    (tmp_path / "damaged.csv").write_text(re.sub(r'"\[.*\]"', "[null]", text))
    with ca.open(tmp_path / "damaged.csv") as reader:
        assert (reader.to_table().num_rows, reader.report.rejects) == (0, {"json_type": 1})


@pytest.mark.parametrize("data", [b'{"error":"not found"}', b"[1,2]", b'[{"name":"a"}]'])
def test_json_of_another_kind(data: bytes) -> None:
    with pytest.raises(
        ca.UnknownKindError, match=r"JSON of another kind than an export; it(s members are| has no object)"
    ):
        ca.open(io.BytesIO(data))


def test_command_line_says_it_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "classifications.csv"
    path.write_bytes(EXPIRED)
    for options in ([], ["--kind", "zooniverse.subjects"]):
        assert run(["convert", str(path), str(tmp_path / "out.csv"), *options]) == 1
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "XML error message of a server (AccessDenied)" in lines[0]
    assert not (tmp_path / "out.csv").exists()


def test_files_that_are_no_exports_are_skipped_in_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.csv").write_bytes(EXPORT)
    for what, (data, _) in FOREIGN.items():
        (folder / f"{what}.bin").write_bytes(gzip.compress(data) if what == "zip_in_gzip" else data)
    report = ca.convert(folder, tmp_path / "out.csv")
    assert report.records == 2
    assert len(report.skipped) == len(FOREIGN)
