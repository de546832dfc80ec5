"""Signals that come twice, and signals that the process was started to ignore."""

import os
import signal
import sys
from collections.abc import Iterator

import pytest

from crowdarrow import cli

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Restore the handlers of the test's own process."""
    before = {name: signal.getsignal(name) for name in SIGNALS}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_second_signal_does_not_interrupt_the_clean_up_of_the_first(number: signal.Signals) -> None:
    with pytest.raises(BaseException):  # noqa: B017, PT011 - KeyboardInterrupt, or the class for the other signals
        cli._interrupt(number, None)  # noqa: SLF001 - a real second signal would have to hit within microseconds
    assert [signal.getsignal(name) for name in SIGNALS] == [signal.SIG_IGN] * len(SIGNALS)


@pytest.mark.parametrize("ignored", SIGNALS)
def test_signal_that_was_ignored_at_the_start_stays_ignored(
    ignored: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As SIGHUP under nohup."""
    for name in SIGNALS:
        signal.signal(name, signal.SIG_IGN if name == ignored else signal.SIG_DFL)
    monkeypatch.setitem(sys.modules, "numpy", sys.modules.get("numpy"))  # `main` blocks its import
    monkeypatch.setattr(cli, "run", lambda: 0)
    monkeypatch.setattr(os, "_exit", sys.exit)
    with pytest.raises(SystemExit):
        cli.main()
    expected = dict.fromkeys(SIGNALS, cli._interrupt) | {ignored: signal.SIG_IGN}  # noqa: SLF001
    assert {name: signal.getsignal(name) for name in SIGNALS} == expected
