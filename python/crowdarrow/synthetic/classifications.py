"""Classification exports of any size, from record templates and a stream of users, subjects and times."""

from collections.abc import Iterator
from typing import NamedTuple

from .ages import CLASSIFICATIONS, ClassificationAge, of_age
from .chance import Chance
from .clock import csv_time, iso_time, offset_time
from .encode import ANEW, CREATED, FINISHED, FRESH, ID, SELECTED, SESSION, STARTED, SUBJECT, USER
from .faults import Damage
from .model import Counts
from .output import Compression, Form, StrPath, Summary, summary, write
from .study import study
from .subjects import SubjectPool, subject_cell, subject_ids
from .templates import Template, TemplateMaker, with_cells
from .vocabulary import FAMILY_NAMES, GIVEN_NAMES, LOGIN_PARTS

KIND = "zooniverse.classifications"
_POOL_RECORDS = 3000
_POOL_BYTES = 12 << 20
_SECONDS_BETWEEN = 8
_USER_LEAVES = 0.03
_SENT_TWICE = 0.002
SUBJECT_SECONDS = 160
"""Seconds between two subjects: records are some 8 seconds apart, and a subject has about 20."""


class _User(NamedTuple):
    cells: bytes
    session: bytes


class _Users:
    """Who is classifying just now: each stays for some tens of classifications, then another comes."""

    def __init__(self, chance: Chance, age: ClassificationAge) -> None:
        self._chance, self._age = chance, age
        self._active = [[self._new(anonymous=anonymous) for _ in range(40)] for anonymous in (False, True)]

    def _new(self, *, anonymous: bool) -> _User:
        chance, age = self._chance, self._age
        token = chance.hexadecimal(age.ip_digits)
        number = int(2_800_000 * chance.random() ** 2) + 100
        name = f"{LOGIN_PARTS[number % 20]}{'-_.'[number % 3]}{LOGIN_PARTS[number // 20 % 20]}{number % 97}"
        if number % 211 == 0:
            name = f"deleted-{number}"
        if age.display_names:
            name = f"{GIVEN_NAMES[number % 20]} {FAMILY_NAMES[number // 20 % 20]}"
        if anonymous:
            name = "not logged in" if age.display_names else f"not-logged-in-{token}"
        cells = {"user_name": name, "user_id": "" if anonymous else str(number), "user_ip": token}
        text = ",".join(cells[column] for column in age.columns if column in cells)
        return _User(text.encode(), chance.hexadecimal(64).encode())

    def next(self, *, anonymous: bool) -> _User:
        active = self._active[anonymous]
        roll = self._chance.random() * len(active)
        place = int(roll)
        # The fraction of the roll is as good as a second one.
        if roll - place < _USER_LEAVES:
            active[place] = self._new(anonymous=anonymous)
        return active[place]


class _Shown:
    """A subject (or group of subjects) that is being shown: its cells, and how often it will still be."""

    __slots__ = ("cells", "ids", "left")

    def __init__(self, cells: bytes, ids: list[bytes], left: int) -> None:
        self.cells, self.ids, self.left = cells, ids, left


class _Queue:
    """The subjects of one workflow: some are active at a time, each until it has been seen 10 to 30 times."""

    def __init__(self, chance: Chance, pool: SubjectPool, place: int, age: ClassificationAge, group: int) -> None:
        self._chance, self._pool, self._place, self._age, self._group = chance, pool, place, age, group
        self._active: list[_Shown] = []
        self.taken = 0
        self.records = 0

    def _take(self) -> _Shown:
        subjects = [self._pool.subject(self._place, self.taken + index) for index in range(self._group)]
        self.taken += self._group
        cell = subject_cell(subjects, self._age.retired)
        ids = subject_ids(subjects)
        cells = cell + b"," + ids if "subject_ids" in self._age.columns else cell
        return _Shown(cells, ids.split(b";"), subjects[0].planned)

    def next(self) -> _Shown:
        active = self._active
        self.records += 1
        # More and more subjects are active as the project grows, up to some hundreds.
        if len(active) < min(400, 4 + (self.records >> 6)):
            active.append(self._take())
        place = int(self._chance.random() * len(active))
        shown = active[place]
        shown.left -= 1
        if shown.left <= 0:
            active[place] = self._take()
        return shown


