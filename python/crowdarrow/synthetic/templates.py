"""Record templates: the bytes of one varied classification, with slots for what changes each time."""

import re
from dataclasses import dataclass
from typing import NamedTuple

from .ages import ClassificationAge
from .annotations import annotate
from .answers import Scene
from .catalogue import Recipe
from .chance import Chance
from .encode import BOOLEAN, CELL, CREATED, FRESH, ID, SUBJECT, USER, Maker, field, integer, json_field, split_slots
from .geometry import Canvas
from .metadata import Client, metadata
from .model import Version, Workflow
from .study import LAST_STAGE, Study
from .vocabulary import IMAGE_SIZES

# The tail of a long fraction.
_DIGITS = re.compile(rb"(?<=\d\.\d\d)\d{6,14}(?=[,}])")
_CELLS = re.compile(rb"\xee\x80([\xa0-\xbf])")
_FIRST_CELL = chr(CELL).encode()[-1]
_APP_SINCE = 2017
_USER_COLUMNS = frozenset({"user_name", "user_id", "user_ip"})


class Template(NamedTuple):
    """One classification to be written again and again: constant parts, and the slots between them.

    `seconds` is how long the volunteer took (it can be negative: clients' clocks are not checked), `offset`
    whether the client writes times with a numeric offset. `makers` fill the slots from ANEW on.
    """

    parts: list[bytes]
    slots: list[str]
    place: int
    anonymous: bool
    seconds: int
    millisecond: int
    offset: bool
    group: int
    makers: tuple[Maker, ...]


@dataclass(frozen=True)
class TemplateMaker:
    """Makes the templates of one study at one age."""

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
        """Template `number`, which depends on nothing but the study, the age and that number."""
        chance = Chance.of("template", self.study.seed, self.study.profile, self.age.start, number)
        place = chance.weighted(range(len(self.study.shares)), self.study.shares)
        recipe, workflow = self.study.recipes[place], self.study.workflows[place]
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
        told = _freshened(json_field(annotate(scene, recipe.name)))
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
            "annotations": told,
            "subject_data": SUBJECT.encode(),
        }
        columns = [cells.get(name) for name in self.age.columns if name not in _USER_COLUMNS and name != "subject_ids"]
        # The user columns stand side by side in every age, as do those of subjects: one slot for each group.
        columns.insert(1 if self.age.columns[0] == "classification_id" else 0, USER.encode())
        parts, slots = split_slots(b",".join(cell or b"" for cell in columns))
        seconds = -chance.randint(1, 4000) if chance.likely(0.003) else int(chance.lognormvariate(3.4, 1.0)) + 1
        offset = client.kind == "custom" and chance.likely(0.6)
        millisecond, makers = chance.randint(0, 999), tuple(canvas.makers)
        return Template(parts, slots, place, anonymous, seconds, millisecond, offset, workflow.group, makers)


def _version(chance: Chance, workflow: Workflow) -> tuple[str, Version]:
    """The text in the row (a few have the major version alone), and the version the labels are from."""
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

    So drawn marks are never the same twice, though their template is. The number stays within 15 digits,
    where every decimal is the one that a double prints as.
    """
    return _DIGITS.sub(FRESH.encode(), cell, count=1)


def with_cells(record: bytes, ids: list[bytes]) -> bytes:
    """The record of a subject group with its subjects' ids in place of the slots of its grid."""
    return _CELLS.sub(lambda match: ids[match[1][0] - _FIRST_CELL], record)
