"""The subjects of a synthetic project: their manifests, their records, and the subject export."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import count

from .ages import SUBJECTS, SubjectAge, of_age
from .chance import Chance
from .encode import NUMBER, TOKEN, Json, csv_time, dumps, iso_time, split_slots, verbatim
from .faults import Damage
from .model import Counts
from .output import Compression, Form, StrPath, Summary, summary, write
from .workflows import Study, study

SUBJECT_SECONDS = 160
"""Seconds between two subjects: classifications are about 8 seconds apart, and a subject has about 20."""
Manifest = dict[str, Json]
_MONTHS = ("Jan", "Mar", "Apr", "Jun", "Jul", "Sep", "Oct", "Dec")


def _camera(chance: Chance) -> Manifest:
    """A camera trap's web upload: every value is a string, missing ones are empty or null."""
    camera = f"{chance.pick('BCDEFGH')}{chance.randint(1, 13):02d}"
    made: Manifest = {
        "ESId": None,
        "year": chance.pick(("2012", "2013", "2014")),
        "month": chance.pick(_MONTHS),
        "camera": camera,
        "season": chance.pick(("Dry Jul-Sep", "Wet Jan-Mar", "DryWet Transition Apr-Jun")),
        "DateUTC": f"{chance.randint(1, 12)}/{chance.randint(1, 28)}/2013",
        "TimeUTC": f"{chance.randint(1, 12)}:{chance.randint(10, 59)}:13 PM",
        "time_period": chance.pick(("Day 0623-1709", "Night 1736-0545", "")),
        "Gorongosa_id": f"{NUMBER}_1000_{camera}_Season 1_Set 1_EK{NUMBER}",
        "distance_human": str(chance.randint(1, 9)),
        "distance_water": str(chance.randint(100, 9000) / 10),
        "vegetation_edu": chance.pick(("Mixed Savanna and Woodland", "Floodplain Grassland", "Limestone Gorge")),
    }
    if chance.likely(0.1):
        made |= {"Image  2": f"IMG_{NUMBER}.JPG", "Serial #": "HF1", "": ""}
    return made


def _galaxy(chance: Chance) -> Manifest:
    """A survey's upload with the Python client, which keeps JSON types; one key has several of them."""
    ra, dec = chance.uniform(0, 360), chance.uniform(-40, 70)
    prefix = chance.pick(("", "", "!", "#"))
    number = chance.randint(100, 600000)
    made: Manifest = {
        f"{prefix}ra": ra,
        f"{prefix}dec": dec,
        "nsa_id": verbatim(f"{number}.0") if chance.likely(0.5) else number,
        "petroth50": chance.uniform(1, 12),
        "mag.abs_r": chance.uniform(-24, -16),
        "iauname": f"J{TOKEN}",
        "file_name": f"J{TOKEN}_{NUMBER}.png",
        "redshift": None if chance.likely(0.1) else chance.uniform(0, 0.2),
        "!SDSS": f"http://skyserver.sdss.org/dr14?ra={ra:.5f}&dec={dec:.5f}",
        "#retire_at": 40,
    }
    if chance.likely(0.15):
        made |= {
            "gis_subject_id": ["a1", "b2"] if chance.likely(0.8) else "a1",
            "bounds": [ra, dec, ra + 0.01, dec + 0.01],
            "isSim": chance.likely(0.5),
        }
    if chance.likely(0.05):
        made |= {
            "#training_subject": True,
            "#feedback_1_id": 6,
            "#feedback_1_answer": "0",
            "#feedback_1_tolerance": 1e-3,
        }
    return made


def _specimen(chance: Chance) -> Manifest:
    """A herbarium sheet."""
    return {
        "id": f"{chance.uuid()[:24]}{TOKEN}",
        "Barcode": f"K00{NUMBER}",
        "Collector(s)": chance.person(),
        "Scientific name": "Allium vineale L. & al.",
        "Country (as given)": chance.pick(("España", "Côte d'Ivoire", "日本", "Perú")),
        "references": f"https://example.org/specimen/{NUMBER}?view=large&lang=es",
        "#expedition": "Notes_from_Nature_Fall <2023>",
        "//batch": "7",
        "georeferenced": chance.pick(("True", "false", "")),
        "altitude": chance.pick(("nan", "120", "1 200 ft")),
    }


