"""Small classification exports for the tests of extracts, and their files read back."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HEADER = (
    *("classification_id", "user_name", "user_id", "user_ip", "workflow_id", "workflow_name", "workflow_version"),
    *("created_at", "gold_standard", "expert", "metadata", "annotations", "subject_data", "subject_ids"),
)


def record(annotations: Any, **fields: Any) -> dict[str, Any]:
    """A record with these annotations; `fields` replace others. What is not text is written as JSON."""
    return {
        "user_name": "ann",
        "user_id": "7",
        "workflow_id": "11",
        "workflow_version": "3.14",
        "created_at": "2024-05-01 12:00:00 UTC",
        "metadata": {},
        "annotations": annotations,
        "subject_data": {"90": {"retired": None}},
        "subject_ids": "90",
    } | fields


def export_of(records: Iterable[Mapping[str, Any]], errors: str = "strict") -> bytes:
    """An export of these records, with ids from 1."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    for number, one in enumerate(records, 1):
        cells = {name: value if isinstance(value, str) else json.dumps(value) for name, value in one.items()}
        writer.writerow({"classification_id": str(number)} | cells)
    return text.getvalue().encode("utf-8", errors)


def config_of(extractors: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """A configuration for these records."""
    return {"workflow_id": 11, "workflow_version": "3.14", "extractor_config": dict(extractors)} | members


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """The rows of a file, with their cells that are not empty."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        return [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]
