"""Collection downloads of LibCrowds: the final annotations in JSON, or in CSV layout A or B."""

import json
from collections.abc import Iterator
from pathlib import Path

from .chance import Chance
from .download_output import csv_member, json_member, lines_member, write_download
from .encode import Json
from .flattening import flatten, pandas_field, pandas_text
from .output import Compression, Form, StrPath, Summary, summary
from .web_annotations import AGREED_TAGS, MOST_COMMENTS, MOST_VALUES, MOTIVATIONS, agreed_on

FORMATS = ("json", "jsonl", "csv")
LAYOUTS = {"json": ("server", "explicates"), "jsonl": ("server", "explicates"), "csv": ("A", "B")}
"""JSON of spring 2018, or of the annotation server since; CSV of values alone, or of flattened annotations."""
_SHORT_NAME = "synthetic"
_SAMPLE = 60
"""So many targets have every member that an annotation can have."""


def _targets(seed: int, motivation: str, *, explicates: bool) -> Iterator[list[dict[str, Json]]]:
    """The annotations of one target after the other, in the order of their times and of their targets' IRIs."""
    chance = Chance.of("collection", motivation, seed)
    wanted = MOTIVATIONS if motivation == "mixed" else (motivation,)
    number = seed % 977
    while True:
        number += 1
        yield agreed_on(chance, wanted, number, explicates=explicates)


def _annotations(seed: int, motivation: str, *, explicates: bool) -> Iterator[dict[str, Json]]:
    for target in _targets(seed, motivation, explicates=explicates):
        yield from target


def _flattened(seed: int, motivation: str) -> tuple[tuple[str, ...], Iterator[bytes]]:
    """Header and records of layout B."""
    sample = zip(range(_SAMPLE * 6), _annotations(seed, motivation, explicates=True), strict=False)
    header = tuple(sorted({name for _, one in sample for name in flatten(one, "")}))

    def records() -> Iterator[bytes]:
        for annotation in _annotations(seed, motivation, explicates=True):
            leaves = flatten(annotation, "")
            yield b",".join(pandas_field(pandas_text(leaves.get(name), as_float=False)) for name in header)

    return header, records()


_VALUE_OF = {
    "describing": ("body_1_value", "body_0_value"),
    "tagging": ("body_value", "target_selector_value"),
    "commenting": ("", "body_value"),
}
"""Where the exporter of layout A took tag and value from; a comment has no tag."""


def _by_target(seed: int, motivation: str) -> tuple[tuple[str, ...], Iterator[bytes]]:
    """Header and records of layout A."""
    most = {"comment": MOST_COMMENTS} if motivation == "commenting" else MOST_VALUES
    tags = ("comment",) if motivation == "commenting" else AGREED_TAGS
    header = tuple(sorted([*(f"{tag}_{place}" for tag in tags for place in range(most[tag])), "target"]))

    def records() -> Iterator[bytes]:
        for annotations in _targets(seed, motivation, explicates=True):
            cells: dict[str, str] = {}
            counts = dict.fromkeys(tags, 0)
            for leaves in (flatten(annotation, "") for annotation in annotations):
                tag = str(leaves.get(_VALUE_OF[motivation][0], "comment"))
                cells["target"] = str(leaves.get("target") or leaves["target_source"])
                cells[f"{tag}_{counts[tag]}"] = str(leaves[_VALUE_OF[motivation][1]])
                counts[tag] += 1
            yield b",".join(pandas_field(cells.get(name, "")) for name in header)

    return header, records()


def generate_collection(
    path: StrPath,
    *,
    size: int | None = None,
    records: int | None = None,
    seed: int = 1,
    format: str = "json",
    layout: str | None = None,
    motivation: str = "describing",
    compression: Compression = None,
) -> Summary:
    """Write a LibCrowds collection download.

    The same seed and motivation give the same annotations in every format and layout, target by target.

    Args:
        path: the file to write; an existing one is replaced.
        size: bytes wanted before compression; the file ends within about half a record of it.
        records: number of records wanted, instead of `size`; 1000 if neither is given. A record is an
            annotation; in CSV layout A, a target.
        seed: the same seed and arguments give the same bytes.
        format: `json`, one array on one line without a line end; `jsonl`, one object on each line; or `csv`.
        layout: for JSON `server` (spring 2018; the usual) or `explicates` (since); for CSV `A`, values alone
            (the usual), or `B`, flattened annotations.
        motivation: `describing`, `tagging`, `commenting`, or `mixed` (not for layout A).
        compression: as the others'; the member of a `zip` is named as the server named it.

    Returns:
        What was written. `lines` counts line ends, so it is 0 for `json`.

    Raises:
        ValueError: an argument is none of the known ones.
        OSError: the file cannot be written.
    """
    form = Form(size, records, compression=compression)
    known = LAYOUTS.get(format, ())
    layout = layout or next(iter(known), "")
    if layout not in known or motivation not in {*MOTIVATIONS, "mixed"} or (layout == "A" and motivation == "mixed"):
        msg = f"unknown format {format!r}, layout {layout!r} or motivation {motivation!r}: {LAYOUTS}; {MOTIVATIONS}"
        raise ValueError(msg)
    name = f"{_SHORT_NAME}_{motivation}"
    if format == "csv":
        columns, lines = (_by_target if layout == "A" else _flattened)(seed, motivation)
        member = csv_member(name, columns, lines, "\n", empty=b"\n")
    else:
        explicates = layout == "explicates"
        columns = tuple(next(_annotations(seed, motivation, explicates=explicates)))
        texts = (json.dumps(one).encode() for one in _annotations(seed, motivation, explicates=explicates))
        member = json_member(name, texts) if format == "json" else lines_member(name, texts)
    kind = "libcrowds.annotations" if motivation == "mixed" else f"libcrowds.{motivation}"
    return summary(path, kind, columns, write_download(Path(path), member, form), damage=None)
