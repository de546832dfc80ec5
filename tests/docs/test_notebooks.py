"""The notebooks of the docs, run in a kernel, print what they hold."""

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from support.recipes import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def outputs(notebook: Any) -> list[tuple[str, list[tuple[str, object]]]]:
    """The source of each cell of code, and its outputs."""
    return [
        (cell.source, [(output.output_type, output.get("text", output.get("data"))) for output in cell.outputs])
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def test_there_are_two() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["questions", "survey"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_prints_what_it_holds(path: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    stored = outputs(notebook)
    assert sum(bool(printed) for _, printed in stored) >= 4
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    resources = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    assert outputs(notebook) == stored
