"""Folders of tables as runs write them, and systems that lack a step of their commit or fail at it."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from crowdarrow.sinks import file, folder, rename
from crowdarrow.sinks.atomic import Staging


def tree(root: Path) -> dict[str, str]:
    """Text of all files below a folder, by relative path."""
    return {path.relative_to(root).as_posix(): path.read_text("latin-1") for path in root.rglob("*") if path.is_file()}


def write_folder(staging: Staging, root: Path, files: Mapping[str, str]) -> None:
    """Write files and their manifest as outputs in a folder that `staging` has."""
    for name, text in files.items():
        staging.add(root / name).write_text(text)
    manifest = {"run_id": " ".join(files.values()), "files": sorted(files)}
    staging.add(root / "crowdarrow.json").write_text(json.dumps(manifest))


def make_folder(root: Path, files: Mapping[str, str]) -> None:
    """Make a folder of tables, as an earlier run left it."""
    with Staging() as staging:
        staging.folder(root)
        write_folder(staging, root, files)
        staging.commit()


def limit_system(patch: pytest.MonkeyPatch, system: str) -> None:
    """Take from the system the exchange of two paths ("links"), or hard links too ("neither")."""
    if system != "exchange":
        patch.setattr(rename, "rename_with", lambda *_: errno.EINVAL)
    if system == "neither":

        def link(*_: Any, **__: Any) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        patch.setattr(os, "link", link)


def fail_step(patch: pytest.MonkeyPatch, number: int) -> Callable[[], int]:
    """Let the given step of the commit fail as on a full disk, once; returns a function that counts the steps."""
    count = 0

    def counted(function: Callable[..., Any]) -> Callable[..., Any]:
        def step(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == number:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return function(*arguments, **options)

        return step

    for module in (file, folder):
        for name in ("rename_new", "exchange"):
            patch.setattr(module, name, counted(getattr(module, name)))
    for name in ("rename", "replace"):
        patch.setattr(Path, name, counted(getattr(Path, name)))
    return lambda: count
