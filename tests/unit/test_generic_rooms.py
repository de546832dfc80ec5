"""Only `exports` knows platforms: the generic Python and Rust code has neither their names nor their terms."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "python/crowdarrow"
ROOMS = (
    *(f"{PACKAGE}/{name}" for name in ("read", "conversion", "inspection", "declare")),
    *(f"{PACKAGE}/{name}.py" for name in ("cli", "options", "errors", "__main__")),
    "rust/python/src",
    *(
        f"rust/core/src/{name}"
        for name in ("source", "scan", "records", "json", "geometry", "groups", "plan", "columns", "pipeline")
    ),
)
TERM = re.compile(r"\w*(?:zooniverse|panoptes|pybossa|libcrowds|subject|workflow|classification)\w*", re.IGNORECASE)
ALLOWED = {
    # Public names of arguments of `ca.open` and `ca.convert`, with their help.
    "read/options.py": {
        "workflow",
        "workflows",
        "workflow_id",
        "workflow_version",
        "subject",
        "subjects",
        "subject_keys",
    },
    "read/companions.py": {"workflows", "subjects", "subject_keys"},
    "conversion/run.py": {"workflows", "subjects"},
    # The help shows the kinds of files that the command converts, by example.
    "cli.py": {"Zooniverse", "PYBOSSA", "LibCrowds", "classifications", "classification_id"}
    | {"workflow_id", "by_workflow", "workflows"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_room_has_no_terms_of_a_platform(room: str) -> None:
    place = ROOT / room
    files = [file for file in sorted(place.rglob("*.[pr][ys]")) if "tests" not in {*file.parts, file.stem}]
    found = {}
    for file in files if place.is_dir() else [place]:
        name = file.relative_to(ROOT).as_posix()
        terms = set(TERM.findall(file.read_text(encoding="utf-8")))
        if strange := terms - ALLOWED.get(name.removeprefix(f"{PACKAGE}/"), set()):
            found[name] = sorted(strange)
    assert files or place.is_file()
    assert not found


def test_allowed_terms_are_used() -> None:
    for name, terms in ALLOWED.items():
        used = set(TERM.findall((ROOT / PACKAGE / name).read_text(encoding="utf-8")))
        assert terms <= used, name
