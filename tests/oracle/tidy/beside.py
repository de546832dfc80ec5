"""The columns of the subject beside a row: `media`, and members of its metadata (docs/contract.md, section 2.7)."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from oracle.node import NOTHING, Node, parse
from oracle.pure_python import Source, read
from oracle.records import reading_only, subject_ids_of

Row = dict[str, Any]


class Beside:
    """The columns `media` and `subject.<KEY>`, from a subject export or else from the record's own `subject_data`.

    Attributes:
        missing: The ids of the subjects of rows that are not in the subject export.
    """

    def __init__(self, subjects: list[Source] | None, keys: Sequence[str]) -> None:
        """Read the first row of each subject."""
        self._keys = keys
        self._rows: dict[int, Row] | None = None
        self.missing: set[int] = set()
        if subjects is not None:
            self._rows = {}
            reader = reading_only("subject_id", "locations", *(["metadata"] if keys else []))
            for row in read(subjects, kind="zooniverse.subjects", row_reader=reader).rows:
                if row.get("subject_id") is not None:
                    self._rows.setdefault(row["subject_id"], row)

    @property
    def fields(self) -> list[pa.Field]:
        """The columns, which come before `label_exact`."""
        media = [] if self._rows is None else [pa.field("media", pa.list_(pa.string()))]
        return media + [pa.field(f"subject.{key}", pa.string()) for key in self._keys]

    def note_missing(self, subject_id: int | None) -> None:
        """Count the subject of a record that has rows if the subject export lacks it."""
        if subject_id is not None and self._rows is not None and subject_id not in self._rows:
            self.missing.add(subject_id)

    def columns(self, subject_id: int | None, subject_data: Node) -> Row:
        """The values beside the rows of a record."""
        if subject_id is None or not self.fields:
            return {}
        if self._rows is None:
            named = subject_data.members.items()
            found = next((member for key, member in named if subject_ids_of([key]) == [subject_id]), None)
            return {} if found is None else self._of(found)
        row = self._rows.get(subject_id)
        if row is None:
            return {}
        frames = row.get("locations")
        media = None if frames is None else [url for _, url in frames]
        metadata = parse(row["metadata"]) if row.get("metadata") else NOTHING
        return {"media": media} | self._of(metadata)

    def _of(self, metadata: Node) -> Row:
        members = {key: metadata.member(key) for key in self._keys}
        return {
            f"subject.{key}": node.text if node.kind == "string" else node.tokens
            for key, node in members.items()
            if node is not None and node.kind != "null"
        }
