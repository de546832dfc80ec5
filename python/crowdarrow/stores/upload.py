"""Files as new objects of a store: all are sent before any is visible, as far as the store allows it."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crowdarrow.errors import InputError, InputPermissionError, OutputError, OutputExistsError
from crowdarrow.stores.ahead import interruptible, together
from crowdarrow.stores.client import Failure, advice_of, connect, failure_of, input_error
from crowdarrow.stores.retries import Attempts
from crowdarrow.stores.urls import Address

_LARGE = 16 << 20
"""Files of so many bytes are sent in parts, which are no object until the upload is completed."""
_PART = 8 << 20
_MOST_PARTS = 9_000
"""Stores allow 10,000."""
_HELD = 16
"""Uploads that are open at the same time; each has a part in memory."""
_SENDING = 2
"""Uploads that send at the same time, each several parts."""
_PARTS_AT_ONCE = 4
_DELETED = 1000
"""Objects that are removed by one request."""
_PATIENCE = 30
"""Seconds for which an interrupted run waits for a request that is being answered."""


class _AbortedError(Exception):
    """Ends an upload, of which obstore then removes the parts."""


@dataclass(frozen=True)
class NewObject:
    """A file that becomes an object.

    Attributes:
        path: the file.
        address: the object.
        overwrites: whether an object that exists is replaced.
        source: an object of the same bucket that the store copies instead of the file.
    """

    path: Path
    address: Address
    overwrites: bool
    source: Address | None = None

    @property
    def is_large(self) -> bool:
        """Whether it is sent in parts. Web servers take a file in one request alone."""
        return self.source is None and self.address.is_bucket and self.path.stat().st_size >= _LARGE


class Uploads:
    """The uploads of one run. Leaving the context aborts those that are not completed.

    Args:
        objects: the files, in the order in which they become objects.
        show: is called with the number of bytes that have been sent, from any thread.
    """

    def __init__(self, objects: Sequence[NewObject], show: Callable[[int], object] = int) -> None:
        self._show = show
        self._lock, self._sent = threading.Lock(), 0
        self._slots = threading.Semaphore(_SENDING)
        large = [one for one in objects if one.is_large]
        self._uploads = {one: _Upload(one, self._slots, self._count) for one in large[:_HELD]}
        self._new: list[_Upload] = []
        self._is_closed = False

    def send(self) -> None:
        """Send what can be sent without an object being visible.

        Raises:
            OutputError: that failed.
        """
        for upload in self._uploads.values():
            upload.start()
        for upload in self._uploads.values():
            upload.wait_until_sent()

    def complete(self, objects: Sequence[NewObject]) -> None:
        """Make objects visible, in any order.

        Raises:
            OutputError: one cannot be written.
        """
        if error := together(partial(self._complete, one) for one in objects):
            raise error

    def _complete(self, one: NewObject) -> None:
        if not one.overwrites:
            check_absent(one.address)
        is_new = not one.overwrites or not _may_exist(one.address)
        if self._is_closed:
            return
        upload = self._uploads.get(one)
        if upload is None:
            upload = self._uploads[one] = _Upload(one, self._slots, self._count)
            upload.start()
        if is_new:
            self._new.append(upload)
        upload.complete()

    def keep(self) -> None:
        """Let the objects stay: all are there. Before this, leaving the context removes those that are new."""
        self._new.clear()

    def _count(self, size: int) -> None:
        with self._lock:
            self._sent += size
            self._show(self._sent)

    def __enter__(self) -> Self:
        """Do nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Abort what is open, and remove the objects of a run that failed."""
        self._is_closed = True
        uploads = list(self._uploads.values())
        for upload in uploads:
            upload.abort()
        end = time.monotonic() + _PATIENCE
        for upload in uploads:
            upload.join(max(0, end - time.monotonic()))
        for upload in self._new:
            with contextlib.suppress(OutputError):
                if upload.is_done:
                    delete(upload.address)


class _Upload(threading.Thread):
    """An upload. After its last part, an upload in parts waits until it is completed or aborted."""

    def __init__(self, new: NewObject, slots: threading.Semaphore, count: Callable[[int], object]) -> None:
        super().__init__(name="crowdarrow-upload", daemon=True)
        self.address, self.is_done = new.address, False
        self._new, self._slots, self._count = new, slots, count
        self._sent, self._decided = threading.Event(), threading.Event()
        self._is_aborted = False
        self._error: Exception | None = None

    def run(self) -> None:
        """Send the file."""
        try:
            is_large = self._new.is_large
            _put(self._new, self._parts() if is_large else None)
            if not is_large:
                self._count(self._new.path.stat().st_size)
            self.is_done = True
        except _AbortedError:
            pass
        except Exception as error:  # noqa: BLE001 - it is raised where the upload is awaited
            self._error = error
        finally:
            self._sent.set()

    def wait_until_sent(self) -> None:
        """Wait for all parts, or raise what went wrong."""
        self._sent.wait()
        self._raise()

    def complete(self) -> None:
        """Make the object of the parts."""
        self._decided.set()
        self.join()
        self._raise()

    def abort(self) -> None:
        """Have the parts removed, unless the upload is completed."""
        self._is_aborted |= not self._decided.is_set()
        self._decided.set()

    def join(self, timeout: float | None = None) -> None:
        """Wait for the end of an upload that was started."""
        if self.ident is not None:
            super().join(timeout)

    def _parts(self) -> Iterator[bytes]:
        with self._slots, self._new.path.open("rb") as file:
            while data := file.read(1 << 20):
                if self._is_aborted:
                    raise _AbortedError
                yield data
                self._count(len(data))
        self._sent.set()
        self._decided.wait()
        if self._is_aborted:
            raise _AbortedError

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error


def exists(address: Address) -> bool:
    """Whether there is an object.

    Raises:
        OutputError: the store does not say.
    """
    attempts = Attempts(address, 0)
    while True:
        store = connect(address)
        try:
            interruptible(partial(store.head, address.key))
        except Exception as error:  # noqa: BLE001 - obstore has many
            failure = failure_of(error)
            if failure.is_missing:
                return False
            if failure.is_denied:
                may_force = "" if failure.status is None else "`force` writes it in any case, or "
                msg = (
                    f"cannot check whether {address.name} exists: {failure.reason}; "
                    f"{may_force}{advice_of(address.scheme)}"
                )
                raise OutputError(msg) from None
            _wait(attempts, error, address)
        else:
            return True


def _may_exist(address: Address) -> bool:
    try:
        return exists(address)
    except OutputError:  # a store may allow writing alone
        return True


def check_absent(address: Address) -> None:
    """Check that there is no object.

    Raises:
        OutputExistsError: there is one.
    """
    if exists(address):
        msg = f"{address.name} exists already; `force` replaces it"
        raise OutputExistsError(msg)


def content(address: Address, size: int) -> bytes | None:
    """The first bytes of an object, or None if there is none.

    Raises:
        OutputError: it cannot be read.
    """
    from crowdarrow.stores.object import StoreObject

    try:
        found, left = [], size
        for chunk in StoreObject(address).open():
            found.append(chunk[:left])
            left -= len(chunk)
            if left <= 0:
                break
        return b"".join(found)
    except FileNotFoundError:
        return None
    except InputPermissionError:
        return None  # a store may allow writing alone; then nothing is known of what is there
    except InputError as error:
        raise OutputError(str(error)) from None


def objects_below(address: Address) -> dict[str, int]:
    """The keys of all objects below a folder, with their sizes.

    Raises:
        OutputError: the store does not say.
    """
    attempts = Attempts(address, 0)
    while True:
        store = connect(address)
        try:
            found = interruptible(store.list(address.key.rstrip("/") or None).collect)
            return dict(sorted((entry["path"], entry["size"]) for entry in found))
        except Exception as error:  # noqa: BLE001 - obstore has many
            _wait(attempts, error, address)


def delete_below(address: Address) -> None:
    """Remove all objects below a folder.

    Raises:
        OutputError: one cannot be removed.
    """
    store = connect(address, writes=True)
    keys = list(objects_below(address))
    for at in range(0, len(keys), _DELETED):
        try:
            interruptible(partial(store.delete, keys[at : at + _DELETED]))
        except Exception as error:  # noqa: BLE001 - obstore has many
            raise _output_error(address, failure_of(error)) from None


def delete(address: Address) -> None:
    """Remove an object, if there is one.

    Raises:
        OutputError: it cannot be removed.
    """
    store = connect(address, writes=True)
    try:
        interruptible(lambda: store.delete(address.key))
    except Exception as error:  # noqa: BLE001 - obstore has many
        failure = failure_of(error)
        if not failure.is_missing:
            raise _output_error(address, failure) from None


def _put(new: NewObject, parts: Iterator[bytes] | None = None) -> None:
    address = new.address
    store = connect(address, writes=True)
    try:
        if new.source is not None:
            store.copy(new.source.key, address.key)
        elif parts is not None:
            size = new.path.stat().st_size
            chunk = max(_PART, -(-size // _MOST_PARTS))
            store.put(address.key, parts, use_multipart=True, chunk_size=chunk, max_concurrency=_PARTS_AT_ONCE)
        else:
            mode: Any = "overwrite" if new.overwrites or not address.is_bucket else "create"
            store.put(address.key, new.path.read_bytes(), use_multipart=False, mode=mode)
    except _AbortedError:
        raise
    except Exception as error:  # noqa: BLE001 - obstore has many
        failure = failure_of(error)
        if failure.is_changed or type(error).__name__ == "AlreadyExistsError":
            msg = f"cannot write {address.name}: it was created during the run; `force` replaces it"
            raise OutputExistsError(msg) from None
        raise _output_error(address, failure) from None


def _output_error(address: Address, failure: Failure) -> OutputError:
    advice = advice_of(address.scheme) if failure.is_denied else "nothing was changed"
    if failure.is_missing:
        advice = "the bucket or folder must exist"
    return OutputError(f"cannot write {address.name}: {failure.reason}; {advice}")


def _wait(attempts: Attempts, error: Exception, address: Address) -> None:
    try:
        if attempts.is_end_after(error):
            raise _output_error(address, failure_of(error)) from None
    except InputError:
        failure = failure_of(error)
        msg = str(input_error(address.name, address.scheme, failure)) if failure.is_denied else None
        raise (OutputError(msg) if msg else _output_error(address, failure)) from None
