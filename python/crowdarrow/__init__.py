"""Reads citizen-science exports as typed Arrow tables: see `open`, `convert`, `inspect`, `schema` and `kinds`.

```python
import crowdarrow as ca

with ca.open("classifications.csv.gz") as reader:
    for batch in reader:
        ...
    print(reader.report)
```
"""

from typing import TYPE_CHECKING, Any

from crowdarrow.errors import (
    CrowdarrowError,
    DamagedInputError,
    InputError,
    InputNotFoundError,
    InputPermissionError,
    InternalError,
    NoSuchKindError,
    NotAnExportError,
    OutputError,
    OutputExistsError,
    ReaderConsumedError,
    RejectedError,
    ResourceError,
    UnknownKindError,
    UsageError,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from crowdarrow.conversion.run import convert
    from crowdarrow.extraction.report import ExtractsReport
    from crowdarrow.extraction.run import extracts
    from crowdarrow.extraction.single import RecordExtract, iter_extracts
    from crowdarrow.inspection.inspection import Inspection, inspect
    from crowdarrow.read.export import Export, ExportTable
    from crowdarrow.read.reader import Reader, open, open_tables  # noqa: A004 - the API's name
    from crowdarrow.read.report import Report

__all__ = [
    "CrowdarrowError",
    "DamagedInputError",
    "Export",
    "ExportTable",
    "ExtractsReport",
    "InputError",
    "InputNotFoundError",
    "InputPermissionError",
    "Inspection",
    "InternalError",
    "NoSuchKindError",
    "NotAnExportError",
    "OutputError",
    "OutputExistsError",
    "Reader",
    "ReaderConsumedError",
    "RecordExtract",
    "RejectedError",
    "Report",
    "ResourceError",
    "UnknownKindError",
    "UsageError",
    "convert",
    "extracts",
    "inspect",
    "iter_extracts",
    "kinds",
    "open",
    "open_tables",
    "schema",
]

# Loaded on first use: most of these need pyarrow, and `crowdarrow --version` needs none of them.
_LAZY = {
    "Export": "read.export",
    "ExportTable": "read.export",
    "Inspection": "inspection.inspection",
    "Reader": "read.reader",
    "Report": "read.report",
    "ExtractsReport": "extraction.report",
    "RecordExtract": "extraction.single",
    "convert": "conversion.run",
    "extracts": "extraction.run",
    "iter_extracts": "extraction.single",
    "inspect": "inspection.inspection",
    "open": "read.reader",
    "open_tables": "read.reader",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from crowdarrow._core import __version__

        return __version__
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(f"crowdarrow.{_LAZY[name]}"), name)
    msg = f"module 'crowdarrow' has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def kinds() -> dict[str, list[str]]:
    """The kinds of export, each with the names of its tables, the record table first."""
    from crowdarrow import exports

    return exports.kinds()


def schema(kind: str, table: str | None = None) -> "pa.Schema":
    """The Arrow schema of a table, by default of the record table.

    The schema of a file may have more columns: unknown CSV columns, and columns of old headers.

    Raises:
        NoSuchKindError: the kind does not exist.
        UsageError: the kind has no such table.
    """
    from crowdarrow import exports
    from crowdarrow.options import shown

    for name, value in {"kind": kind, "table": table}.items():
        if not isinstance(value, str) and not (name == "table" and value is None):
            msg = f"`{name}` must be the name of a {name}, not {shown(value)}"
            raise UsageError(msg)
    export = exports.by_kind(kind)
    return (export.record_table if table is None else export.any_table(table)).schema()
