"""Connections to stores through obstore, and what its errors mean."""

import errno
import functools
import os
import re
from typing import Any, NamedTuple

from crowdarrow.errors import CrowdarrowError, InputError, InputNotFoundError, InputPermissionError
from crowdarrow.stores.urls import Address

_PREFIXES = {"s3": ("AWS_",), "gs": ("GOOGLE_",), "az": ("AZURE_",)}
"""The prefixes of the environment variables that obstore reads."""
_CLIENT_OPTIONS = (
    "allow_http", "allow_invalid_certificates", "connect_timeout", "http1_only", "http2_only", "pool_idle_timeout",
    "pool_max_idle_per_host", "proxy_ca_certificate", "proxy_excludes", "proxy_url", "randomize_addresses",
    "read_timeout", "root_certificate", "timeout", "user_agent",
)  # fmt: skip
"""Options of obstore's HTTP client. Options that are passed replace all of those in the environment."""
_FLAGS = {"allow_http", "allow_invalid_certificates", "http1_only", "http2_only", "randomize_addresses"}
_ENDPOINTS = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT", "GOOGLE_BASE_URL", "AZURE_ENDPOINT",
              "AZURE_STORAGE_ENDPOINT")  # fmt: skip
_LOOPBACK = re.compile(r"http://(localhost|127\.[\d.]+|\[::1\])[:/]", re.IGNORECASE)
_CREDENTIALS = {
    "s3": "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_SKIP_SIGNATURE=true for a public bucket",
    "gs": "set GOOGLE_SERVICE_ACCOUNT to the path of a key, or GOOGLE_SKIP_SIGNATURE=true for a public bucket",
    "az": "set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_SKIP_SIGNATURE=true for a public one",
}
READ_TIMEOUT = "30s"
"""A connection without any data for this long is closed."""
CONNECT_TIMEOUT = "10s"
_LONG = "24h"
_WRITE_TIMEOUT = "15m"
WRITE_RETRIES = 6
"""How often obstore sends a part again; the pauses are 0.1 s at first, and twice the one before each time."""


def require_obstore() -> Any:
    """The module obstore.

    Raises:
        CrowdarrowError: it is not installed.
    """
    try:
        import obstore
    except ImportError:
        msg = "URLs of stores and web servers need obstore: pip install 'crowdarrow[stores]'; or download the file"
        raise CrowdarrowError(msg) from None
    return obstore


def connect(address: Address, *, writes: bool = False) -> Any:
    """A store of obstore, by its own rules for credentials and endpoints.

    Raises:
        CrowdarrowError: obstore is not installed, or the environment variables are invalid.
    """
    require_obstore()
    prefixes = _PREFIXES.get(address.scheme, ())
    environment = frozenset((name, value) for name, value in os.environ.items() if name.upper().startswith(prefixes))
    try:
        return _store(address.root, address.scheme, environment, CONNECT_TIMEOUT, READ_TIMEOUT, writes=writes)
    except Exception:  # noqa: BLE001 - obstore has many
        # Its message may have a value of the environment, which may be a secret.
        advice = f"check the environment variables {prefixes[0]}*" if prefixes else "check the URL"
        msg = f"cannot connect to the store of {address.name}: its configuration is invalid; {advice}"
        raise CrowdarrowError(msg) from None


@functools.lru_cache(maxsize=64)
def _store(
    root: str, scheme: str, environment: frozenset[tuple[str, str]], connect: str, read: str, *, writes: bool
) -> Any:
    from obstore.store import HTTPStore, from_url

    options: Any = {"connect_timeout": connect, "timeout": _WRITE_TIMEOUT if writes else _LONG}
    if not writes:
        options["read_timeout"] = read
    found = {name.upper(): value for name, value in environment}
    for prefix in _PREFIXES.get(scheme, ()):
        given = {name: found[prefix + name.upper()] for name in _CLIENT_OPTIONS if prefix + name.upper() in found}
        options |= {name: value.lower() in {"1", "true"} if name in _FLAGS else value for name, value in given.items()}
    if any(_LOOPBACK.match(f"{found.get(name, '')}/") for name in _ENDPOINTS) or scheme == "http":
        options["allow_http"] = True
    # Readers retry themselves: obstore would go on where a connection broke, also if the object changed.
    retries: Any = {"max_retries": WRITE_RETRIES if writes else 0}
    if scheme in _PREFIXES:
        return from_url(root, client_options=options, retry_config=retries)
    return HTTPStore(root, client_options=options, retry_config=retries)


