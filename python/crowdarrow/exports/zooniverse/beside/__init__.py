"""Subjects beside the rows: the media and metadata of a row's subject, from a subject export or the record itself.

See docs/contract.md, section 2.7.
"""

from collections.abc import Sequence

from crowdarrow.declare import (
    BesideSource,
    Column,
    Expr,
    coalesce,
    exact,
    is_type,
    lazy,
    list_,
    null,
    record,
    string,
    text_under,
    to_json,
    when,
)
from crowdarrow.exports.zooniverse.tables.items import SUBJECT_ID


def column_name(key: str) -> str:
    """The column of a member of the subject's metadata."""
    # Arrow's C interface ends a name at a NUL byte.
    return f"subject.{key}".replace("\0", "\\0")


def _of_export(keys: Sequence[str]) -> tuple[Column, ...]:
    """The members of the metadata, as columns of a subject export's record table."""
    return tuple(Column(column_name(key), string, _text(key)) for key in keys)


def _text(key: str) -> Expr:
    member = record["metadata"][key]
    return coalesce(exact(member), when(is_type(member, "null"), null, to_json(member)))


def _of_record(keys: Sequence[str]) -> tuple[Column, ...]:
    """The members of the metadata, as columns of the tables of a classification, which has them in `subject_data`."""
    return tuple(Column(column_name(key), string, text_under("subject_data", SUBJECT_ID, key)) for key in keys)


BESIDE = BesideSource(
    kind="zooniverse.subjects",
    tables=("annotations", "answers", "marks", "identifications", "votes", "consensus"),
    columns=("subject_id", "locations"),
    of_export=_of_export,
    of_record=_of_record,
    added=Column("media", list_(string), null),
    transform=lazy("crowdarrow.exports.zooniverse.beside.lookup", "transform"),
)
