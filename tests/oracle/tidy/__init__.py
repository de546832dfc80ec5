"""The oracle of the tidy tables: by the contract alone, one plain Python function for each of its sentences."""

from .read import Result, read_tidy

__all__ = ["Result", "read_tidy"]
