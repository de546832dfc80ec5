"""Checks that the splits of an input follow one another, each from where the one before it ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from crowdarrow.splitting.reading import Split
from crowdarrow.splitting.report import PartReport


@dataclass
class Chain:
    """The parts of a plan that make up its inputs.

    Attributes:
        pairs: the splits with their parts, in the order of the input. A split whose records belong to the one before it
            is left out.
        missing: the splits that were not converted.
        wrong: splits that were, but from another start than the end of the split before it; here they start at that.
    """

    pairs: list[tuple[Split, PartReport]] = field(default_factory=list)
    missing: list[Split] = field(default_factory=list)
    wrong: list[Split] = field(default_factory=list)


def follow(splits: Sequence[Split], parts: Iterable[PartReport]) -> Chain:
    """Follow the inputs from split to split."""
    known: dict[int, dict[int, PartReport]] = {}
    for part in parts:
        known.setdefault(part.number, {})[part.start] = part
    found = Chain()
    expected: int | None = 0  # where the next split starts; None if no record is left, -1 if it is not known
    before: Split | None = None
    for split in splits:
        if before is None or (split.kind, split.first) != (before.kind, before.first):
            expected = 0
        before = split
        own = known.get(split.number, {})
        if not own:
            found.missing.append(split)
            expected = -1
        elif expected == -1:
            continue  # it is not known yet where this one starts
        elif expected is None or (split.end is not None and expected >= split.end):
            continue  # it has no record of its own
        elif expected not in own:
            found.wrong.append(replace(split, position=(expected, 1, 0)))
            expected = -1
        else:
            is_planned = expected == split.start
            found.pairs.append((split if is_planned else replace(split, position=(expected, 1, 0)), own[expected]))
            expected = _end_of(own[expected])
    return found


def _end_of(part: PartReport) -> int | None:
    """The byte at which the next split starts; None if there is none."""
    if not part.ends:
        return None
    offset, _, _, is_at_end = part.ends[-1]
    return None if is_at_end else offset