def _photo(chance: Chance) -> Manifest:
    """A picture from a photo site: strings, and one integer."""
    made: Manifest = {
        "link": f"https://www.flickr.com/photos/{chance.pick(('aigle_dore', 'k23', 'rtv'))}/{NUMBER}",
        "origin": "Flickr",
        "license": "Creative Commons - share adapt attribute",
        "image_name": f"{NUMBER}_{TOKEN}_b.jpg",
        "subject_id": chance.randint(1, 900),
        "attribution": chance.person(),
    }
    return {} if chance.likely(0.02) else made


def _playbill(chance: Chance) -> Manifest:
    """A page of a library, with its catalogue record in HTML."""
    ark = f"vdc_10002258{chance.randint(9000, 9999)}.0x{chance.randint(2, 400):06x}"
    theatre = chance.pick(("Olympic Theatre", "Theatre Royal, Bristol", "Astley's"))
    title = f"A collection of playbills from {theatre} 18{chance.randint(10, 60)}"
    return {
        "Date": "1815-1831",
        "Place": "[London]",
        "Title": title,
        "Creator": "Olympic Theatre (London, England) ",
        "Language": "English",
        "#priority": chance.randint(1, 99),
        "Held by": '<span><a href="https://www.bl.uk">The British Library</a></span>',
        "Publisher": "publisher not identified]",
        "Citation": (
            f"<span>Olympic Theatre (London, England) , <i>{title}</i>, ([London]: not identified], "
            f"1815-1831) &lt;http://access.bl.uk/item/viewer/ark:/81055/{ark}&gt;</span>"
        ),
        "Identifier": f"ark:/81055/{ark}",
        "#manifest": f"https://api.bl.uk/metadata/iiif/ark:/81055/{ark}/manifest.json",
        "image": f"{NUMBER}.jpg",
        "Physical Description": '1 volume <span class="dim">(42 cm)</span>; mounted & more',
        "#token": TOKEN,
    }


def _letter(chance: Chance) -> Manifest:
    """A letter in an archive."""
    return {
        "page": str(chance.randint(1, 9)),
        "#file": f"MSS_{NUMBER}_{TOKEN}.jpg",
        "Author": chance.person(),
        "Recipient": f"{chance.person()} & Co.",
        "Date written": f"18{chance.randint(10, 99)}-0{chance.randint(1, 9)}",
        "Description": chance.sentence(8, 20),
        "!collection": "Anti-Slavery Collection",
        "Archive  box": f"Ms. A.1.2.{chance.randint(1, 40)}",
        "metadata source": "https://www.digitalcommonwealth.org/search/commonwealth:dv140" + TOKEN,
    }


MANIFESTS: dict[str, Callable[[Chance], Manifest]] = {
    "camera": _camera,
    "galaxy": _galaxy,
    "specimen": _specimen,
    "photo": _photo,
    "playbill": _playbill,
    "letter": _letter,
}
EXTENSIONS = {
    "camera": "jpeg",
    "galaxy": "png",
    "specimen": "jpeg",
    "photo": "jpeg",
    "playbill": "jpeg",
    "letter": "jpeg",
}


_VARIANTS = 160
_FIRST_ID = 20_000_000
_MULTIPLIER = 2_654_435_761


@dataclass(frozen=True)
class Body:
    """One form of subject metadata in a quoted CSV cell, as constant parts and slots.

    A member `retired` of the uploader is kept separately, since it replaces the exporter's in `subject_data`.
    """

    parts: tuple[bytes, ...]
    slots: tuple[str, ...]
    own_retired: bytes | None

    def filled(self, fill: dict[str, bytes]) -> bytes:
        """The members with all slots filled."""
        pieces = [self.parts[0]]
        for slot, part in zip(self.slots, self.parts[1:], strict=True):
            pieces += (fill[slot], part)
        return b"".join(pieces)


@dataclass(frozen=True)
class Subject:
    """One subject of one workflow. Times are seconds since 1970; `retired_at` is None if it is active."""

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
    """The members, including the uploader's `retired`, in jsonb order."""
    made = json.loads(b"{" + (members + b"," + own if members else own).replace(b'""', b'"') + b"}")
    return _inside(made)


