"""Temporary names of runs, and what killed runs left under them."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from crowdarrow.sinks.folder import remove_earlier, remove_tree, roll_back
from crowdarrow.sinks.lock import OutputLock, is_gone
from crowdarrow.sinks.manifest import files_of_run, read_manifest

_MAX_NAME = 180  # bytes of the target's name in a temporary name, which can have 255
_IN_FOLDER = "crowdarrow"
"""Takes the place of the target's name in the names of temporary folders that are within the target."""

_TOKEN = re.compile(r"\.\d+-[0-9a-f]{16}\.tmp$")


def new_token() -> str:
    """A name for a run that no other run has: its process and random digits."""
    return f"{os.getpid()}-{os.urandom(8).hex()}"


def temporary_name(target: Path, token: str, *, inside: bool = False) -> Path:
    """The temporary path for a target, beside it or inside it."""
    if inside:
        return target / f".{_IN_FOLDER}.{token}.tmp"
    return target.with_name(f".{_shortened(target.name)}.{token}.tmp")


def temporary_beside(stage: Path) -> Path:
    """Another temporary path beside that of an output, which the next run removes as well if this one is killed."""
    name = _TOKEN.sub("", stage.name)
    return stage.with_name(f"{name}.{new_token()}.tmp" if name != stage.name else f".{name}.{new_token()}.tmp")


def lock_path(target: Path, *, inside: bool) -> Path:
    """The path of a target's lock."""
    return target / f".{_IN_FOLDER}.lock" if inside else target.with_name(f".{_shortened(target.name)}.lock")


def is_temporary(name: str) -> bool:
    """Whether a path in a folder that is an output is a lock, or a temporary file of this or another run."""
    return name.startswith(f".{_IN_FOLDER}.")


def clean_up(target: Path, lock: OutputLock) -> Iterator[str]:
    """Remove what killed runs left of an output, of which the caller has the lock; says what was done.

    Who has the lock knows that the other runs have ended. Where the file system has no locks, the numbers of their
    processes decide. A folder or file of which a killed run had moved the earlier version away is restored first.
    """
    places = [(target.parent, _shortened(target.name))]
    if target.is_dir():
        places.append((target, _IN_FOLDER))
    for folder, prefix in places:
        for token in _tokens(folder, prefix, lock):
            with contextlib.suppress(OSError, ValueError):
                yield _remove(target, folder / f".{prefix}.{token}.tmp", folder / f".{prefix}.{token}.old")


def _tokens(folder: Path, prefix: str, lock: OutputLock) -> list[str]:
    """The names of runs that are gone, of which there are temporary files."""
    pattern = re.compile(rf"\.{re.escape(prefix)}\.((\d+)-[0-9a-f]{{8,16}})\.(?:tmp|old)")
    found: dict[str, int] = {}
    foreign: set[str] = set()
    with contextlib.suppress(PermissionError):  # a folder whose files may be opened but not listed
        # Into a folder like /tmp, any user may put something with such a name.
        owners = {folder.stat().st_uid, *([os.geteuid()] if hasattr(os, "geteuid") else [])}
        for entry in os.scandir(folder):
            if name := pattern.fullmatch(entry.name):
                found[name[1]] = int(name[2])
                if entry.stat(follow_symlinks=False).st_uid not in owners:
                    foreign.add(name[1])
    gone = (token for token, process in found.items() if lock.is_exclusive or is_gone(process))
    return sorted(token for token in gone if token not in foreign)


def _remove(target: Path, stage: Path, backup: Path) -> str:
    done = f"removed {stage if os.path.lexists(stage) else backup}"
    is_complete = stage.is_dir() and _has_manifest(stage)
    if backup.is_dir() and is_complete:
        roll_back(target, stage, backup)
        done = f"restored {target}"
    elif os.path.lexists(backup) and not os.path.lexists(target):
        backup.rename(target)
        done = f"restored {target}"
    elif backup.is_dir():
        remove_tree(backup)
    else:
        backup.unlink(missing_ok=True)
    if not stage.is_dir():
        stage.unlink(missing_ok=True)
    elif is_complete:
        # A new folder that is complete, or the earlier one after the exchange, to which others may have added files.
        kept = remove_earlier(stage, files_of_run(stage, {}), target)
        done = f"kept {kept}" if kept else done
    else:
        remove_tree(stage)
    return done


def _has_manifest(stage: Path) -> bool:
    try:
        return read_manifest(stage) is not None
    except ValueError:  # a run that was killed wrote part of it
        return False


def _shortened(name: str) -> str:
    """The target's name; part of it and a digest if it is long."""
    data = os.fsencode(name)
    if len(data) <= _MAX_NAME:
        return name
    import hashlib

    return os.fsdecode(data[: _MAX_NAME - 20]) + hashlib.blake2b(data, digest_size=8).hexdigest()
