"""The comparison with a minimal C++ reader: its figures, and its message if it cannot be built."""

import json
import shutil
from pathlib import Path

import pytest

from bare import __main__ as bare


def test_rates_and_ratios() -> None:
    times = bare.Times(bytes=64 << 20)
    times.add(bare.PARSED, [0.2, 0.1])
    times.add(bare.PARSED, [0.3])
    times.add(bare.DECODE, [0.4, 0.25, 0.5])
    assert times.rates(bare.PARSED) == (320, 640)
    assert times.ratios() == pytest.approx((0.5, 0.4))
    assert "decode / reference, with simdjson DOM: 0.50 by medians, 0.40 by best passes" in bare.report("mixed", times)


def test_passes_are_read_from_criterion(tmp_path: Path) -> None:
    for name, count in (("one", 2), ("two", 5)):
        folder = tmp_path / "group" / name / "new"
        folder.mkdir(parents=True)
        (folder / "sample.json").write_text(json.dumps({"iters": [count, 2 * count], "times": [4e9, 6e9]}))
        (folder / "benchmark.json").write_text(json.dumps({"function_id": name}))
    assert bare.passes(tmp_path) == {"one": [2.0, 1.5], "two": [0.8, 0.6]}


def test_missing_compiler_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert bare.main(["--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "not measured: there is no C++ compiler\n"
