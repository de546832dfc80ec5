"""The reference for PYBOSSA and LibCrowds downloads: plain Python, by the contract alone, the whole input in memory."""

from .reader import Result, read_pybossa

__all__ = ["Result", "read_pybossa"]
