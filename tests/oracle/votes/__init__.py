"""The oracle of votes, consensus and volunteers, written from the contract (docs/contract.md, section 2.8)."""

from .read import Steps, VoteResult, read_votes

__all__ = ["Steps", "VoteResult", "read_votes"]
