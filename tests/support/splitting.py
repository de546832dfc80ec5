"""Converting an export in parts, and comparing the result with that of one pass."""

import pickle
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq

import crowdarrow as ca

_NOT_COMPARED = {"seconds", "outputs", "run_id", "rejects_path", "kinds"}
_READ_ONLY = (
    "kind",
    "workflows",
    "subjects",
    "subject_keys",
    "columns",
    "duplicates",
    "strict",
    "max_rejects",
    "people",
)


def copies(values: Iterable[Any]) -> list[Any]:
    """The values as another process gets them."""
    return [pickle.loads(pickle.dumps(value)) for value in values]  # noqa: S301 - made here


def in_parts(plan: ca.Plan, output: str, *, seed: int = 0, twice: Sequence[int] = (), **options: Any) -> ca.Report:
    """Convert all splits in some order, some of them twice, as other processes would, and merge the parts."""
    numbers = [*range(len(plan.splits)), *twice]
    random.Random(seed).shuffle(numbers)  # noqa: S311 - the same order each time
    merging = {name: options.pop(name) for name in ("force", "rejects", "report") if name in options}
    parts = {}
    for number in numbers:
        (split,) = copies([plan.splits[number]])
        parts[number] = ca.convert_split(split, output, **options)
    (whole,) = copies([plan])
    return ca.merge(whole, redone(whole, copies(parts.values()), output, **options), output, **merging)


def redone(plan: ca.Plan, parts: Iterable[ca.PartReport], output: str, **options: Any) -> list[ca.PartReport]:
    """The parts, with those of splits that started at wrong guesses."""
    found = list(parts)
    while wrong := plan.redo(found):
        found += [ca.convert_split(split, output, **options) for split in copies(wrong)]
    return found


def table_at(path: str | Path) -> pa.Table:
    """A table that was written, as a file or as a folder of files in the order of their names."""
    path = Path(path)
    if path.is_dir():
        return pa.concat_tables([table_at(one) for one in sorted(path.iterdir())])
    if path.suffix == ".arrow":
        with pa.OSFile(str(path)) as file, pyarrow.ipc.open_file(file) as reader:
            return reader.read_all()
    return pq.read_table(path)


def counts_of(report: ca.Report) -> dict[str, Any]:
    """All counts of a report, those of its kinds too."""
    found = {name: value for name, value in report.to_dict().items() if name not in _NOT_COMPARED}
    return found | {"kinds": {name: counts_of(one) for name, one in report.kinds.items()}}


def assert_same(
    plan: ca.Plan, inputs: Any, folder: Path, *, seed: int = 0, twice: Sequence[int] = (), **options: Any
) -> ca.Report:
    """Check that the parts give the tables, the rejects and the report of one pass; returns that report."""
    reading = {name: options.pop(name) for name in list(options) if name in _READ_ONLY}
    one = ca.convert(inputs, f"{folder}/one/", **reading, **options)
    several = in_parts(plan, f"{folder}/parts/", seed=seed, twice=twice, **options)
    assert counts_of(several) == counts_of(one)
    assert list(several.outputs) == list(one.outputs)
    for name, path in one.outputs.items():
        expected, found = table_at(path), table_at(several.outputs[name])
        assert found.schema.equals(expected.schema, check_metadata=False), name
        assert found.equals(expected), name
    for suffix in ["", *(f"/{kind}" for kind in one.kinds)]:
        first, second = (Path(f"{folder}/{name}{suffix}.rejects.csv") for name in ("one", "parts"))
        assert second.exists() == first.exists()
        assert not first.exists() or second.read_bytes() == first.read_bytes()
    assert not list(folder.glob("*.parts-*")), "the folder of parts is removed"
    return one
