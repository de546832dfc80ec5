"""Where a run writes: on this computer, unless an output is a URL."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from crowdarrow.stores.urls import URL, local_path

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    from crowdarrow.conversion.options import WriteOptions
    from crowdarrow.read.report import Report
    from crowdarrow.stores.urls import Address


class Outputs:
    """The outputs of a run, none of which is in a store.

    Args:
        output: the output.
        options: how it is written.

    Attributes:
        output: the output on this computer.
        options: the options, with paths on this computer.
        copied: objects of the output's bucket that the store copies, by the path of the file in whose place they are.
    """

    def __init__(self, output: Any, options: WriteOptions) -> None:
        self.output, self.options = output, options
        self.copied: dict[Path, Address] = {}

    def check(self, tables: Iterable[str]) -> None:
        """Check that outputs in a store may be written, before anything is read.

        Args:
            tables: the paths of the tables on this computer.

        Raises:
            OutputError: one exists and `force` was not given, or is part of another run's folder.
        """

    def rename(self, report: Report) -> None:
        """Have a report name the outputs as the caller did."""

    def commit(self) -> None:
        """Send what goes to a store. All files on this computer have their names.

        Raises:
            OutputError: that failed.
        """

    def __enter__(self) -> Self:
        """Start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove what is temporary."""


def outputs_of(output: Any, options: WriteOptions, inputs: Iterable[Any], *, has_parts: bool = False) -> Outputs:
    """The outputs that a caller named, of which some may be URLs; `file://` URLs are paths.

    Args:
        output: the output.
        options: how it is written.
        inputs: the inputs, none of which may be an output.
        has_parts: whether the table of a folder is a folder of files.

    Raises:
        UsageError: a URL is none that can be written, or is also an input.
        CrowdarrowError: obstore is not installed.
    """
    output = local_path(output)
    given = {name: getattr(options, name) for name in ("rejects", "report")}
    paths = {name: local_path(one) for name, one in given.items()}
    if paths != given:
        options = replace(options, **paths)
    urls = {name: one for name, one in {"output": output, **paths}.items() if isinstance(one, str) and URL.match(one)}
    if not urls:
        return Outputs(output, options)
    from crowdarrow.conversion.stores import StoreOutputs  # here, because few runs need it

    return StoreOutputs(output, options, urls, inputs, has_parts=has_parts)
