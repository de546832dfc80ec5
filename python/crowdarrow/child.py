"""Child processes that run a part of this program."""

import subprocess
import sys


def start(module: str, setup: str, *, stderr: int | None = None) -> subprocess.Popen[bytes]:
    """Start a process that runs `serve()` of a module, with pipes as its stdin and stdout.

    Other than those of `multiprocessing` it does not run the caller's main module again, and an interrupt of this
    program ends it with its pipes.

    Args:
        module: the module.
        setup: statements that come before its import, with `sys` imported.
        stderr: where its stderr goes; by default where that of this process does.
    """
    path = [entry for entry in sys.path if isinstance(entry, str)]
    code = f"import sys; sys.path[:] = {path!r}; {setup}; from {module} import serve; serve()"
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True,
    )  # fmt: skip
