"""The subjects of a project, each a function of its workflow and number, the same in all exports."""

import json
from dataclasses import dataclass

from .chance import Chance
from .clock import csv_time, iso_time
from .encode import NUMBER, TOKEN, Json, dumps, split_slots
from .manifests import MANIFESTS
from .study import Study

_VARIANTS = 160
_FIRST_ID = 20_000_000
_MULTIPLIER = 2_654_435_761


@dataclass(frozen=True)
class Body:
    """One form of subject metadata, as it stands inside a CSV-quoted cell, in constant parts and slots.

    An uploader's own member named `retired` takes the place of the exporter's in subject_data: it is apart.
    """

    parts: tuple[bytes, ...]
    slots: tuple[str, ...]
    own_retired: bytes | None

    def filled(self, fill: dict[str, bytes]) -> bytes:
        """The members, with the slots filled."""
        pieces = [self.parts[0]]
        for slot, part in zip(self.slots, self.parts[1:], strict=True):
            pieces += (fill[slot], part)
        return b"".join(pieces)


@dataclass(frozen=True)
class Subject:
    """One subject as one workflow has it. Times are seconds since 1970; `retired_at` is None while active."""

    id: int
    workflow_id: int
    number: int
    planned: int
    created_at: int
    retired_at: int | None
    reason: str | None
    mixed: int
    body: Body
    fill: dict[str, bytes]


def _inside(value: Json) -> bytes:
    return dumps(value)[1:-1].replace('"', '""').encode()


def _with_own(members: bytes, own: bytes) -> bytes:
    """The members with the uploader's `retired` among them, all in jsonb order."""
    made = json.loads(b"{" + (members + b"," + own if members else own).replace(b'""', b'"') + b"}")
    return _inside(made)


def _body(kind: str, chance: Chance) -> Body:
    manifest = MANIFESTS[kind](chance)
    own = {"retired": chance.pick(("no", "false", ""))} if chance.likely(0.01) else None
    parts, slots = split_slots(_inside(manifest))
    return Body(tuple(parts), tuple(slots), _inside(own) if own else None)


class SubjectPool:
    """The subjects of one study. `start` is the time of the first one, `step` the seconds between two."""

    def __init__(self, study: Study, start: int, step: float) -> None:
        """Prepare the forms of metadata; subjects themselves are made when they are asked for."""
        self.study = study
        self._start, self._step = start, step
        self._stride = len(study.workflows)
        self._bodies = {
            kind: tuple(_body(kind, Chance.of("body", study.seed, kind, index)) for index in range(_VARIANTS))
            for kind in sorted({workflow.subjects for workflow in study.workflows})
        }

    def subject(self, place: int, number: int) -> Subject:
        """Subject `number` (from 0) of the workflow at `place` in the study."""
        workflow = self.study.workflows[place]
        mixed = (number * self._stride + place + 1) * _MULTIPLIER & 0xFFFFFFFF
        body = self._bodies[workflow.subjects][mixed % _VARIANTS]
        fill = {NUMBER: b"%d" % (number * 7 + 1200), TOKEN: b"%08x" % mixed}
        created = int(self._start + number * self._step) - 86_400 * (2 + mixed % 60)
        retired = created + 86_400 * (3 + mixed % 90) + mixed % 7919 if mixed & 0x300 else None
        reason = (
            "classification_count",
            "classification_count",
            None,
            "consensus",
            "flagged",
            None,
            "nothing_here",
            "human",
        )[mixed >> 16 & 7]
        return Subject(
            id=_FIRST_ID + number * self._stride + place,
            workflow_id=workflow.id,
            number=number,
            planned=10 + (mixed >> 8) % 21,
            created_at=created,
            retired_at=retired,
            reason=reason,
            mixed=mixed,
            body=body,
            fill=fill,
        )


def _status(subject: Subject, form: str) -> bytes:
    """The member `retired` of subject_data: null, a boolean (2015) or the status record in its order."""
    if subject.body.own_retired is not None:
        return subject.body.own_retired
    if form == "bool":
        return b'""retired"":true' if subject.retired_at is not None else b'""retired"":false'
    if subject.retired_at is None:
        return b'""retired"":null'
    reason = b'""%b""' % subject.reason.encode() if subject.reason else b"null"
    member = b'""set_member_subject_id"":%d,' % (subject.id + 3_000_000) if form == "member" else b""
    return (
        b'""retired"":{""id"":%d,""workflow_id"":%d,""classifications_count"":%d,""created_at"":""%b"",""updated_at"":""%b"",'
        b'""retired_at"":""%b"",%b""subject_id"":%d,""retirement_reason"":%b}'
    ) % (
        subject.id + 9_000_000,
        subject.workflow_id,
        subject.planned,
        iso_time(subject.created_at, subject.id % 1000),
        iso_time(subject.retired_at, 742),
        iso_time(subject.retired_at, 733),
        member,
        subject.id,
        reason,
    )


def subject_entry(subject: Subject, retired: str) -> bytes:
    """One member of a subject_data cell. `retired`, by age: `none`, `bool`, `member` or `record`."""
    status = b"" if retired == "none" else _status(subject, retired)
    members = subject.body.filled(subject.fill)
    between = b"," if status and members else b""
    return b'""%d"":{%b%b%b}' % (subject.id, status, between, members)


def subject_cell(subjects: list[Subject], retired: str) -> bytes:
    """A whole subject_data cell, quoted."""
    return b'"{' + b",".join(subject_entry(subject, retired) for subject in subjects) + b'}"'


def subject_ids(subjects: list[Subject]) -> bytes:
    """The cell subject_ids."""
    return b";".join(b"%d" % subject.id for subject in subjects)


def metadata_cell(subject: Subject) -> bytes:
    """The cell metadata of the subject export."""
    members = subject.body.filled(subject.fill)
    if subject.body.own_retired is not None:
        members = _with_own(members, subject.body.own_retired)
    if not members:
        return b"null" if subject.number % 2 else b"{}"
    return b'"{' + members + b'}"'


def retirement_cells(subject: Subject) -> tuple[bytes, bytes]:
    """The cells retired_at and retirement_reason of the subject export."""
    if subject.retired_at is None:
        return b"", b""
    return csv_time(subject.retired_at), (subject.reason or "").encode()
