"""The inputs: generated once from a fixed seed, cut, compressed, and cached under `benchmarks/data`."""

import csv
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import BENCHMARKS, MB, ROOT

PROFILES = ("survey", "question", "drawing", "transcription", "mixed")
TASK_RUNS = "task_runs"
FORMS = "forms"
"""Task runs whose `info` has 25 keys."""
NAMES = (*PROFILES, TASK_RUNS, FORMS)
OWN = "own"
"""The name of the export of `--own`."""
SEED = 1
GENERATOR = ROOT / "python" / "crowdarrow" / "synthetic"
STAMP = "made.json"
# Small, because the memory of this process counts towards the peak of its children.
BLOCK = 1 << 20
Say = Callable[[str], None]


@dataclass(frozen=True)
class Input:
    """A file to read: uncompressed bytes, records (None if not counted), and records by workflow id."""

    name: str
    path: Path
    bytes: int
    records: int | None = None
    workflows: Mapping[int, int] | None = None

    def to_dict(self) -> dict[str, object]:
        """The part that is stored in the results."""
        return {"name": self.name, "bytes": self.bytes, "records": self.records}


def environment() -> dict[str, str]:
    """The environment of child processes, in which the readers can be imported."""
    paths = [str(BENCHMARKS), str(BENCHMARKS.parent / "tests"), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def cut(source: Path, size: int, output: Path) -> int:
    """Write the complete records within the first `size` bytes of a CSV file. Returns the number of bytes written.

    The cut is after the last line end outside quotes, which the parity of the quotes determines.
    """
    odd = False
    with source.open("rb") as file, output.open("wb") as kept:
        while block := file.read(min(BLOCK, size - kept.tell())):
            kept.write(block)
            odd ^= bool(block.count(b'"') % 2)
        end = kept.tell()
    # Drop lines from the end until the rest ends with a line end outside quotes.
    with output.open("r+b") as kept:
        while end:
            start = max(end - BLOCK, 0)
            kept.seek(start)
            block = kept.read(end - start)
            while block:
                if block.endswith(b"\n") and not odd:
                    kept.truncate(start + len(block))
                    return start + len(block)
                before = block.rfind(b"\n", 0, -1) + 1
                odd ^= bool(block.count(b'"', before) % 2)
                block = block[:before]
            end = start
        kept.truncate(0)
    return 0


def readable_by_panoptes_aggregation(rows: Iterator[list[str]], place: int) -> Iterator[list[str]]:
    """The records whose annotations all name their task; panoptes_aggregation stops at any other."""
    for row in rows:
        annotations = json.loads(row[place])
        if all(isinstance(item, dict) and "task" in item for item in annotations):
            yield row


class Inputs:
    """Generates inputs in a folder, unless they are there already."""

    def __init__(self, folder: Path, say: Say) -> None:
        self.folder = folder
        self.say = say

    @cached_property
    def generator(self) -> str:
        """A digest of the generator's source; inputs of another generator are generated again."""
        digest = hashlib.sha256()
        for path in sorted(GENERATOR.glob("*.py")):
            digest.update(path.read_bytes())
        return digest.hexdigest()[:16]

    def _made(self, place: Path, arguments: list[str]) -> dict[str, object]:
        """Run the generator in folder `place`, unless it ran before. Returns what the stamp file holds."""
        stamp = place / STAMP
        wanted = {"arguments": arguments, "generator": self.generator}
        if stamp.exists():
            stamped: dict[str, object] = json.loads(stamp.read_text(encoding="utf-8"))
            if wanted.items() <= stamped.items():
                return stamped
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        self.say(f"generating {place.name}")
        kind, name, *options = arguments
        command = [sys.executable, "-m", "crowdarrow.synthetic", kind, str(place / name), *options]
        done = subprocess.run(
            [*command, "--seed", str(SEED)], check=True, stdout=subprocess.PIPE, text=True, env=environment()
        )
        summary = json.loads(done.stdout)
        stamped = wanted | {"summary": summary}
        # Written last, so that the files are complete if the stamp exists.
        stamp.write_text(json.dumps(stamped), encoding="utf-8")
        return stamped

    def get(self, name: str, size: int) -> Input:
        """An input of about `size` bytes: the classification export of a profile, or task runs.

        Raises:
            subprocess.CalledProcessError: The generator failed.
        """
        place = self.folder / f"{name}-{size / MB:g}mb"
        if name in {TASK_RUNS, FORMS}:
            page = ["--page", "form"] if name == FORMS else []
            summary = self._made(place, ["task-runs", "task_runs.json", "--size", str(size), *page])["summary"]
            assert isinstance(summary, dict)
            return Input(name, place / "task_runs.json", summary["bytes"], summary["records"])
        made = self._made(place, ["export", ".", "--size", str(size), "--profile", name])["summary"]
        assert isinstance(made, dict)
        summary = made["classifications"]
        workflows = {int(key): counts["records"] for key, counts in summary["workflows"].items()}
        return Input(name, place / "classifications.csv", summary["bytes"], summary["records"], workflows)

    def tiny(self) -> Input:
        """An export of ten records."""
        arguments = ["classifications", "classifications.csv", "--records", "10"]
        summary = self._made(self.folder / "ten-records", arguments)["summary"]
        assert isinstance(summary, dict)
        return Input("ten records", self.folder / "ten-records" / "classifications.csv", summary["bytes"], 10)

    def _beside(self, source: Input, name: str) -> Path:
        """The path of a file derived from an input: in the input's folder if it was generated, else in the cache."""
        if source.path.is_relative_to(self.folder):
            return source.path.with_name(name)
        status = source.path.stat()
        known = f"{source.path.resolve()} {status.st_size} {status.st_mtime_ns}"
        place = self.folder / f"own-{hashlib.sha256(known.encode()).hexdigest()[:12]}"
        place.mkdir(parents=True, exist_ok=True)
        return place / name

    def _derived(self, path: Path, make: Callable[[Path], int]) -> int:
        """Make a derived file, unless it is there already. Returns its number of uncompressed bytes."""
        stamp = path.with_name(path.name + ".json")
        if not stamp.exists():
            self.say(f"making {path.name} in {path.parent.name}")
            unfinished = path.with_name(path.name + ".part")
            size = make(unfinished)
            unfinished.replace(path)
            stamp.write_text(json.dumps(size), encoding="utf-8")
        return int(stamp.read_text(encoding="utf-8"))

    def slice(self, source: Input, size: int) -> Input:
        """The first `size` bytes of an input, cut between records; the input itself if it is not larger."""
        if source.bytes <= size:
            return source
        if source.name in {TASK_RUNS, FORMS}:
            # The JSON has no line ends to cut at. The same seed generates the same records.
            return self.get(source.name, size)
        path = self._beside(source, f"first-{size / MB:g}mb.csv")
        return Input(source.name, path, self._derived(path, lambda output: cut(source.path, size, output)))

    def gzipped(self, source: Input) -> Input:
        """The same input, compressed with gzip at level 6."""

        def pack(output: Path) -> int:
            with source.path.open("rb") as plain, gzip.open(output, "wb", compresslevel=6) as packed:
                shutil.copyfileobj(plain, packed, MB)
            return source.bytes

        path = self._beside(source, "classifications.csv.gz")
        return Input(source.name, path, self._derived(path, pack), source.records)

    def for_panoptes_aggregation(self, source: Input, size: int) -> Input:
        """The first `size` bytes of an export, without the records at which panoptes_aggregation stops."""
        start = self.slice(source, size)

        def sift(output: Path) -> int:
            csv.field_size_limit(sys.maxsize)
            with start.path.open(encoding="utf-8", newline="") as lines, output.open("w", newline="") as kept:
                rows, writer = csv.reader(lines), csv.writer(kept, lineterminator="\n")
                header = next(rows)
                writer.writerow(header)
                writer.writerows(readable_by_panoptes_aggregation(rows, header.index("annotations")))
            return output.stat().st_size

        path = self._beside(source, f"panoptes-{size / MB:g}mb.csv")
        return Input(source.name, path, self._derived(path, sift))


def warm(path: Path) -> None:
    """Read a file into the page cache, so that the first reader has no disadvantage."""
    with path.open("rb") as file:
        while file.read(4 * MB):
            pass


def describe(inputs: list[Input]) -> list[dict[str, object]]:
    """Each distinct input, for the results."""
    return list({(one.name, one.bytes): one.to_dict() for one in inputs}.values())
