"""Only `exports` knows platforms: their names and terms occur nowhere else in the library."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "python/crowdarrow"
ROOMS = ("read", "conversion", "inspection", "declare", "cli.py", "options.py", "errors.py", "__main__.py")
TERM = re.compile(r"\w*(?:zooniverse|panoptes|pybossa|libcrowds|subject|workflow|classification)\w*", re.IGNORECASE)
ALLOWED = {
    # Public names of arguments of `ca.open` and `ca.convert`, with their help.
    "read/options.py": {"workflow", "workflows", "workflow_id", "workflow_version"},
    "read/reader.py": {"workflows"},
    "conversion/run.py": {"workflows"},
    # The help shows the kinds of files that the command converts, by example.
    "cli.py": {"Zooniverse", "PYBOSSA", "LibCrowds", "classifications", "classification_id"}
    | {"workflow_id", "by_workflow", "workflows"},
}


@pytest.mark.parametrize("room", ROOMS)
def test_room_has_no_terms_of_a_platform(room: str) -> None:
    place = ROOT / PACKAGE / room
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    found = {}
    for file in files:
        name = file.relative_to(ROOT / PACKAGE).as_posix()
        terms = set(TERM.findall(file.read_text(encoding="utf-8"))) - ALLOWED.get(name, set())
        if terms:
            found[name] = sorted(terms)
    assert files
    assert not found


def test_allowed_terms_are_used() -> None:
    for name, terms in ALLOWED.items():
        used = set(TERM.findall((ROOT / PACKAGE / name).read_text(encoding="utf-8")))
        assert terms <= used, name
