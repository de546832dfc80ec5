"""Synthetic files are what was asked for, to the byte each time, and their summaries tell the truth."""

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
from typing import Any

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

Row = dict[str, str]
RAW_FIELD = re.compile(rb'("(?:[^"]|"")*"|[^",\r\n]*)(,|\n|\Z)')
CSV_TIME = re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC")

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
        made = []
        for cells in reader:
            assert len(cells) == len(header)
            made.append(dict(zip(header, cells, strict=True)))
    return made


def raw_fields(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        match = RAW_FIELD.match(data, at)
        assert match is not None, data[at : at + 80]
        yield match[1]
        at = match.end()


@pytest.mark.parametrize("kind", ["classifications", "subjects", "workflows"])
def test_fields_are_quoted_only_if_need_be(tmp_path: Path, kind: str) -> None:
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
    made = []
    for hash_seed in ("1", "2"):
        path = tmp_path / hash_seed
        subprocess.run(
            [sys.executable, "-c", script, str(path)],
            check=True,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(Path(synthetic.__file__).parents[2])},
        )
        made.append(path.read_bytes())
    generate_classifications(tmp_path / "same", records=150, seed=3, faults=0.1)
    generate_classifications(tmp_path / "other", records=150, seed=4, faults=0.1)
    assert made[0] == made[1] == (tmp_path / "same").read_bytes()
    assert made[0] != (tmp_path / "other").read_bytes()
    for generate in (generate_subjects, generate_workflows, generate_task_runs):
        generate(tmp_path / "one", records=40, seed=5)
        generate(tmp_path / "two", records=40, seed=5)
        assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


WIDTHS = {
    "classifications": {
        "2016-05-12": 14,
        "2016-03-24": 13,
        "2015-09-23": 12,
        "2015-06-10": 11,
        "2015-05-27": 10,
    },
    "subjects": {"2018-10-29": 11, "2017-02-03": 9, "2016-11-23": 8, "2015-08-19": 8, "2015-06-18": 7},
    "workflows": {"2024-06-05": 16, "2019-02-18": 17, "2015-08-24": 15},
}


@pytest.mark.parametrize(("kind", "header"), [(kind, header) for kind, ages in WIDTHS.items() for header in ages])
def test_every_header_of_the_history(tmp_path: Path, kind: str, header: str) -> None:
    summary = GENERATE[kind](tmp_path / "one.csv", records=60, header=header)
    made = rows(tmp_path / "one.csv")
    assert summary.records == len(made) == 60
    assert tuple(made[0]) == summary.columns
    assert len(summary.columns) == WIDTHS[kind][header]
    for row in made:
        for column in {
            "metadata",
            "annotations",
            "subject_data",
            "locations",
            "tasks",
            "strings",
            "retirement",
            "workflow_ids",
        } & set(row):
            assert isinstance(json.loads(row[column]), dict | list | None)
    if kind == "classifications" and header < "2015-08":
        retired = {type(subject.get("retired")) for row in made for subject in json.loads(row["subject_data"]).values()}
        assert retired <= ({bool, str} if header == "2015-06-10" else {type(None), str})
        assert all(re.fullmatch("[0-9a-f]{40}", row["user_ip"]) for row in made)


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


@pytest.mark.parametrize("generate", [generate_subjects, generate_workflows, generate_task_runs])
def test_size_of_the_others(tmp_path: Path, generate: Callable[..., Summary]) -> None:
    summary = generate(tmp_path / "sized", size=700_000)
    assert abs(summary.bytes - 700_000) < 0.02 * 700_000
    assert summary.bytes == (tmp_path / "sized").stat().st_size


