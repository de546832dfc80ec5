"""Labels load no large module, and do not make pyarrow infer the types of constants.

Each inference tries to import optional packages.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import collect
from support.labelled_files import Labelled, version
from support.zooniverse_examples import HEADER, IDENTITY, PFE, csv_of


class _MissingPackage:
    """Counts the imports of a package that is not installed."""

    def __init__(self) -> None:
        self.imports = 0

    def find_spec(self, name: str, *_: object) -> None:
        if name == "dateutil":
            self.imports += 1
            raise ModuleNotFoundError(name)


def test_batches_import_no_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    annotations = '[{"task":"T0","value":[{"select_label":"C","option":true,"value":"a"}]}]'
    record = IDENTITY | {"metadata": PFE, "annotations": annotations, "workflow_version": "3.4"}
    export = csv_of(HEADER, [record] * 50)
    workflows = Labelled(tmp_path).workflows(version("3.4", {"T0": {"type": "dropdown", "selects": []}}))
    tables = ["annotations", "answers", "identifications"]
    collect(export, tables=tables, workflows=workflows)
    for name in [name for name in sys.modules if name.partition(".")[0] == "dateutil"]:
        monkeypatch.delitem(sys.modules, name)
    missing = _MissingPackage()
    monkeypatch.setattr(sys, "meta_path", [missing, *sys.meta_path])
    collect(export, tables=tables, workflows=workflows)
    assert missing.imports == 0


def test_labels_load_no_large_module(tmp_path: Path) -> None:
    dropdown = '{"task":"T0","value":[{"select_label":"C","option":true,"value":"a"}]}'
    drawing = '{"task":"T1","value":[{"x":1,"y":2,"tool":0,"details":[{"value":0}]}]}'
    record = IDENTITY | {"metadata": PFE, "annotations": f"[{dropdown},{drawing}]", "workflow_version": "3.4"}
    path = tmp_path / "classifications.csv"
    path.write_bytes(csv_of(HEADER, [record] * 2))
    tool = {"label": "Dot", "type": "point", "details": [{"question": "Q", "answers": [{"label": "Yes"}]}]}
    tasks = {"T0": {"type": "dropdown", "selects": []}, "T1": {"type": "drawing", "tools": [tool]}}
    workflows = Labelled(tmp_path).workflows(version("3.4", tasks))
    tables = ["annotations", "answers", "marks"]
    read = (
        f"import crowdarrow, sys; found = crowdarrow.open_tables({str(path)!r}, tables={tables!r}, "
        f"workflows={str(workflows)!r})\n"
        "assert sum(batch.num_rows for block in found for _, batch in block.batches) == 10\n"
        "assert not {'pandas', 'pyarrow.compute'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", read], check=True)
