"""What notebooks show of objects: reprs of one line, tables without names of people, everything escaped."""

import traceback
from pathlib import Path

import pytest

import crowdarrow as ca

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
