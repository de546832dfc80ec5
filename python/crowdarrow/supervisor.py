"""A child process for a command whose memory is limited.

The engine, Arrow's libraries and the C library end the process when they are refused memory, at any allocation of any
thread. Under a limit (`ulimit -v`) the command therefore runs in a child process. If that dies, its parent removes what
the child left of its outputs, and says in one line that memory was not enough.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterable
from typing import BinaryIO, NoReturn

_FAILED = 1
_NO_THREAD_DATA = 127  # the C library's exit status if the data of a thread cannot be allocated
_PR_SET_PDEATHSIG = 1  # of Linux's prctl.h
_SHOWN_BYTES = 1 << 16
_REFUSED = ("memory", "alloc")
"""Words of the libraries' messages when they are refused memory."""


def run_in_child(run: Callable[[], int], signals: Iterable[int], report: Callable[[str], None]) -> int:
    """Run a command in a child process; returns its exit status.

    Args:
        run: the command, which has written all of its output when it returns.
        signals: the signals that end a command; this process passes them on.
        report: writes lines to stderr.
    """
    if not hasattr(os, "memfd_create"):  # other systems than Linux
        return run()
    claims, sender = os.pipe()
    with os.fdopen(os.memfd_create("crowdarrow-messages"), "r+b") as messages:
        try:
            child = os.fork()
        except OSError:  # no process may be started
            os.close(claims)
            os.close(sender)
            return run()
        if not child:
            os.close(claims)
            _run(run, sender, messages)
        os.close(sender)
        for number in signals:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, lambda number, _: _pass_on(child, number))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        messages.seek(0)
        said = messages.read(_SHOWN_BYTES).decode("utf-8", "replace").rstrip("\n")
    if status < 0 or status == _NO_THREAD_DATA:
        _clean_up(claims)
        advice = "no output was changed; raise the limit (ulimit -v), or lower --threads"
        report(f"crowdarrow: {_reason(status, said)}; {advice}")
        return _FAILED
    os.close(claims)
    if said:
        report(said)
    return status


def _run(run: Callable[[], int], sender: int, messages: BinaryIO) -> NoReturn:
    """Run the command; what libraries write to stderr goes to `messages`."""
    from crowdarrow.sinks.claims import send_claims_to

    status = _FAILED
    try:
        with contextlib.suppress(ImportError, OSError, AttributeError):
            import ctypes

            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # the child ends with its parent
        send_claims_to(sender)
        own = os.dup(2)
        os.dup2(messages.fileno(), 2)
        sys.stderr = os.fdopen(own, "w", encoding="utf-8", errors="backslashreplace", buffering=1)
        status = run()
    finally:
        os._exit(status)


def _pass_on(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


def _clean_up(claims: int) -> None:
    from crowdarrow.sinks.atomic import Staging
    from crowdarrow.sinks.claims import read_claims
    from crowdarrow.sinks.folder import remove_tree

    outputs, folders, trees = read_claims(claims)
    for tree in trees:
        remove_tree(tree)
    staging = Staging()
    for output in outputs:
        with contextlib.suppress(OSError):
            staging.claim(output)
    staging.__exit__(None, None, None)
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _reason(status: int, said: str) -> str:
    if any(word in said.lower() for word in _REFUSED):
        return "not enough memory"
    return f"the process ended with signal {-status}, perhaps because memory was not enough"
