"""What <TAB> offers in IPython and Jupyter: the options of each function, and the names of the package."""

import atexit
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import crowdarrow as ca


@pytest.fixture(params=[True, False], ids=["jedi", "no jedi"])
def shell(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[InteractiveShell]:
    """A shell as IPython and Jupyter start it, without a history file."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    config = Config()
    config.HistoryManager.enabled = False
    config.Completer.use_jedi = request.param
    shell = InteractiveShell(config=config, user_ns={"ca": ca})  # type: ignore[no-untyped-call]
    yield shell
    atexit.unregister(shell.atexit_operations)  # it would run after its files are gone


def offered(shell: InteractiveShell, code: str) -> set[str]:
    """What <TAB> offers at the end of the code."""
    with provisionalcompleter():
        return {one.text.rstrip("=") for one in shell.Completer.completions(code, len(code))}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("ca.open('a.csv', work", {"workflows", "workflow_id", "workflow_version"}),
        ("ca.convert('a.csv', 'out/', form", {"format"}),
        ("ca.convert('a.csv', 'out/', ex", {"excel"}),
        ("ca.inspect('a.csv', enc", {"encoding"}),
        ("ca.Export('a.csv', sin", {"since"}),
        ("ca.extracts('a.csv', 'c.yaml', out", {"output_dir", "output_name"}),
        ("ca.conv", {"convert"}),
    ],
)
def test_tab_offers_options(shell: InteractiveShell, code: str, expected: set[str]) -> None:
    assert expected <= {text.removeprefix("ca").lstrip(".") for text in offered(shell, code)}
