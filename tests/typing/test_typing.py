"""Users' programs as mypy and pyright see them; `inspect.signature` shows the options."""

import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import crowdarrow as ca

HERE = Path(__file__).parent
PACKAGE = Path(ca.__file__).parents[1]


def mypy(path: Path) -> set[int]:
    """The lines with errors, as `mypy --strict` finds them for a user."""
    config = path.parent / "mypy.ini"
    config.write_text(
        f"[mypy]\nstrict = true\nmypy_path = {PACKAGE}\n\n[mypy-pyarrow.*]\nignore_missing_imports = true\n"
    )
    done = run("-m", "mypy", "--config-file", config, "--cache-dir", path.parent / "cache", "--output", "json", path)
    found = [json.loads(line) for line in done.splitlines() if line.startswith("{")]
    assert {Path(one["file"]).name for one in found} <= {path.name}, done
    return {one["line"] for one in found if one["severity"] == "error"}


def pyright(path: Path) -> set[int]:
    """The lines with errors, as pyright finds them in its strict mode."""
    config = path.parent / "pyrightconfig.json"
    strict = {"typeCheckingMode": "strict", "reportMissingTypeStubs": False, "extraPaths": [str(PACKAGE)]}
    config.write_text(json.dumps(strict | {"include": [path.name]}))
    done = run("-m", "basedpyright", "--outputjson", "--project", config, "--pythonpath", sys.executable)
    found = json.loads(done)["generalDiagnostics"]
    return {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}


def run(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


CHECKERS = {"mypy": mypy, "basedpyright": pyright}


@pytest.fixture(params=CHECKERS)
def lines_with_errors(request: pytest.FixtureRequest) -> Callable[[Path], set[int]]:
    pytest.importorskip(request.param)
    return CHECKERS[request.param]


def test_right_uses_are_accepted_and_each_wrong_one_is_an_error(
    lines_with_errors: Callable[[Path], set[int]], tmp_path: Path
) -> None:
    (tmp_path / "right.py").write_text((HERE / "right.py").read_text("utf-8"), "utf-8")
    assert lines_with_errors(tmp_path / "right.py") == set()
    marked = (HERE / "wrong.py").read_text("utf-8").splitlines()
    (tmp_path / "wrong.py").write_text("\n".join(re.sub("  # type: ignore.*", "", line) for line in marked), "utf-8")
    wrong = {number for number, line in enumerate(marked, 1) if "type: ignore" in line}
    assert len(wrong) >= 25
    assert lines_with_errors(tmp_path / "wrong.py") == wrong


@pytest.mark.parametrize(
    ("function", "names"),
    [
        (ca.open, {"table", "workflows", "columns", "since", "threads", "once"}),
        (ca.open_tables, {"tables", "columns", "kind"}),
        (ca.Export, {"columns", "workflow_id", "max_rejects"}),
        (ca.inspect, {"kind", "encoding", "threads"}),
        (ca.convert, {"tables", "partition_by", "since", "force", "progress"}),
        (ca.extracts, {"order", "report", "threads", "strict"}),
        (ca.iter_extracts, {"keywords", "threads"}),
    ],
)
def test_signature_and_help_have_each_option(function: Callable[..., Any], names: set[str]) -> None:
    parameters = inspect.signature(function).parameters
    assert names <= set(parameters)
    assert "options" not in parameters
    assert all(one.default is not one.empty for name, one in parameters.items() if name in names)
    documented = function.__init__ if inspect.isclass(function) else function
    assert all(f"`{name}`: " in str(documented.__doc__) or f"{name}: " in str(documented.__doc__) for name in names)


def test_import_loads_no_other_library() -> None:
    script = (
        "import sys, crowdarrow as ca; ca.__version__; print(*sorted({'pyarrow', 'rich', 'click'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_each_public_name_is_there() -> None:
    assert set(ca.__all__) <= set(dir(ca))
    assert all(getattr(ca, name) is not None for name in ca.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'opne'"):
        ca.opne  # type: ignore[attr-defined]  # noqa: B018