class _Stream:
    """The endless stream of records of one study."""

    def __init__(self, seed: int, profile: str, age: ClassificationAge) -> None:
        self.study = study(seed, profile, pfe_only=age.year is not None)
        self._chance = Chance.of("stream", seed, profile, age.start)
        self._anew = Chance.of("anew", seed, profile, age.start)
        self._maker = TemplateMaker(self.study, age)
        self._templates: list[Template] = []
        self._start = age.start
        self._users = _Users(self._chance, age)
        pool = SubjectPool(self.study, age.start, SUBJECT_SECONDS)
        self._queues = [
            _Queue(self._chance, pool, place, age, flow.group) for place, flow in enumerate(self.study.workflows)
        ]

    def counts(self) -> dict[int, Counts]:
        """Records and subjects so far, by workflow id."""
        pairs = zip(self.study.workflows, self._queues, strict=True)
        return {flow.id: Counts(queue.records, queue.taken) for flow, queue in pairs}

    def _template_stream(self) -> Iterator[Template]:
        made, held = self._templates, 0
        while len(made) < _POOL_RECORDS and held < _POOL_BYTES:
            made.append(self._maker.make(len(made)))
            held += sum(map(len, made[-1].parts))
            yield made[-1]
        while True:
            yield from made

    def __iter__(self) -> Iterator[bytes]:
        chance, queues, users = self._chance, self._queues, self._users
        number, moment, fresh = 10_000_000 + self._start % 999_983, self._start, 0
        for template in self._template_stream():
            roll = chance.random()
            number += 1 + int(roll * 5)
            moment += int(roll * 2 * _SECONDS_BETWEEN)
            fresh = (fresh * 5 + 1 + number) & 0xFFFFFF
            user = users.next(anonymous=template.anonymous)
            shown = queues[template.place].next()
            made = {chr(ANEW + place): make(self._anew) for place, make in enumerate(template.makers)}
            while True:
                record = _filled(template, user, shown, made, number=number, moment=moment, fresh=fresh)
                yield record
                if not chance.likely(_SENT_TWICE):
                    break
                number += 1
                queues[template.place].records += 1


def _filled(
    template: Template, user: _User, shown: _Shown, made: dict[str, bytes], *, number: int, moment: int, fresh: int
) -> bytes:
    """The template as one record. Times within it lie before `moment`, when the server took it in."""
    spell = offset_time if template.offset else iso_time
    begun = moment - template.seconds
    millisecond = (template.millisecond + number) % 1000
    fill = {
        ID: b"%d" % number,
        USER: user.cells,
        CREATED: csv_time(moment),
        SESSION: user.session,
        STARTED: spell(begun, millisecond),
        FINISHED: spell(moment - 1, (millisecond * 7) % 1000),
        SELECTED: iso_time(begun - 2, (millisecond * 3) % 1000),
        # A printed fraction never ends in 0.
        FRESH: b"%06d" % (fresh % 100_000 * 10 + 1 + fresh % 9),
        SUBJECT: shown.cells,
        **made,
    }
    pieces = [template.parts[0]]
    for slot, part in zip(template.slots, template.parts[1:], strict=True):
        pieces.append(fill[slot])
        pieces.append(part)
    record = b"".join(pieces)
    return with_cells(record, shown.ids) if template.group > 1 else record


def generate_classifications(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    profile: str = "mixed",
    header: str = "2016-05-12",
    newline: str = "\n",
    bom: bool = False,
    compression: Compression = None,
    faults: float = 0.0,
) -> Summary:
    """Write a classification export.

    Args:
        path: the file to write; an existing one is replaced.
        size: bytes of CSV wanted (before compression); the file ends within about half a record of it.
        records: number of records wanted, instead of `size`; 1000 if neither is given.
        seed: the same seed and arguments give the same bytes.
        profile: what is asked: `survey`, `question`, `drawing`, `transcription` or `mixed` (everything).
        header: first day of the header wanted, one of `ages.CLASSIFICATIONS`.
        newline: the line end, as re-saved files have others.
        bom: begin with a UTF-8 byte order mark.
        compression: `gzip`, `zstd` (needs the package zstandard), `zip`, or None.
        faults: share of records to damage, 0 to 1; the summary counts them by kind.

    Returns:
        What was written.

    Raises:
        ValueError: an argument is none of the known ones.
        OSError: the file cannot be written.
    """
    age = of_age(CLASSIFICATIONS, header)
    stream = _Stream(seed, profile, age)
    damage = Damage(Chance.of("faults", seed), faults, age.columns) if faults else None
    totals = write(path, ",".join(age.columns).encode(), stream, Form(size, records, newline, bom, compression), damage)
    return summary(path, KIND, age.columns, totals, damage=damage, workflows=stream.counts())
