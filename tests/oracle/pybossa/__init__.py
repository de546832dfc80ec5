"""The reference reader of PYBOSSA and LibCrowds downloads in plain Python, written from the contract."""

from .reader import Result, read_pybossa

__all__ = ["Result", "read_pybossa"]
