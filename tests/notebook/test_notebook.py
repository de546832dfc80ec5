"""What notebooks show of objects: reprs of one line, tables without names of people, everything escaped."""

import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

import crowdarrow as ca
from crowdarrow.exports.findings import Findings

NAME = "<b>alice</b>"
EXPORT = (
    "classification_id,user_name,annotations,subject_ids,<script>\n"
    f"1,{NAME},[],2,x\n"
    f"{NAME},{NAME},[],2,x\n"
)  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An export with a record that is rejected for the name of a person, and a column with a hostile name."""
    path = tmp_path / "in\n<i>.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


@pytest.mark.parametrize("people", ["keep", "drop"])
def test_objects_have_reprs_of_one_line_and_escaped_tables_without_names(people: str, path: Path) -> None:
    export = ca.Export(path, people=people)  # type: ignore[arg-type]
    with export.open() as reader:
        before = repr(reader)
        assert list(reader)
    objects = [export, export.table("marks"), reader.rejects, reader.report, ca.inspect(path, people=people)]  # type: ignore[arg-type]
    for one in [*objects, reader, reader.rejects[0]]:
        assert len(repr(one).splitlines()) == 1
        assert len(repr(one)) < 300
        assert "alice" not in repr(one)
    for one in objects:
        shown = one._repr_html_()  # type: ignore[attr-defined]
        assert shown.startswith("<div>")
        assert not any(mark in shown for mark in ("<script", "<i>", "alice</b>", "\n"))
        assert "alice" not in shown
    assert before != repr(reader)
    assert "&lt;script&gt;" in export._repr_html_()
    assert "int64" in export._repr_html_()


def test_what_cannot_be_read_is_a_table_with_the_error(tmp_path: Path) -> None:
    assert "No such file" in ca.Export(tmp_path / "none.csv")._repr_html_()


def test_traceback_has_the_callers_line_and_one_of_the_package(tmp_path: Path) -> None:
    for function in (ca.open, ca.inspect, ca.open_tables):
        with pytest.raises(ca.InputNotFoundError) as caught:
            function(tmp_path / "none.csv")
        assert len(traceback.extract_tb(caught.tb)) == 2
        text = "".join(traceback.format_exception(caught.value))
        assert "another exception" not in text
        assert text.splitlines()[-1] == f"crowdarrow.errors.InputNotFoundError: {caught.value}"


def test_error_in_a_notebook_is_the_line_of_the_caller_and_the_message(tmp_path: Path) -> None:
    with pytest.raises(ca.InputNotFoundError) as caught:
        ca.open(tmp_path / "none.csv")
    lines = caught.value._render_traceback_()
    assert len(lines) == 2
    assert 'ca.open(tmp_path / "none.csv")' in lines[0]
    assert lines[1] == f"InputNotFoundError: {caught.value}"


@pytest.mark.parametrize(
    "read",
    [
        lambda path: list(ca.open(path, strict=True)),
        lambda path: ca.open(path, strict=True).to_table(),
        lambda path: list(ca.open_tables(path, strict=True)),
        lambda path: ca.Export(path, strict=True).to_table(),
    ],
    ids=["iteration", "to_table", "open_tables", "Export"],
)
def test_error_while_reading_has_a_short_traceback(read: Callable[[Path], object], path: Path) -> None:
    with pytest.raises(ca.RejectedError) as caught:
        read(path)
    frames = traceback.extract_tb(caught.tb)
    assert sum("crowdarrow" in Path(frame.filename).parts[-3:] for frame in frames) <= 1
    assert [frame.name for frame in frames][:2] == ["test_error_while_reading_has_a_short_traceback", "<lambda>"]
    assert len(frames) == 3
    assert len(str(caught.value).splitlines()) == 1


def test_counts_and_sets_of_tables_have_reprs_of_one_line(path: Path) -> None:
    with ca.open_tables(path, tables=["answers", "marks"]) as tables:
        assert repr(tables) == "<TableSet zooniverse.classifications, tables answers, marks: 0 records read>"
    report = ca.ExtractsReport(records=1200, rows={"a": 1000, "b": 7}, rejected=3)
    assert repr(report) == "<ExtractsReport: 1,200 records, 1,007 rows, 3 rejected>"


def test_results_of_every_kind_are_typed_attributes(path: Path) -> None:
    found = ca.inspect(path)
    names = {name for name, one in vars(Findings).items() if isinstance(one, property)}
    assert names == set(found.details)
    assert {name: getattr(found, name) for name in names} == found.details
