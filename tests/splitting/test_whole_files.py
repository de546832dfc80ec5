"""Splits that are whole files: parts in any order give what one pass gives (docs/contract.md, section 4)."""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow.synthetic import generate_export
from crowdarrow.terminal import valid_json
from support.splitting import assert_same, copies, counts_of, in_parts, table_at

HEADER = (
    "classification_id,user_name,user_id,workflow_id,workflow_version,created_at,"
    "metadata,annotations,subject_data,subject_ids"
)


def classification(
    number: int | str, *, subject: int = 7, name: str = "a", value: Any = "yes", user: str = "ada"
) -> str:
    """A CSV record with an answer and the data of a subject."""
    cells = [
        number, user, "", 10, "2.1", f"2024-01-01 00:00:{int(number or 0) % 60:02} UTC", "{}",
        json.dumps([{"task": "T0", "value": value}, {"task": "T9", "strange": [1]}]),
        json.dumps({str(subject): {"retired": None, "Filename": name}}), subject,
    ]  # fmt: skip
    return ",".join('"' + str(cell).replace('"', '""') + '"' if isinstance(cell, str) else str(cell) for cell in cells)


def write(folder: Path, name: str, lines: list[str], header: str = HEADER) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("\n".join([header, *lines, ""]))
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Downloads of other columns and rejects, in which subjects and records come again, some with other data."""
    folder = tmp_path / "in"
    more = f"{HEADER},mood"
    return [
        write(folder, "b.csv", [classification(n, subject=n % 3, value=[n], user=f"u{n}") for n in range(1, 6)]),
        write(
            folder,
            "a.csv",
            ["broken", *(f"{classification(n, subject=n % 4, name='b')},fine" for n in (3, 8, 8))],
            more,
        ),
        write(
            folder, "c.csv", [classification(n, subject=n % 5, name="cb"[n % 2]) for n in (8, 9, 10)] + ["x", '"open']
        ),
    ]


def test_parts_give_what_one_pass_gives(files: list[Path], tmp_path: Path) -> None:
    plan = ca.splits(files)
    assert [split.names for split in plan.splits] == [(str(path),) for path in files]
    report = assert_same(plan, files, tmp_path, seed=1, twice=[2, 0])
    assert report.rejected > 2
    assert report.leniencies["duplicates"] == 2
    assert report.notes["subject with other data than before"] > 2


def test_first_seen_rows_are_those_of_the_lowest_split(files: list[Path], tmp_path: Path) -> None:
    report = in_parts(ca.splits(files), f"{tmp_path}/out/", seed=2, tables="subjects")
    rows = table_at(report.outputs["subjects"]).to_pylist()
    assert [row["subject_id"] for row in rows] == [1, 2, 0, 3, 4]
    assert [json.loads(row["metadata"])["Filename"] for row in rows] == ["a", "a", "a", "b", "b"]


def test_votes_are_counted_over_all_parts(files: list[Path], tmp_path: Path) -> None:
    report = assert_same(ca.splits(files), files, tmp_path, tables=["answers", "votes", "consensus", "volunteers"])
    assert report.votes["records"] == 11


@pytest.mark.parametrize("options", [
    {"duplicates": "first"}, {"columns": {"answers": ["answer"], "subjects": ["metadata"]}}, {"max_rejects": 9},
    {"people": "drop"},
])  # fmt: skip
def test_options_of_reading_apply_to_all_parts(files: list[Path], tmp_path: Path, options: dict[str, Any]) -> None:
    assert_same(ca.splits(files, **options), files, tmp_path, tables=["answers", "subjects"], **options)


def test_records_are_numbered_over_all_inputs_where_they_have_no_id(tmp_path: Path) -> None:
    header = HEADER.removeprefix("classification_id,")
    lines = [[classification(n, subject=n).partition(",")[2] for n in some] for some in ([1, 2], [3], [2, 4])]
    files = [write(tmp_path / "in", f"{n}.csv", some, header) for n, some in enumerate(lines)]
    report = assert_same(ca.splits(files), files, tmp_path, tables="all,votes")
    numbers = [table_at(tmp_path / "parts" / name)["record"].to_pylist() for name in ("answers", "subjects")]
    assert numbers == [[1, 2, 3, 4, 5], [1, 2, 3, 5]]
    assert report.records == 5


def test_values_are_numbered_over_all_inputs_and_layouts(tmp_path: Path) -> None:
    def annotation(target: str) -> dict[str, Any]:
        body = [{"purpose": "tagging", "value": "title"}, {"purpose": "describing", "value": "x"}]
        return {"type": "Annotation", "motivation": "describing", "body": body, "target": target}

    (tmp_path / "in").mkdir()
    files = [tmp_path / "in" / name for name in ("1.json", "2.csv", "3.json")]
    for file in (files[0], files[2]):
        file.write_text(valid_json([annotation(target) for target in ("p", "q", "p")]))
    files[1].write_text(
        "target,motivation,body_0_purpose,body_0_value\np,describing,describing,y\nq,describing,tagging,title\n"
    )
    assert_same(ca.splits(files), files, tmp_path)
    rows = table_at(tmp_path / "parts/values").to_pylist()
    found = [row["value_index"] for row in rows if row["target"] == "p" and row["tag"] == "title"]
    assert found == list(range(len(found))) == [0, 1, 2, 3]


def test_a_project_of_several_kinds_with_labels_and_media(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    generate_export(tmp_path / "in", records=40, seed=3)
    plan = ca.splits(tmp_path / "in")
    assert set(plan.kinds) == {"zooniverse.classifications", "zooniverse.subjects", "zooniverse.workflows"}
    report = assert_same(plan, tmp_path / "in", tmp_path, tables="all,votes")
    assert sum(report.kinds["zooniverse.classifications"].labels.values()) == 40
    assert ca.open(plan.splits[0], table="answers").schema == plan.schema("answers", "zooniverse.classifications")


def test_a_kind_without_the_table_is_not_read(tmp_path: Path) -> None:
    generate_export(tmp_path / "in", records=10, seed=3)
    report = assert_same(ca.splits(tmp_path / "in"), tmp_path / "in", tmp_path, table="answers")
    assert list(report.kinds) == ["zooniverse.classifications"]
    with pytest.raises(ca.UsageError, match="none of the kinds has a table 'nothing'"):
        ca.convert_split(ca.splits(tmp_path / "in").splits[0], f"{tmp_path}/out/", table="nothing")


@pytest.mark.parametrize("format", ["csv", "arrow"])
def test_files_of_a_folder_have_the_format(files: list[Path], tmp_path: Path, format: Any) -> None:
    report = in_parts(ca.splits(files), f"{tmp_path}/out/", tables="answers,subjects", format=format)
    for name in ("answers", "subjects"):
        found = sorted(Path(report.outputs[name]).iterdir())
        assert [path.suffix for path in found] == [f".{format}"] * 3
        if format == "csv":
            assert sum(len(path.read_text().splitlines()) - 1 for path in found) == report.tables[name]
        else:
            assert table_at(report.outputs[name]).num_rows == report.tables[name]


def test_each_split_gives_the_schema_of_the_plan(files: list[Path]) -> None:
    plan = ca.splits(files)
    rows = [ca.open(split).to_table() for split in copies(plan.splits)]
    assert {table.schema for table in rows} == {plan.schema()}
    assert "mood" in plan.schema().names
    assert sum(table.num_rows for table in rows) == 11
    with pytest.raises(ca.UsageError, match="`people`: the options of a split are those that its plan was made with"):
        ca.open(plan.splits[0], people="drop")


def test_other_processes_convert_splits(files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names = [os.path.relpath(path) for path in files]
    plan = ca.splits(names)
    monkeypatch.chdir("/")
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        futures = [pool.submit(ca.convert_split, split, f"{tmp_path}/out/") for split in plan.splits]
        report = ca.merge(plan, [one.result() for one in futures], f"{tmp_path}/out/")
    monkeypatch.chdir(tmp_path)
    assert counts_of(report) == counts_of(ca.convert(names, "one/"))


def test_a_limit_on_rejects_holds_for_each_part_and_for_all(files: list[Path], tmp_path: Path) -> None:
    plan = ca.splits(files, max_rejects=2)
    parts = [ca.convert_split(split, f"{tmp_path}/out/") for split in plan.splits]
    with pytest.raises(ca.RejectedError) as all_at_once:
        ca.convert(files, f"{tmp_path}/one/", max_rejects=2)
    with pytest.raises(ca.RejectedError) as merged:
        ca.merge(plan, parts, f"{tmp_path}/out/")
    assert str(merged.value) == str(all_at_once.value)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ca.RejectedError) as strict:
        ca.convert_split(ca.splits(files, strict=True).splits[1], f"{tmp_path}/out/")
    assert [str(one) for one in copies([strict.value])] == [str(strict.value)]


def test_parts_that_are_missing_or_foreign_are_errors(files: list[Path], tmp_path: Path) -> None:
    plan, out = ca.splits(files), f"{tmp_path}/out/"
    parts = [ca.convert_split(split, out, table="answers") for split in plan.splits]
    with pytest.raises(ca.UsageError, match="missing are those of the splits 1; convert these"):
        ca.merge(plan, [parts[0], parts[2]], out)
    with pytest.raises(ca.UsageError, match="part 1 was written with other options than part 0"):
        ca.merge(plan, [parts[0], ca.convert_split(plan.splits[1], out, tables="all"), parts[2]], out)
    with pytest.raises(ca.UsageError, match="part 0 is of another plan"):
        ca.merge(ca.splits(files, people="drop"), parts, out)
    parts[1] = ca.convert_split(plan.splits[1], out, table="answers")
    with pytest.raises(ca.UsageError, match=r"part 0 is not in .*other\.parts-.*; give `output` as to `convert_split`"):
        ca.merge(plan, parts, f"{tmp_path}/other/")
    report = ca.merge(plan, None, out)
    assert report.tables == {"answers": 11}
    with pytest.raises(ca.OutputExistsError):
        ca.merge(plan, [ca.convert_split(split, out, table="answers") for split in plan.splits], out)
    ca.merge(plan, None, out, force=True)
    ca.convert_split(plan.splits[0], out)
    ca.discard(plan, out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out", "out.rejects.csv"]


def test_partitions_are_refused(files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ca.UsageError, match="`partition_by` does not go with splits: convert to a folder"):
        ca.convert_split(ca.splits(files).splits[0], f"{tmp_path}/out/", partition_by="task")  # type: ignore[call-arg]


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.csv.gz", "out.arrow"])
def test_a_table_as_one_file_has_the_rows_of_one_pass(files: list[Path], tmp_path: Path, name: str) -> None:
    (tmp_path / "one").mkdir()
    ca.convert(files, tmp_path / "one" / name, table="subjects")
    in_parts(ca.splits(files), f"{tmp_path}/{name}", table="subjects")
    if name.endswith((".parquet", ".arrow")):
        assert table_at(tmp_path / name) == table_at(tmp_path / "one" / name)
    else:
        assert (tmp_path / name).read_bytes() == (tmp_path / "one" / name).read_bytes()


def test_the_manifest_names_all_files_and_each_footer_the_run(files: list[Path], tmp_path: Path) -> None:
    report = in_parts(ca.splits(files), f"{tmp_path}/out/", tables="all", report=tmp_path / "report.json")
    manifest = json.loads((tmp_path / "out/crowdarrow.json").read_text())
    found = sorted(path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.parquet"))
    assert manifest["files"] == found
    assert manifest["tables"]["answers"] == {
        "kind": "zooniverse.classifications", "rows": 11, "files": [one for one in found if one.startswith("answers/")],
    }  # fmt: skip
    assert {pq.read_metadata(tmp_path / "out" / one).metadata[b"crowdarrow.run_id"].decode() for one in found} == {
        manifest["run_id"]
    }
    assert json.loads((tmp_path / "report.json").read_text())["run_id"] == manifest["run_id"] == report.run_id


def test_a_file_that_changed_after_the_plan_is_an_error(files: list[Path], tmp_path: Path) -> None:
    plan = ca.splits(files)
    with files[1].open("a") as file:
        file.write(classification(99) + ",new\n")
    with pytest.raises(ca.DamagedInputError, match="changed after the plan was made; make a new plan"):
        ca.convert_split(plan.splits[1], f"{tmp_path}/out/")


def test_inputs_without_a_path_are_refused(files: list[Path]) -> None:
    with files[0].open("rb") as file, pytest.raises(ca.UsageError, match="cannot be opened in other processes"):
        ca.splits(file)


def test_real_exports_in_parts(shared_data: Path, tmp_path: Path) -> None:
    for kind, pattern in {"a": "zooniverse/*/*.csv", "b": "libcrowds/*/*/*.json", "c": "faults/pybossa/*.csv"}.items():
        found = sorted(shared_data.glob(pattern))[::5]
        by_kind: dict[str, list[Path]] = {}
        for path in found:
            try:
                by_kind.setdefault(ca.Export(path).kind, []).append(path)
            except ca.CrowdarrowError:
                continue
        for number, some in enumerate(by_kind.values()):
            own = tmp_path / f"{kind}{number}"
            own.mkdir()
            assert_same(ca.splits(some), some, own, seed=number, tables="all")