class Failure(NamedTuple):
    """What an error of obstore means."""

    reason: str
    """For a message. Of obstore's text only the status is in it: that text has URLs with their queries."""
    status: int | None = None
    is_missing: bool = False
    is_denied: bool = False
    is_changed: bool = False
    """The object is not the one that was read before."""
    is_unranged: bool = False
    """The server does not answer with a range."""
    is_end: bool = False
    """The server ended its answer early, or says that nothing is there."""
    is_transient: bool = False
    """The request may succeed if it is sent again."""


_OF_STATUS = {
    304: {"is_changed": True}, 404: {"is_missing": True}, 410: {"is_missing": True}, 401: {"is_denied": True},
    403: {"is_denied": True}, 412: {"is_changed": True}, 416: {"is_end": True},
} | {key: {"is_transient": True} for key in (408, 425, 429, 500, 502, 503, 504)}  # fmt: skip
"""What statuses mean. 416: the object has no such part."""
_OF_TEXT: tuple[tuple[str, Failure], ...] = (
    ("RangeNotSupported", Failure("the server does not send parts of a file", is_unranged=True)),
    ("IncompleteBody", Failure("the connection was closed early", is_end=True, is_transient=True)),
    ("UnexpectedRange", Failure("the server sent another part", is_end=True, is_transient=True)),
    ("MissingContentLength", Failure("the server does not say how long the file is")),
    ("incorrectly configured region", Failure("the bucket is in another region, which AWS_REGION must name")),
    ("BadScheme", Failure("the endpoint is http://, which needs AWS_ALLOW_HTTP=true")),
    ("error following redirect", Failure("the server redirects without end")),
    ("TimedOut", Failure("the server did not answer in time", is_transient=True)),
    ("kind: Timeout", Failure("the server did not answer in time", is_transient=True)),
    ("kind: Connect,", Failure("the server cannot be reached", is_transient=True)),
    ("HttpError", Failure("the connection broke", is_transient=True)),
)
"""What words in obstore's errors mean; the first that is there counts."""
_NO_CREDENTIALS = "169.254."
"""Part of the addresses that obstore asks for credentials if the environment has none."""


def failure_of(error: Exception) -> Failure:
    """What an error of obstore means."""
    text, kind = str(error), type(error).__name__
    if _NO_CREDENTIALS in text:
        return Failure("no credentials were found", is_denied=True)
    if found := re.search(r"status code: ((\d{3})[A-Za-z -]*)", text):
        status, reason = int(found[2]), found[1].strip()
        if code := re.search(r"<Code>(\w{1,64})</Code>", text):
            reason = f"{reason}, {code[1]}"
        return Failure(reason, status, **_OF_STATUS.get(status, {}))
    if isinstance(error, FileNotFoundError):
        return Failure("no such object", is_missing=True)
    return next((one for word, one in _OF_TEXT if word in text), Failure(f"the store failed ({kind})"))


def input_error(name: str, scheme: str, failure: Failure) -> InputError:
    """The error for an input that cannot be read, in one line."""
    if failure.is_missing:
        more = "; a folder ends in /" if scheme in _CREDENTIALS else ""
        return InputNotFoundError(f"{name} does not exist ({failure.reason}){more}")
    if failure.is_denied:
        return InputPermissionError(f"cannot read {name}: {failure.reason}; {advice_of(scheme)}")
    if failure.is_changed:
        return changed_error(name)
    # An `errno` says that the file could not be read. Without it, a file of a folder is skipped as not an export.
    error = InputError(f"cannot read {name}: {failure.reason}; try again, or download the file")
    error.errno = errno.EIO
    return error


def changed_error(name: str) -> InputError:
    """The error for an object that is not the one that was read before."""
    error = InputError(f"{name} changed while it was read; read it again when no program writes to it")
    error.errno = errno.EIO
    return error


def advice_of(scheme: str) -> str:
    """What to do if a store denies access."""
    return _CREDENTIALS.get(scheme, "the URL needs a signature that is still valid")
