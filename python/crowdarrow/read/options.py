"""Options of reading, and the conditions on records that they express."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from crowdarrow.errors import UsageError
from crowdarrow.options import Options, option

if TYPE_CHECKING:
    from crowdarrow.declare.compile import Filter

Version = tuple[int, int | None]

Once: TypeAlias = Literal["first", "last", "all"]
Gold: TypeAlias = Literal["include", "exclude", "only"]
Duplicates: TypeAlias = Literal["keep", "first"]
People: TypeAlias = Literal["keep", "hash", "drop"]
Digest: TypeAlias = Literal["blake3", "sha256", "none"]

_VERSION = re.compile(r"[0-9]{1,9}\.[0-9]{1,9}")
"""A version whose text is read as that version alone."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

OF_COMPUTED = ("once", "live", "first", "gold")
"""Options that concern computed tables alone."""


class SourceKeywords(TypedDict, total=False):
    """Keyword arguments of every function that reads: `ca.inspect`, `ca.open`, `ca.open_tables`, `ca.convert`."""

    kind: str | None
    encoding: str | None
    member: str | None
    separator: str | None
    threads: int | None
    max_record_bytes: int
    max_record_rows: int
    max_columns: int
    max_expansion: int
    people: People
    people_key: str | os.PathLike[str] | None


class ExtractsKeywords(TypedDict, total=False):
    """Keyword arguments of `ca.extracts` and `ca.iter_extracts` that concern their input."""

    threads: int | None
    encoding: str | None
    member: str | None
    separator: str | None
    max_record_bytes: int
    strict: bool
    max_rejects: int | None
    people: People
    people_key: str | os.PathLike[str] | None
    block_bytes: int


class ReadKeywords(SourceKeywords, total=False):
    """Keyword arguments of `ca.open`, `ca.open_tables` and `ca.convert`."""

    workflows: str | os.PathLike[str] | None
    subjects: str | os.PathLike[str] | None
    subject_keys: str | Sequence[str] | None
    columns: str | Sequence[str] | Mapping[str, Sequence[str]] | None
    workflow_id: int | Sequence[int] | str | None
    workflow_version: str | int | None
    since: str | date | datetime | None
    until: str | date | datetime | None
    once: Once | None
    live: bool
    first: int | None
    gold: Gold | None
    duplicates: Duplicates
    strict: bool
    max_rejects: int | None
    digest: Digest | None
    block_bytes: int


