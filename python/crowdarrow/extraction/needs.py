"""The libraries of `crowdarrow[extracts]`, imported on first use."""

import sys
from importlib import import_module
from typing import Any

from crowdarrow.errors import UsageError


def needed(module: str, package: str) -> Any:
    """A module of the extra `extracts`.

    Raises:
        UsageError: it is not installed.
    """
    if module == "numpy" and sys.modules.get("numpy", 0) is None:
        del sys.modules["numpy"]  # the command line hides numpy from pyarrow, which starts faster without it
    try:
        return import_module(module)
    except ImportError as error:
        msg = f"extracts need {package}: pip install 'crowdarrow[extracts]'"
        raise UsageError(msg) from error
