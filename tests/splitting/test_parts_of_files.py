"""Splits within a file: found by one pass, by an index, or guessed and checked, they give what one pass gives."""

import gzip
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import crowdarrow as ca
from crowdarrow.indexing.index import path_of_index, write_index
from crowdarrow.indexing.positions import find_positions
from crowdarrow.synthetic import generate_classifications, generate_collection, generate_task_runs
from support.hostile import examples
from support.splitting import assert_same, copies, redone, table_at

IS_LONG = settings().max_examples >= 1000
"""Whether the profile is the one that runs for hours."""
HEADER = (
    b"classification_id,user_name,workflow_id,workflow_version,created_at,metadata,annotations,subject_data,"
    b"subject_ids\n"
)


def classification(number: int) -> bytes:
    """A record of two lines, whose subjects come again with other data."""
    subject = number % 3
    return (
        b'%d,"a ""b"",\nc",10,2.1,2024-01-01 00:00:00 UTC,{},"[{""task"":""T0"",""value"":""\\n,%d""}]",'
        b'"{""%d"":{""n"":%d}}",%d\r\n' % (number, number % 4, subject, number % 5, subject)
    )


CSV = HEADER + b"".join(map(classification, range(12)))
RUNS = [{"id": n, "task_id": 2, "user_ip": '}\n{,"', "info": {"a": [n, {}]}} for n in range(12)]
ANNOTATIONS = [
    {"type": "Annotation", "motivation": "describing", "target": f"t{n % 2}", "created": "2017-05-22T21:08:29Z",
     "body": [{"purpose": "tagging", "value": "title"}, {"purpose": "describing", "value": "]"}]}
    for n in range(10)
]  # fmt: skip
FILES = {
    "classifications.csv": CSV,
    "broken.csv": CSV.replace(b'"a ""b"",\nc",10', b'"a "b,', 4)[:-30],
    "unclosed.csv": CSV[:900] + b'7,"never closed\n' + CSV[900:],
    "no_id.csv": CSV.replace(b"classification_id", b"number", 1),
    "runs.json": json.dumps(RUNS).encode(),
    "lines.json": b"\n".join(json.dumps(run).encode() for run in RUNS) + b"\n",
    "damaged.json": json.dumps(RUNS).encode().replace(b"}, {", b"}{", 2).replace(b'"id": 9,', b'"id": 9 9,')[:-40],
    "pages.json": json.dumps(RUNS[:6]).encode() + b"\n" + json.dumps(RUNS[6:]).encode(),
    "columns.json": json.dumps({key: {str(n): run[key] for n, run in enumerate(RUNS)} for key in RUNS[0]}).encode(),
    "annotations.json": json.dumps(ANNOTATIONS, indent=1).encode(),
}

SHAPES = HEADER + b"".join(
    classification(n).replace(b'""\\n,', b'[[],{""k%d"":1}],""x"":""\\n,' % (n * 7 % 260)) for n in range(300)
)

WHOLE = {"pages.json", "columns.json"}
"""Those that cannot be divided, or not everywhere."""


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("method", ["exact", "probe"])
def test_parts_of_any_size_give_what_one_pass_gives(name: str, method: Any, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name])
    for target in (1, 700):
        plan = ca.splits(path, target, method)
        if method == "exact" and name not in WHOLE:
            assert len(plan.splits) > (1 if target > 1 else 8)
        assert_same(plan, path, tmp_path, seed=target, tables="all", force=True)


