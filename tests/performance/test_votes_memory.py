"""The benchmark of the memory of counting votes runs; the peak at 50 million keys is not measured here."""

import pytest

import votes_memory


def test_keys_are_counted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("crowdarrow.spill.BOUND", 100_000)
    monkeypatch.setattr("sys.argv", ["votes_memory", "--keys", "20000"])
    votes_memory.main()
    assert "{'votes': 20000}" in capsys.readouterr().out
