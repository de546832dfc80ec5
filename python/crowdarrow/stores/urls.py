"""URLs of inputs and outputs: which part names the store, which the object, and what may be shown."""

import os
import re
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from crowdarrow.errors import UsageError

URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
"""A scheme of a URL; one letter before a colon is a drive of Windows."""
BUCKETS = ("s3", "gs", "az")
"""Schemes of stores that can list what they have."""
_WEB = ("https", "http")
_KNOWN = (*BUCKETS, *_WEB)
_NAMES = "s3://, gs://, az://, https://, http:// and file://"
_MAGIC = re.compile(r"[*?[]")


class Address(NamedTuple):
    """Where an object is."""

    scheme: str
    root: str
    """The URL of the store: a bucket, a container, or of a web server the whole URL."""
    key: str
    """The object in the store; empty if the root is its URL."""
    name: str
    """The URL for messages and reports: without its query, which may hold a signature, and without a password."""

    @property
    def is_bucket(self) -> bool:
        """Whether the store can list what it has."""
        return self.scheme in BUCKETS

    @property
    def is_folder(self) -> bool:
        """Whether the URL names all objects below it."""
        return self.is_bucket and (not self.key or self.key.endswith("/"))

    @property
    def is_glob(self) -> bool:
        """Whether the URL is a pattern."""
        return self.is_bucket and bool(_MAGIC.search(self.key))

    def sibling(self, key: str) -> "Address":
        """The address of another object of a bucket."""
        return Address(self.scheme, self.root, key, f"{self.root}/{key}")


def is_url(item: Any) -> bool:
    """Whether a value is a URL and not the path of a file that has such a name."""
    return isinstance(item, str) and URL.match(item) is not None and not os.path.lexists(item)


def local_path(item: Any) -> Any:
    """The path of a `file://` URL; any other value itself.

    Raises:
        UsageError: it names another computer.
    """
    if not is_url(item) or not item.lower().startswith("file:"):
        return item
    parts = urlsplit(item)
    if parts.netloc not in {"", "localhost"}:
        msg = f"{item} names another computer ({parts.netloc}); a path has three slashes: file:///folder/file"
        raise UsageError(msg)
    from urllib.request import url2pathname  # here, because it takes long to load

    return url2pathname(parts.path)


def output_path(output: Any, argument: str) -> Any:
    """`local_path` of an output other than the table, which alone can go to stdout.

    Raises:
        UsageError: it is `-`.
    """
    if output == "-":
        msg = f"`{argument}` cannot be - (stdout); name a file, or ./- for a file of this name"
        raise UsageError(msg)
    return local_path(output)


def address_of(url: str, argument: str) -> Address:
    """The parts of a URL of a store or a web server.

    Args:
        url: the URL.
        argument: the argument that it was given as, for messages.

    Raises:
        UsageError: the scheme is unknown, or the URL names no object.
    """
    found = URL.match(url)
    scheme = found[1].lower() if found else ""
    if scheme not in _KNOWN:
        msg = f"`{argument}` is a URL ({scheme}://), which crowdarrow does not know; it knows {_NAMES}"
        raise UsageError(msg)
    if scheme in _WEB:
        parts = urlsplit(url)
        if not parts.hostname:
            msg = f"`{argument}` is a URL without a server: {shown_url(url)}"
            raise UsageError(msg)
        return Address(scheme, urlunsplit(parts._replace(fragment="")), "", shown_url(url))
    bucket, _, key = url[len(scheme) + 3 :].partition("/")
    root = f"{scheme}://{bucket}"
    if not bucket:
        msg = f"`{argument}` is a URL without a bucket: {url}"
        raise UsageError(msg)
    if any(part in {"", ".", ".."} for part in key.removesuffix("/").split("/")) and key:
        msg = f"`{argument}` has an empty part, . or .. in the name of an object: {url}"
        raise UsageError(msg)
    return Address(scheme, root, key, f"{root}/{key}")


def shown_url(url: str) -> str:
    """A URL for messages and reports: those of web servers without query and password."""
    found = URL.match(url)
    if not found or found[1].lower() in (*BUCKETS, "file"):
        return url
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def file_name(address: Address) -> str:
    """The last part of an address, for the name of a file."""
    path = address.key or unquote(urlsplit(address.root).path)
    return Path(path).name
