"""Who runs when: A B C, A B C, A B C, so that a slow minute of the machine hits all of them."""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

Case = TypeVar("Case")


class Schedule(Generic[Case]):
    """All cases, round by round; one that has failed isn't asked again."""

    def __init__(self, cases: Sequence[Case], rounds: int) -> None:
        self.cases = list(cases)
        self.rounds = rounds

    def __iter__(self) -> Iterator[tuple[int, Case]]:
        """Each round (from 1) with each case."""
        for number in range(1, self.rounds + 1):
            for case in list(self.cases):
                if case in self.cases:
                    yield number, case

    def drop(self, case: Case) -> None:
        """Leave a case out from now on."""
        self.cases.remove(case)
