"""Synthetic files: determinism, sizes, headers, faults, compression, and the command line.

The differential tests read each profile and each header with faults, and compare the rejects with the summary.
"""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crowdarrow import synthetic
from crowdarrow.synthetic import (
    Summary,
    generate_classifications,
    generate_subjects,
    generate_task_runs,
    generate_workflows,
)
from crowdarrow.synthetic.__main__ import main, parse_size
from zooniverse.test_header_ages import AGES

if TYPE_CHECKING:
    from conftest import Collect

Row = dict[str, str]
RAW_FIELD = re.compile(rb'("(?:[^"]|"")*"|[^",\r\n]*)(,|\n|\Z)')

csv.field_size_limit(1 << 30)
GENERATE: dict[str, Callable[..., Summary]] = {
    "classifications": generate_classifications,
    "subjects": generate_subjects,
    "workflows": generate_workflows,
}


def rows(path: Path, encoding: str = "utf-8") -> list[Row]:
    with path.open(encoding=encoding, newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader)
        found = []
        for cells in reader:
            assert len(cells) == len(header)
            found.append(dict(zip(header, cells, strict=True)))
    return found


def raw_fields(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        match = RAW_FIELD.match(data, at)
        assert match is not None, data[at : at + 80]
        yield match[1]
        at = match.end()


@pytest.mark.parametrize("kind", ["classifications", "subjects", "workflows"])
def test_fields_are_quoted_only_if_necessary(tmp_path: Path, kind: str) -> None:
    GENERATE[kind](tmp_path / "one.csv", records=300)
    data = (tmp_path / "one.csv").read_bytes()
    assert data.endswith(b"\n")
    assert b"\r" not in data
    quoted_empty = 0
    for raw in raw_fields(data):
        quoted_empty += raw == b'""'
        inner = raw[1:-1].replace(b'""', b'"') if raw.startswith(b'"') else raw
        assert raw.startswith(b'"') == (raw == b'""' or re.search(rb'[",\r\n]', inner) is not None)
    assert (quoted_empty > 0) == (kind == "workflows")


def test_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    script = (
        "import sys; from crowdarrow.synthetic import *\n"
        "generate_classifications(sys.argv[1], records=150, seed=3, faults=0.1)"
    )
    files = []
    for hash_seed in ("1", "2"):
        path = tmp_path / hash_seed
        subprocess.run(
            [sys.executable, "-c", script, str(path)],
            check=True,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(synthetic.__file__).parents[2])},
        )
        files.append(path.read_bytes())
    generate_classifications(tmp_path / "same", records=150, seed=3, faults=0.1)
    generate_classifications(tmp_path / "other", records=150, seed=4, faults=0.1)
    assert files[0] == files[1] == (tmp_path / "same").read_bytes()
    assert files[0] != (tmp_path / "other").read_bytes()
    for generate in (generate_subjects, generate_workflows, generate_task_runs):
        generate(tmp_path / "one", records=40, seed=5)
        generate(tmp_path / "two", records=40, seed=5)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("age", AGES)
def test_header_of_each_age(tmp_path: Path, age: str) -> None:
    kind, header = age.split()
    summary = GENERATE[kind](tmp_path / "one.csv", records=60, header=header)
    found = rows(tmp_path / "one.csv")
    assert summary.records == len(found) == 60
    assert (set(found[0]), tuple(found[0])) == (set(AGES[age][0].split()), summary.columns)
    if kind == "classifications" and header < "2015-08":
        retired = {
            type(subject.get("retired")) for row in found for subject in json.loads(row["subject_data"]).values()
        }
        assert retired <= ({bool, str} if header == "2015-06-10" else {type(None), str})
        assert all(re.fullmatch("[0-9a-f]{40}", row["user_ip"]) for row in found)


@pytest.mark.parametrize(
    ("profile", "low", "high"),
    [
        ("survey", 1000, 1900),
        ("question", 1000, 1990),
        ("drawing", 6300, 8600),
        ("transcription", 2000, 5000),
        ("mixed", 2000, 5000),
    ],
)
def test_size_and_density(tmp_path: Path, profile: str, low: int, high: int) -> None:
    path = tmp_path / "sized.csv"
    summary = generate_classifications(path, size=800_000, profile=profile)
    data = path.read_bytes()
    assert summary.bytes == summary.stored == len(data)
    assert abs(len(data) - 800_000) < 0.02 * 800_000
    assert low < len(data) / summary.records < high
    assert 0.04 < 2 * data.count(b'""') / len(data) < 0.21
    assert 3.8 < len(data) / len(zlib.compress(data, 6)) < 14
    assert summary.records == len(rows(path))