@dataclass(frozen=True)
class ReadOptions(Options):
    """How an export is read."""

    kind: str | None = option("text", "The export's kind. Default: detected from the content.")
    workflows: str | os.PathLike[str] | None = option(
        "path", "A workflow export that labels are taken from.", metavar="FILE"
    )
    subjects: str | os.PathLike[str] | None = option(
        "path", "A subject export that the media and metadata of subjects are taken from.", metavar="FILE"
    )
    subject_keys: tuple[str, ...] | None = option(
        "names", "Members of the subjects' metadata to write as columns.", metavar="K,K"
    )
    columns: tuple[str, ...] | Mapping[str, Sequence[str]] | None = option(
        "names", "The columns to keep, of a single table.", metavar="A,B"
    )
    workflow_id: tuple[int, ...] | None = option("integers", "Keep the records of these workflows.", metavar="N[,N]")
    workflow_version: str | None = option(
        "version", "Keep the records of this version or range of versions.", metavar="RANGE"
    )
    since: str | date | datetime | None = option(
        "time", "Keep records created at this time (UTC) or later.", metavar="TIME"
    )
    until: str | date | datetime | None = option(
        "time", "Keep records created before this time (UTC); a date includes its whole day.", metavar="TIME"
    )
    once: str | None = option(
        "text", "Count the first or last record of each volunteer, workflow and subject, or all. Default: first.",
        choices=get_args(Once),
    )  # fmt: skip
    live: bool = option("flag", "Count only records of the live project.", default=False)
    first: int | None = option("integer", "Count the first N records of each workflow and subject.", metavar="N", low=1)
    gold: str | None = option(
        "text", "Count records of the gold standard too, not, or only these. Default: include.",
        choices=get_args(Gold),
    )  # fmt: skip
    duplicates: str = option(
        "text", "Of records with the same id in several inputs, keep all or only the first. Default: keep.",
        default="keep", choices=get_args(Duplicates),
    )  # fmt: skip
    people: str = option(
        "text", "Keep the names of people, replace them by keyed hashes, or drop them. Default: keep.",
        default="keep", choices=get_args(People),
    )  # fmt: skip
    people_key: str | os.PathLike[str] | None = option(
        "path", "The file of the key for hashes of people; it is made if it does not exist.",
        metavar="FILE", recorded=False,
    )  # fmt: skip
    strict: bool = option("flag", "Fail at the first rejected record.", default=False)
    max_rejects: int | None = option("integer", "Fail if more records than this are rejected.", metavar="N", low=0)
    threads: int | None = option(
        "integer",
        "Maximum number of busy cores. Default: all.",
        metavar="N",
        low=1,
        high=1 << 16,
        recorded=False,
        short="-j",
    )
    max_record_bytes: int = option(
        "integer", "Reject longer records. Default: 64 MiB.", default=64 << 20, metavar="N", low=1, high=1 << 30
    )
    max_record_rows: int = option(
        "integer", "Reject records that give more rows. Default: 1,000,000.",
        default=1_000_000, metavar="N", low=1, high=1 << 31,
    )  # fmt: skip
    max_columns: int = option(
        "integer",
        "Refuse CSV with more columns. Default: 10,000.",
        default=10_000,
        metavar="N",
        low=1,
        high=1 << 24,
        recorded=False,
    )
    max_expansion: int = option(
        "integer",
        "Refuse input that decompresses to more than 1 GiB and to more than N times its size. Default: 200.",
        default=200,
        metavar="N",
        low=1,
        high=1 << 32,
        recorded=False,
    )
    encoding: str | None = option("text", "The input's text encoding. Default: UTF-8.", metavar="NAME")
    member: str | None = option(
        "text", "The only member of a zip or tar to read. Default: all exports in it.", metavar="NAME"
    )
    separator: str | None = option(
        "text",
        "The character between the fields of CSV. Default: a comma, semicolon or tab, by the header.",
        metavar="C",
    )
    digest: str | None = option(
        "text",
        "The digest of each input in Parquet footers and reports. Default: blake3.",
        choices=get_args(Digest),
        recorded=False,
    )
    block_bytes: int = option(
        "integer",
        "Bytes that are read for one block of records.",
        default=4 << 20,
        low=1,
        high=1 << 30,
        flag=False,
        recorded=False,
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.kind is not None:
            from crowdarrow.exports import full_name  # here, because `--help` does not need it

            object.__setattr__(self, "kind", full_name(self.kind))
        if self.people == "hash" and self.people_key is None:
            msg = "`people` hash needs a key: name its file with `people_key`; it is made if it does not exist"
            raise UsageError(msg)
        if self.people_key is not None and self.people != "hash":
            msg = "`people_key` is the key of hashed names: it needs `people` hash"
            raise UsageError(msg)

    @property
    def worker_count(self) -> int:
        """Number of threads that decode."""
        return self.threads or available_threads()

    @property
    def reject_limit(self) -> int | None:
        """Number of rejected records that a run tolerates; None if it is not limited."""
        return 0 if self.strict else self.max_rejects

    @property
    def digest_name(self) -> str | None:
        """The digest to compute of each input; None to compute none."""
        return None if self.digest == "none" else self.digest

    @property
    def separators(self) -> str:
        """The characters that may separate fields, in the order in which they are tried.

        Raises:
            UsageError: `separator` is not a character that can separate fields.
        """
        if self.separator is None:
            return ",;\t"
        found = {"\\t": "\t", "tab": "\t"}.get(self.separator, self.separator)
        if len(found) != 1 or not (found == "\t" or " " <= found <= "~") or found.isalnum() or found == '"':
            msg = f"`separator` is not a character that can separate fields: {self.separator!r}; write , ; | or tab"
            raise UsageError(msg)
        return found

    def filters(self) -> "list[Filter]":
        """The conditions on records.

        Raises:
            UsageError: a time or a range of versions cannot be parsed.
        """
        from crowdarrow.declare.compile import Filter  # here, because `--help` does not need it

        filters = []
        if self.workflow_id is not None:
            filters.append(Filter("workflow_id", "one_of", {"values": self.workflow_id}))
        if self.workflow_version is not None:
            low, high = version_range(self.workflow_version)
            filters.append(Filter("workflow_version", "versions", {"from": low, "to": high}))
        if self.since is not None:
            filters.append(Filter("since", "times", {"from": time_bound(self.since, "since")}))
        if self.until is not None:
            filters.append(Filter("until", "times", {"until": time_bound(self.until, "until")}))
        return filters


def version_range(text: str) -> tuple[Version | None, Version | None]:
    """The inclusive bounds of `12.100`, `12`, `12..14.5`, `12.1..` or `..14`.

    A version is two integers, `major.minor`; a bound without a minor includes all minors of its major.

    Raises:
        UsageError: the text is not a range.
    """
    low, dots, high = text.strip().partition("..")
    first, last = _version(low, text), _version(high, text)
    if not dots:
        last = first
    if first is None and last is None:
        raise _bad_range(text)
    return first, last


def _version(text: str, whole: str) -> Version | None:
    text = text.strip()
    if not text:
        return None
    match = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?", text)
    if match is None:
        raise _bad_range(whole)
    return int(match[1]), None if match[2] is None else int(match[2])


def _bad_range(text: str) -> UsageError:
    forms = "12.100, 12 (all of 12), 12..14.5, 12.1.. or ..14"
    return UsageError(f"`workflow_version` is not a range of versions: {text!r}; write {forms}")


def time_bound(value: str | date | datetime, argument: str) -> int:
    """A bound of a range of times, in microseconds since 1970; the range ends before the bound of `until`.

    Times without a zone are UTC. A date is its whole day: as `until` the day is included.

    Raises:
        UsageError: the text is not an ISO 8601 date or time.
    """
    moment: date
    if isinstance(value, str):
        text = value.strip().removesuffix(" UTC")
        try:
            moment = (
                date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else datetime.fromisoformat(text)
            )
        except ValueError:
            msg = f"`{argument}` is not a date or time: {value!r}; write 2024-05-01 or 2024-05-01T12:30:00Z"
            raise UsageError(msg) from None
    else:
        moment = value
    days = timedelta()
    if not isinstance(moment, datetime):
        days = timedelta(days=1 if argument == "until" else 0)
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC) + days) // timedelta(microseconds=1)


def filters_by(operation: str, values: Sequence[Any]) -> "Iterator[Filter]":
    """The filters that express a comparison of a column with values, by any of the columns that filters compare.

    A filter that cannot express the comparison exactly accepts more records.
    """
    from crowdarrow.declare.compile import Filter  # here, because `--help` does not need it

    if operation in {"Eq", "IsIn"} and values and all(type(one) is int for one in values):
        yield Filter("workflow_id", "one_of", {"values": tuple(values)})
    if len(values) != 1 or values[0] is None:
        return
    (value,) = values
    if operation == "Eq" and isinstance(value, str) and _VERSION.fullmatch(value):
        low, high = version_range(value)
        yield Filter("workflow_version", "versions", {"from": low, "to": high})
    if isinstance(value, date):
        at = _microseconds(value)
        if operation in {"Eq", "Gt", "GtEq"}:
            yield Filter("since", "times", {"from": at})
        if operation in {"Eq", "Lt", "LtEq"}:
            yield Filter("until", "times", {"until": at + 1})  # and a fraction of a microsecond


def _microseconds(value: date) -> int:
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=UTC)
    return (moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) // timedelta(microseconds=1)


def available_threads() -> int:
    """Number of processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
