"""`people`: names are replaced by keyed hashes, or dropped, in everything that is written or returned."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import blake3
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from crowdarrow import exports
from crowdarrow.cli import run
from crowdarrow.read.people import key_of
from support import extract_files, named_people

KEY = bytes(range(32))
PATHS = list(named_people.EXPORTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("people")
    named_people.write_all(found)
    (found / "people.key").write_text(KEY.hex())
    return found


def options(folder: Path, mode: str) -> dict[str, Any]:
    return {"people": mode} | ({"people_key": folder / "people.key"} if mode == "hash" else {})


def hashed(text: object) -> str:
    return blake3.blake3(str(text).encode(), key=KEY).hexdigest()[:16]


def tables_of(path: Path) -> list[str]:
    export = ca.Export(path)
    more = ["votes", "consensus", "volunteers"] if export.kind.endswith("classifications") else []
    return [*export.tables, *more]


def marks_in(data: bytes) -> list[bytes]:
    return [mark for mark in named_people.MARKS if mark in data]


def is_clean(place: Path) -> bool:
    """Whether no byte written below a folder is of a name; compressed files are read too."""
    for file in sorted(place.rglob("*")):
        if file.is_file():
            assert not marks_in(file.read_bytes()), file
            assert not marks_in(file.name.encode())
            if file.suffix == ".parquet":
                assert not marks_in(repr((pq.read_table(file).to_pylist(), pq.read_metadata(file).metadata)).encode())
    return True


@pytest.mark.parametrize("mode", ["hash", "drop"])
@pytest.mark.parametrize("file", PATHS)
def test_no_byte_written_names_a_person(folder: Path, tmp_path: Path, file: str, mode: str) -> None:
    tables = "all" if "classifications" not in file else "all,votes,consensus,volunteers"
    for format_ in ("parquet", "csv", "arrow"):
        out = tmp_path / f"{format_}/out"
        out.parent.mkdir()
        report = ca.convert(
            folder / file, f"{out}/", tables=tables, format=format_, report=out.parent / "report.json",
            compression="none" if format_ != "csv" else None, **options(folder, mode),
        )  # fmt: skip
        assert report.records
        assert not marks_in((str(report) + report.to_json()).encode())
    assert is_clean(tmp_path)


@pytest.mark.parametrize("mode", ["hash", "drop"])
@pytest.mark.parametrize("file", PATHS)
def test_nothing_returned_names_a_person(folder: Path, file: str, mode: str) -> None:
    for table in tables_of(folder / file):
        with ca.open(folder / file, table, **options(folder, mode)) as reader:
            schema = reader.schema
            rows = reader.to_table()
            assert rows.schema.equals(schema)
            assert ca.Export(folder / file, **options(folder, mode)).table(table).schema.equals(schema)
            assert not marks_in(repr((rows.to_pylist(), reader.rejects, reader.report)).encode())
            for name in rows.column_names:  # one column alone is as safe
                alone = ca.open(folder / file, table, columns=[name], **options(folder, mode)).to_table()
                assert not marks_in(repr(alone.to_pylist()).encode())
                if alone.num_rows == rows.num_rows:  # a record is rejected for the columns that are read
                    assert alone[name].to_pylist() == rows[name].to_pylist(), name


def test_the_inputs_have_the_marks_that_are_looked_for(folder: Path, tmp_path: Path) -> None:
    for file in PATHS:
        report = ca.convert(folder / file, f"{tmp_path}/{file}/", format="csv")
        found = b"".join(one.read_bytes() for one in tmp_path.rglob(f"{file}*/*"))
        assert b"Zq-" in found, file
        assert report.rejected or "classif" not in file


@pytest.mark.parametrize("file", PATHS)
def test_hashes_are_those_of_the_names_that_are_kept(folder: Path, file: str) -> None:
    for table in tables_of(folder / file):
        kept = ca.open(folder / file, table).to_table()
        found = ca.open(folder / file, table, **options(folder, "hash")).to_table()
        dropped = ca.open(folder / file, table, **options(folder, "drop")).to_table()
        assert found.schema.equals(dropped.schema)
        for name in {"user_name", "user_id", "user_ip", "external_uid", "creator", "data.user_id"} & {
            *kept.column_names
        }:
            assert found[name].type == pa.string()
            values = kept[name].to_pylist()
            assert found[name].to_pylist() == [None if one is None else hashed(one) for one in values]
            assert dropped[name].null_count == len(values)
        if "fav_user_ids" in kept.column_names:
            lists = kept["fav_user_ids"].to_pylist()
            assert found["fav_user_ids"].to_pylist() == [[hashed(one) for one in ids] for ids in lists]
        others = [
            name for name in kept.column_names if kept[name].type not in {pa.string(), *map(pa.list_, [pa.int64()])}
        ]
        for name in {*others} - {"user_id", "metadata", "number", "fav_user_ids"}:
            assert found[name].to_pylist() == kept[name].to_pylist(), name


def test_members_of_json_are_replaced_and_all_else_is_kept_byte_for_byte(folder: Path) -> None:
    rows = {
        mode: ca.open(folder / "classifications.csv", **options(folder, mode)).to_table() for mode in ("keep", "hash")
    }
    for name in ("annotations", "subject_data"):
        for before, after in zip(rows["keep"][name].to_pylist(), rows["hash"][name].to_pylist(), strict=True):
            expected = before
            for number in range(10):
                one, address = named_people.ID + number, named_people.ADDRESS.format(number)
                expected = expected.replace(f'"user_id": {one}', f'"user_id": "{hashed(one)}"')
                expected = expected.replace(f'"user_ip": "{address}"', f'"user_ip": "{hashed(address)}"')
            assert after == expected != before
    runs = ca.open(folder / "task_runs.json", **options(folder, "hash")).to_table().to_pylist()
    assert json.loads(runs[0]["info"]) == {
        "genre": "play", "user_id": hashed(named_people.ID + 1), "creator": {"id": hashed(named_people.name(3))},
        "nested": {"external_uid": hashed(named_people.name(2))},
    }  # fmt: skip
    found = ca.open(folder / "collection.json", **options(folder, "hash")).to_table().to_pylist()
    first = hashed(f"https://example.org/{named_people.name(1)}")
    assert (found[0]["creator"], json.loads(found[0]["raw_creator"])) == (first, {"id": first})
    assert json.loads(found[0]["raw_body"])["creator"] == {"id": first}
    assert (found[2]["creator"], found[2]["raw_creator"]) == (hashed(named_people.name(3)), None)


def test_answers_whose_key_names_a_person(folder: Path) -> None:
    for file in ("task_runs.json", "task_runs_p2.csv"):
        rows = ca.open(folder / file, "answers", **options(folder, "hash")).to_table().to_pylist()
        kept = ca.open(folder / file, "answers").to_table().to_pylist()
        pairs = {row["key"]: row["answer"] for row in rows}
        assert pairs["user_id"] == hashed(named_people.ID + 1)
        assert pairs["genre"] == "play"
        assert [row["kind"] for row in rows] == [row["kind"] for row in kept]
        assert all(row["number"] is None for row in rows if row["key"] == "user_id")
    assert pairs["creator_id"] == hashed(named_people.name(1))
    assert pairs["creator_name"] is pairs["0_creator_name"] is None


def test_votes_are_the_same_and_volunteers_differ_by_name_alone(folder: Path) -> None:
    file = folder / "classifications.csv"
    for table in ("votes", "consensus", "volunteers"):
        kept = ca.open(file, table).to_table().to_pylist()
        for mode in ("hash", "drop"):
            found = ca.open(file, table, **options(folder, mode)).to_table().to_pylist()
            for row in kept if table == "volunteers" else ():
                assert row["classifications"]
            plain = [{name: one for name, one in row.items() if "user_" not in name} for row in kept]
            assert [{name: one for name, one in row.items() if "user_" not in name} for row in found] == plain
            assert kept


def test_rejects_have_neither_bytes_nor_values(folder: Path, tmp_path: Path) -> None:
    for file in ("classifications.csv", "task_runs.json", "task_runs_p1.csv", "tasks.json", "subjects.csv"):
        kept = ca.convert(folder / file, f"{tmp_path}/keep-{file}/")
        report = ca.convert(folder / file, f"{tmp_path}/hash-{file}/", **options(folder, "hash"))
        assert report.rejects == kept.rejects
        assert report.rejected
        assert report.suggestion == kept.suggestion
        rows = [
            pa.csv.read_csv(path, convert_options=pa.csv.ConvertOptions(strings_can_be_null=True)).to_pylist()
            for path in (kept.rejects_path, report.rejects_path)
        ]
        assert [row["kind"] for row in rows[0]] == [row["kind"] for row in rows[1]]
        assert [row["raw"] for row in rows[1]] == [None] * len(rows[0])
        assert Path(str(report.rejects_path)).read_text().splitlines()[1].endswith(",")
        with ca.open(folder / file, **options(folder, "drop")) as reader:
            reader.to_table()
        assert [one.raw for one in reader.rejects] == [b""] * len(rows[0])


def test_an_inspection_names_nobody(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for file in PATHS:
        plain = ca.inspect(folder / file)
        for mode in ("hash", "drop"):
            found = ca.inspect(folder / file, **options(folder, mode))
            assert not marks_in((str(found) + json.dumps(found.to_dict())).encode())
            assert found.records == plain.records
            volunteers = [one.to_dict().get("volunteers") for one in (found, plain)]
            assert volunteers[0] == volunteers[1]
            assert run(["inspect", str(folder / file), "--json", "--people", "drop"]) == 0
            assert not marks_in("".join(capfd.readouterr()).encode())


def test_errors_and_first_rows_name_nobody(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for file in PATHS:
        for more in (["head"], ["head", "--people", "drop"]):
            assert run([*more, str(folder / file)]) == 0
            assert bool(marks_in(capfd.readouterr().out.encode())) >= (len(more) == 1 and "user_name" in file)
        run(["convert", str(folder / file), "-o", "-", "--strict", "--people", "drop"])
        assert not marks_in("".join(capfd.readouterr()).encode())


def test_a_key_is_made_that_only_its_owner_can_read(folder: Path, tmp_path: Path) -> None:
    key = tmp_path / "new.key"
    first = ca.open(folder / "classifications.csv", people="hash", people_key=key).to_table()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(bytes.fromhex(key.read_text())) == 32
    assert os.listdir(tmp_path) == ["new.key"]
    again = ca.Export(folder / "classifications.csv", people="hash", people_key=key).to_table()
    assert again.equals(first)
    other = ca.open(folder / "classifications.csv", people="hash", people_key=tmp_path / "b.key").to_table()
    assert not set(other["user_name"].to_pylist()) & set(first["user_name"].to_pylist())
    assert (
        ca.Export(folder / "classifications.csv", people="hash", people_key=tmp_path / "c.key").schema == first.schema
    )
    assert not (tmp_path / "c.key").exists()


def test_keys_of_other_content(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "key"
    context = "crowdarrow 2026-11-30 names of people"
    for content, key in {
        KEY.hex().encode() + b"\n": KEY,
        KEY.hex().upper().encode(): KEY,
        b"a long pass phrase\n": blake3.blake3(b"a long pass phrase", derive_key_context=context).digest(),
        b"\xff" * 64: blake3.blake3(b"\xff" * 64, derive_key_context=context).digest(),
    }.items():
        path.write_bytes(content)
        assert key_of(path) == key
    for content, what in {b"": "is empty", b" \n": "is empty", b"fifteen bytes!!": "fewer than 16 bytes"}.items():
        path.write_bytes(content)
        with pytest.raises(ca.InputError, match=what):
            ca.open(folder / "classifications.csv", people="hash", people_key=path)
        assert path.read_bytes() == content
    for place in (tmp_path, tmp_path / "none/key"):
        with pytest.raises(ca.InputError, match="`people_key`"):
            ca.open(folder / "classifications.csv", people="hash", people_key=place)


def test_the_footer_has_an_id_of_the_key_and_not_the_key(folder: Path, tmp_path: Path) -> None:
    ids = set()
    for number, key in enumerate([folder / "people.key", folder / "people.key", tmp_path / "other.key"]):
        out = tmp_path / f"{number}.parquet"
        ca.convert(folder / "classifications.csv", out, people="hash", people_key=key)
        footer = json.loads(pq.read_metadata(out).metadata[b"crowdarrow.options"])
        assert footer["people"] == "hash"
        assert "people_key" not in footer
        assert key.read_bytes().strip() not in out.read_bytes()
        assert str(key).encode() not in out.read_bytes()
        ids.add(footer["people_key_id"])
    assert len(ids) == 2


def test_wrong_usage_says_what_to_do(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = str(folder / "classifications.csv")
    assert run(["convert", file, f"{tmp_path}/a.parquet", "--people", "hash"]) == 2
    assert "--people hash needs a key: name its file with --people-key" in capfd.readouterr().err
    assert run(["convert", file, f"{tmp_path}/a.parquet", "--people-key", "k"]) == 2
    assert "--people-key is the key of hashed names" in capfd.readouterr().err
    assert run(["inspect", file, "--people", "hash"]) == 2
    key = tmp_path / "a.csv"
    assert run(["convert", file, str(key), "--people", "hash", "--people-key", str(key)]) == 2
    assert "would be replaced by the output" in capfd.readouterr().err
    assert run(["convert", file, f"{tmp_path}/out/", "--people", "hash", "--people-key", f"{tmp_path}/out/k"]) == 2
    assert os.listdir(tmp_path) == []


def test_extracts_name_nobody_and_have_the_same_hashes(folder: Path, tmp_path: Path) -> None:
    jobs = {
        "question_extractor": [{"task": "T0"}],
        "point_extractor": [{"task": "T1"}],
        "pluck_and_split_extractor": [{"task": "T0", "pluck": {"pluck.name": "metadata.user_name"}}],
    }
    file = folder / "classifications.csv"
    for mode in ("keep", "hash", "drop"):
        config = extract_files.config_of(jobs, workflow_id=1, workflow_version="1.2")
        ca.extracts(file, config, tmp_path / mode, report=tmp_path / f"{mode}.json", **options(folder, mode))
    for mode in ("hash", "drop"):
        assert is_clean(tmp_path / mode)
        assert not marks_in((tmp_path / f"{mode}.json").read_bytes())
    (name,) = (path.name for path in (tmp_path / "keep").glob("question*"))
    rows = {mode: extract_files.rows_of(tmp_path / mode / name) for mode in ("keep", "hash", "drop")}
    people = ("user_name", "user_id")
    for number, row in enumerate(rows["keep"]):
        expected = {one: hashed(cell) if one in people else cell for one, cell in row.items()}
        assert rows["hash"][number] == expected
        assert rows["drop"][number] == {one: cell for one, cell in row.items() if one not in people}
    assert {row.get("user_id") for row in rows["keep"]} > {None}
    found = list(ca.iter_extracts(file, "question_extractor", {"task": "T0"}, people="drop"))
    assert not marks_in(repr(found).encode())
    key = tmp_path / "keep" / name
    with pytest.raises(ca.UsageError, match="would be replaced"):
        ca.extracts(file, config, tmp_path / "keep", people="hash", people_key=key)


def test_ids_of_extracts_are_hashed_as_integers(folder: Path, tmp_path: Path) -> None:
    cells = ["7", "7.0", "+7", "not logged in", "NA", ""]
    records = [extract_files.record([{"task": "T0", "value": "Yes"}], user_id=cell) for cell in cells]
    config = extract_files.config_of({"question_extractor": [{"task": "T0"}]})
    report = ca.extracts(extract_files.export_of(records), config, tmp_path, **options(folder, "hash"))
    (path,) = report.files.values()
    assert [row.get("user_id") for row in extract_files.rows_of(path)] == [hashed(7)] * 3 + [None] * 3


def test_a_whole_project_has_one_name_for_a_person(folder: Path, tmp_path: Path) -> None:
    inputs = [folder / file for file in PATHS]
    key = tmp_path / "keys/project.key"
    key.parent.mkdir()
    ca.convert(inputs, f"{tmp_path}/out/", subject_keys=["user_name", "a"], people="hash", people_key=key)
    assert is_clean(tmp_path / "out")
    manifest = json.loads((tmp_path / "out/crowdarrow.json").read_text())
    assert key.read_text().strip() not in json.dumps(manifest)
    own = bytes.fromhex(key.read_text())
    person = blake3.blake3(str(named_people.ID + 1).encode(), key=own).hexdigest()[:16]
    ids = {
        kind: set(pq.read_table(tmp_path / f"out/{kind}/{kind.partition('.')[2]}.parquet")["user_id"].to_pylist())
        for kind in ("zooniverse.classifications", "pybossa.task_runs")
    }
    assert all(person in found for found in ids.values())
    answers = pq.read_table(tmp_path / "out/zooniverse.classifications/answers.parquet")
    names = {blake3.blake3(named_people.name(n).encode(), key=own).hexdigest()[:16] for n in (0, 1)}
    assert set(answers["subject.user_name"].to_pylist()) == names
    assert set(answers["subject.a"].to_pylist()) == {"0", "1"}


def test_partitions_by_people_have_names_of_hashes(folder: Path, tmp_path: Path) -> None:
    ca.convert(
        folder / "classifications.csv", f"{tmp_path}/out/", table="answers", partition_by="user_id",
        **options(folder, "hash"),
    )  # fmt: skip
    assert is_clean(tmp_path / "out")
    assert (tmp_path / f"out/user_id={hashed(named_people.ID + 1)}").is_dir()


def test_a_key_may_come_from_a_pipe(folder: Path, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, KEY.hex().encode())
    os.close(write)
    inputs = [folder / "classifications.csv", folder / "task_runs.json"]
    ca.convert(inputs, f"{tmp_path}/out/", people="hash", people_key=f"/dev/fd/{read}")
    os.close(read)
    runs = pq.read_table(tmp_path / "out/pybossa.task_runs/task_runs.parquet")
    assert hashed(named_people.ID + 1) in runs["user_id"].to_pylist()


def test_thousands_of_short_rejects_have_no_bytes(folder: Path, tmp_path: Path) -> None:
    lines = (named_people.name(number) for number in range(10_100))
    text = named_people.classifications().partition("\n")[0] + "\n" + "\n".join(lines)
    report = ca.convert(text.encode(), f"{tmp_path}/out/", **options(folder, "hash"))
    assert report.rejected == 10_100
    rows = pa.csv.read_csv(report.rejects_path, convert_options=pa.csv.ConvertOptions(strings_can_be_null=True))
    assert rows["raw"].null_count == rows.num_rows > 10_000
    assert is_clean(tmp_path)


def test_every_export_says_what_names_people() -> None:
    for export in exports.EXPORTS:
        assert export.people is not None
        assert {"user_id", "user_name"} <= {*export.people.names}
