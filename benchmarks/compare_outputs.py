"""Record everything a build of crowdarrow writes for a set of inputs, and compare two recordings.

A change that must not alter any output is checked in four steps, here with two built checkouts `old` and `new`:

    old/.venv/bin/python benchmarks/synthetic_inputs.py INPUTS
    python benchmarks/compare_outputs.py record --python old/.venv/bin/python OLD INPUTS exports/
    python benchmarks/compare_outputs.py record --python new/.venv/bin/python NEW INPUTS exports/
    python benchmarks/compare_outputs.py compare OLD NEW

`synthetic_inputs.py` writes small synthetic exports of every kind. `record` converts every file to all of its tables,
in each format and with each number of threads. A classification export is converted once more with each workflow
export in its folder. `record` also inspects the file. If an input cannot be converted, its exit status and message are
recorded. `compare` requires equal bytes of CSV and Arrow files, and equal schemas, values and
`crowdarrow.*` metadata of Parquet files. It compares reports without times, and rejects field by field.

`compare --ignore-messages` counts messages whose wording changed, but does not fail because of them. Set `TMPDIR` to a
folder in memory to make `record` faster: every conversion syncs its files to disk.
"""

import argparse
import csv
import hashlib
import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMATS = ("parquet", "csv", "arrow")
_MESSAGES = ("message", "suggestion", "summary", "text")
"""Members of a recording that hold wording."""
_FIELD = rb'("(?:[^"]++|"")*+"|[^,"\n]*+)'
_REJECT = re.compile(rb",".join([_FIELD] * 8) + rb"\n")
_REJECT_FIELDS = ("source", "record", "line", "byte_offset", "column", "kind", "message", "raw")
_TIMING = re.compile(r" in [\d.]+ s(?: \([\d,]+ MB/s\))?")


@dataclass(frozen=True)
class Input:
    """A file to convert, with the folder that its name in the recording is relative to."""

    path: Path
    root: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()


@dataclass(frozen=True)
class Recorder:
    """Converts inputs and stores what comes out by digest in `store`."""

    store: Path
    formats: Sequence[str]
    threads: Sequence[int]

    def run(self, input: Input) -> dict[str, Any]:
        """The outcome of every run over one input, by the run's name."""
        runs = {}
        for workflows in (None, *_workflow_exports(input.path)):
            label = f" --workflows {workflows.name}" if workflows else ""
            for form, threads in itertools.product(self.formats, self.threads):
                name = f"{input.name}: convert {form} --threads {threads}{label}"
                runs[name] = self._convert(input, form, threads, workflows)
        runs[f"{input.name}: inspect"] = self._inspect(input)
        return runs

    def _convert(self, input: Input, form: Any, threads: int, workflows: Path | None) -> dict[str, Any]:
        import crowdarrow

        with tempfile.TemporaryDirectory() as folder:
            out, report, rejects = Path(folder, "out"), Path(folder, "report.json"), Path(folder, "rejects.csv")
            names = {f"{input.root}{os.sep}": "", f"{folder}{os.sep}": "OUT/"}
            try:
                done = crowdarrow.convert(
                    str(input.path), f"{out}/", tables="all", format=form, threads=threads, workflows=workflows,
                    report=report, rejects=rejects,
                )  # fmt: skip
            except Exception as error:  # noqa: BLE001 - errors are outputs too
                return _error(error, names) | {"left": sorted(path.name for path in Path(folder).iterdir())}
            counts = json.loads(_replace(report.read_text("utf-8"), names))
            counts.pop("seconds")
            return {
                "status": 3 if done.rejected else 0,
                "report": counts,
                "summary": _TIMING.sub("", _replace(str(done), names)),
                "rejects": self._keep(_rejects(rejects.read_bytes(), names), "json"),
                "tables": {path.name: self._keep(path.read_bytes(), form) for path in sorted(out.iterdir())},
            }

    def _inspect(self, input: Input) -> dict[str, Any]:
        import crowdarrow

        names = {f"{input.root}{os.sep}": ""}
        try:
            found = crowdarrow.inspect(str(input.path))
        except Exception as error:  # noqa: BLE001 - errors are outputs too
            return _error(error, names)
        content = json.loads(_replace(json.dumps(found.to_dict()), names))
        return {"status": 0, "inspection": content, "text": _replace(str(found), names)}

    def _keep(self, content: bytes, form: str) -> str:
        name = f"{hashlib.sha256(content).hexdigest()}.{form}"
        if not (self.store / name).exists():
            temporary = self.store / f"{name}.{os.getpid()}"
            temporary.write_bytes(content)
            temporary.replace(self.store / name)
        return name


def _error(error: Exception, names: dict[str, str]) -> dict[str, Any]:
    import crowdarrow

    status = 2 if isinstance(error, crowdarrow.UsageError) else 1
    return {"status": status, "error": type(error).__name__, "message": _replace(str(error), names)}


