"""The columns of a file's header, each as a field with a distinct name."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

SURPLUS = "\0"
"""The first character of a field's name if the name without it is that of another field."""


class Header:
    """The columns of a header.

    Attributes:
        names: the names as written there.
        first: the index of the first column of each name; those of unnamed columns are not there.
        fields: the index of each field: those of `first`, and others by names that no other field has.
    """

    def __init__(self, names: Sequence[str], renamed: Mapping[str, str] | None = None) -> None:
        self.names = names
        self.first: dict[str, int] = {}
        for index, name in enumerate(names):
            if name:
                self.first.setdefault(name, index)
        for old, new in (renamed or {}).items():
            if old in self.first and new not in self.first:
                self.first[new] = self.first.pop(old)
        self.fields = dict(self.first)

    @cached_property
    def surplus(self) -> dict[str, str]:
        """The unnamed columns, and those whose name an earlier one has: output name to field."""
        known = set(self.first.values())
        taken = set(self.names)
        found: dict[str, str] = {}
        for index, name in enumerate(self.names):
            if index not in known:
                output = output_name(name, index, taken)
                taken.add(output)
                found[output] = SURPLUS + output
                self.fields[SURPLUS + output] = index
        return found


def output_name(name: str, index: int, taken: AbstractSet[str]) -> str:
    """The name of an unknown column in the output: see docs/contract.md, section 1.7."""
    # Arrow's C interface ends a name at a NUL byte.
    output = name.replace("\0", "\\0") or f"column_{index + 1}"
    if output in taken:
        output = f"{output}_{index + 1}"
    while output in taken:
        output += "_"
    return output
