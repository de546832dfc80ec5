"""Chooses where the outputs of a run go: to this computer, or to stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crowdarrow.conversion.local_outputs import Outputs
from crowdarrow.stores.urls import URL, local_path, output_path

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crowdarrow.conversion.options import WriteOptions


def outputs_of(output: Any, options: WriteOptions, inputs: Iterable[Any], *, has_parts: bool = False) -> Outputs:
    """The outputs that a caller named, of which some may be URLs; `file://` URLs are paths.

    Args:
        output: the output.
        options: how it is written.
        inputs: the inputs, none of which may be an output.
        has_parts: whether the table of a folder is a folder of files.

    Raises:
        UsageError: a URL cannot be written, or is also an input; `rejects` or `report` is stdout.
        CrowdarrowError: obstore is not installed.
    """
    output = local_path(output)
    given = {name: getattr(options, name) for name in ("rejects", "report")}
    paths = {name: output_path(one, name) for name, one in given.items()}
    if paths != given:
        options = replace(options, **paths)
    urls = {name: one for name, one in {"output": output, **paths}.items() if isinstance(one, str) and URL.match(one)}
    if not urls:
        return Outputs(output, options)
    from crowdarrow.conversion.stores import StoreOutputs  # here, because few runs need it

    return StoreOutputs(output, options, urls, inputs, has_parts=has_parts)
