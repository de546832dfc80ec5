"""Suggestions for mistyped names: part of an error's message."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CUTOFF = 0.6
_MAX_LENGTH = 200
"""Characters of a name beyond which it is compared with no other: the time grows with the square."""
_MAX_NAMES = 5_000
"""Names that are compared; a folder or a header may have any number."""


def close_name(name: object, known: Iterable[str]) -> str | None:
    """The known name that was probably meant, in any case of letters; None if none is similar."""
    import difflib  # here, because it is not needed for a start without errors

    if not isinstance(name, str) or len(name) > _MAX_LENGTH:
        return None
    by_fold = {one.casefold(): one for one in itertools.islice(known, _MAX_NAMES) if len(one) <= _MAX_LENGTH}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=_CUTOFF)
    return by_fold[found[0]] if found else None


def hint(name: object, known: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing if no known name is similar."""
    found = close_name(name, known)
    return "" if found is None else f" (did you mean {found!r}?)"


def file_hint(path: str | os.PathLike[str]) -> str:
    """The same for the path of a file that does not exist: names of files beside it."""
    folder, name = os.path.split(os.fsdecode(path))
    try:
        with os.scandir(folder or ".") as entries:
            found = close_name(name, (entry.name for entry in entries))
    except (OSError, ValueError):
        return ""
    return "" if found is None or found == name else f" (did you mean {os.path.join(folder, found)}?)"  # noqa: PTH118 - as the caller wrote it


def member_hint(member: str, names: Sequence[str]) -> str:
    """The same for a member that an archive of members with these names does not have: a full name or its last part."""
    known = dict.fromkeys([*names, *(name.rpartition("/")[2] for name in names)])
    return "" if member in known else hint(member, known)
