"""Signals that come twice, and signals that the process was started to ignore."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crowdarrow import cli

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals")

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RECORDS = b"classification_id,annotations\n" + b"1,[]\n" * 20_000


@pytest.mark.parametrize("number", SIGNALS)
def test_second_signal_does_not_interrupt_the_clean_up_of_the_first(number: signal.Signals) -> None:
    before = {name: signal.getsignal(name) for name in SIGNALS}
    try:
        with pytest.raises(BaseException):  # noqa: B017, PT011 - KeyboardInterrupt, or the class for the other signals
            cli._interrupt(number, None)  # noqa: SLF001 - a real second signal would have to hit within microseconds
        assert [signal.getsignal(name) for name in SIGNALS] == [signal.SIG_IGN] * len(SIGNALS)
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def test_hangup_that_was_ignored_at_the_start_stays_ignored(tmp_path: Path) -> None:
    """As under nohup."""
    command = [sys.executable, "-m", "crowdarrow", "convert", "-", str(tmp_path / "out.csv")]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),  # noqa: PLW1509 - no threads before exec
    )
    assert process.stdin
    process.stdin.write(RECORDS)
    process.stdin.flush()
    for _ in range(400):
        if list(tmp_path.iterdir()):
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
