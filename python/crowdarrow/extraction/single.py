"""The extracts of one extractor, record by record, as the functions of panoptes_aggregation give them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from crowdarrow.errors import CrowdarrowError, UsageError
from crowdarrow.extraction.config import check_extractor
from crowdarrow.extraction.extractors import EXTRACTORS
from crowdarrow.extraction.extractors.core import group_by_task, run_extractor
from crowdarrow.extraction.reasons import reason_of
from crowdarrow.extraction.run import reading_options
from crowdarrow.extraction.source import open_cells
from crowdarrow.options import has_options, shown
from crowdarrow.read.options import ExtractsKeywords, ReadOptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crowdarrow.read.arguments import Inputs

_COLUMNS = ["classification_id", "created_at", "gold_standard", "metadata", "annotations", "subject_data"]


class RecordExtract(NamedTuple):
    """The extract of one record.

    Attributes:
        classification_id: the record's id; None if it has none.
        extract: a dict, or a list of dicts for surveys and with the keyword `recursive`; None if the extractor cannot
            read the record.
        reason: why it cannot.
    """

    classification_id: int | None
    extract: dict[str, Any] | list[dict[str, Any]] | None
    reason: str | None = None


@has_options(ExtractsKeywords, ReadOptions)
def iter_extracts(
    classifications: Inputs,
    extractor: str,
    keywords: Mapping[str, Any] | None = None,
    **options: Unpack[ExtractsKeywords],
) -> Iterator[RecordExtract]:
    """The extracts of all records by one extractor, as panoptes_aggregation's function of that name gives them.

    Other than in files of extracts, an extractor sees the whole record: the metadata of its subject, its time and
    whether it was made in gold standard mode. The keywords need not name a task: without one, all tasks are read.

    Args:
        classifications: a classification export, as for `open`.
        extractor: such as `"question_extractor"`.
        keywords: such as `{"task": "T0"}`, as in a configuration.
        **options: see below.

    Raises:
        UsageError: there is no such extractor, or an option is invalid.
        InputError: the input cannot be read.
    """
    reading = reading_options(options, "ca.iter_extracts")
    function = EXTRACTORS[check_extractor(extractor)]
    if keywords is not None and (not hasattr(keywords, "keys") or not all(isinstance(one, str) for one in keywords)):
        msg = f"`keywords` must map names to values, not {shown(keywords)}"
        raise UsageError(msg)
    chosen = dict(keywords or {})
    with open_cells(classifications, _COLUMNS, reading) as source:
        for block in source:
            for _, batch in block.batches:
                for fields in batch.to_pylist():
                    yield _extract(fields, function, chosen)


def _extract(fields: Mapping[str, str | None], function: Any, keywords: Mapping[str, Any]) -> RecordExtract:
    number = fields["classification_id"] or ""
    record = int(number) if number.isdecimal() and number.isascii() else None
    try:
        groups = group_by_task(json.loads(fields["annotations"] or ""))
        return RecordExtract(record, run_extractor(function, groups, _data(fields), keywords))
    except CrowdarrowError:
        raise  # a library is missing
    except Exception as error:  # noqa: BLE001 - whatever a record of another shape causes
        return RecordExtract(record, None, reason_of(error))


def _data(fields: Mapping[str, str | None]) -> dict[str, Any]:
    """The record as the extractors of the online service get it."""
    subjects = json.loads(fields["subject_data"] or "{}")
    number, about = next(iter(subjects.items()), (None, {}))
    return {
        "metadata": json.loads(fields["metadata"] or "{}"),
        "subject": {"id": number, "metadata": {name: value for name, value in about.items() if name != "retired"}},
        "created_at": fields["created_at"],
        "gold_standard": (fields["gold_standard"] or "").lower() == "true",
    }
