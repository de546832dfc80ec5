"""Which records are kept: filters by time, workflow and version, and duplicates (docs/contract.md, section 1.12)."""

from dataclasses import dataclass
from typing import Any

from .scalars import NULL_TEXTS, Notes, UnreadableError, read_int, read_time, read_version

Version = tuple[int, int]

# The columns that each kind is filtered by: time, workflow, and major and minor of the version.
COLUMNS: dict[str, dict[str, str]] = {
    "zooniverse.classifications": {"time": "created_at", "workflow": "workflow_id", "version": "workflow_version"},
    "zooniverse.subjects": {"time": "created_at", "workflow": "workflow_id"},
    "zooniverse.workflows": {"workflow": "workflow_id", "version": "version"},
}
LAST_MINOR = 1 << 40


@dataclass(frozen=True)
class Filters:
    """The filters of a run.

    Attributes:
        since: The first time that is kept, in microseconds since 1970.
        until: The first later time that is not kept.
        workflow_ids: The workflows that are kept.
        versions: A version or a range: `12.100`, `12`, `12..14.5`, `12.1..`, `..14`.
    """

    since: int | None = None
    until: int | None = None
    workflow_ids: frozenset[int] | None = None
    versions: str | None = None

    def columns(self, kind: str) -> list[str]:
        """The columns of the filters that are set.

        Raises:
            ValueError: the kind has no such column.
        """
        wanted = {
            "time": self.since is not None or self.until is not None,
            "workflow": self.workflow_ids is not None,
            "version": self.versions is not None,
        }
        lacking = [name for name, is_set in wanted.items() if is_set and name not in COLUMNS[kind]]
        if lacking:
            msg = f"{kind} has no {lacking[0]} to filter by"
            raise ValueError(msg)
        return [COLUMNS[kind][name] for name, is_set in wanted.items() if is_set]


def _ends(text: str) -> tuple[Version, Version]:
    """The first and the last version of a range; a bare major is all its minors."""
    low, dots, high = text.partition("..")
    high = high if dots else low
    first, last = read_version(low), read_version(high)
    return (
        (first[0] if first[0] is not None else -1, first[1] if first[1] is not None else -LAST_MINOR),
        (
            last[0] if last[0] is not None else LAST_MINOR,
            last[1] if last[1] is not None else LAST_MINOR,
        ),
    )


class Choice:
    """Decides which records are kept; counts the ids that an earlier input has."""

    def __init__(self, kind: str, filters: Filters, headers: list[list[str]], duplicates: str) -> None:
        """Check that each header has the columns of the filters.

        Raises:
            ValueError: a header lacks one.
        """
        self._kind = kind
        self._filters = filters
        self._first = duplicates == "first"
        self._before: set[int] = set()
        self._now: set[int] = set()
        self.duplicates = 0
        for header in headers:
            for name in filters.columns(kind):
                if name not in header:
                    msg = f"the header has no {name} to filter by"
                    raise ValueError(msg)

    def keeps(self, header: list[str], texts: list[str]) -> bool:
        """Whether a record is kept; a time, id or version that is null or of another form is not."""
        if self._filters == Filters() and not self._first:
            return True
        # Of columns of one name the first counts.
        cells = dict(zip(reversed(header), reversed(texts), strict=True))
        try:
            return self._keeps(cells)
        except UnreadableError:
            return False

    def _keeps(self, cells: dict[str, str]) -> bool:
        filters, columns = self._filters, COLUMNS[self._kind]
        if filters.since is not None or filters.until is not None:
            at = read_time(cells[columns["time"]], Notes())
            if (filters.since is not None and at < filters.since) or (
                filters.until is not None and at >= filters.until
            ):
                return False
        ids = filters.workflow_ids
        if ids is not None and read_int(cells[columns["workflow"]], Notes()) not in ids:
            return False
        if filters.versions is not None and not self._has_version(cells, filters.versions):
            return False
        return not self._leaves_out_duplicate(cells)

    def _has_version(self, cells: dict[str, str], versions: str) -> bool:
        if self._kind == "zooniverse.workflows":
            text = cells.get("minor_version", "")
            major: int | None = read_int(cells["version"], Notes())
            minor = None if text in NULL_TEXTS else read_int(text, Notes())
        else:
            major, minor = read_version(cells["workflow_version"])
        first, last = _ends(versions)
        return major is not None and first <= (major, minor or 0) <= last

    def _leaves_out_duplicate(self, cells: dict[str, str]) -> bool:
        if not self._first or "classification_id" not in cells:
            return False
        try:
            is_before = read_int(cells["classification_id"], Notes()) in self._before
        except UnreadableError:
            return False
        self.duplicates += is_before
        return is_before

    def add(self, row: dict[str, Any]) -> None:
        """Count a row."""
        own = row.get("classification_id")
        if own is not None:
            self.duplicates += own in self._before
            self._now.add(own)

    def end_of_input(self) -> None:
        """The ids of this input come before those of the next."""
        self._before |= self._now
        self._now = set()
