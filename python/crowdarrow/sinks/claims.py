"""Tells another process which outputs a run writes, so that it can remove what is left if the run dies."""

import contextlib
import os
from pathlib import Path

_OUTPUT, _FOLDER, _TREE, _END = b"o", b"f", b"t", b"\0"


class _Listener:
    pipe: int | None = None


def send_claims_to(pipe: int) -> None:
    """Write the paths that are announced to a pipe. If the pipe is full, they are lost: nothing waits for a reader."""
    os.set_blocking(pipe, False)
    _Listener.pipe = pipe


def announce_output(target: Path) -> None:
    """Say that this run writes `target`, under a temporary name at first."""
    _send(_OUTPUT, target)


def announce_folder(path: Path) -> None:
    """Say that this run has created the folder `path`."""
    _send(_FOLDER, path)


def announce_tree(path: Path) -> None:
    """Say that all in the folder `path` is temporary."""
    _send(_TREE, path)


def _send(kind: bytes, path: Path) -> None:
    if _Listener.pipe is not None:
        with contextlib.suppress(OSError):
            os.write(_Listener.pipe, kind + os.fsencode(path) + _END)


def read_claims(pipe: int) -> tuple[list[Path], list[Path], list[Path]]:
    """The outputs, the folders and the temporary folders that were announced."""
    with open(pipe, "rb") as file:
        entries = file.read().split(_END)[:-1]
    outputs, folders, trees = (
        [Path(os.fsdecode(entry[1:])) for entry in entries if entry[:1] == kind] for kind in (_OUTPUT, _FOLDER, _TREE)
    )
    return outputs, folders, trees
