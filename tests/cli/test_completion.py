"""Completion: what bash, zsh and fish get, by their protocol and in the shells themselves."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import crowdarrow as ca
from crowdarrow.cli import run


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Complete":
    return Complete(monkeypatch, capsys)


class Complete:
    """The completions of a line, the last word of which is incomplete, as bash gets them: pairs of type and value."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, line: str) -> list[str]:
        words = line.split(" ")
        self._monkeypatch.setenv("_CROWDARROW_COMPLETE", "bash_complete")
        self._monkeypatch.setenv("COMP_WORDS", line)
        self._monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        assert run([]) == 0
        found = self._capsys.readouterr()
        assert found.err == ""
        return found.out.split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("crowdarrow con", ["plain,convert"]),
        ("crowdarrow schema pyb", ["plain,pybossa.tasks", "plain,pybossa.task_runs", "plain,pybossa.results"]),
        ("crowdarrow schema task", ["plain,tasks", "plain,task_runs"]),
        ("crowdarrow schema task_runs a", ["plain,answers", "plain,annotations"]),
        ("crowdarrow convert a.csv out/ --part", ["plain,--partition-by"]),
        ("crowdarrow convert a.csv out/ --table mar", ["plain,marks"]),
        ("crowdarrow convert a.csv out/ --kind subjects --table ", ["plain,subjects", "plain,media"]),
        ("crowdarrow convert a.csv out/ --tables ans", ["plain,answers"]),
        ("crowdarrow convert a.csv out/ --tables answers,vo", ["plain,answers,votes", "plain,answers,volunteers"]),
        ("crowdarrow convert a.csv out/ --format p", ["plain,parquet"]),
        ("crowdarrow convert a.csv out.csv --table marks --columns x_", ["plain,x_center"]),
        ("crowdarrow convert a.csv out.csv --columns classification_id,metadata.se",
         ["plain,classification_id,metadata.session", "plain,classification_id,metadata.seen_before"]),
        ("crowdarrow head a.csv --table consensus --columns runner_up,ti", ["plain,runner_up,tied"]),
        ("crowdarrow convert ", ["file,"]),
        ("crowdarrow convert cla", ["file,cla"]),
        ("crowdarrow convert a.csv -o ", ["file,"]),
        ("crowdarrow convert a.csv out/ --workflows wor", ["file,wor"]),
        ("crowdarrow extracts a.csv config.yaml -d ", ["dir,"]),
        ("crowdarrow convert a.csv out/ --kind nothing --table mar", ["plain,marks"]),
        ("crowdarrow convert a.csv out/ --tables al", ["plain,all"]),
    ],
)  # fmt: skip
def test_words_are_completed(line: str, expected: list[str], complete: Complete) -> None:
    assert complete(line) == expected


def test_all_kinds_are_completed(complete: Complete) -> None:
    assert complete("crowdarrow inspect a.csv --kind ") == [f"plain,{kind}" for kind in ca.kinds()]


@pytest.fixture
def command(tmp_path: Path) -> dict[str, str]:
    """An environment in which `crowdarrow` is the package of this checkout."""
    script = tmp_path / "bin" / "crowdarrow"
    script.parent.mkdir()
    package = Path(ca.__file__).parents[1]
    script.write_text(
        f'#!/bin/sh\nPYTHONPATH="{package}" exec "{sys.executable}" -m crowdarrow "$@"\n', encoding="utf-8"
    )
    script.chmod(0o755)
    return os.environ | {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}


def shell(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def lines(arguments: list[str], env: dict[str, str]) -> list[str]:
    return subprocess.run(arguments, env=env, capture_output=True, text=True, check=True).stdout.splitlines()


def test_bash(command: dict[str, str]) -> None:
    script = (
        'eval "$(_CROWDARROW_COMPLETE=bash_source crowdarrow)"; complete -p crowdarrow >/dev/null;'
        "COMP_WORDS=(crowdarrow convert a.csv out/ --tables answers,mar); COMP_CWORD=5;"
        '_crowdarrow_completion crowdarrow; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    # `compopt` is for a completion that readline started.
    assert lines([shell("bash"), "-c", f"compopt() {{ :; }}; {script}"], command) == ["answers,marks"]


def test_zsh(command: dict[str, str]) -> None:
    zsh = shell("zsh")
    start = 'autoload -U compinit; compinit -u; eval "$(_CROWDARROW_COMPLETE=zsh_source crowdarrow)"'
    script = f"{start}; print $_comps[crowdarrow]"
    assert lines([zsh, "-f", "-c", script], command) == ["_crowdarrow_completion"]
    env = command | {"_CROWDARROW_COMPLETE": "zsh_complete", "COMP_WORDS": "crowdarrow schema cl", "COMP_CWORD": "2"}
    assert lines(["crowdarrow"], env) == ["plain", "classifications", "_"]


def test_fish(command: dict[str, str]) -> None:
    script = "_CROWDARROW_COMPLETE=fish_source crowdarrow | source; complete -C 'crowdarrow head a.csv --table ident'"
    assert lines([shell("fish"), "--no-config", "-c", script], command) == ["identifications"]
