"""Nothing in the real PYBOSSA and LibCrowds downloads is lost: each record is rebuilt from the tables.

The sources are read by Python's own `csv` and `json`. Messages contain row numbers but no rows.
"""

import csv
import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from conftest import ABSENT, SHARED_DATA, Collected, collect
from oracle.metadata import same_json

DATA = SHARED_DATA / "libcrowds"
# Columns of a notebook and a demonstration of a viewer, which are not downloads.
NO_DOWNLOAD = {"pybossa_tasks", "transcriptions", "selectTasks", "transcribeTasks"}
FILES = sorted(path for path in DATA.glob("*/*") if path.name.partition(".")[0] not in NO_DOWNLOAD)
IN_CSV = [path for path in FILES if "csv" in path.name]
IN_JSON = [path for path in FILES if path not in IN_CSV]
# Collections contain annotations; the other files contain the records of a project.
COLLECTIONS = {path for path in FILES if path.name.startswith(("playbills", "legacy"))}
WITH_ANNOTATIONS = [path for path in IN_JSON if path in COLLECTIONS or "task_run" in path.name or "result" in path.name]
PLAYBILLS = "playbills_describing_{}.zip"

pytestmark = pytest.mark.skipif(not FILES, reason=ABSENT)


def source_of(path: Path) -> str:
    """The text of the zip member that holds the records."""
    if path.suffix != ".zip":
        return path.read_text(encoding="utf-8")
    with zipfile.ZipFile(path) as archive:
        (name,) = (name for name in archive.namelist() if "_info_only" not in name)
        return archive.read(name).decode()


