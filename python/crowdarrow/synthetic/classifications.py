"""The classification export, and all three exports of one project."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .ages import CLASSIFICATIONS, ClassificationAge, of_age
from .annotations import annotate
from .answers import Scene
from .chance import Chance
from .encode import (
    BOOLEAN,
    CELL,
    CREATED,
    FINISHED,
    FIRST_MAKER,
    FRESH,
    ID,
    SELECTED,
    SESSION,
    STARTED,
    SUBJECT,
    USER,
    Json,
    Maker,
    csv_time,
    field,
    integer,
    iso_time,
    json_field,
    offset_time,
    split_slots,
)
from .faults import Damage
from .geometry import Canvas
from .model import Counts, Version, Workflow
from .output import Compression, Form, StrPath, Summary, summary, write
from .subjects import SUBJECT_SECONDS, SubjectPool, generate_subjects, subject_cell, subject_ids
from .vocabulary import BROWSERS, FAMILY_NAMES, GIVEN_NAMES, IMAGE_SIZES, LANGUAGES, LOGIN_PARTS, UTC_OFFSETS, WINDOWS
from .workflows import LAST_STAGE, Recipe, Study, generate_workflows, study

# The year in which the server or a client started to write a member.
_SINCE = {
    "live_project": 2015.57,
    "session": 2015.65,
    "user_group_ids": 2016.1,
    "source": 2018.7,
    "interventions": 2018.9,
    "subject_selection_state": 2019.0,
}
_REVISIONS = tuple(Chance.of("revision", number).hexadecimal(40) for number in range(12))


@dataclass(frozen=True)
class Client:
    """The client: `pfe`, `fem`, `mobile` or `custom`. `year` is the age of server and client."""

    kind: str
    year: float
    anonymous: bool


def _dimensions(chance: Chance, client: Client, canvas: Canvas) -> Json:
    natural: dict[str, Json] = {"naturalWidth": canvas.width, "naturalHeight": canvas.height}

    def shown() -> dict[str, Json]:
        wide = canvas.width * chance.uniform(0.4, 0.95)
        high = wide * canvas.height / canvas.width
        if client.kind != "fem":
            return {"clientWidth": round(wide), "clientHeight": round(high)} | natural
        # Browsers lay out pages in 64ths of a pixel.
        return {"clientWidth": int(wide * 64) / 64, "clientHeight": int(high * 64) / 64} | natural

    if client.kind == "mobile" and chance.likely(0.4):
        return shown()
    first = shown()
    return [first if frame == 0 or chance.likely(0.8) else None for frame in range(canvas.frames)]


def _selection(chance: Chance) -> dict[str, Json]:
    state: dict[str, Json] = {
        "retired": chance.likely(0.06),
        "selected_at": SELECTED,
        "already_seen": chance.likely(0.03),
        "selection_state": chance.weighted(("normal", "internal_fallback", "failover_fallback"), (95, 4, 1)),
        "finished_workflow": chance.likely(0.1),
        "user_has_finished_workflow": chance.likely(0.05),
    }
    if chance.likely(0.05):
        del state["user_has_finished_workflow"]
    return state


def _feedback(chance: Chance) -> Json:
    if not chance.likely(0.06):
        return {}
    success = chance.likely(0.7)
    rule: dict[str, Json] = {
        "id": "1",
        "answer": str(chance.randint(0, 3)),
        "strategy": "singleAnswerQuestion",
        "success": success,
        "successEnabled": True,
        "failureEnabled": True,
        "successMessage": "Well done, that's right!",
        "failureMessage": "Not quite: it is <b>fainter</b>.",
    }
    if chance.likely(0.3):
        rule |= {
            "strategy": "radial",
            "x": str(chance.randint(1, 500)),
            "y": chance.randint(1, 500),
            "tolerance": "50",
            "hideSubjectViewer": False,
        }
    return {"T0": [rule]}


def _interventions(chance: Chance) -> Json:
    if chance.likely(0.08):
        return {"opt_in": True, "messages": []}  # the earliest form
    made: dict[str, Json] = {"opt_in": chance.likely(0.9), "messageShown": chance.likely(0.02)}
    return made | {"uuid": chance.uuid()} if made["messageShown"] else made


def _agent(chance: Chance, client: Client) -> str:
    if client.kind == "mobile":
        return chance.pick(("ios Mobile App", "android Mobile App"))
    if client.kind == "custom":
        return chance.pick(("AnnoTate", "Shakespeare's World", "curl/7.43.0"))
    return chance.pick(BROWSERS).format(v=chance.randint(88, 134), d=chance.randint(0, 6))


def _server(chance: Chance, client: Client) -> dict[str, Json]:
    """The members that the server adds."""
    made: dict[str, Json] = {}
    if client.year >= _SINCE["live_project"]:
        made["live_project"] = chance.likely(0.95)
    if client.year >= _SINCE["user_group_ids"] and not client.anonymous:
        made["user_group_ids"] = [chance.randint(1300000, 1900000)] if chance.likely(0.07) else []
    if chance.likely(0.02):
        made["seen_before"] = "true" if chance.likely(0.3) else True
    return made


def metadata(chance: Chance, client: Client, canvas: Canvas) -> dict[str, Json]:
    """The `metadata` of one classification. Times are slots."""
    wide, high = chance.pick(WINDOWS)
    made: dict[str, Json] = {
        "viewport": {"width": wide + 0.5, "height": high + 0.1875}
        if client.kind == "mobile"
        else {"width": wide, "height": high},
        "started_at": STARTED,
        "user_agent": _agent(chance, client),
        "utc_offset": str(chance.pick(UTC_OFFSETS)),
        "finished_at": FINISHED,
        "user_language": chance.pick(LANGUAGES),
        **_server(chance, client),
    }
    if client.year >= _SINCE["session"] and not chance.likely(0.3 if client.kind == "custom" else 0.007):
        made["session"] = SESSION
    if not chance.likely(0.01):
        made["subject_dimensions"] = [] if chance.likely(0.01) else _dimensions(chance, client, canvas)
    if client.year >= _SINCE["source"]:
        made["source"] = "api" if chance.likely(0.97) else "sugar"
    if client.year >= _SINCE["subject_selection_state"] and client.kind in {"pfe", "fem"}:
        made["subject_selection_state"] = _selection(chance)
    if client.kind == "pfe" and client.year >= _SINCE["interventions"]:
        made["interventions"] = _interventions(chance)
        if chance.likely(0.4):
            made["workflow_translation_id"] = None if chance.likely(0.1) else str(chance.randint(35000, 61000))
        if chance.likely(0.02):
            made["feedback"] = _feedback(chance)
    if client.kind == "fem":
        made |= {
            "classifier_version": "2.0",
            "revision": chance.pick(_REVISIONS),
            "feedback": _feedback(chance),
            "subject_flagged": chance.likely(0.004),
        }
    if client.kind == "custom" and chance.likely(0.5):
        made |= {"app version": "1.4.2", "#tutorial": None, "largest": 123456789012345678901234567890}
    return made


# The last digits of a long fraction.
_DIGITS = re.compile(rb"(?<=\d\.\d\d)\d{6,14}(?=[,}])")
_CELLS = re.compile(rb"\xee\x80([\xa0-\xbf])")
_FIRST_CELL = chr(CELL).encode()[-1]
_APP_SINCE = 2017
_USER_COLUMNS = frozenset({"user_name", "user_id", "user_ip"})


class Template(NamedTuple):
    """A classification that is written many times: constant parts, and the slots between them.

    `seconds` is the time that the volunteer took, negative if the client's clock was wrong. If `offset`, the client
    writes times with a numeric offset. `makers` fill the slots from FIRST_MAKER on.
    """

    parts: list[bytes]
    slots: list[str]
    workflow: int
    anonymous: bool
    seconds: int
    millisecond: int
    offset: bool
    group: int
    makers: tuple[Maker, ...]


@dataclass(frozen=True)
class TemplateMaker:
    """Creates the templates of one study and age."""

    study: Study
    age: ClassificationAge

    def _client(self, chance: Chance, recipe: Recipe, version: Version, *, anonymous: bool) -> Client:
        fem = all(recipe.fem) or (recipe.fem[-1] and version.major >= LAST_STAGE)
        year = self.age.year or (
            2022.0 if fem else chance.weighted((2016.3, 2017.5, 2018.8, 2019.5, 2021.0), (2, 2, 2, 3, 4))
        )
        if fem and self.age.year is None:
            return Client("fem", year, anonymous)
        if recipe.name == "custom":
            return Client("custom", year, anonymous)
        mobile = recipe.name in {"survey", "question", "drawing-pfe"} and year > _APP_SINCE and chance.likely(0.08)
        return Client("mobile" if mobile else "pfe", year, anonymous)

    def make(self, number: int) -> Template:
        """Template `number`, which depends only on the study, the age and the number."""
        chance = Chance.of("template", self.study.seed, self.study.profile, self.age.start, number)
        index = chance.weighted(range(len(self.study.shares)), self.study.shares)
        recipe, workflow = self.study.recipes[index], self.study.workflows[index]
        text, version = _version(chance, workflow)
        anonymous = chance.likely(0.28)
        client = self._client(chance, recipe, version, anonymous=anonymous)
        wide, high = chance.pick(IMAGE_SIZES)
        canvas = Canvas(wide, high, chance.weighted((1, 2, 3, 9), (85, 5, 6, 4)))
        long_paths = recipe.name.startswith("freehand")
        scene = Scene(
            chance,
            version,
            "",
            next(iter(version.tasks.values())),
            canvas,
            client.kind == "fem",
            self.age.labels,
            long_paths,
        )
        about = metadata(chance, client, canvas)
        written = _freshened(json_field(annotate(scene, recipe.name)))
        gold, expert = _gold(chance)
        cells: dict[str, bytes] = {
            "classification_id": ID.encode(),
            "workflow_id": integer(workflow.id),
            "workflow_name": field(workflow.name),
            "workflow_version": field(text),
            "created_at": CREATED.encode(),
            "gold_standard": BOOLEAN[gold],
            "expert": field(expert),
            "metadata": json_field(about),
            "annotations": written,
            "subject_data": SUBJECT.encode(),
        }
        columns = [cells.get(name) for name in self.age.columns if name not in _USER_COLUMNS and name != "subject_ids"]
        # The user columns are adjacent in every header, and so are the subject columns: each group is one slot.
        columns.insert(1 if self.age.columns[0] == "classification_id" else 0, USER.encode())
        parts, slots = split_slots(b",".join(cell or b"" for cell in columns))
        seconds = -chance.randint(1, 4000) if chance.likely(0.003) else int(chance.lognormvariate(3.4, 1.0)) + 1
        offset = client.kind == "custom" and chance.likely(0.6)
        millisecond, makers = chance.randint(0, 999), tuple(canvas.makers)
        return Template(parts, slots, index, anonymous, seconds, millisecond, offset, workflow.group, makers)


def _version(chance: Chance, workflow: Workflow) -> tuple[str, Version]:
    """The version text of the row, sometimes only the major version, and the version of its labels."""
    own = chance.pick(workflow.versions)
    if chance.likely(0.002):
        return str(own.major), workflow.resolve(own.major, 0)
    return own.text, workflow.resolve(own.major, own.minor)


def _gold(chance: Chance) -> tuple[bool | None, str | None]:
    if chance.likely(0.004):
        return True, chance.pick((None, "expert", "expert", "owner"))
    return (False, None) if chance.likely(0.001) else (None, None)


def _freshened(cell: bytes) -> bytes:
    """The annotation cell with a slot for six digits of a coordinate, if it has a long one.

    Marks of one template thus differ between records. The number has at most 15 digits, so that a double prints it
    unchanged.
    """
    return _DIGITS.sub(FRESH.encode(), cell, count=1)


def with_cells(record: bytes, ids: list[bytes]) -> bytes:
    """The record of a subject group, with subject ids in the slots of its cells."""
    return _CELLS.sub(lambda match: ids[match[1][0] - _FIRST_CELL], record)


KIND = "zooniverse.classifications"
_POOL_RECORDS = 3000
_POOL_BYTES = 12 << 20
_SECONDS_BETWEEN = 8
_USER_LEAVES = 0.03
_SENT_TWICE = 0.002


class _User(NamedTuple):
    cells: bytes
    session: bytes


class _Users:
    """The active volunteers. Each makes some tens of classifications and is then replaced."""

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
        index = int(roll)
        # The fraction of the roll serves as a second one.
        if roll - index < _USER_LEAVES:
            active[index] = self._new(anonymous=anonymous)
        return active[index]


class _Shown:
    """An active subject or group of subjects: its cells, and the number of classifications left."""

    __slots__ = ("cells", "ids", "left")

    def __init__(self, cells: bytes, ids: list[bytes], left: int) -> None:
        self.cells, self.ids, self.left = cells, ids, left


class _Queue:
    """The active subjects of one workflow. Each is classified 10 to 30 times."""

    def __init__(self, chance: Chance, pool: SubjectPool, index: int, age: ClassificationAge, group: int) -> None:
        self._chance, self._pool, self._index, self._age, self._group = chance, pool, index, age, group
        self._active: list[_Shown] = []
        self.taken = 0
        self.records = 0

    def _take(self) -> _Shown:
        subjects = [self._pool.subject(self._index, self.taken + index) for index in range(self._group)]
        self.taken += self._group
        cell = subject_cell(subjects, self._age.retired)
        ids = subject_ids(subjects)
        cells = cell + b"," + ids if "subject_ids" in self._age.columns else cell
        return _Shown(cells, ids.split(b";"), subjects[0].planned)

    def next(self) -> _Shown:
        active = self._active
        self.records += 1
        # The number of active subjects grows with the project, up to some hundreds.
        if len(active) < min(400, 4 + (self.records >> 6)):
            active.append(self._take())
        index = int(self._chance.random() * len(active))
        shown = active[index]
        shown.left -= 1
        if shown.left <= 0:
            active[index] = self._take()
        return shown


class _Stream:
    """The infinite stream of records of one study."""

    def __init__(self, seed: int, profile: str, age: ClassificationAge) -> None:
        self.study = study(seed, profile, pfe_only=age.year is not None)
        self._chance = Chance.of("stream", seed, profile, age.start)
        self._maker_chance = Chance.of("anew", seed, profile, age.start)
        self._maker = TemplateMaker(self.study, age)
        self._templates: list[Template] = []
        self._start = age.start
        self._users = _Users(self._chance, age)
        pool = SubjectPool(self.study, age.start, SUBJECT_SECONDS)
        self._queues = [
            _Queue(self._chance, pool, index, age, flow.group) for index, flow in enumerate(self.study.workflows)
        ]

    def counts(self) -> dict[int, Counts]:
        """The number of records and subjects so far, by workflow id."""
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
            shown = queues[template.workflow].next()
            made = {chr(FIRST_MAKER + index): make(self._maker_chance) for index, make in enumerate(template.makers)}
            while True:
                record = _filled(template, user, shown, made, number=number, moment=moment, fresh=fresh)
                yield record
                if not chance.likely(_SENT_TWICE):
                    break
                number += 1
                queues[template.workflow].records += 1


def _filled(
    template: Template, user: _User, shown: _Shown, made: dict[str, bytes], *, number: int, moment: int, fresh: int
) -> bytes:
    """A record of the template. Its times are before `moment`, the time at which the server received it."""
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
        # The fraction of a number never ends in 0.
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
        path: The file to write; an existing one is replaced.
        size: Bytes of CSV before compression, met to about half a record.
        records: The number of records, instead of `size`; 1000 if neither is given.
        seed: The same seed and arguments give the same bytes.
        profile: The tasks: `survey`, `question`, `drawing`, `transcription` or `mixed` (all).
        header: The day on which the header was introduced, one of `ages.CLASSIFICATIONS`.
        newline: The line end: LF, or CRLF or CR as in re-saved files.
        bom: Start with a UTF-8 byte order mark.
        compression: `gzip`, `zstd` (needs the package zstandard), `zip`, or None.
        faults: The share of records to damage, 0 to 1; the summary counts them by kind.

    Returns:
        The summary of the file.

    Raises:
        ValueError: An argument is invalid.
        OSError: The file cannot be written.
    """
    age = of_age(CLASSIFICATIONS, header)
    stream = _Stream(seed, profile, age)
    damage = Damage(Chance.of("faults", seed), faults, age.columns) if faults else None
    totals = write(path, ",".join(age.columns).encode(), stream, Form(size, records, newline, bom, compression), damage)
    return summary(path, KIND, age.columns, totals, damage=damage, workflows=stream.counts())


def generate_export(
    folder: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    profile: str = "mixed",
    faults: float = 0.0,
) -> dict[str, Summary]:
    """Write `classifications.csv`, `subjects.csv` and `workflows.csv` to `folder`, which is created if missing.

    The other two files have every subject and workflow of the classifications. `size`, `records` and `faults` apply to
    `classifications.csv`, as in `generate_classifications`; the other files are not damaged.

    Returns:
        The summaries by file name, without extension.
    """
    root = Path(folder)
    root.mkdir(parents=True, exist_ok=True)
    written = generate_classifications(
        root / "classifications.csv", size=size, records=records, seed=seed, profile=profile, faults=faults
    )
    return {
        "classifications": written,
        "subjects": generate_subjects(root / "subjects.csv", seed=seed, profile=profile, counts=written.workflows),
        "workflows": generate_workflows(root / "workflows.csv", seed=seed, profile=profile, counts=written.workflows),
    }
