"""Labels do not make pyarrow infer the types of constants, since each inference tries to import optional packages."""

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
