"""Commands on a pseudo-terminal."""

import fcntl
import os
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path


def on_terminal(
    arguments: Sequence[str],
    *,
    width: int = 80,
    stdout: bool = True,
    stderr: bool = True,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> tuple[str, int]:
    """What `crowdarrow` writes to a terminal of `width` columns, and its exit status.

    An output that is not on the terminal is that of the caller (stderr) or is dropped (stdout). The terminal has the
    environment `env`, without COLUMNS: the terminal decides on the width.
    """
    terminal, end = os.openpty()
    fcntl.ioctl(end, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    env = {name: value for name, value in (os.environ if env is None else env).items() if name != "COLUMNS"}
    written, errors = end if stdout else subprocess.DEVNULL, end if stderr else None
    command = [sys.executable, "-m", "crowdarrow", *arguments]
    with subprocess.Popen(command, stdin=end, stdout=written, stderr=errors, env=env, cwd=folder) as process:
        os.close(end)
        parts = []
        try:
            while part := os.read(terminal, 1 << 16):
                parts.append(part)
        except OSError:  # how Linux reports the end
            pass
        os.close(terminal)
    return b"".join(parts).decode(), process.returncode
