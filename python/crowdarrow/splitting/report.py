"""The report of a part: what `merge` needs to know of it."""

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from crowdarrow.terminal import valid_json


@dataclass
class PartReport:
    """The counts of one split. It can be pickled, and is kept beside the files of the part.

    Attributes:
        plan: the id of the plan.
        number: the number of the split.
        start: the byte at which it starts.
        run_id: the id of the conversion, which is the same in all of its parts.
        kind: the kind of export.
        written: the options of the output.
        records: records that were read.
        kept: records that were neither rejected nor filtered out.
        rows: rows of the record table.
        rejected: records that were rejected.
        filtered: records that filters left out.
        bytes: decompressed bytes that were read.
        seconds: wall time.
        tables: rows of each table; those of tables that are finished when parts are merged may be fewer then.
        leniencies: as in `Report`, as are the following.
        rejects: rejected records by kind.
        notes: values that no table has a column for.
        labels: records by where their labels come from.
        literals: rejected records with a Python literal.
        times: rejected records with an unreadable time.
        distinct: the names of counts of distinct values, which are added up when parts are merged.
        groups: for each table from which others are computed, which records each of its batches is of.
        left_out: values of the filters' columns in records that they left out.
        sources: name, size, digest, its algorithm and compression of each input.
        ends: for each input, the position where its reading ended (byte, line, records), and whether that is its end.
        footer: the metadata of the files of tables.
        is_read: whether the split was read: a kind that has none of the tables is not.
    """

    plan: str
    number: int
    start: int
    run_id: str
    kind: str
    written: dict[str, Any]
    records: int = 0
    kept: int = 0
    rows: int = 0
    rejected: int = 0
    filtered: int = 0
    bytes: int = 0
    seconds: float = 0.0
    tables: dict[str, int] = field(default_factory=dict)
    leniencies: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, int] = field(default_factory=dict)
    notes: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    literals: int = 0
    times: int = 0
    left_out: list[list[list[int]]] = field(default_factory=list)
    distinct: list[str] = field(default_factory=list)
    groups: dict[str, list[int]] = field(default_factory=dict)
    sources: list[dict[str, Any]] = field(default_factory=list)
    ends: list[list[int]] = field(default_factory=list)
    footer: dict[str, str] = field(default_factory=dict)
    is_read: bool = True

    def to_json(self) -> str:
        """All attributes as JSON."""
        return valid_json(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "PartReport":
        """The report in a text that `to_json` made.

        Raises:
            ValueError: it is another text.
        """
        members = json.loads(text)
        known = {one.name for one in fields(cls)}
        if not isinstance(members, dict) or set(members) != known:
            msg = "not the report of a part"
            raise ValueError(msg)
        return cls(**members)

    def __repr__(self) -> str:
        return f"<PartReport {self.number} of {self.kind}: {self.records:,} records, {self.rejected:,} rejected>"
