"""What the inspections of all kinds find, as typed attributes of `ca.Inspection`.

Each name is one of the results of a kind (`Inspector.empty`); for other kinds it is empty.
"""

from typing import Any


class Findings:
    """Results of an inspection, by name in `details`, and as attributes."""

    details: dict[str, Any]

    @property
    def workflows(self) -> list[dict[str, Any]]:
        """Classifications by workflow and version."""
        return self._list("workflows")

    @property
    def dialects(self) -> dict[str, int]:
        """Classifications by the front end that wrote them."""
        return self._counts("dialects")

    @property
    def tasks(self) -> list[dict[str, Any]]:
        """Tasks with their annotations and the shapes of their values by range of versions, or with their records."""
        return self._list("tasks")

    @property
    def drift(self) -> dict[str, Any]:
        """What changes within the export: tasks whose type of value changes, members that no column has."""
        return self._dict("drift")

    @property
    def volunteers(self) -> dict[str, Any]:
        """Records by visitors and by volunteers, and repeated ones."""
        return self._dict("volunteers")

    @property
    def projects(self) -> list[dict[str, Any]]:
        """Projects, with their tasks, records and dates."""
        return self._list("projects")

    @property
    def answer_keys(self) -> list[dict[str, Any]]:
        """The keys of answers, with their values by type."""
        return self._list("answer_keys")

    @property
    def info_kinds(self) -> dict[str, int]:
        """Records by the JSON type of their `info`."""
        return self._counts("info_kinds")

    @property
    def repeats(self) -> dict[str, Any]:
        """Pairs of a task and a volunteer with more than one record."""
        return self._dict("repeats")

    @property
    def motivations(self) -> dict[str, int]:
        """Annotations by motivation."""
        return self._counts("motivations")

    @property
    def tags(self) -> dict[str, int]:
        """Annotations by tag."""
        return self._counts("tags")

    def _list(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.details[name]
        return found

    def _dict(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.details[name]
        return found

    def _counts(self, name: str) -> dict[str, int]:
        found: dict[str, int] = self.details[name]
        return found