def _replace(text: str, names: dict[str, str]) -> str:
    for old, new in names.items():
        text = text.replace(old, new)
    return text


def _rejects(content: bytes, names: dict[str, str]) -> bytes:
    """The file of rejects as JSON: one object per reject, with the digest of `raw`."""
    header, rows = content.partition(b"\n")[0], []
    position = len(header) + 1
    while match := _REJECT.match(content, position):
        fields = dict(zip(_REJECT_FIELDS, match.groups(), strict=True))
        fields["raw"] = hashlib.sha256(fields["raw"]).hexdigest().encode()
        rows.append({name: _replace(value.decode("utf-8", "replace"), names) for name, value in fields.items()})
        position = match.end()
    if header.decode() != ",".join(_REJECT_FIELDS) or position != len(content):
        msg = f"the file of rejects is malformed at byte {position}"
        raise ValueError(msg)
    return json.dumps(rows, indent=0).encode()


def _columns(path: Path) -> set[str]:
    """The column names in a CSV file's first line; empty if the file is not plain text."""
    with path.open("rb") as file:
        line = file.readline(1 << 16)
    try:
        return set(next(csv.reader([line.decode("utf-8-sig")]), []))
    except (UnicodeDecodeError, csv.Error):
        return set()


def _workflow_exports(path: Path) -> list[Path]:
    """The workflow exports in the folder of a classification export."""
    if "annotations" not in _columns(path):
        return []
    others = sorted(other for other in path.parent.glob("*.csv") if other.is_file())
    return [other for other in others if {"workflow_id", "tasks"} <= _columns(other)]


def _inputs(paths: Sequence[Path], excluded: Sequence[str]) -> list[Input]:
    found = []
    for path in (given.resolve() for given in paths):
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        found += [Input(file, path.parent) for file in files if file.is_file() and file.name not in excluded]
    return found


def record(options: argparse.Namespace) -> int:
    """Run the build of this interpreter over all inputs and write the recording. Returns the number of runs."""
    store = options.out.resolve() / "files"
    store.mkdir(parents=True)
    inputs = _inputs(options.inputs, options.exclude)
    inputs.sort(key=lambda one: -one.path.stat().st_size)  # the largest first
    recorder = Recorder(store, options.formats.split(","), [int(count) for count in options.threads.split(",")])
    runs: dict[str, Any] = {}
    with ProcessPoolExecutor(options.workers) as pool:
        for found in pool.map(recorder.run, inputs):
            if repeated := runs.keys() & found.keys():
                msg = f"two inputs have the same name: {min(repeated)}"
                raise ValueError(msg)
            runs |= found
    text = json.dumps(dict(sorted(runs.items())), indent=1)
    (options.out / "recording.json").write_text(text + "\n", encoding="utf-8")
    return len(runs)


