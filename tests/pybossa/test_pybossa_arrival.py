"""PYBOSSA and LibCrowds downloads: zips, empty files, several files, streams, and the command line."""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest

import crowdarrow as ca
from conftest import SHARED_DATA
from crowdarrow.cli import run
from crowdarrow.errors import CrowdarrowError
from crowdarrow.synthetic import generate_collection, generate_results, generate_task_runs, generate_tasks
from support.pybossa_compare import Named

if TYPE_CHECKING:
    from conftest import Collect

Capture = pytest.CaptureFixture[str]
RUNS = [
    {"id": 1, "task_id": 5, "user_id": 9, "finish_time": "2018-05-12T05:20:40", "info": {"title": "Hamlet", "n": 2}},
    {"id": 2, "task_id": 5, "user_id": None, "finish_time": "2018-05-12T05:21:40", "info": "none"},
]
ANSWERS = [("title", "Hamlet"), ("n", "2"), (None, "none")]
DATA = json.dumps(RUNS).encode()
TASK = b'[{"id": 5, "n_answers": 3, "info": {}}]'


def streamed(members: dict[str, bytes]) -> bytes:
    """A zip that a server streams: the size of each member follows its data."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: Any, /) -> int:
            self.written += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    flags = int.from_bytes(stream.written[6:8], "little")
    assert flags & 8, "a data descriptor follows"
    return stream.written


def answers(collect: "Collect", source: Any, **options: Any) -> list[tuple[str | None, str]]:
    """Keys and answers of a download of RUNS."""
    result = collect(source, **options)
    assert (result.kind, result.rejects) == ("pybossa.task_runs", [])
    table = result.tables["answers"]
    return list(zip(table["key"].to_pylist(), table["answer"].to_pylist(), strict=True))


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"__MACOSX/._1_plays_task_run.json": b"\0\5\x16\7"},
        {"1_plays_task_run_info_only.csv": b"title,n\nHamlet,2\n"},
        {"1_plays_task_run_info_only.csv": b"x\n", "__MACOSX/x": b"", "__MACOSX/y": b"z"},
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_zips_as_downloaded(others: dict[str, bytes], first: bool, tmp_path: Path, run_collect: "Collect") -> None:
    own = {"1_plays_task_run.json": DATA}
    path = tmp_path / "1_plays_task_run_json.zip"
    path.write_bytes(streamed(own | others if first else others | own))
    assert answers(run_collect, path) == ANSWERS
    assert answers(run_collect, io.BytesIO(path.read_bytes())) == ANSWERS


def test_zip_of_two_downloads_needs_a_member(tmp_path: Path, run_collect: "Collect", capsys: Capture) -> None:
    path = tmp_path / "both.zip"
    path.write_bytes(streamed({"plays_task.json": TASK, "plays_task_run.json": DATA}))
    with pytest.raises(
        CrowdarrowError, match=r"plays_task\.json is pybossa\.tasks, .*plays_task_run\.json is .*`member`"
    ):
        run_collect(path)
    assert run(["convert", str(path), str(tmp_path / "out.parquet")]) == 2
    message = capsys.readouterr().err
    assert len(message.splitlines()) == 1
    assert "--member" in message
    assert answers(run_collect, path, member="plays_task_run.json") == ANSWERS
    arguments = ["convert", str(path), str(tmp_path / "out.parquet"), "--member", "plays_task.json", "--quiet"]
    assert run(arguments) == 0
    assert pq.read_table(tmp_path / "out.parquet")["n_answers"].to_pylist() == [3]


@pytest.mark.parametrize("form", ["json", "csv"])
def test_truncated_zip(form: str, tmp_path: Path, run_collect: "Collect", capsys: Capture) -> None:
    path = tmp_path / "cut.zip"
    generate_task_runs(path, records=400, format=form, compression="zip")
    whole = run_collect(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    result = run_collect(path)
    read = result.table.num_rows
    assert 50 < read < 400
    assert result.table.equals(whole.table.slice(0, read))
    assert result.kinds == ["truncated"]
    assert result.report.records == read + 1
    capsys.readouterr()
    assert run(["convert", str(path), str(tmp_path / "out") + "/", "--tables", "all", "--no-progress"]) == 3
    assert pq.read_table(tmp_path / "out" / "task_runs.parquet").num_rows == read
    assert "truncated" in capsys.readouterr().err


NAMES = {
    "3_flickr_task.json": "pybossa.tasks",
    "3_flickr_task_run.json": "pybossa.task_runs",
    "3_flickr_result.csv": "pybossa.results",
    "playbills_describing.json": "libcrowds.describing",
    "playbills_tagging.csv": "libcrowds.tagging",
    "playbills_commenting.json": "libcrowds.commenting",
}


@pytest.mark.parametrize("nothing", [b"[]", b"[ ]\n", b"", b"\n", b"\r\n", b"\xef\xbb\xbf[]"])
@pytest.mark.parametrize("name", NAMES)
def test_kind_of_an_empty_file_is_inferred_from_its_name(
    name: str, nothing: bytes, tmp_path: Path, run_collect: "Collect"
) -> None:
    bare, packed, odd = tmp_path / name, tmp_path / "download.zip", tmp_path / "download.json"
    bare.write_bytes(nothing)
    packed.write_bytes(streamed({name: nothing}))
    odd.write_bytes(nothing)
    for path, options in ((bare, {}), (packed, {}), (odd, {"kind": NAMES[name]})):
        result = run_collect(path, **options)
        assert result.kind == NAMES[name]
        assert list(result.tables) == list(ca.kinds()[NAMES[name]])
        assert all(table.num_rows == 0 for table in result.tables.values())
        assert (result.report.records, result.rejects) == (0, [])
    with pytest.raises(CrowdarrowError, match=r"download\.json"):
        run_collect(odd)


def test_explicit_kind(run_collect: "Collect") -> None:
    assert run_collect(DATA).kind == "pybossa.task_runs"
    result = run_collect(DATA, kind="pybossa.results")
    assert (result.kind, result.table["id"].to_pylist()) == ("pybossa.results", [1, 2])
    with pytest.raises(CrowdarrowError, match="pybossa"):
        run_collect(DATA, kind="pybossa.none")
    with pytest.raises(CrowdarrowError):
        run_collect(b'[{"neither": 1, "nor": 2}]')


def test_member_name_comes_before_file_name(tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "x_task_run.zip"
    for member, kind in (("x_result.json", "pybossa.results"), ("x.json", "pybossa.task_runs")):
        path.write_bytes(streamed({member: b"[]"}))
        assert run_collect(path).kind == kind


@pytest.mark.parametrize("members", [{"x_task_info_only.csv": b"task_id,title\n1,T\n"}, {"folder/": b""}])
def test_zip_without_a_download_is_an_error(members: dict[str, bytes], tmp_path: Path, run_collect: "Collect") -> None:
    path = tmp_path / "x_task.zip"
    path.write_bytes(streamed(members))
    with pytest.raises(CrowdarrowError):
        run_collect(path)


def test_several_files_of_one_kind(tmp_path: Path, run_collect: "Collect") -> None:
    for number in range(3):
        generate_tasks(tmp_path / f"{number}_task.json", records=20, seed=number)
    paths = sorted(tmp_path.glob("*.json"))
    alone = [run_collect(path).table["id"].to_pylist() for path in paths]
    together = run_collect(paths, threads=3)
    assert together.table["id"].to_pylist() == [number for ids in alone for number in ids]
    assert together.report.records == 60
    assert run_collect(str(tmp_path / "*_task.json")).table.equals(together.table)
    with pytest.raises(
        CrowdarrowError, match=r"0_task\.json is pybossa\.tasks, task_run\.json is pybossa\.task_runs.*`kind`"
    ):
        run_collect([paths[0], Named(DATA, "task_run.json")])


@pytest.mark.parametrize("pack", [bytes, gzip.compress, lambda data: streamed({"a_task_run.json": data})])
def test_stdin(pack: Any, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "crowdarrow", "convert", "-", "-", "--table", "answers", "--quiet"]
    done = subprocess.run(command, input=pack(DATA), capture_output=True, check=True, cwd=tmp_path)
    header, *lines = done.stdout.decode().splitlines()
    assert header.startswith("id,task_id,project_id,user_id,key,answer_index,kind,answer")
    assert len(lines) == len(ANSWERS)
    assert b"Hamlet" in done.stdout


@pytest.mark.parametrize("form", ["json", "csv"])
@pytest.mark.parametrize("kind", ["pybossa.tasks", "pybossa.task_runs", "pybossa.results", "libcrowds.tagging"])
def test_inspect(kind: str, form: str, tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "download.zip"
    options: dict[str, Any] = {"records": 30, "format": form, "compression": "zip"}
    if kind == "libcrowds.tagging":
        generate_collection(path, motivation="tagging", **options)
    else:
        makers = {"tasks": generate_tasks, "task_runs": generate_task_runs, "results": generate_results}
        makers[kind.partition(".")[2]](path, **options)
    assert run(["inspect", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["records"]) == (kind, 30)
    assert run(["inspect", str(path)]) == 0
    assert kind in capsys.readouterr().out


@pytest.mark.parametrize("kind", [kind for kind in ca.kinds() if not kind.startswith("zooniverse")])
def test_schema(kind: str, capsys: Capture) -> None:
    for table in ca.kinds()[kind]:
        assert run(["schema", kind, table, "--json"]) == 0
        printed = capsys.readouterr().out
        assert all(name in printed for name in ca.schema(kind, table).names)


def test_command_line_on_real_zips(shared_data: Path, tmp_path: Path) -> None:
    paths = sorted((shared_data / "libcrowds" / "derived").glob("66_synthetic_edge_*.zip"))
    assert paths
    for path in paths:
        out = tmp_path / path.stem
        assert run(["convert", str(path), f"{out}/", "--tables", "all", "--quiet"]) == 0
        assert SHARED_DATA in path.parents
        assert len(list(out.glob("*.parquet"))) == 3


LAYOUTS = {
    "a": b"genre_0,target,title_0\nFarce,https://t.example/1,Hamlet\n",
    "b": b"id,motivation,target,body_0_purpose,body_0_value\n1,describing,https://t.example/1,tagging,title\n",
    "json": b'[{"type": "Annotation", "motivation": "describing", "body": [], "target": "https://t.example/1"}]',
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_listed_tables_equal_written_tables(layout: str, tmp_path: Path, capsys: Capture) -> None:
    """Layout A has values only, and no annotations."""
    path = tmp_path / "describing"
    path.write_bytes(LAYOUTS[layout])
    written = [path.stem for path in map(Path, ca.convert(path, f"{tmp_path}/out/").outputs.values())]
    assert written == (["values"] if layout == "a" else ["annotations", "values"])
    found = ca.inspect(path)
    assert (found.kind, found.tables) == ("libcrowds.describing", written)
    assert run(["inspect", str(path)]) == 0
    assert f"libcrowds.describing (tables: {', '.join(written)})" in capsys.readouterr().out
    assert set(written) <= set(ca.kinds()[found.kind])
    assert run(["convert", str(path), str(tmp_path / "one.csv"), "--table", "annotations"]) == (
        2 if layout == "a" else 0
    )