@pytest.mark.parametrize("generate", [generate_subjects, generate_workflows])
def test_size_of_other_exports(tmp_path: Path, generate: Callable[..., Summary]) -> None:
    summary = generate(tmp_path / "sized", size=700_000)
    assert abs(summary.bytes - 700_000) < 0.02 * 700_000
    assert summary.bytes == (tmp_path / "sized").stat().st_size


KIND_OF_FAULT = {"bad_integer": "type", "bad_time": "type", "bad_json": "json", "too_deep": "depth",
                 "invalid_utf8": "utf8", "field_count": "fields", "text_after_quote": "quote"}  # fmt: skip


def test_summary_counts_the_faults_of_each_kind(tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "faulty.csv"
    summary = generate_classifications(path, records=900, profile="question", faults=0.2, seed=5)
    wanted = Counter[str]()
    for fault, count in summary.faults.items():
        wanted[KIND_OF_FAULT.get(fault, fault)] += count
    result = run_collect(path)
    found = Counter("json" if kind == "json_type" else kind for kind in result.kinds)
    found["bare_quote"] = result.report.leniencies["quote_in_field"]
    assert found == wanted
    assert len(summary.faults) == len(KIND_OF_FAULT) + 1
    assert 100 < found.total() < 260
    assert summary.rejected == result.report.rejected


@pytest.mark.parametrize("generate", [generate_subjects, generate_workflows])
def test_other_exports_have_faults_only_on_request(tmp_path: Path, generate: Callable[..., Summary]) -> None:
    summary = generate(tmp_path / "faulty", records=200, faults=0.3)
    assert len(summary.faults) >= 7
    assert generate(tmp_path / "plain", records=200).faults == {}


def test_bom_and_crlf(tmp_path: Path) -> None:
    generate_classifications(tmp_path / "plain", records=30, profile="survey")
    summary = generate_classifications(tmp_path / "windows", records=30, profile="survey", newline="\r\n", bom=True)
    plain, windows = (tmp_path / "plain").read_bytes(), (tmp_path / "windows").read_bytes()
    assert windows == b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
    assert summary.lines == 31


@pytest.mark.parametrize("compression", ["gzip", "zip", "zstd"])
def test_compression(tmp_path: Path, compression: Any) -> None:
    generate_classifications(tmp_path / "plain.csv", records=80)
    path = tmp_path / "packed.csv"
    summary = generate_classifications(path, records=80, compression=compression)
    packed = path.read_bytes()
    if compression == "gzip":
        data = gzip.decompress(packed)
    elif compression == "zip":
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            (name,) = archive.namelist()
            data = archive.read(name)
    else:
        data = pytest.importorskip("zstandard").ZstdDecompressor().decompressobj().decompress(packed)
    assert data == (tmp_path / "plain.csv").read_bytes()
    assert (summary.bytes, summary.stored) == (len(data), len(packed))
    first = packed
    generate_classifications(path, records=80, compression=compression)
    assert path.read_bytes() == first


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out.csv"
    options = ["--size", "60kB", "--profile", "survey", "--seed", "2", "--newline", "crlf"]
    assert main(["classifications", str(out), *options]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["bytes"] == out.stat().st_size
    assert abs(summary["bytes"] - 60_000) < 1500
    generate_classifications(tmp_path / "same.csv", size=60_000, profile="survey", seed=2, newline="\r\n")
    assert out.read_bytes() == (tmp_path / "same.csv").read_bytes()
    assert main(["export", str(tmp_path / "project"), "--records", "20", "--profile", "question"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"classifications", "subjects", "workflows"}
    assert main(["task-runs", str(tmp_path / "missing" / "runs.json")]) == 1
    assert "cannot write" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["subjects", str(out), "--size", "much"])


def test_parse_size() -> None:
    sizes = {"12": 12, "1GB": 10**9, "0.2 GB": 2 * 10**8, "64KiB": 65_536, "3m": 3 * 10**6}
    assert {text: parse_size(text) for text in sizes} == sizes
    with pytest.raises(ValueError, match="not a size"):
        parse_size("1.5.2GB")


@pytest.mark.parametrize(
    "arguments",
    [
        {"size": 1, "records": 1},
        {"records": -1},
        {"profile": "none"},
        {"header": "2014"},
        {"newline": "\v"},
        {"compression": "rar"},
        {"faults": 2.0},
    ],
)
def test_invalid_arguments_are_errors(tmp_path: Path, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        generate_classifications(tmp_path / "out.csv", **arguments)
    assert not (tmp_path / "out.csv").exists()