def test_votes_rejects_and_numbers_of_parts(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(FILES["no_id.csv"].replace(b"{},", b"[],", 3))
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for method in ("exact", "probe"):
        plan = ca.splits(files, 700, method)
        report = assert_same(plan, files, tmp_path, tables="all,votes,volunteers", force=True)
    assert report.rejected == 6
    assert table_at(tmp_path / "parts/answers")["record"].to_pylist()[-1] == 24


def test_shapes_that_are_noted_do_not_depend_on_parts(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(SHAPES)
    report = assert_same(ca.splits(path, 4000), path, tmp_path, tables="all")
    shapes = {note for note in report.notes if note.startswith("value that no table takes apart")}
    assert len(shapes) == 101


def test_a_split_reads_its_own_records(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(CSV)
    plan = ca.splits(path, 600)
    tables = [ca.open(split).to_table() for split in copies(plan.splits)]
    assert [number for table in tables for number in table["classification_id"].to_pylist()] == list(range(12))
    assert [split.start for split in plan.splits[1:]] == [split.end for split in plan.splits[:-1]]
    assert sum(split.bytes for split in plan.splits[:-1]) == plan.splits[-1].start
    with pytest.raises(ca.UsageError, match=r"votes is counted over the whole input.*`convert_split`"):
        ca.open(plan.splits[0], "votes")
    assert ca.open(ca.splits(path).splits[0], "votes").to_table().equals(ca.Export(path).table("votes").to_table())
    guesses = ca.splits(path, 600, "probe")
    with pytest.raises(ca.UsageError, match="`method` probe can only be converted"):
        ca.open(guesses.splits[1])


def test_wrong_guesses_are_found_and_done_again(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(CSV)
    plan = ca.splits(path, 500, "probe")
    first, second, *rest = plan.splits
    # A place within a quoted cell, as if the guess had been wrong.
    wrong = CSV.index(b'c"', second.start)
    second = replace(second, position=(wrong, 1, 0))
    plan = replace(plan, splits=(replace(first, end=wrong), second, *rest))
    out = f"{tmp_path}/out/"
    parts = [ca.convert_split(split, out) for split in plan.splits]
    (again,) = plan.redo(parts)
    assert (again.number, again.start > wrong, again.end) == (1, True, second.end)
    with pytest.raises(ca.UsageError, match="the guessed starts of the splits 1 are wrong"):
        ca.merge(plan, parts, out)
    ca.merge(plan, redone(plan, parts, out), out)
    one = ca.convert(path, f"{tmp_path}/one/")
    for name, file in one.outputs.items():
        assert table_at(tmp_path / "out" / name) == table_at(file)


def test_an_index_replaces_the_pass_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(HEADER + b"".join(map(classification, range(60_000))))
    index = tmp_path / "my.json"
    write_index(path, index)
    plan = ca.splits(path, 1 << 20, index=index)
    assert len(plan.splits) >= 2
    parts = [ca.convert_split(split, f"{tmp_path}/out/", table="classifications") for split in plan.splits]
    report = ca.merge(plan, parts, f"{tmp_path}/out/")
    one = ca.convert(path, f"{tmp_path}/one/", table="classifications")
    assert report.sources == one.sources
    assert table_at(report.outputs["classifications"]) == table_at(one.outputs["classifications"])
    path.write_bytes(CSV)
    with pytest.raises(ca.DamagedInputError, match="changed after its index was made"):
        ca.splits(path, index=index)
    other = tmp_path / "other.csv"
    other.write_bytes(CSV)
    with pytest.raises(ca.UsageError, match="is the index of a file that is not among the inputs"):
        ca.splits(other, index=[index])
    with pytest.raises(ca.UsageError, match="`index` needs `method` exact"):
        ca.splits(path, method="probe", index=index)
    with pytest.raises(ca.InputNotFoundError, match=r"there is no index .*none\.json"):
        ca.splits(path, index=tmp_path / "none.json")
    with pytest.raises(ca.DamagedInputError, match=r"in\.csv is damaged, or no index of crowdarrow"):
        ca.splits(path, index=path)
    with pytest.raises(ca.UsageError, match="`index` must be a path or a list of paths, not 5"):
        ca.splits(path, index=5)  # type: ignore[arg-type]


def test_files_of_one_name_have_an_index_each(tmp_path: Path) -> None:
    paths = [tmp_path / folder / "in.csv" for folder in ("may", "june")]
    for number, path in enumerate(paths):
        path.parent.mkdir()
        path.write_bytes(HEADER + b"".join(map(classification, range(10 + number))))
        write_index(path)
    indices = [f"{path}.crowdarrow-index.json" for path in reversed(paths)]
    assert len(ca.splits(paths, index=indices).splits) == 2
    # The other one is read.
    may, june = ca.splits(paths, index=indices[:1]).splits
    assert (may.inputs[0].digest, june.inputs[0].digest is None) == (None, False)


def test_planning_looks_at_few_bytes_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(HEADER + b"".join(map(classification, range(10_000))))
    seen: list[tuple[int, int]] = []

    def find(one: Any, source: Any, options: Any, every: int) -> Any:
        seen.append((options.block_bytes, every))
        return find_positions(one, source, options, every)

    monkeypatch.setattr("crowdarrow.splitting.cutting.find_positions", find)
    for target in (1 << 20, 1 << 19, 1000):
        assert len(ca.splits(path, target, block_bytes=1 << 17).splits) > 1
    assert seen == [(1 << 16, 1 << 16), (1 << 16, 1 << 15), (1 << 16, 62)]


def test_wrong_objects_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(CSV)
    plan = ca.splits(path)
    with pytest.raises(ca.UsageError, match=r"`split` must be one of the splits of a plan, not an obj.*Plan"):
        ca.convert_split(plan, f"{tmp_path}/out/")  # type: ignore[arg-type]
    with pytest.raises(ca.UsageError, match=r"`plan` must be what ca\.splits returned"):
        ca.merge(plan.splits, None, f"{tmp_path}/out/")  # type: ignore[arg-type]


def test_an_index_is_found_by_what_its_file_is_not_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = []
    for folder, records in (("a", range(60_000)), ("b", range(7, 50_000))):
        (tmp_path / folder).mkdir()
        paths.append(tmp_path / folder / "in.csv")
        paths[-1].write_bytes(HEADER + b"".join(map(classification, records)))
        write_index(paths[-1])
    indices = [tmp_path / f"{folder}.json" for folder in "ab"]
    for path, index in zip(paths, indices, strict=True):
        Path(path_of_index(path)).rename(index)
    monkeypatch.setattr("crowdarrow.splitting.cutting.find_positions", None)  # no file is read whole
    alone = [ca.splits(path, 1 << 20, index=index).splits for path, index in zip(paths, indices, strict=True)]
    expected = [split.position for splits in alone for split in splits]
    assert len(set(expected)) == 3
    assert [split.position for split in ca.splits(paths, 1 << 20, index=indices[::-1]).splits] == expected
    moved = paths[0].rename(tmp_path / "moved.csv")
    assert [split.position for split in ca.splits([moved, paths[1]], 1 << 20, index=indices).splits] == expected
    copy = shutil.copy2(moved, tmp_path / "copy.csv")
    monkeypatch.undo()
    assert len(ca.splits([moved, copy], 1 << 20, index=indices[0]).splits) > 8  # it may be of either, so of none


def test_a_file_that_cannot_be_divided_is_one_split(tmp_path: Path) -> None:
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(CSV))
    (tmp_path / "utf16.csv").write_bytes(CSV.decode().encode("utf-16"))
    assert len(ca.splits(tmp_path / "in.csv.gz", 10).splits) == 1
    assert len(ca.splits(tmp_path / "utf16.csv", 10, encoding="utf-16").splits) == 1


def test_wrong_arguments_of_a_plan_are_named(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(CSV)
    with pytest.raises(ca.UsageError, match="`method` must be exact or probe, not 'guess'"):
        ca.splits(path, method="guess")  # type: ignore[arg-type]
    with pytest.raises(ca.UsageError, match="`target_bytes` must be at least 1"):
        ca.splits(path, 0)


def damaged(data: bytes, chance: random.Random) -> bytes:
    """The data with some bytes deleted, doubled, or replaced by those that have a meaning."""
    found = bytearray(data)
    signs = [b'"', b'""', b"\n", b",", b"}", b"[", b"\\", b"\xff", b"\r", b""]
    for _ in range(chance.choice([0, 1, 3, 12])):
        at = chance.randrange(len(found))
        found[at : at + chance.choice([0, 1, 1, 7])] = chance.choice(signs)
    return bytes(found)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("made")
    generate_classifications(folder / "c.csv", records=12, seed=4)
    generate_task_runs(folder / "r.json", records=12, seed=4)
    generate_task_runs(folder / "r.csv", records=12, seed=4)
    generate_collection(folder / "a.json", records=12, seed=4)
    return [path for path in sorted(folder.iterdir()) if path.suffix in {".csv", ".json"}]


@given(st.integers(0, 1 << 30))
@examples(0.5 if IS_LONG else 0.3)
def test_parts_of_hostile_files(made: list[Path], tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same each time
    source = chance.choice(made)
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / source.name
    path.write_bytes(damaged(source.read_bytes(), chance))
    try:
        plan = ca.splits(path, chance.choice([700, 3000]), chance.choice(["exact", "probe"]))
    except ca.CrowdarrowError:
        return  # the header is damaged
    assert_same(plan, path, folder, seed=seed, twice=[0], tables="all")
    shutil.rmtree(folder)


def real_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".csv", ".json"} and path.stat().st_size < 2 << 20 and "suites" not in path.parts:
            try:
                ca.Export(path).kind  # noqa: B018 - raises if it is none
            except ca.CrowdarrowError:
                continue
            yield path


def test_parts_of_real_exports_and_fault_files(shared_data: Path, tmp_path: Path) -> None:
    chance = random.Random(1)  # noqa: S311 - the same each time
    files = list(real_files(shared_data))
    chosen = files if IS_LONG else chance.sample(files, min(len(files), 5))
    for number, path in enumerate(chosen):
        folder = tmp_path / str(number)
        folder.mkdir()
        target = max(1, path.stat().st_size // chance.choice([2, 5, 12]))
        plan = ca.splits(path, target, chance.choice(["exact", "probe"]))
        assert_same(plan, path, folder, seed=number, tables="all")
        shutil.rmtree(folder)