def bad_structure(record: bytes, width: int) -> str | None:
    """What is wrong with the bytes and fields of a record, found without the generator's help."""
    try:
        record.decode()
    except UnicodeDecodeError:
        return "invalid_utf8"
    fields = re.findall(rb'(?:^|,)("(?:[^"]|"")*"|[^,]*)(?=,|$)', record)
    if re.fullmatch(rb'(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*', record) is None:
        bare = [raw for raw in fields if b'"' in raw and not raw.startswith(b'"')]
        return "bare_quote" if len(bare) == 1 and len(fields) == width else "text_after_quote"
    return None if len(fields) == width else "field_count"


def bad_content(cells: list[str]) -> str | None:
    """What is wrong with the values of a classification."""
    if not cells[0].isdigit():
        return "bad_integer"
    if not CSV_TIME.fullmatch(cells[7]) or "-13-" in cells[7] or "-02-30" in cells[7]:
        return "bad_time"
    for text, kind in zip(cells[10:13], (dict, list, dict), strict=True):
        if re.search(r"(\[{200}|(?:\{\"a\":){200})", text):
            return "too_deep"
        try:
            value = json.loads(text)
        except json.JSONDecodeError:
            return "bad_json"
        if not isinstance(value, kind):
            return "bad_json"
    return None


def test_faults_are_those_of_the_summary(tmp_path: Path) -> None:
    path = tmp_path / "faulty.csv"
    summary = generate_classifications(path, records=900, profile="question", faults=0.2, seed=5)
    lines = path.read_bytes().split(b"\n")[1:-1]
    assert summary.records == len(lines) == 900
    found: Counter[str] = Counter()
    for line in lines:
        wrong = bad_structure(line, 14) or bad_content(next(csv.reader([line.decode()])))
        found.update([wrong] if wrong else [])
    assert dict(found) == summary.faults
    assert len(found) == 8
    assert 100 < sum(found.values()) < 260
    assert summary.rejected == sum(found.values()) - found["bare_quote"]


@pytest.mark.parametrize("generate", [generate_subjects, generate_workflows])
def test_faults_of_the_others(tmp_path: Path, generate: Callable[..., Summary]) -> None:
    summary = generate(tmp_path / "faulty", records=200, faults=0.3)
    assert len(summary.faults) >= 7
    assert generate(tmp_path / "sound", records=200).faults == {}


def test_a_resaved_file(tmp_path: Path) -> None:
    generate_classifications(tmp_path / "plain", records=30, profile="survey")
    summary = generate_classifications(tmp_path / "resaved", records=30, profile="survey", newline="\r\n", bom=True)
    plain, resaved = (tmp_path / "plain").read_bytes(), (tmp_path / "resaved").read_bytes()
    assert resaved == b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n")
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
    assert (
        main(
            [
                "classifications",
                str(out),
                "--size",
                "60kB",
                "--profile",
                "survey",
                "--seed",
                "2",
                "--newline",
                "crlf",
            ]
        )
        == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert told["bytes"] == out.stat().st_size
    assert abs(told["bytes"] - 60_000) < 1500
    generate_classifications(tmp_path / "same.csv", size=60_000, profile="survey", seed=2, newline="\r\n")
    assert out.read_bytes() == (tmp_path / "same.csv").read_bytes()
    assert main(["export", str(tmp_path / "project"), "--records", "20", "--profile", "question"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"classifications", "subjects", "workflows"}
    assert main(["task-runs", str(tmp_path / "missing" / "runs.json")]) == 1
    assert "cannot write" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["subjects", str(out), "--size", "much"])


def test_sizes_in_words() -> None:
    assert [parse_size(text) for text in ("12", "1GB", "0.2 GB", "64KiB", "3m")] == [
        12,
        10**9,
        2 * 10**8,
        65_536,
        3 * 10**6,
    ]
    with pytest.raises(ValueError, match="not a size"):
        parse_size("1.5.2GB")


@pytest.mark.parametrize(
    "wrong",
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
def test_wrong_arguments_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        generate_classifications(tmp_path / "never.csv", **wrong)
    assert not (tmp_path / "never.csv").exists()
