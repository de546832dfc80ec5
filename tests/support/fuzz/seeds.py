"""Seeds of the fuzz targets, from the generators, the examples of the contract and, if present, the public suites."""

import bz2
import csv
import gzip
import hashlib
import io
import json
import lzma
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import zstandard

from conftest import SHARED_DATA
from crowdarrow.synthetic import __main__ as synthetic
from support.examples import FOLDER, sections
from support.pybossa_variants import variant as pybossa_variants
from support.variants.variant import KINDS, variant_of

from .plans import Layouts

Seeds = dict[str, set[bytes]]

LONGEST = 1 << 14
"""Longer exports are cut: long inputs make fuzzing slow."""

TIMES = (
    *("2017-05-22 21:08:29 UTC", "2025-01-21T16:06:58.517Z", "2017-05-22 21:08:29", "2017-05-22t1:08:29.123456789z"),
    *("2017-05-22T14:08:29-07:00", "2017-05-22 23:08:29 +0200", "2017-05-22T23:08:29+02", "2017-02-29 00:00:00 GMT"),
    *("0001-01-01T00:30:00+01:00", "9999-12-31T23:30:00.999999-01:00", "1969-12-31 23:59:59.9999999 utc"),
)
NUMBERS = (
    *("0", "-1", "+7", "12.50", "-0.0", "1544935.0", "+3.000", "9223372036854775807", "-9223372036854775808"),
    *("9223372036854775808", "1e5", "2.5E-3", "1e400", "5e-324", "1.7976931348623157e308", ".5", "5.", "01", "1.0.0"),
    *("7566506.12493107887", "103950.285723679066", "9007199254740992", "9007199254740991.5", "123456.78", "NaN"),
)
# Each with its smallest options: three exports of Zooniverse, downloads of PYBOSSA and LibCrowds.
GENERATED = (
    *(["classifications", "--header", day] for day in ("2016-05-12", "2016-03-24")),
    *(["classifications", "--profile", profile] for profile in ("survey", "drawing", "transcription")),
    *([kind, "--faults", "0.3"] for kind in ("classifications", "subjects", "workflows")),
    *([kind, "--format", "json"] for kind in ("task-runs", "tasks", "results", "collection")),
    *([kind, "--format", "csv"] for kind in ("task-runs", "tasks", "results", "collection")),
    *(["task-runs", "--format", "csv", "--layout", layout] for layout in ("P1", "P2", "P3")),
    *(["collection", "--format", "csv", "--layout", layout] for layout in ("A", "B")),
    *(["task-runs", "--format", "jsonl"], ["results", "--format", "jsonl"]),
)


def _generated() -> Iterator[bytes]:
    """Small exports of every kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export"
        for number, (kind, *options) in enumerate(GENERATED):
            arguments = [kind, str(path), "--records", "4", "--seed", str(number), *options]
            stdout, sys.stdout = sys.stdout, io.StringIO()
            try:
                status = synthetic.main(arguments)
            except SystemExit:
                status = 2
            finally:
                sys.stdout = stdout
            if status:
                msg = f"the generator refuses {' '.join(arguments)}"
                raise ValueError(msg)
            yield path.read_bytes()


def _examples() -> Iterator[bytes]:
    """The inputs of the contract's examples."""
    for path in sorted(FOLDER.glob("*/*.md")):
        for section in sections(f"{path.parent.name}/{path.name}"):
            if "input" in section.blocks:
                yield section.blocks["input"].encode("utf-8", "surrogateescape")


def _variants() -> Iterator[bytes]:
    """Damaged exports."""
    for kind in KINDS:
        for number in range(20):
            yield from variant_of(kind, 1, number).inputs
    for form in pybossa_variants.FORMS:
        for number in range(3):
            yield pybossa_variants.variant_of(form, 1, number).data


def _suites() -> Iterator[tuple[str, bytes]]:
    """The files of the public suites that are beside the repository, by the name of their suite."""
    for name, pattern in (("JSONTestSuite", "*.json"), ("csv-spectrum", "csvs/*.csv")):
        for path in sorted((SHARED_DATA / "suites" / name).glob(pattern)):
            yield name, path.read_bytes()[:LONGEST]


def _cells(data: bytes) -> Iterator[str]:
    """The JSON cells of a CSV, and its other cells."""
    with suppress(csv.Error, UnicodeDecodeError):
        csv.field_size_limit(1 << 24)
        for row in csv.reader(io.StringIO(data.decode(), newline="")):
            yield from row


