"""The pages agree with the code: columns, options, leniencies, rejects, and how to add an export type."""

import re
from pathlib import Path

import click
import pytest

import crowdarrow as ca
from crowdarrow import exports
from crowdarrow.cli import cli
from crowdarrow.declare import Column, Export, StructType

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
ENGINE = ROOT / "rust" / "core" / "src"
ROW = re.compile(r"^\| `([^`]+)` \| `?([^|]*?)`? \|(?: (.*) \|)?$", re.MULTILINE)
SAME = re.compile(r"The columns are those of `([^`]+)` in `([^`]+)`")


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def described() -> dict[tuple[str, str], list[tuple[str, str, str]]]:
    """Name, type and description of each column that `docs/tables.md` lists, by kind and table.

    A section may name several kinds, and a table may have the columns of one that stands before it.
    """
    found: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for section in re.split(r"^## (?=`)", page("tables.md"), flags=re.MULTILINE)[1:]:
        heading, _, rest = re.split(r"^## ", section, flags=re.MULTILINE)[0].partition("\n")
        parts = [part.partition("\n") for part in re.split(r"^### (?=`)", rest, flags=re.MULTILINE)[1:]]
        for kind in re.findall(r"`([^`]+)`", heading):
            for table, _, text in parts:
                same = SAME.match(text.lstrip())
                found[kind, table.strip("`")] = ROW.findall(text) if same is None else found[same[2], same[1]]
    return found


def columns(column: Column) -> list[tuple[str, str]]:
    if not isinstance(column.type, StructType) or not column.type.extra:
        return [(column.name, column.type.name)]
    children = [(f"{column.name}.{name}", child.name) for name, child in column.type.children]
    return [(column.name, "struct"), *children, (f"{column.name}.extra", "string (JSON)")]


def test_all_tables_are_described() -> None:
    known = {kind: [*tables, *exports.by_kind(kind).requested_tables] for kind, tables in ca.kinds().items()}
    assert list(described()) == [(kind, table) for kind, tables in known.items() for table in tables]


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        (export.kind, name)
        for export in exports.EXPORTS
        for name in (*(t.name for t in export.tables), *export.requested_tables)
    ],
)
def test_columns_are_described(kind: str, table: str) -> None:
    declared = exports.by_kind(kind).any_table(table)
    wanted = [(*pair, declared.about[pair[0]]) for column in declared.columns for pair in columns(column)]
    # The children of a struct column follow in a list of their own.
    assert sorted(described()[kind, table]) == sorted(wanted)
    top = [name for name, *_ in described()[kind, table] if "." not in name]
    assert top == [column.name for column in declared.columns]


@pytest.mark.parametrize(
    ("source", "heading"),
    [("leniency.rs", "Accepted, and counted"), ("reject/mod.rs", "Rejected, with the raw record kept")],
)
def test_names_in_reports_are_described(source: str, heading: str) -> None:
    names = re.findall(r'Self::\w+ => "(\w+)"', (ENGINE / source).read_text(encoding="utf-8"))
    assert names
    text = page("bad-records.md").partition(f"## {heading}\n")[2].partition("\n## ")[0]
    declared = {generic: name for export in exports.EXPORTS for generic, name in export.leniencies.items()}
    # The report has the next page as a note, and counts missing subjects itself.
    wanted = [declared.get(name, name) for name in names if name != "next_page"]
    wanted += ["subjects_missing"] if source == "leniency.rs" else []
    assert [name for name, *_ in ROW.findall(text)] == wanted


def test_notes_are_described() -> None:
    text = page("bad-records.md").partition("## Notes\n")[2].partition("\n## ")[0]
    described = {name.partition(": SHAPE")[0] for name, *_ in ROW.findall(text)} - {"name"}
    found = {counter.name for export in exports.EXPORTS for counter in export.counters}
    page_of_list = b'{"items": [{"id": 1, "n_answers": 2}], "next": "https://example.org/2"}'
    subjects = b"classification_id,annotations,subject_data\n" + b"".join(
        b'%d,[],"{""x"":{},""9"":{""a"":%d}}"\n' % (number, number) for number in range(2)
    )
    for content, table in ((page_of_list, "tasks"), (subjects, "subjects")):
        with ca.open(content, table) as reader:
            list(reader)
        found |= reader.report.notes.keys()
    assert described == found


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_options_are_described(name: str) -> None:
    text = page("command-line.md").partition(f"## `crowdarrow {name}")[2].partition("\n## ")[0]
    options = [option for option in cli.commands[name].params if isinstance(option, click.Option)]
    wanted = {flag for option in options for flag in (*option.opts, *option.secondary_opts) if flag.startswith("--")}
    assert set(re.findall(r"`(--[a-z_-]+)", text)) == wanted


def test_names_of_the_api_are_described() -> None:
    text = page("python-api.md")
    missing = [name for name in ca.__all__ if not re.search(rf"\b{name}\b", text)]
    assert not missing


def test_example_of_an_export_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The declaration printed in CONTRIBUTING works."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Add an export type\n")[2]
    code = re.search(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert code is not None
    module: dict[str, object] = {}
    exec(code[1], module)  # noqa: S102 - our own page
    export = module["EXPORT"]
    assert isinstance(export, Export)
    monkeypatch.setattr(exports, "EXPORTS", (*exports.EXPORTS, export))
    sample = re.search(r"^```csv\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert sample is not None
    path = tmp_path / "sample.csv"
    path.write_text(sample[1], encoding="utf-8")
    with ca.open_tables(path, tables="all") as tables:
        rows = [(table, batch.to_pylist()) for step in tables for table, batch in step.batches]
    assert dict(rows).keys() == set(ca.kinds()[export.kind])
    assert tables.report.rejected == 0
    assert tables.report.rows == len(sample[1].splitlines()) - 1
