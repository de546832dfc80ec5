"""The comparison of instruction counts. `make instructions` counts them."""

import json
import platform
import shutil

import pytest

import instructions


def test_changes_within_tolerance_are_accepted() -> None:
    assert not instructions.compare({"scan": 1.0, "decode": 40.0}, {"scan": 1.09, "decode": 36.5}, 0.10)


def test_increase_is_worse_and_decrease_is_not() -> None:
    slower, faster = instructions.compare({"scan": 1.0, "decode": 40.0}, {"scan": 1.2, "decode": 30.0}, 0.10)
    assert (slower.stage, slower.is_worse) == ("scan", True)
    assert str(slower) == "scan: 1.200 instructions per byte, 1.000 before (+20.0%)"
    assert (faster.stage, faster.is_worse) == ("decode", False)


def test_missing_stage_is_worse() -> None:
    gone, new = instructions.compare({"scan": 1.0, "gone": 2.0}, {"scan": 1.0, "new": 3.0})
    assert (gone.stage, gone.now, gone.is_worse) == ("gone", None, True)
    assert (new.stage, new.before, new.is_worse) == ("new", None, True)


def test_count_is_read_from_callgrind_output() -> None:
    assert instructions.collected("==7== Events    : Ir\n==7== Collected : 36362528\n==7== \n") == 36_362_528
    with pytest.raises(ValueError, match="no count: valgrind: command line error"):
        instructions.collected("valgrind: command line error\n")


def test_missing_valgrind_is_reported(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert instructions.main([]) == 0
    assert capsys.readouterr().out == "instructions not counted: valgrind is not installed\n"


def test_regression_has_exit_status_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    figures = json.loads(instructions.BASELINE.read_text(encoding="utf-8"))["instructions_per_byte"]
    monkeypatch.setattr(instructions, "measure", lambda: figures | {"decode": figures["decode"] * 1.2})
    monkeypatch.setattr(instructions, "compiler", lambda: "rustc 1.90.0")
    assert instructions.main([]) == 1
    assert "worse: decode" in capsys.readouterr().out
    assert instructions.main(["--tolerance", "0.3"]) == 0