def _archives(data: bytes) -> Iterator[bytes]:
    """Some bytes, compressed and archived."""
    yield from (
        gzip.compress(data),
        bz2.compress(data),
        lzma.compress(data),
        lzma.compress(data, check=lzma.CHECK_CRC32),
    )
    yield from (gzip.compress(data) + gzip.compress(data), zstandard.ZstdCompressor().compress(data))
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", method) as archive:
            archive.writestr("a_skipped.csv", data)
            archive.writestr("folder/a.csv", data)
        yield target.getvalue()
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        target = io.BytesIO()
        with tarfile.open(fileobj=target, mode="w", format=form) as archive:
            member = tarfile.TarInfo("folder/" + "a" * 90 + ".csv")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        yield target.getvalue()
        yield gzip.compress(target.getvalue())


def _of_texts(texts: Iterable[str], seeds: Seeds) -> None:
    """Add the seeds of what single cells hold."""
    numbers, times = list(NUMBERS), list(TIMES)
    for text in texts:
        if text[:1] in {"[", "{"}:
            seeds["json_cells"].add(text.encode()[:LONGEST])
            with suppress(ValueError, RecursionError):
                value: Any = json.loads(text)
                seeds["python_literals"] |= {b"\0" + repr(value).encode("utf-8", "replace"), b"\1" + text.encode()}
        elif text[:1].isdigit() and len(text) < 40:
            (times if ":" in text else numbers).append(text)
    for name, lines in (("numbers", numbers), ("times", times)):
        seeds[name] |= {line.encode() for line in lines[:500]} | {"\n".join(lines[:40]).encode()}


def make() -> tuple[Seeds, Layouts]:
    """The seeds of each target, and the layouts of all exports among them."""
    records = ("csv_records", "json_arrays", "parts", "containers", "decode")
    seeds: Seeds = {name: set() for name in (*records, "json_cells", "numbers", "times", "python_literals")}
    layouts = Layouts()
    exports = [*_generated(), *_examples(), *_variants()]
    of_layout: list[tuple[str, bytes]] = []
    for data in exports:
        name = layouts.add(data)
        if name is not None:
            of_layout.append((name, data))
    numbers = {name: number for number, name in enumerate(sorted(layouts.known))}
    for name, data in of_layout:
        is_csv = not name.split("-")[1].startswith("json")
        body = data.partition(b"\n")[2] if is_csv else data
        seeds["decode"].add(bytes([numbers[name], 99]) + body[:LONGEST])
    for data in exports:
        if data[:2] in {b"PK", b"\x1f\x8b"}:
            seeds["containers"].add(bytes(5) + data[:LONGEST])
        elif data.lstrip()[:1] in {b"[", b"{"}:
            seeds["json_arrays"] |= {bytes([limit, 50, 2, 0]) + data[:LONGEST] for limit in (0, 200)}
            seeds["json_arrays"].add(bytes([0, 50, 2, 200]) + data[:LONGEST])
            seeds["parts"] |= {bytes([limit, 50, 2, 200, 1]) + data[:LONGEST] for limit in (0, 200)}
        else:
            seeds["parts"] |= {bytes([limit, 50, 2, 200, 2]) + data[:LONGEST] for limit in (0, 200)}
            seeds["csv_records"] |= {bytes([limit, 50, 2, 200]) + data[:LONGEST] for limit in (0, 200)}
    for suite, data in _suites():
        if suite == "JSONTestSuite":
            seeds["json_cells"].add(data)
            seeds["python_literals"].add(b"\0" + data)
            seeds["json_arrays"].add(bytes([0, 50, 2, 0]) + data)
        else:
            seeds["csv_records"] |= {bytes([0, 50, 2, header]) + data for header in (0, 200)}
    _of_texts((cell for data in exports for cell in _cells(data)), seeds)
    rows = b"id,user\n1,2\n3,4\n"
    seeds["containers"] |= {bytes(5) + data for data in _archives(rows)}
    seeds["containers"] |= {bytes([128 + form, 3, 9, bits, 99]) + rows for form in range(11) for bits in (0, 4)}
    return seeds, layouts


def write(folder: Path) -> int:
    """Write all seeds and plans to `folder`; returns the number of seeds."""
    seeds, layouts = make()
    layouts.write(folder / "plans")
    for name, known in seeds.items():
        target = folder / "seeds" / name
        target.mkdir(parents=True, exist_ok=True)
        for data in known:
            (target / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return sum(map(len, seeds.values()))
