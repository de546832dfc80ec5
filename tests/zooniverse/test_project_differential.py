"""The engine and the oracle read the same from the real exports of a project together.

The classifications of a folder are several inputs, with the labels of its workflow exports and the columns of its
subject exports.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import ABSENT, NO_EXPORT, SHARED_DATA
from oracle import pure_python
from support.variants.compare import differences_of
from support.variants.variant import Variant

FOLDERS: list[Any] = sorted(path for path in SHARED_DATA.glob("zooniverse/*") if path.is_dir())
FOLDERS = FOLDERS or [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]


def exports_of(folder: Path) -> dict[str, list[bytes]]:
    """The bytes of the exports, by the last word of their kind."""
    found: dict[str, list[bytes]] = {"classifications": [], "subjects": [], "workflows": []}
    for path in sorted(folder.glob("*.csv")):
        if path.name not in NO_EXPORT:
            data = path.read_bytes()
            found[pure_python.open_input(data).kind.partition(".")[2]].append(data)
    return found


def keys_of(subjects: list[bytes]) -> list[str]:
    """Some keys of the metadata of the first subjects, and one that no subject has."""
    rows = pure_python.read(subjects[0]).rows[:50]
    keys = [key for row in rows for key in json.loads(row.get("metadata") or "{}")]
    return [*dict.fromkeys(keys[:3]), "no such key"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name if path else "none")
@pytest.mark.parametrize("duplicates", ["keep", "first"])
def test_project(folder: Path, duplicates: str, tmp_path: Path) -> None:
    exports = exports_of(folder)
    if not exports["classifications"]:
        pytest.skip("no classifications")
    variant = Variant("classifications", inputs=exports["classifications"], options={"duplicates": duplicates})
    variant.beside = {name: exports[name][0] for name in ("workflows", "subjects") if exports[name]}
    if exports["subjects"]:
        variant.options["subject_keys"] = keys_of(exports["subjects"])
    # Real values are not shown.
    assert not differences_of(variant, tmp_path, shown=False)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name if path else "none")
def test_subjects_of_a_project(folder: Path, tmp_path: Path) -> None:
    subjects = exports_of(folder)["subjects"]
    if not subjects:
        pytest.skip("no subjects")
    assert not differences_of(Variant("subjects", inputs=subjects), tmp_path, shown=False)
