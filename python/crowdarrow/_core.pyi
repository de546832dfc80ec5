# The engine. Not public: use `crowdarrow.open`, `crowdarrow.convert` and `crowdarrow.inspect`.

from collections.abc import Callable, Sequence
from os import PathLike
from typing import ClassVar, Protocol, Self, TypeVar, final

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...

class _ArrowSchema(Protocol):
    def __arrow_c_schema__(self) -> object: ...

class _ArrowArray(Protocol):
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

__all__ = [
    "DEBUG_BUILD",
    "Batch",
    "Boxes",
    "CsvSource",
    "DecodedBlock",
    "Input",
    "JsonSource",
    "ParquetWriter",
    "RecordIds",
    "Run",
    "SourceEnd",
    "WorkerPool",
    "__version__",
    "digest_of",
    "rename_with",
    "to_json_text",
]

__version__: str
DEBUG_BUILD: bool

@final
class Batch:
    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...
    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int: ...

@final
class Boxes:
    def __new__(cls, declaration: str) -> Self: ...
    def of(self, marks: _ArrowArray) -> Batch: ...

@final
class Input:
    def __new__(
        cls,
        origin: str | PathLike[str] | _Readable,
        name: str,
        *,
        member: str | None = None,
        skip_members: Sequence[str] = ...,
        digest: str | None = None,
        announced: int | None = None,
    ) -> Self: ...
    @property
    def name(self) -> str: ...
    @property
    def compression(self) -> str: ...
    @property
    def member(self) -> str | None: ...
    @property
    def stored_size(self) -> int | None: ...
    @property
    def bytes_read(self) -> int: ...
    @property
    def truncated(self) -> str | None: ...
    def read(self, size: int) -> bytes: ...
    def peek(self, size: int) -> bytes: ...
    def finish(self) -> tuple[int, str | None]: ...

@final
class CsvSource:
    def __new__(
        cls,
        input: Input,
        *,
        block_bytes: int,
        max_record_bytes: int,
        separators: str = ",",
        accepts: Callable[[list[str]], bool] | None = None,
    ) -> Self: ...
    format: ClassVar[str]
    @property
    def header(self) -> list[str]: ...
    @property
    def separator(self) -> str: ...
    def first_records(self, wanted: Sequence[str | None]) -> list[list[tuple[int, str]]]: ...

@final
class JsonSource:
    def __new__(cls, input: Input, *, block_bytes: int, max_record_bytes: int) -> Self: ...
    format: ClassVar[str]
    @property
    def elements(self) -> list[bytes]: ...

@final
class ParquetWriter:
    def __new__(
        cls,
        path: str | PathLike[str],
        schema: _ArrowSchema,
        *,
        pool: WorkerPool,
        compression: str,
        level: int,
        dictionary: Sequence[str],
        statistics: Sequence[str],
    ) -> Self: ...
    def write_row_group(self, batches: Sequence[_ArrowArray]) -> None: ...
    def release(self) -> None: ...
    def finish(self, entries: Sequence[tuple[str, str]]) -> None: ...
    def abort(self) -> None: ...

@final
class RecordIds:
    def __new__(cls, *, drops: bool) -> Self: ...

@final
class Run:
    def __new__(
        cls,
        plan: str,
        sources: Sequence[tuple[CsvSource | JsonSource, Sequence[int | None], int | None]],
        *,
        workers: WorkerPool,
        max_depth: int,
        ids: RecordIds | None = None,
    ) -> Self: ...
    def next(self) -> DecodedBlock | SourceEnd | None: ...
    def cancel(self) -> None: ...

@final
class DecodedBlock:
    @property
    def source(self) -> int: ...
    @property
    def batches(self) -> list[tuple[int, Batch]]: ...
    @property
    def rejects(self) -> list[tuple[int, int, int, str | None, str, str, bytes, bool]]: ...
    @property
    def records(self) -> int: ...
    @property
    def rows(self) -> int: ...
    @property
    def filtered(self) -> int: ...
    @property
    def bytes(self) -> int: ...
    @property
    def leniencies(self) -> list[tuple[str, int]]: ...
    @property
    def notes(self) -> list[int]: ...
    @property
    def left_out(self) -> list[list[tuple[int, int]]]: ...
    @property
    def shapes(self) -> list[tuple[int, str, int]]: ...

@final
class SourceEnd:
    @property
    def source(self) -> int: ...
    @property
    def stored_bytes(self) -> int: ...
    @property
    def digest(self) -> str | None: ...

@final
class WorkerPool:
    def __new__(cls, count: int) -> Self: ...
    @property
    def count(self) -> int: ...
    def cancel(self) -> None: ...
    def map(
        self, function: Callable[[_Item], _Result], items: Sequence[_Item], *, size: int | None = None
    ) -> list[_Result]: ...

def digest_of(path: str | PathLike[str], digest: str) -> str | None: ...
def rename_with(old: str | PathLike[str], new: str | PathLike[str], exchange: bool) -> int: ...
def to_json_text(array: _ArrowArray) -> Batch: ...
