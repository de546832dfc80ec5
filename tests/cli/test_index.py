"""`crowdarrow index` and the loader of indexes (docs/contract.md, sections 3 and 4)."""

import gzip
import io
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca
from crowdarrow._core import CsvSource, Input, digest_of
from crowdarrow.cli import run
from crowdarrow.errors import DamagedInputError, InputNotFoundError, OutputExistsError, UsageError
from crowdarrow.indexing.index import Identity, make_index, path_of_index, read_index, write_index
from crowdarrow.read.options import ReadOptions

HEADER = b"classification_id,user_name,created_at,metadata,annotations\n"
RECORD = b'%d,"a\nb",2022-03-04 10:00:31 UTC,{},"[{""task"":""T0"",""value"":""%s""}]"\n'
OPTIONS = ReadOptions()


def export(records: int, length: int = 10) -> bytes:
    return HEADER + b"".join(RECORD % (n, b"x" * length) for n in range(records))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "classifications.csv"
    path.write_bytes(export(100))
    return path


def identity_of(path: Path) -> Identity:
    return Identity.of(path, Input(path, "input").stamp)


def test_command_writes_positions_beside_the_file(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(export(100, 100_000))
    assert run(["index", str(file)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "100 records, 10.0 MB, 2 places to divide it" in said.err
    found = json.loads((file.parent / "classifications.csv.crowdarrow-index.json").read_text())
    stat = file.stat()
    assert found["identity"] == {"size": stat.st_size, "modified": stat.st_mtime_ns, "etag": None}
    positions = found["positions"]
    assert positions["digest"] == digest_of(file, "blake3")
    assert [place[0] for place in positions["found"]] == [
        min(at for at in starts(file.read_bytes()) if at >= every) for every in (4 << 20, 8 << 20)
    ]
    assert positions["end"] == [stat.st_size, 202, 100]


def starts(data: bytes) -> list[int]:
    """Where records start: after each line end that is not in quotes."""
    return [at + 1 for at in range(len(data)) if data[at : at + 1] == b"\n" and data[at - 1 : at] != b"a"]


def test_output_force_and_quiet(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "of.json"
    assert run(["index", str(file), "-o", str(target), "-q"]) == 0
    assert capsys.readouterr().err == ""
    before = target.read_bytes()
    assert run(["index", str(file), "-o", str(target)]) == 1
    assert "exists already; --force replaces it" in capsys.readouterr().err
    file.write_bytes(export(101))
    assert run(["index", str(file), "-o", str(target), "--force"]) == 0
    assert target.read_bytes() != before
    assert not Path(path_of_index(file)).exists()


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.csv.gz", gzip.compress(export(3)), "is compressed \\(gzip\\)"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"x,y\n1,2\n", "is not an export"),
    ],
)
def test_what_cannot_be_divided_has_no_index(name: str, data: bytes, why: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(ca.CrowdarrowError, match=why if name.endswith(".gz") else name):
        write_index(path)
    assert [one.name for one in tmp_path.iterdir()] == [name]


def test_index_that_is_read_is_the_one_that_was_written(file: Path) -> None:
    made = write_index(file)
    assert read_index(path_of_index(file)) == replace(made, name=file.name)
    assert (made.identity, made.algorithm) == (identity_of(file), "blake3")


@pytest.mark.parametrize("same_size", [True, False])
def test_changed_file_is_an_error(file: Path, *, same_size: bool) -> None:
    write_index(file)
    file.write_bytes(file.read_bytes().replace(b"10:00", b"11:00") if same_size else export(99))
    os.utime(file, ns=(1, 1))
    with pytest.raises(DamagedInputError, match=r"changed after its index was made.*crowdarrow index .* --force"):
        ca.splits(file, index=path_of_index(file))


def test_index_with_other_options_is_an_error(file: Path) -> None:
    write_index(file)
    with pytest.raises(UsageError, match="max_record_bytes"):
        ca.splits(file, index=path_of_index(file), max_record_bytes=5000)
    with pytest.raises(UsageError, match="made with the separator ','"):
        read_index(path_of_index(file)).check("i", str(file), ReadOptions(separator=";"))


def test_damaged_and_missing_indexes_are_errors(file: Path) -> None:
    write_index(file)
    path = Path(path_of_index(file))
    text = path.read_text()
    found = json.loads(text)
    broken: list[Any] = [
        "", text[:-10], "[]", "{}", found | {"positions": {}}, found | {"identity": {"size": 1}},
        found | {"positions": found["positions"] | {"found": [[9, 9, 9], [5, 5, 5]]}},
        found | {"positions": found["positions"] | {"end": ["x", 1, 2]}},
    ]  # fmt: skip
    for one in broken:
        path.write_text(one if isinstance(one, str) else json.dumps(one))
        with pytest.raises(DamagedInputError, match="damaged, or no index"):
            read_index(path)
    path.write_text(json.dumps(found | {"crowdarrow_index": 99}))
    with pytest.raises(UsageError, match="another version"):
        read_index(path)
    path.unlink()
    with pytest.raises(InputNotFoundError, match="there is no index"):
        read_index(path)


def test_a_reader_starts_at_a_position_of_an_index(file: Path) -> None:
    found = make_index(file, OPTIONS, every=500).positions
    assert len(found.found) == len(file.read_bytes()) // 500
    offset, line, records = found.found[3]
    before = file.read_bytes()[:offset]
    assert (line, records) == (before.count(b"\n") + 1, (before.count(b"\n") - 1) // 2)
    stored = Input(file, "input", start=offset)
    sizes = {"block_bytes": 1 << 16, "max_record_bytes": found.max_record_bytes}
    assert found.header is not None
    assert found.separator is not None
    source = CsvSource.at(
        stored, **sizes, header=found.header, separator=found.separator, header_quoted=found.header_quoted,
        start=found.found[3],
    )  # fmt: skip
    assert source.first_records([""] * 5)[0][0] == (0, str(records))


def test_an_index_is_no_export(file: Path, tmp_path: Path) -> None:
    write_index(file)
    with pytest.raises(ca.CrowdarrowError, match="is an index of crowdarrow, not an export"):
        ca.open(path_of_index(file))
    report = ca.convert(tmp_path, f"{tmp_path}/out/")
    assert report.records == 100


def test_a_folder_has_no_index(file: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        write_index(file.parent)
    assert list(file.parent.iterdir()) == [file]


def test_a_url_needs_an_output() -> None:
    with pytest.raises(UsageError, match="`output`"):
        write_index("s3://bucket/classifications.csv")


def test_progress_and_existing_index(file: Path) -> None:
    file.write_bytes(export(100, 100_000))
    seen: list[Any] = []
    write_index(file, progress=seen.append)
    assert [one.bytes_total for one in seen] == [file.stat().st_size] * 2
    assert 4 << 20 <= seen[0].bytes_read < seen[1].bytes_read
    with pytest.raises(OutputExistsError):
        write_index(file)
    with pytest.raises(UsageError, match="not a file"):
        make_index(io.BytesIO(export(3)), OPTIONS)  # type: ignore[arg-type]
