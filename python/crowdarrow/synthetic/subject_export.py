"""Subject exports: the subjects of a project, in each age's grain of rows."""

from collections.abc import Iterator, Mapping
from hashlib import blake2b
from itertools import count

from .ages import SUBJECTS, SubjectAge, of_age
from .chance import Chance
from .classifications import SUBJECT_SECONDS
from .clock import csv_time
from .faults import Damage
from .manifests import EXTENSIONS
from .model import Counts
from .output import Compression, Form, StrPath, Summary, summary, write
from .study import Study, study
from .subjects import Subject, SubjectPool, metadata_cell, retirement_cells

KIND = "zooniverse.subjects"
# Uploads went to another store in August 2020, with a shorter address.
_MOVED_AT = 1_597_000_000
_FRAMES = (1,) * 12 + (2, 2, 3, 10)
_OTHER_MEDIA = ("png", "mp4", "gif", "txt", "mpga")


def _locations(subject: Subject, kind: str) -> bytes:
    mixed = subject.mixed
    frames = _FRAMES[mixed >> 5 & 15]
    if mixed % 997 == 0:
        return b"{}"
    if mixed % 61 == 0:
        return b'"{""0"":""https://media.example.org/get?id=%d\\u0026frame=0""}"' % subject.id
    extension = EXTENSIONS[kind] if mixed % 29 else _OTHER_MEDIA[mixed % 5]
    folder = "production/subject_location" if subject.created_at < _MOVED_AT else "subject_location"
    made = []
    for frame in range(frames):
        token = blake2b(b"%d/%d" % (subject.id, frame), digest_size=16).hexdigest()
        name = f"{token[:8]}-{token[8:12]}-4{token[13:16]}-9{token[17:20]}-{token[20:]}.{extension}"
        made.append(f'""{frame}"":""https://panoptes-uploads.zooniverse.org/{folder}/{name}""')
    return ('"{' + ",".join(made) + '}"').encode()


def _id_list(*ids: int) -> bytes:
    text = b"[" + b",".join(b"%d" % number for number in ids) + b"]"
    return b'"' + text + b'"' if len(ids) > 1 else text


def _old_status(subject: Subject, linked: bytes) -> dict[str, bytes]:
    """The columns of 2015 and 2016: JSON lists of workflows, and counts by workflow."""
    retired = _id_list(subject.workflow_id) if subject.retired_at is not None else b"[]"
    # A fault of the summer of 2015 repeated the workflow's id.
    if subject.retired_at is not None and subject.mixed % 53 == 0:
        retired = _id_list(*[subject.workflow_id] * 3)
    counts = b'"{""%d"":%d}"' % (subject.workflow_id, subject.planned)
    return {
        "workflow_ids": linked,
        "classifications_by_workflow": counts if linked != b"[]" else b"null",
        "retired_in_workflow": retired if linked != b"[]" else b"[]",
    }


def _rows(subject: Subject, project: Study, kind: str, age: SubjectAge) -> Iterator[bytes]:
    """The rows of one subject, one for each of its sets, linked to its workflow or to none."""
    first_set = 4000 + subject.workflow_id % 1000 + subject.mixed % 3
    sets = (first_set, first_set + 40) if subject.mixed % 19 == 0 else (first_set,)
    retired_at, reason = retirement_cells(subject)
    cells = {
        "subject_id": b"%d" % subject.id,
        "project_id": b"%d" % project.project_id,
        "metadata": metadata_cell(subject),
        "locations": _locations(subject, kind),
        "created_at": csv_time(subject.created_at),
        "updated_at": csv_time(subject.created_at + (subject.mixed % 5000 if subject.mixed % 7 == 0 else 0)),
    }
    if "subject_set_ids" in age.columns:
        sets = sets[:1]
        cells["subject_set_ids"] = _id_list(*((first_set, first_set + 40) if subject.mixed % 19 == 0 else (first_set,)))
    for place, subject_set in enumerate(sets):
        loose = place == 1 and subject.mixed % 38 == 0
        cells["subject_set_id"] = b"%d" % subject_set
        if "workflow_ids" in age.columns:
            cells |= _old_status(subject, b"[]" if loose else _id_list(subject.workflow_id))
        else:
            cells["workflow_id"] = b"" if loose else b"%d" % subject.workflow_id
            seen = subject.planned if subject.retired_at is not None else subject.planned // 2
            cells["classifications_count"] = b"0" if loose else b"%d" % seen
            cells["retired_at"], cells["retirement_reason"] = (b"", b"") if loose else (retired_at, reason)
        yield b",".join(cells[column] for column in age.columns)


def _records(project: Study, age: SubjectAge, counts: Mapping[int, Counts] | None) -> Iterator[bytes]:
    pool = SubjectPool(project, age.start, SUBJECT_SECONDS)
    last = max((made.subjects for made in counts.values()), default=0) if counts is not None else None
    for number in count() if last is None else range(last):
        for place, workflow in enumerate(project.workflows):
            if counts is None or number < counts[workflow.id].subjects:
                yield from _rows(pool.subject(place, number), project, workflow.subjects, age)


def generate_subjects(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    profile: str = "mixed",
    header: str = "2018-10-29",
    newline: str = "\n",
    bom: bool = False,
    compression: Compression = None,
    faults: float = 0.0,
    counts: Mapping[int, Counts] | None = None,
) -> Summary:
    """Write a subject export: the subjects of `generate_classifications` with the same seed and profile.

    Args and errors are the same too; `header` is one of `ages.SUBJECTS`. `counts` is the `workflows` of a
    classification file's summary: the subjects of that file are written, all of them if neither `size` nor
    `records` is given.

    Returns:
        What was written.
    """
    age = of_age(SUBJECTS, header)
    project = study(seed, profile, pfe_only=age.pfe_only)
    damage = Damage(Chance.of("subject faults", seed), faults, age.columns) if faults else None
    whole = counts is not None and size is None and records is None
    form = Form(size, records, newline, bom, compression, whole=whole)
    totals = write(path, ",".join(age.columns).encode(), _records(project, age, counts), form, damage)
    return summary(path, KIND, age.columns, totals, damage=damage)
