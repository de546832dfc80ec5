"""A check that a run does not write over its inputs."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crowdarrow.errors import UsageError
from crowdarrow.read.folders import files_of
from crowdarrow.read.inputs import as_list, expand_glob
from crowdarrow.read.objects import name_of


def check_distinct(outputs: Iterable[str], inputs: Any) -> None:
    """Check that no two outputs are the same file, and that no output is an input, links followed.

    Raises:
        UsageError: two are.
    """
    read = {(found.st_dev, found.st_ino): name for found, name in _stats(inputs)}
    seen: dict[str, str] = {}
    for output in outputs:
        resolved = os.path.realpath(output)
        if resolved in seen:
            msg = f"two outputs would be the same file: {seen[resolved]} and {output}"
            raise UsageError(msg)
        seen[resolved] = output
        try:
            found = os.fstat(1) if output == "-" else os.stat(output)  # noqa: PTH116 - the path as given
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and (name := read.get((found.st_dev, found.st_ino))):
            msg = f"{output} is also the input {name}; choose another output"
            raise UsageError(msg)


def _files(item: Any) -> list[Any]:
    """The files of a folder; any other item itself."""
    is_folder = isinstance(item, str | os.PathLike) and os.path.isdir(item)  # noqa: PTH112 - a name may be too long for `Path`
    return files_of(Path(item)) if is_folder else [item]


def _stats(inputs: Any) -> Iterator[tuple[os.stat_result, str]]:
    """Identity and name of each input that is a file; the reader reports those that cannot be read."""
    for name in (found for item in as_list(inputs) for one in expand_glob(item) for found in _files(one)):
        try:
            if isinstance(name, str | bytes) and name in {"-", b"-"}:
                yield os.fstat(0), "on stdin"
            elif hasattr(name, "fileno"):
                yield os.fstat(name.fileno()), name_of(name)
            elif isinstance(name, str | bytes | os.PathLike):
                yield os.stat(name), os.fsdecode(name)  # noqa: PTH116 - the path as given
        except (OSError, ValueError, TypeError, AttributeError):  # file objects need not have a working `fileno`
            continue
