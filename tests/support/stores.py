"""What is in a bucket, and in a folder, by name."""

from pathlib import Path
from typing import Any

import pytest

from crowdarrow.stores import client
from crowdarrow.stores.urls import address_of

ON_BOTH = pytest.mark.parametrize("s3", ["moto", "localbucket"], indirect=True)
"""Runs a test on two implementations of S3."""


def store(bucket: str) -> Any:
    """A connection of obstore to a bucket."""
    return client.connect(address_of(f"s3://{bucket}/x", "output"), writes=True)


def objects_in(bucket: str, prefix: str | None = None) -> dict[str, bytes]:
    """All objects, or those below a folder."""
    found = store(bucket)
    return {one["path"]: bytes(found.get(one["path"]).bytes()) for one in found.list(prefix).collect()}


def files_below(folder: Path) -> dict[str, bytes]:
    """All files of a folder, by their paths in it."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
