"""The oracle of votes, consensus and volunteers, written from the contract (docs/contract.md, section 2.8)."""

from .read import VoteResult, read_votes, votes_of
from .steps import Steps

__all__ = ["Steps", "VoteResult", "read_votes", "votes_of"]
