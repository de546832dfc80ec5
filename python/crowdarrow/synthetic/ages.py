"""The headers of the three Zooniverse exports, by the day on which each was introduced."""

from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True)
class ClassificationAge:
    """A header of the classification export, and the behaviour of the exporter at that time.

    `start` is the time of the first classification, in seconds since 1970. `labels` is as in `answers.Scene`,
    `retired` as in `subjects.subject_entry`; `year` is None where rows of all years since stand side by side.
    """

    columns: tuple[str, ...]
    start: int
    year: float | None
    labels: str
    retired: str
    ip_digits: int
    display_names: bool = False


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_BLOBS = "metadata annotations subject_data"
_CORE = f"workflow_id workflow_name workflow_version created_at gold_standard expert {_BLOBS}"
CLASSIFICATIONS = {
    "2016-05-12": ClassificationAge(
        _columns(f"classification_id user_name user_id user_ip {_CORE} subject_ids"),
        1_622_540_400,
        None,
        "current",
        "record",
        20,
    ),
    "2016-03-24": ClassificationAge(
        _columns(f"classification_id user_name user_id user_ip {_CORE}"), 1_458_900_000, 2016.2, "early", "member", 20
    ),
    "2015-09-23": ClassificationAge(
        _columns(f"user_name user_id user_ip {_CORE}"), 1_444_800_000, 2015.8, "early", "member", 40
    ),
    "2015-06-10": ClassificationAge(
        _columns(f"user_name user_ip {_CORE}"), 1_435_100_000, 2015.47, "appended", "bool", 40
    ),
    "2015-05-27": ClassificationAge(
        _columns(f"user_name user_ip workflow_id created_at gold_standard expert {_BLOBS} workflow_version"),
        1_432_800_000,
        2015.4,
        "raw",
        "none",
        40,
        display_names=True,
    ),
}


@dataclass(frozen=True)
class SubjectAge:
    """A header of the subject export. `start` is the time of the first subject, in seconds since 1970."""

    columns: tuple[str, ...]
    start: int
    pfe_only: bool = True


_OLD_COUNTS = "classifications_by_workflow retired_in_workflow"
_SUBJECTS_2015 = f"subject_id project_id workflow_ids subject_set_id metadata {_OLD_COUNTS}"
_SUBJECTS_2017 = (
    "subject_id project_id workflow_id subject_set_id metadata locations "
    "classifications_count retired_at retirement_reason"
)
SUBJECTS = {
    "2018-10-29": SubjectAge(_columns(f"{_SUBJECTS_2017} created_at updated_at"), 1_622_540_400, pfe_only=False),
    "2017-02-03": SubjectAge(_columns(_SUBJECTS_2017), 1_490_000_000),
    "2016-11-23": SubjectAge(
        _columns(f"subject_id project_id workflow_ids subject_set_ids metadata locations {_OLD_COUNTS}"), 1_458_900_000
    ),
    "2015-08-19": SubjectAge(_columns(_SUBJECTS_2015.replace("metadata", "metadata locations")), 1_444_800_000),
    "2015-06-18": SubjectAge(_columns(_SUBJECTS_2015), 1_435_100_000),
}

_WORKFLOW = (
    "workflow_id display_name version active classifications_count pairwise grouped prioritized "
    "primary_language first_task "
    "tutorial_subject_id retired_set_member_subjects_count tasks retirement"
)
WORKFLOWS = {
    "2024-06-05": _columns(f"{_WORKFLOW} strings minor_version"),
    "2019-02-18": _columns(f"{_WORKFLOW} aggregation strings minor_version"),
    "2015-08-24": _columns(f"{_WORKFLOW} aggregation"),
}

T = TypeVar("T")


def of_age(ages: dict[str, T], header: str) -> T:
    """The header introduced on a day; `ValueError` lists the known days."""
    if header not in ages:
        msg = f"unknown header {header!r}: one of {', '.join(ages)}"
        raise ValueError(msg)
    return ages[header]