class Comparison:
    """Counts what is equal in two recordings and collects the differences."""

    def __init__(self, old: Path, new: Path, *, show: bool) -> None:
        self._folders = (old, new)
        self._show = show
        self._files: dict[tuple[str, str], list[str]] = {}
        self.counts: Counter[str] = Counter()
        self.differences: list[str] = []
        self.wording: list[str] = []

    def run(self) -> None:
        old, new = (json.loads((folder / "recording.json").read_text(encoding="utf-8")) for folder in self._folders)
        for name in sorted(old.keys() | new.keys()):
            if name in old and name in new:
                self.counts["runs"] += 1
                self.counts[f"exit status {old[name]['status']}"] += 1
                self._values(name, old[name], new[name])
            else:
                self.differences.append(f"{name}: only in {self._folders[name in new]}")

    def _values(self, place: str, old: Any, new: Any, key: str = "") -> None:
        if isinstance(old, dict) and isinstance(new, dict):
            if list(old) != list(new) and sorted(old) == sorted(new):
                self.differences.append(f"{place}: order of members")
            for name in sorted(old.keys() | new.keys()):
                if name in old and name in new:
                    self._values(f"{place} {name}", old[name], new[name], name)
                else:
                    self.differences.append(f"{place} {name}: only in the {'old' if name in old else 'new'} recording")
        elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for number, (one, other) in enumerate(zip(old, new, strict=True)):
                self._values(f"{place} {number}", one, other)
        elif key == "rejects" or key.endswith(tuple(f".{form}" for form in FORMATS)):
            self._compare_files(place, key, old, new)
        elif old != new:
            worded = key in _MESSAGES and isinstance(old, str) and isinstance(new, str)
            where = self.wording if worded else self.differences
            where.append(f"{place}: {self._cut(old)} -> {self._cut(new)}")

    def _compare_files(self, place: str, name: str, old: str, new: str) -> None:
        self.counts["files of rejects" if name == "rejects" else f"{name.rpartition('.')[2]} files"] += 1
        if old == new:
            return
        paths = [folder / "files" / file for folder, file in zip(self._folders, (old, new), strict=True)]
        if name == "rejects":
            old_rows, new_rows = (json.loads(path.read_bytes()) for path in paths)
            self._values(place, old_rows, new_rows)
            return
        if (old, new) not in self._files:
            self._files[old, new] = list((self._lines if name.endswith(".csv") else self._arrow)(*paths))
        found = self._files[old, new]
        self.differences += [f"{place}: {difference}" for difference in found]
        if not found and name.endswith(".parquet"):
            self.counts["parquet files that are equal in all but bytes"] += 1

    def _lines(self, old: Path, new: Path) -> Iterator[str]:
        with old.open("rb") as one, new.open("rb") as other:
            for number, (line, changed) in enumerate(itertools.zip_longest(one, other, fillvalue=b""), 1):
                if line != changed:
                    byte = len(os.path.commonprefix([line, changed]))  # noqa: RUF071 - of bytes, not of paths
                    yield f"line {number}, byte {byte}: {self._cut(line[byte:])} -> {self._cut(changed[byte:])}"
                    return

    def _arrow(self, old: Path, new: Path) -> Iterator[str]:
        """How two Parquet or Arrow files differ: metadata, schema, and the first row of each column."""
        (one, metadata), (other, changed_metadata) = _read_table(old), _read_table(new)
        for key in sorted(metadata.keys() | changed_metadata.keys()):
            if metadata.get(key) != changed_metadata.get(key):
                yield f"metadata {key!r}: {metadata.get(key)!r} -> {changed_metadata.get(key)!r}"
        if not one.schema.equals(other.schema, check_metadata=True):
            yield f"schema: {self._cut(str(one.schema), 2000)} -> {self._cut(str(other.schema), 2000)}"
            return
        if one.num_rows != other.num_rows:
            yield f"{one.num_rows} rows -> {other.num_rows} rows"
        for name in one.schema.names:
            if not one[name].equals(other[name]):
                # Rendered as text, since a NaN is not equal to itself.
                values = zip(map(repr, one[name].to_pylist()), map(repr, other[name].to_pylist()), strict=False)
                for row, (value, changed_value) in enumerate(values):
                    if value != changed_value:
                        yield f"column {name}, row {row}: {self._cut(value)} -> {self._cut(changed_value)}"
                        break
        if old.suffix == ".arrow":
            yield "bytes"

    def _cut(self, value: Any, length: int = 200) -> str:
        text = str(value)
        if not self._show and not (text.isidentifier() or text.isdecimal()):
            return f"({len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:8]})"
        return text if len(text) <= length else f"{text[:length]}…"


def _read_table(path: Path) -> tuple[Any, dict[bytes, bytes]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if path.suffix == ".arrow":
        with pa.memory_map(str(path)) as source:
            return pa.ipc.open_file(source).read_all(), {}
    with pq.ParquetFile(path) as file:
        metadata = file.metadata.metadata or {}
        kept = {key: metadata[key] for key in metadata if key.startswith(b"crowdarrow.")}
        kept.pop(b"crowdarrow.version", None)
        return file.read().replace_schema_metadata(), kept


def compare(options: argparse.Namespace) -> int:
    """Print the counts and the differences. Returns the exit status: 1 if anything differs."""
    comparison = Comparison(options.old, options.new, show=options.show)
    comparison.run()
    lines = [f"DIFFERENT {difference}" for difference in comparison.differences]
    if options.show or not options.ignore_messages:
        lines += [f"WORDING {wording}" for wording in comparison.wording]
    lines += [f"{count:8,} {name}" for name, count in sorted(comparison.counts.items())]
    lines += [f"{len(comparison.differences):8,} differences, {len(comparison.wording):,} changed messages"]
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(comparison.differences or (comparison.wording and not options.ignore_messages)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("record", help="record what a build writes for every input")
    command.add_argument("out", type=Path, metavar="OUT", help="folder of the recording; must not exist")
    command.add_argument(
        "inputs", type=Path, nargs="+", metavar="INPUT", help="file, or folder with all files below it"
    )
    command.add_argument("--python", type=Path, help="interpreter of the build (default: this one)")
    command.add_argument("--workers", type=int, default=os.cpu_count(), help="processes (default: one per core)")
    command.add_argument("--formats", default=",".join(FORMATS), help="default: %(default)s")
    command.add_argument("--threads", default="1,2", help="numbers of threads (default: %(default)s)")
    command.add_argument("--exclude", action="append", default=[], metavar="NAME", help="skip files of this name")
    command = commands.add_parser("compare", help="compare two recordings")
    command.add_argument("old", type=Path, metavar="OLD")
    command.add_argument("new", type=Path, metavar="NEW")
    command.add_argument("--ignore-messages", action="store_true", help="do not fail if only the wording differs")
    command.add_argument("--show", action="store_true", help="print the values that differ, and changed messages")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    if options.command == "compare":
        return compare(options)
    python = options.python
    if python and python.absolute() != Path(sys.executable).absolute():
        return subprocess.run([python, Path(__file__).resolve(), *given], check=False).returncode
    sys.stdout.write(f"{record(options)} runs\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
