"""Reads citizen-science exports as typed Arrow tables: see `open`, `convert`, `inspect`, `schema` and `kinds`.

```python
import crowdarrow as ca

with ca.open("classifications.csv.gz") as reader:
    for batch in reader:
        ...
    print(reader.report)
```
"""

from typing import TYPE_CHECKING

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

    from crowdarrow._core import __version__
    from crowdarrow.conversion.run import convert
    from crowdarrow.extraction.report import ExtractsReport
    from crowdarrow.extraction.run import extracts
    from crowdarrow.extraction.single import RecordExtract, iter_extracts
    from crowdarrow.inspection.inspection import Inspection, inspect
    from crowdarrow.read.export import Export, ExportTable
    from crowdarrow.read.output import BlockOutput, Progress, Reject
    from crowdarrow.read.reader import Reader, open, open_tables  # noqa: A004 - the API's name
    from crowdarrow.read.report import Report
    from crowdarrow.read.scan import scan_polars
    from crowdarrow.read.table_set import TableSet
    from crowdarrow.splitting.folder import discard
    from crowdarrow.splitting.merge import merge
    from crowdarrow.splitting.part import convert_split
    from crowdarrow.splitting.plan import Plan, splits
    from crowdarrow.splitting.reading import Split
    from crowdarrow.splitting.report import PartReport

__all__ = [
    "BlockOutput",
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
    "PartReport",
    "Plan",
    "Progress",
    "Reader",
    "ReaderConsumedError",
    "RecordExtract",
    "Reject",
    "RejectedError",
    "Report",
    "ResourceError",
    "Split",
    "TableSet",
    "UnknownKindError",
    "UsageError",
    "__version__",
    "convert",
    "convert_split",
    "discard",
    "extracts",
    "inspect",
    "iter_extracts",
    "kinds",
    "merge",
    "open",
    "open_tables",
    "scan_polars",
    "schema",
    "splits",
]

# Loaded on first use: most of these need pyarrow, and `crowdarrow --version` needs none of them.
_LAZY = {
    "BlockOutput": "read.output",
    "Export": "read.export",
    "ExportTable": "read.export",
    "Inspection": "inspection.inspection",
    "PartReport": "splitting.report",
    "Plan": "splitting.plan",
    "Progress": "read.output",
    "Reader": "read.reader",
    "Reject": "read.output",
    "Report": "read.report",
    "Split": "splitting.reading",
    "TableSet": "read.table_set",
    "__version__": "_core",
    "ExtractsReport": "extraction.report",
    "RecordExtract": "extraction.single",
    "convert": "conversion.run",
    "convert_split": "splitting.part",
    "discard": "splitting.folder",
    "extracts": "extraction.run",
    "iter_extracts": "extraction.single",
    "inspect": "inspection.inspection",
    "merge": "splitting.merge",
    "open": "read.reader",
    "open_tables": "read.reader",
    "scan_polars": "read.scan",
    "splits": "splitting.plan",
}


if not TYPE_CHECKING:  # else type checkers would accept any name

    def __getattr__(name):  # noqa: ANN001, ANN202 - no type checker sees it
        if name in _LAZY:
            from importlib import import_module

            found = getattr(import_module(f"crowdarrow.{_LAZY[name]}"), name)
            globals()[name] = found
            return found
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