def _body(kind: str, chance: Chance) -> Body:
    manifest = MANIFESTS[kind](chance)
    own = {"retired": chance.pick(("no", "false", ""))} if chance.likely(0.01) else None
    parts, slots = split_slots(_inside(manifest))
    return Body(tuple(parts), tuple(slots), _inside(own) if own else None)


class SubjectPool:
    """The subjects of one study. `start` is the time of the first one, `step` the interval in seconds."""

    def __init__(self, study: Study, start: int, step: float) -> None:
        """Prepare the forms of metadata. Subjects are created on demand."""
        self.study = study
        self._start, self._step = start, step
        self._stride = len(study.workflows)
        self._bodies = {
            kind: tuple(_body(kind, Chance.of("body", study.seed, kind, index)) for index in range(_VARIANTS))
            for kind in sorted({workflow.subjects for workflow in study.workflows})
        }

    def subject(self, index: int, number: int) -> Subject:
        """Subject `number` (from 0) of the workflow with an index in the study."""
        workflow = self.study.workflows[index]
        mixed = (number * self._stride + index + 1) * _MULTIPLIER & 0xFFFFFFFF
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
            id=_FIRST_ID + number * self._stride + index,
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
    """The member `retired` of `subject_data`: null, a boolean (2015), or the status record."""
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
    """One member of a `subject_data` cell. `retired` is `none`, `bool`, `member` or `record`, by age."""
    status = b"" if retired == "none" else _status(subject, retired)
    members = subject.body.filled(subject.fill)
    between = b"," if status and members else b""
    return b'""%d"":{%b%b%b}' % (subject.id, status, between, members)


def subject_cell(subjects: list[Subject], retired: str) -> bytes:
    """A `subject_data` cell with quotes."""
    return b'"{' + b",".join(subject_entry(subject, retired) for subject in subjects) + b'}"'


def subject_ids(subjects: list[Subject]) -> bytes:
    """The cell `subject_ids`."""
    return b";".join(b"%d" % subject.id for subject in subjects)


def metadata_cell(subject: Subject) -> bytes:
    """The cell `metadata` of the subject export."""
    members = subject.body.filled(subject.fill)
    if subject.body.own_retired is not None:
        members = _with_own(members, subject.body.own_retired)
    if not members:
        return b"null" if subject.number % 2 else b"{}"
    return b'"{' + members + b'}"'


def retirement_cells(subject: Subject) -> tuple[bytes, bytes]:
    """The cells `retired_at` and `retirement_reason` of the subject export."""
    if subject.retired_at is None:
        return b"", b""
    return csv_time(subject.retired_at), (subject.reason or "").encode()


KIND = "zooniverse.subjects"
# In August 2020 uploads moved to a server with shorter URLs.
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
    # A fault of the exporter in summer 2015 repeated the workflow id.
    if subject.retired_at is not None and subject.mixed % 53 == 0:
        retired = _id_list(*[subject.workflow_id] * 3)
    counts = b'"{""%d"":%d}"' % (subject.workflow_id, subject.planned)
    return {
        "workflow_ids": linked,
        "classifications_by_workflow": counts if linked != b"[]" else b"null",
        "retired_in_workflow": retired if linked != b"[]" else b"[]",
    }


def _rows(subject: Subject, project: Study, kind: str, age: SubjectAge) -> Iterator[bytes]:
    """The rows of one subject, one per subject set, with or without its workflow."""
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
    for index, subject_set in enumerate(sets):
        loose = index == 1 and subject.mixed % 38 == 0
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
        for index, workflow in enumerate(project.workflows):
            if counts is None or number < counts[workflow.id].subjects:
                yield from _rows(pool.subject(index, number), project, workflow.subjects, age)


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

    Arguments and errors are the same; `header` is one of `ages.SUBJECTS`. If `counts`, the `workflows` of a
    classification export's summary, is given, the subjects of that export are written: all of them, unless `size` or
    `records` is given.

    Returns:
        The summary of the file.
    """
    age = of_age(SUBJECTS, header)
    project = study(seed, profile, pfe_only=age.pfe_only)
    damage = Damage(Chance.of("subject faults", seed), faults, age.columns) if faults else None
    whole = counts is not None and size is None and records is None
    form = Form(size, records, newline, bom, compression, whole=whole)
    totals = write(path, ",".join(age.columns).encode(), _records(project, age, counts), form, damage)
    return summary(path, KIND, age.columns, totals, damage=damage)
