"""The outputs of a run on this computer; those in stores follow the same protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

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
        copied: objects of the output's bucket that the store copies, by the path of the file that they replace.
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
