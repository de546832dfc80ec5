"""What a release says: one version, notes, extras, the conda recipe."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from support import release_notes
from support.recipes import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RECIPE = yaml.safe_load((ROOT / "packaging" / "conda" / "recipe.yaml").read_text(encoding="utf-8"))
LOG = "# Changes\n\n## [Unreleased]\n\n* next\n\n## [1.0.0] - 2026-01-02\n\n### Added\n\n* a\n\n## [0.9.0]\n\n* b\n"


@pytest.fixture
def released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that has version 1.0.0."""
    (tmp_path / "Cargo.toml").write_text('[workspace.package]\nversion = "1.0.0"\n', encoding="utf-8")
    (tmp_path / "CITATION.cff").write_text("title: a\nversion: 1.0.0\n", encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(LOG, encoding="utf-8")
    monkeypatch.setattr(release_notes, "ROOT", tmp_path)
    return tmp_path


def test_files_state_one_version() -> None:
    versions = release_notes.versions()
    assert len(set(versions.values())) == 1, versions
    assert RECIPE["context"]["version"] == versions["Cargo.toml"]


def test_notes_are_the_section_of_the_tag(released: Path) -> None:
    assert released.is_dir()
    assert release_notes.release_notes("v1.0.0") == "### Added\n\n* a\n"
    assert release_notes.release_notes() == "* next\n"


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("Cargo.toml", "1.0.0", "1.0.1", "the tag is v1.0.0, and Cargo.toml has version 1.0.1"),
        ("CITATION.cff", "1.0.0", "0.9.0", "the tag is v1.0.0, and CITATION.cff has version 0.9.0"),
        ("CHANGELOG.md", " - 2026-01-02", "", "section 1.0.0 of CHANGELOG.md has no date"),
        ("CHANGELOG.md", "### Added\n\n* a\n", "", "CHANGELOG.md has no changes for 1.0.0"),
        ("CHANGELOG.md", "[1.0.0]", "[1.0.1]", "CHANGELOG.md has no changes for 1.0.0"),
    ],
)
def test_a_tag_that_does_not_fit_is_refused(released: Path, name: str, old: str, new: str, message: str) -> None:
    path = released / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        release_notes.release_notes("v1.0.0")


def test_the_conda_recipe_needs_what_the_package_needs() -> None:
    needed = [re.sub(r"([\w-]+)", r"\1 ", dependency, count=1) for dependency in PROJECT["dependencies"]]
    assert RECIPE["requirements"]["run"] == [f"python {PROJECT['requires-python']}", *needed]


def test_extras_are_described() -> None:
    text = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    table = text.partition("## Extras\n")[2].partition("\n\nWithout")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", table, flags=re.MULTILINE))
    extras = PROJECT["optional-dependencies"]
    assert set(rows) == set(extras)
    for name, row in rows.items():
        wanted = {re.split(r"[^\w-]", dependency, maxsplit=1)[0] for dependency in extras[name]}
        assert set(re.findall(r"[\w-]+", row)) == wanted, name


def test_the_oldest_python_is_the_one_of_the_stable_abi() -> None:
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["dependencies"]
    assert cargo["pyo3"]["features"] == ["abi3-py" + PROJECT["requires-python"].removeprefix(">=").replace(".", "")]


def test_source_distributions_can_be_built() -> None:
    """Its Cargo.lock lists crates of workspace members that it does not hold; `--locked` refuses such a file."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    assert "locked" not in tools["maturin"]
