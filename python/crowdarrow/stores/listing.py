"""The objects of URLs that name a folder or a pattern of a store."""

import fnmatch
from collections.abc import Iterator
from typing import Any

from crowdarrow.errors import InputError, InputNotFoundError
from crowdarrow.stores.ahead import interruptible
from crowdarrow.stores.client import connect, failure_of, input_error
from crowdarrow.stores.retries import Attempts
from crowdarrow.stores.urls import Address


def objects_in(address: Address) -> list[Address]:
    """The objects of a folder by name, without those in its sub-folders and hidden ones.

    Raises:
        InputError: the folder cannot be listed.
    """
    return sorted(one for one in _listed(address, address.key) if not one.key.rpartition("/")[2].startswith("."))


def matching(address: Address) -> list[Address]:
    """The objects that match a pattern, in name order; `*` and `?` match within a part, `**` any number of parts.

    Raises:
        InputNotFoundError: no object matches.
        InputError: the store cannot be listed.
    """
    parts = address.key.split("/")
    fixed = next(index for index, part in enumerate(parts) if any(sign in part for sign in "*?["))
    prefix = "".join(f"{part}/" for part in parts[:fixed])
    is_deep = fixed < len(parts) - 1
    found = [
        one
        for one in _listed(address, prefix, is_deep=is_deep)
        if one.key == address.key or _matches(one.key.split("/"), parts)
    ]
    if not found:
        msg = f"no object matches {address.name}"
        raise InputNotFoundError(msg)
    return sorted(found)


def _matches(names: list[str], patterns: list[str]) -> bool:
    if not patterns or not names:
        return not patterns and not names
    if patterns[0] == "**":
        return _matches(names, patterns[1:]) or _matches(names[1:], patterns)
    hidden = names[0].startswith(".") and not patterns[0].startswith(".")
    return not hidden and fnmatch.fnmatchcase(names[0], patterns[0]) and _matches(names[1:], patterns[1:])


def _listed(address: Address, prefix: str, *, is_deep: bool = False) -> Iterator[Address]:
    store = connect(address)
    import obstore

    attempts = Attempts(address, 0)
    while True:
        try:
            found: Any
            if is_deep:
                found = interruptible(lambda: obstore.list(store, prefix or None).collect())
            else:
                found = interruptible(lambda: obstore.list_with_delimiter(store, prefix or None))["objects"]
            break
        except Exception as error:  # noqa: BLE001 - obstore has many
            if attempts.is_end_after(error):
                raise _unlisted(address, error) from None
    for entry in found:
        if entry["path"] != prefix.rstrip("/"):
            yield address.sibling(entry["path"])


def _unlisted(address: Address, error: Exception) -> InputError:
    return input_error(address.name, address.scheme, failure_of(error))
