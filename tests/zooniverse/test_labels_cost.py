"""What labels may not cost: a constant whose type is inferred makes pyarrow look for other packages at each call."""

import sys
from pathlib import Path

import pytest

from conftest import collect
from support.labelled_files import Labelled, version
from support.zooniverse_examples import HEADER, IDENTITY, PFE, csv_of


class _Asked:
    """A package that is not installed, and how often it is looked for."""

    def __init__(self) -> None:
        self.times = 0

    def find_spec(self, name: str, *_: object) -> None:
        if name == "dateutil":
            self.times += 1
            raise ModuleNotFoundError(name)


def test_no_package_is_looked_for_in_each_batch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    annotations = '[{"task":"T0","value":[{"select_label":"C","option":true,"value":"a"}]}]'
    record = IDENTITY | {"metadata": PFE, "annotations": annotations, "workflow_version": "3.4"}
    export = csv_of(HEADER, [record] * 50)
    workflows = Labelled(tmp_path).workflows(version("3.4", {"T0": {"type": "dropdown", "selects": []}}))
    tables = ["annotations", "answers", "identifications"]
    collect(export, tables=tables, workflows=workflows)
    for name in [name for name in sys.modules if name.partition(".")[0] == "dateutil"]:
        monkeypatch.delitem(sys.modules, name)
    asked = _Asked()
    monkeypatch.setattr(sys, "meta_path", [asked, *sys.meta_path])
    collect(export, tables=tables, workflows=workflows)
    assert asked.times == 0
