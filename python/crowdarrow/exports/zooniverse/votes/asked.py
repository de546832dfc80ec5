"""How many records were asked each task of each subject, skipped it, or answered with empty lists alone."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from crowdarrow.exports.zooniverse.votes.codes import (
    Codes,
    Groups,
    Times,
    array,
    combined,
    divided,
    positions,
    row_numbers,
)
from crowdarrow.exports.zooniverse.votes.words import Worded

SKIPPED, EMPTY = 0, 1
"""States of an annotation: null or missing, an empty list; anything else is greater."""

_ZERO = pa.scalar(0, pa.int64())
_NAMES = ("asked", "skipped", "empty", "own")


class Asked:
    """The tasks of each place.

    Args:
        worded: the tasks, with one row for each record and task.
        tasks: the task of each wording.
        places: the place of each row.
    """

    def __init__(self, worded: Worded, tasks: Codes, places: Codes) -> None:
        times = Times.as_they_come(combined(places, worded.codes()).values)
        place, word = divided(times.values, worded.codes().size)
        key = combined(Codes(place, places.size), tasks.take(word)).values
        groups = Groups.of(key)
        words = worded.words
        state = array(words["state"]).take(word)
        nothing = pa.repeat(_ZERO, len(word))
        sums = {
            "asked": times.counts,
            "skipped": pc.if_else(pc.equal(state, pa.scalar(SKIPPED, state.type)), times.counts, nothing),
            "empty": pc.if_else(pc.equal(state, pa.scalar(EMPTY, state.type)), times.counts, nothing),
            "own": array(words["is_own"]).take(word),
        }
        found = pa.table({"group": groups.of_row, **sums}).group_by("group", use_threads=False)
        # Groups come in the order of their numbers.
        self._sums = found.aggregate([(name, "sum") for name in _NAMES])
        self._keys = groups.values
        self._place, self._word, self._words = place.take(groups.firsts), word.take(groups.firsts), words
        labels = array(words["task_label"]).take(word)
        is_there = labels.is_valid()
        labelled = row_numbers(len(key)).filter(is_there)
        self._labels = labels.take(labelled.take(positions(groups.values, key.filter(is_there))))

    def of(self, keys: pa.Array) -> dict[str, pa.Array]:
        """How often these tasks of places were asked, skipped and empty."""
        at = positions(keys, self._keys)
        return {name: pc.fill_null(self._sum(name).take(at), _ZERO) for name in ("asked", "skipped", "empty")}

    def unanswered(self, elsewhere: Sequence[pa.Array]) -> pa.Table:
        """The tasks that have annotations of their own and no rows `elsewhere`."""
        is_unanswered = pc.invert(pc.is_in(self._keys, value_set=pa.concat_arrays(list(elsewhere))))
        tasks = pa.table(
            {
                "key": self._keys,
                "place": self._place,
                "task": array(self._words["task"]).take(self._word),
                "task_label": self._labels,
                **{name: self._sum(name) for name in ("asked", "skipped")},
            }
        )
        return tasks.filter(pc.and_(is_unanswered, pc.greater(self._sum("own"), _ZERO)))

    def _sum(self, name: str) -> pa.Array:
        return array(self._sums[f"{name}_sum"])
