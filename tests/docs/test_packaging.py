"""What is shipped, and the house's rules that a program can check."""

import os
import subprocess
import sys
import tomllib
from importlib import metadata, resources
from pathlib import Path

import pytest

import crowdarrow

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE = 600
LONGEST_DECLARATION = 100
# What the benchmarks keep, an environment among it.
KEPT = ROOT / "benchmarks" / "data"
SOURCES = sorted(
    path
    for folder in ("python", "rust", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.[pr][ys]")
    if not path.is_relative_to(KEPT)
)
EXPORTS = sorted((ROOT / "python" / "crowdarrow" / "exports" / "zooniverse").glob("*.py"))


def test_types_are_shipped() -> None:
    package = resources.files("crowdarrow")
    assert (package / "py.typed").is_file()
    assert (package / "_core.pyi").is_file()


def test_one_version() -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]
    assert crowdarrow.__version__ == workspace["package"]["version"] == metadata.version("crowdarrow")


def test_licence_is_shipped() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert metadata.metadata("crowdarrow")["License-Expression"] == "Apache-2.0"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_what_starts_quickly_loads_little(option: str) -> None:
    heavy = ("pyarrow", "pandas", "polars", "rich")
    program = (
        "import sys, crowdarrow.cli as cli; status = cli.run(sys.argv[1:]); "
        f"sys.exit(status or [name for name in {heavy} if name in sys.modules] or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program, option], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "crowdarrow" in done.stdout


def test_the_version_alone_loads_no_command_line() -> None:
    program = (
        "import sys; from crowdarrow.__main__ import main; sys.argv = ['crowdarrow', '--version']; main(); "
        "sys.exit([name for name in ('click', 'pyarrow') if name in sys.modules] or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"crowdarrow {crowdarrow.__version__}\n"), done.stderr


def test_no_file_holds_two_thoughts() -> None:
    assert SOURCES
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert not {str(path): lines for path, lines in sizes.items() if lines > LONGEST_FILE}


@pytest.mark.parametrize("path", EXPORTS, ids=lambda path: path.stem)
def test_an_export_type_is_a_short_declaration(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_DECLARATION


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").splitlines()[-1].endswith("make --no-print-directory test")


def test_make_lists_its_targets() -> None:
    done = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True)
    listed = {line.split()[1] for line in done.stdout.splitlines()}
    assert {
        "demo",
        "test",
        "check",
        "test-long",
        "lint",
        "fmt",
        "instructions",
        "bench",
        "bench-stages",
        "clean",
    } <= listed
