"""What a Parquet footer and a report say about their source is true of each table."""

import hashlib
import json
from pathlib import Path
from typing import Any

import blake3
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.read.options import Digest
from support.labelled_files import question, version
from support.zooniverse_examples import HEADER, IDENTITY, csv_of, workflow_export

RECORDS = [
    IDENTITY | {
        "classification_id": number, "created_at": "2026-05-04 10:00:00 UTC", "metadata": "{}", "subject_ids": "7",
        "annotations": json.dumps([{"task": "T0", "value": ["a"] * number}]), "subject_data": '{"7":{}}',
    }
    for number in range(4)
]  # fmt: skip


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "classifications.csv"
    path.write_bytes(csv_of(HEADER, RECORDS) + b"broken\n")
    return path


def digests(path: Path) -> dict[str | None, dict[str, str]]:
    """The member of a source that holds its digest, for each value of the option."""
    data = path.read_bytes()
    found = {"blake3": blake3.blake3(data).hexdigest()}
    return {None: found, "blake3": found, "sha256": {"sha256": hashlib.sha256(data).hexdigest()}, "none": {}}


def footer(path: Path) -> dict[str, str]:
    metadata = pq.read_metadata(path).metadata or {}
    return {key.decode(): value.decode() for key, value in metadata.items() if key.startswith(b"crowdarrow.")}


def test_footer_of_each_table_has_its_own_rows(export: Path, tmp_path: Path) -> None:
    report = ca.convert(export, f"{tmp_path}/out/", tables="all")
    expected = {"classifications": 4, "annotations": 4, "answers": 6, "marks": 0, "identifications": 0, "subjects": 1}
    assert report.tables == expected
    for table, rows in expected.items():
        found = footer(tmp_path / "out" / f"{table}.parquet")
        assert (found["crowdarrow.table"], found["crowdarrow.rows"]) == (table, str(rows))
        assert (found["crowdarrow.records"], found["crowdarrow.rejected"]) == ("5", "1")
        assert pq.read_table(tmp_path / "out" / f"{table}.parquet").num_rows == rows


DIGESTS: list[Digest | None] = [None, "blake3", "sha256", "none"]


@pytest.mark.parametrize("digest", DIGESTS)
@pytest.mark.parametrize("output", ["out.csv", "out.arrow", "out.parquet"])
def test_report_has_the_digest_of_its_source(output: str, digest: Digest | None, export: Path, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    ca.convert(export, tmp_path / output, report=path, digest=digest)
    (source,) = json.loads(path.read_text(encoding="utf-8"))["sources"]
    assert source == {"name": str(export), "size": export.stat().st_size} | digests(export)[digest]


@pytest.mark.parametrize("digest", DIGESTS)
def test_footer_has_the_digest_of_the_workflow_export(digest: Digest | None, export: Path, tmp_path: Path) -> None:
    workflows = tmp_path / "workflows.csv"
    workflows.write_bytes(workflow_export([version("3.4", {"T0": question("Which?", "multiple", "a")})]))
    ca.convert(export, tmp_path / "answers.parquet", table="answers", workflows=workflows, digest=digest)
    options: dict[str, Any] = json.loads(footer(tmp_path / "answers.parquet")["crowdarrow.options"])
    assert options["workflows"] == {"name": "workflows.csv"} | digests(workflows)[digest]
    (source,) = json.loads(footer(tmp_path / "answers.parquet")["crowdarrow.sources"])
    assert source == {"name": export.name, "size": export.stat().st_size} | digests(export)[digest]
