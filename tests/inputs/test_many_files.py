"""Many inputs at once: open files, memory and the digests of what they share."""

import hashlib
import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca

COLUMNS = "classification_id user_name workflow_id workflow_version created_at metadata annotations"
HEADER = ",".join([*COLUMNS.split(), "subject_data", "subject_ids"]) + "\n"
RECORD = (
    '{0},u,1,1.1,2020-01-01 00:00:00 UTC,"{{}}","[{{""task"":""T0"",""value"":""a{0}""}}]",'
    '"{{""{0}"":{{""a"":1}}}}",{0}\n'
)

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
import crowdarrow as ca
folder, out = sys.argv[1:]
ca.convert(f"{folder}/part-00000.csv", f"{out}/first/", tables="all")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = ca.convert(folder, f"{out}/all/", tables="all")
print(report.records, report.rows, report.tables["answers"], len(report.sources))
print(ca.inspect(folder).records)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def write_files(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        (folder / f"part-{number:05}.csv").write_text(HEADER + RECORD.format(number + 1))


def test_more_files_than_a_process_may_open(tmp_path: Path) -> None:
    write_files(tmp_path / "in", 400)
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "in"), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    *counts, mebibytes = done.stdout.splitlines()
    assert counts == ["400 400 400 400", "400"]
    # The batches of each file took 200 kB.
    assert int(mebibytes) < 110


def test_rows_of_many_files_come_in_order_with_their_digests(tmp_path: Path) -> None:
    write_files(tmp_path / "in", 130)
    (tmp_path / "in/part-00120.csv").write_text(HEADER + "broken\n")
    report = ca.convert(tmp_path / "in", tmp_path / "out.parquet", report=tmp_path / "r.json")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table["classification_id"].to_pylist() == [number + 1 for number in range(130) if number != 120]
    sources = json.loads(pq.read_metadata(tmp_path / "out.parquet").metadata[b"crowdarrow.sources"])
    assert [source["name"] for source in sources] == [f"part-{number:05}.csv" for number in range(130)]
    last = (tmp_path / "in/part-00129.csv").read_bytes()
    assert (sources[-1]["size"], len({source["blake3"] for source in sources})) == (len(last), 130)
    assert report.rejected == 1


def test_layouts_and_encodings_of_files_that_are_opened_again(tmp_path: Path) -> None:
    for number in range(12):
        separator = ";" if number % 2 else ","
        rows = (["classification_id", "user_name", "annotations"], [str(number), "é", "[]"])
        text = "".join(separator.join(row) + "\n" for row in rows)
        (tmp_path / f"{number:02}.csv").write_bytes(text.encode("cp1252"))
    table = ca.Export(tmp_path, encoding="cp1252").to_table()
    assert table["user_name"].to_pylist() == ["é"] * 12
    with ca.open(tmp_path, encoding="cp1252") as reader:
        reader.to_table()
    assert reader.report.leniencies["separator"] == 6


def test_a_file_that_changes_before_its_records_are_read_is_an_error(tmp_path: Path) -> None:
    write_files(tmp_path / "in", 12)
    for text, why in ((HEADER + RECORD.format(1) * 2, "changed"), (None, "part-00010.csv")):
        changed = tmp_path / "in/part-00010.csv"
        with ca.open(tmp_path / "in") as reader:
            if text is None:
                changed.unlink()
            else:
                changed.write_text(text)
            with pytest.raises(ca.InputError, match=why):
                reader.to_table()


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_members_of_an_archive_have_its_digest(kind: str, tmp_path: Path) -> None:
    write_files(tmp_path / "in", 15)
    archive = tmp_path / f"all.{kind}"
    files = sorted((tmp_path / "in").iterdir())
    if kind == "zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in files:
                packed.write(file, file.name)
    else:
        with tarfile.open(archive, "w") as tarred:
            for file in files:
                tarred.add(file, file.name)
    report = ca.convert(archive, tmp_path / "out.parquet", report=tmp_path / "r.json", digest="sha256")
    assert report.rows == 15
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    size = archive.stat().st_size
    assert [(one["sha256"], one["size"]) for one in report.sources] == [(digest, size)] * 15


def test_a_header_of_too_many_columns_is_refused(tmp_path: Path) -> None:
    wide = tmp_path / "wide.csv"
    wide.write_text(
        "classification_id,annotations," + ",".join(f"c{number}" for number in range(1_000_000)) + "\n1,[]\n"
    )
    said = r"wide.csv: the header has 1000002 columns; at most 10000 are allowed; .*`max_columns`$"
    for read in (ca.open, ca.inspect):
        with pytest.raises(ca.InputError, match=said):
            read(wide)
    narrow = tmp_path / "narrow.csv"
    narrow.write_text("classification_id,annotations,x,y\n1,[],2,3\n")
    assert ca.inspect(narrow, max_columns=4).rows == 1
    with pytest.raises(ca.InputError, match="has 4 columns; at most 3"):
        ca.inspect(narrow, max_columns=3)
