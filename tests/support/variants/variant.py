"""A variant: the bytes of one or two exports, and the options they are read with."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from .operations import OPERATIONS
from .tables import Table, make, plain_csv
from .writers import DAMAGES, ENCODINGS, WRITERS

KINDS = ("classifications", "subjects", "workflows")
GZIP = b"\x1f\x8b"
DAYS = ("2017-06-01", "2020-01-01", "2024-12-31")
VERSIONS = ("3", "3.4", "4.1..", "..4.10", "3.4..4", "16..", "2.100")
SEPARATORS = {";": b";", "\t": b"\t", ",": b","}


@dataclass
class Variant:
    """What is read, by the engine and by the oracle.

    Attributes:
        steps: The names of the operations, the writer and the damages that made it.
        inputs: The exports.
        beside: The bytes of other exports: `workflows`, `subjects`.
        options: Other options, under the names of the engine.
    """

    kind: str
    steps: list[str] = field(default_factory=list)
    inputs: list[bytes] = field(default_factory=list)
    beside: dict[str, bytes] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The kind by its full name."""
        return f"zooniverse.{self.kind}"


def _changed(table: Table, random: Random, most: int, steps: list[str]) -> bytes:
    """The table after some operations, as CSV."""
    for _ in range(random.randint(0, most)):
        operation = random.choice(OPERATIONS)
        if table.header:
            operation(table, random)
            steps.append(operation.__name__)
    writer = random.choice(WRITERS)
    steps.append(writer.__name__)
    return writer(table, random)


def _damaged(data: bytes, random: Random, steps: list[str]) -> bytes:
    for _ in range(random.choice([0, 0, 0, 0, 1, 1, 2])):
        damage = random.choice(DAMAGES)
        # What is compressed is not damaged: that is another matter.
        if not data.startswith(GZIP):
            data = damage(data, random)
            steps.append(damage.__name__.strip("_"))
    return data


def _with_options(variant: Variant, random: Random) -> None:
    """Choose the options of reading."""
    options = variant.options
    if random.random() < 0.15:
        options["kind"] = variant.name
    if random.random() < 0.05:
        options["separator"] = random.choice(list(SEPARATORS))
    if random.random() < 0.12:
        options |= random.choice(
            [{"since": random.choice(DAYS)}, {"until": random.choice(DAYS)}, {"workflow_id": [10, 12]}]
        )
    if random.random() < 0.06:
        options["workflow_version"] = random.choice(VERSIONS)
    options["block_bytes"] = random.choice([61, 997, 1 << 14])
    if variant.kind != "classifications":
        return
    # Whether these two hold for the other exports too is another question.
    alone = options.keys() & {"encoding", "separator"}
    if random.random() < 0.35 and not alone:
        variant.beside["workflows"] = _changed(make("workflows", random), random, 1, [])
    if random.random() < 0.2 and not alone:
        variant.beside["subjects"] = _changed(make("subjects", random), random, 1, [])
    if random.random() < 0.2:
        options["subject_keys"] = random.choice([["name"], ["#hidden", "tags"], ["name", "retired", "nothing"]])


def variant_of(kind: str, seed: int, number: int) -> Variant:
    """The variant of this kind, seed and number."""
    random = Random(f"{kind} {seed} {number}")  # noqa: S311 - repeatable
    variant = Variant(kind)
    for _ in range(2 if random.random() < 0.12 else 1):
        data = _changed(make(kind, random), random, 4, variant.steps)
        variant.inputs.append(_damaged(data, random, variant.steps))
    if not variant.inputs[0].startswith(GZIP) and len(variant.inputs) == 1 and random.random() < 0.06:
        encoding = random.choice(ENCODINGS)
        text = variant.inputs[0].decode("utf-8", "replace")
        variant.inputs[0] = text.encode(encoding, "replace")
        variant.options["encoding"] = encoding
        variant.steps.append(encoding)
    if len(variant.inputs) > 1 and random.random() < 0.5:
        variant.options["duplicates"] = "first"
    _with_options(variant, random)
    variant.steps += [name for name in (*variant.options, *variant.beside) if name != "block_bytes"]
    return variant


def undamaged(kind: str, seed: int, number: int) -> bytes:
    """An export without any change, for tests of the generator."""
    random = Random(f"{kind} {seed} {number}")  # noqa: S311 - repeatable
    return plain_csv(make(kind, random))
