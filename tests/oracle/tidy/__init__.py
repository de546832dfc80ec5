"""The oracle of the tidy tables, written from the contract: one plain Python function for each sentence."""

from .read import Result, read_tidy

__all__ = ["Result", "read_tidy"]