def cells_of(text: str) -> list[dict[str, str]]:
    """The records of a CSV, read by Python's `csv`."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


@cache
def download(path: Path) -> tuple[str, Collected]:
    """The text of a real download, and the tables read from it."""
    return source_of(path), collect(path)


def written(value: Any) -> Any:
    """The JSON value of a value of a scalar column."""
    if hasattr(value, "isoformat"):
        return value.replace(tzinfo=None).isoformat()
    return value


def each(paths: Iterable[Path]) -> pytest.MarkDecorator:
    """Run a test once for each of these files."""
    return pytest.mark.parametrize("path", sorted(paths), ids=lambda path: path.name)


@each(FILES)
def test_every_record_is_a_row(path: Path) -> None:
    text, result = download(path)
    assert not result.rejects
    assert result.report.records == len(json.loads(text) if text.startswith("[") else cells_of(text))
    if list(result.tables) != ["values"]:
        assert result.report.records == result.table.num_rows
    assert result.report.leniencies.keys() <= {"time_form", "float_as_integer", "bool_form", "hex_time"}


@each({*IN_JSON} - COLLECTIONS)
def test_json_records_are_rebuilt(path: Path) -> None:
    text, result = download(path)
    for number, (source, row) in enumerate(zip(json.loads(text), result.table.to_pylist(), strict=True)):
        info = None if row["info"] is None else json.loads(row["info"])
        assert same_json(info, source.get("info")), number
        assert row["info_kind"] is not None, number
        extra = json.loads(row["extra"] or "{}")
        for key, value in source.items():
            if key in extra:
                assert same_json(extra[key], value), (number, key)
            elif key != "info" and not (isinstance(value, str) and value.startswith("\\x")):
                column = "project_id" if key == "app_id" else key
                assert same_json(written(row[column]), value), (number, key)


def tokens(text: str) -> str:
    """JSON text without whitespace outside strings; escapes as Python writes them."""
    return json.dumps(json.loads(text), separators=(",", ":"))


@each({*IN_JSON} - COLLECTIONS)
def test_info_keeps_the_tokens_of_the_source(path: Path) -> None:
    _, result = download(path)
    # The sources were written by Python, so Python without spaces after separators writes the same tokens.
    infos = [info for info in result.table["info"].to_pylist() if info is not None]
    assert all(info == tokens(info) for info in infos)


def rebuilt(row: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """The annotation of a row, with times in the form of the source."""
    found: dict[str, Any] = json.loads(row["extra"] or "{}")
    found |= {"type": "Annotation"} if "type" not in found else {}
    names = {"id": "id", "motivation": "motivation", "partOf": "part_of"}
    found |= {name: row[column] for name, column in names.items() if row[column] is not None}
    for name in ("created", "generated", "modified"):
        if row[name] is not None:
            stamp = row[name].replace(tzinfo=None)
            assert stamp.isoformat(timespec="microseconds").startswith(source[name].rstrip("Z")), name
            found[name] = source[name]
    for name in ("body", "target", "generator", "creator"):
        bare = row["value"] if name == "body" else row[name]
        if row[f"raw_{name}"] is not None:
            found[name] = json.loads(row[f"raw_{name}"])
        elif bare is not None:
            found[name] = bare
    if "@context" in source and "@context" not in found:
        found["@context"] = "http://www.w3.org/ns/anno.jsonld"
    return found


def annotations_of(text: str, kind: str) -> list[dict[str, Any]]:
    records = json.loads(text)
    if kind.startswith("libcrowds"):
        return [record for record in records if isinstance(record, dict)]
    infos = [record.get("info") for record in records]
    if kind == "pybossa.results":
        infos = [info.get("annotations") if isinstance(info, dict) else None for info in infos]
    items = [item for info in infos if isinstance(info, list) for item in info if isinstance(item, dict)]
    return [item for item in items if item.get("type") == "Annotation"]


@each(WITH_ANNOTATIONS)
def test_annotations_are_rebuilt(path: Path) -> None:
    text, result = download(path)
    sources = annotations_of(text, result.kind)
    rows = result.tables["annotations"].to_pylist()
    for number, (source, row) in enumerate(zip(sources, rows, strict=True)):
        assert same_json(rebuilt(row, source), source), number


@each({*IN_CSV} - COLLECTIONS)
def test_csv_records_are_rebuilt(path: Path) -> None:
    text, result = download(path)
    for number, (source, row) in enumerate(zip(cells_of(text), result.table.to_pylist(), strict=True)):
        flat = {name.removeprefix("info_"): cell for name, cell in source.items() if name.startswith("info_") and cell}
        whole = source.get("info") or None
        assert (None if row["info"] is None else json.loads(row["info"])) == (whole or flat or None), number
        assert row["info_kind"] == ("string" if whole else "flattened" if flat else None), number
        for name, cell in source.items():
            if name == "info" or name.startswith("info_") or cell.startswith("\\x"):
                continue
            value = written(row[name])
            shown = str(value) if name in {"priority_0", "last_version"} else cell.removesuffix(".0")
            assert shown == ("" if value is None else str(value)), (number, name)


@pytest.mark.parametrize("project", ["3_flickr_project_3", "104_select_project_104", "115_date_project_115"])
def test_json_and_csv_give_the_same_tasks(project: str) -> None:
    tables = [collect(DATA / "derived" / f"{project}_task_{form}.zip").table for form in ("json", "csv")]
    # An empty list is an empty cell in CSV, hence null; `info` is flat in CSV.
    columns = [name for name in tables[0].column_names if name not in {"info", "info_kind"}]
    ours, theirs = (table.select(columns).to_pylist() for table in tables)
    empty = {"fav_user_ids": None}
    assert [row | (empty if row["fav_user_ids"] == [] else {}) for row in ours] == theirs


def test_json_and_both_csv_layouts_give_the_same_values() -> None:
    """In CSV layout A the rows are grouped by target, with the same values of `value_index`."""
    found = {
        form: collect(DATA / "derived" / PLAYBILLS.format(form)).tables["values"].to_pylist()
        for form in ("json", "csv.flattened-annotation-layout", "csv.values-only-layout")
    }
    from_json, from_b, from_a = found.values()
    assert from_json == from_b
    assert len(from_a) == len(from_json)

    def values(rows: list[dict[str, Any]]) -> Counter[tuple[str, str, str]]:
        return Counter((row["target"], row["tag"], row["value"]) for row in rows)

    def positions(rows: list[dict[str, Any]]) -> Counter[tuple[str, str, int]]:
        return Counter((row["target"], row["tag"], row["value_index"]) for row in rows)

    assert values(from_a) == values(from_json)
    assert positions(from_a) == positions(from_json)


def test_json_and_layout_b_give_the_same_annotations() -> None:
    tables = [
        collect(DATA / "derived" / PLAYBILLS.format(form)).tables["annotations"]
        for form in ("json", "csv.flattened-annotation-layout")
    ]
    for name in tables[0].column_names:
        ours, theirs = (table[name].to_pylist() for table in tables)
        if name.startswith("raw_"):
            ours, theirs = ([json.loads(text) for text in texts if text] for texts in (ours, theirs))
        assert [row for row, pair in enumerate(zip(ours, theirs, strict=True)) if pair[0] != pair[1]] == [], name
