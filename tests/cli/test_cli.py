"""The command line: options, exit status, stdout and stderr."""

import contextlib
import importlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import IO, Any

import pyarrow.parquet as pq
import pytest

import crowdarrow
from crowdarrow.cli import run
from crowdarrow.errors import (
    DamagedInputError,
    InputNotFoundError,
    OutputExistsError,
    RejectedError,
    UnknownKindError,
    UsageError,
)
from support.fake_tables import FakeTables, Opener, leftovers, reject

FAKE = [sys.executable, str(Path(__file__).parents[1] / "support" / "fake_tables.py")]


@pytest.fixture
def opener(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Opener:
    """The fake reader, installed; the test runs in a new folder."""
    made = Opener()
    monkeypatch.setattr(importlib.import_module("crowdarrow.conversion.run"), "open_kinds", made.kinds)
    monkeypatch.chdir(tmp_path)
    return made


Capture = pytest.CaptureFixture[str]


def _read_all(screen: IO[bytes]) -> str:
    """All that is written to a pseudo-terminal, until it is closed."""
    parts = []
    with contextlib.suppress(OSError):  # how Linux reports the end
        while part := screen.read(4096):
            parts.append(part)
    return b"".join(parts).decode()


@pytest.mark.usefixtures("opener")
class TestConvert:
    def test_all_converted(self, capsys: Capture) -> None:
        assert run(["convert", "in.csv", "out.parquet"]) == 0
        assert pq.read_metadata("out.parquet").num_rows == 1000
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.splitlines()[0].startswith(
            "zooniverse.classifications: 1,000 records, 1,000 rows, 0 rejected in "
        )
        assert "  classifications: 1,000 rows -> out.parquet" in printed.err

    def test_rejects_give_status_3_and_a_complete_output(self, opener: Opener, capsys: Capture) -> None:
        opener.setup["rejects"] = {0: [reject(1, b"x")]}
        assert run(["convert", "in.csv", "out.parquet"]) == 3
        assert pq.read_metadata("out.parquet").num_rows == 1000
        assert "rejected records are in out.parquet.rejects.csv" in capsys.readouterr().err
        assert run(["convert", "in.csv", "-"]) == 3
        assert "rejected records were not kept; --rejects FILE writes them to a file" in capsys.readouterr().err

    def test_quiet(self, capsys: Capture) -> None:
        assert run(["convert", "in.csv", "out.parquet", "--quiet"]) == 0
        assert capsys.readouterr() == ("", "")

    def test_every_option_reaches_the_reader_or_the_sinks(self, opener: Opener) -> None:
        given = (
            "convert a.csv b.csv out/ --tables marks,annotations --kind subjects --workflow-id 1,2 --strict --force "
            "--workflow-version 1..2 --since 2020 --until 2021 --compression gzip --compression-level 2 "
            "--row-group-size 300 --partition-by workflow_id --rejects r.csv --max-rejects 5 --threads 2 "
            "--max-record-bytes 1000 --encoding cp1252 --no-progress --report r.json --member m "
            "--format parquet"
        )
        assert run(given.split()) == 0
        assert opener.asked == {
            "inputs": ["a.csv", "b.csv"],
            "tables": ("marks", "annotations"),
            "kind": "zooniverse.subjects",
            "workflow_id": (1, 2),
            "workflow_version": "1..2",
            "since": "2020",
            "until": "2021",
            "strict": True,
            "max_rejects": 5,
            "threads": 2,
            "max_record_bytes": 1000,
            "encoding": "cp1252",
            "digest": "blake3",
            "member": "m",
        }
        assert sorted(os.listdir()) == ["out", "r.csv", "r.json"]
        assert pq.read_metadata("out/marks/workflow_id=7/part-0.parquet").row_group(0).column(0).compression == "GZIP"
        assert run(["convert", "in.csv", "out.csv", "--columns", "a, b", "--csv-safe"]) == 0
        assert opener.asked["columns"] == ("a", "b")
        assert "'=1+1" in Path("out.csv").read_text()

    def test_no_progress_bar_without_a_terminal(self, capsys: Capture) -> None:
        for name, options in (("a.csv", []), ("b.csv", ["--progress"])):
            assert run(["convert", "in.csv", name, *options]) == 0
            assert (
                capsys.readouterr().err.strip().splitlines()[0].startswith("zooniverse.classifications: 1,000 records")
            )

    @pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
    @pytest.mark.parametrize(
        ("options", "is_shown"),
        [("", True), ("--no-progress", False), ("--quiet", False), ("--quiet --progress", True)],
    )
    def test_progress_bar_on_a_terminal(self, options: str, is_shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {"TERM": "xterm", "COLUMNS": "160", "NO_COLOR": "1"}.items():
            monkeypatch.setenv(name, value)
        master, slave = os.openpty()
        with ThreadPoolExecutor(1) as pool, open(master, "rb", buffering=0) as screen:  # noqa: PTH123 - a descriptor
            shown = pool.submit(_read_all, screen)
            with open(slave, "w", encoding="utf-8") as stream, monkeypatch.context() as patch:  # noqa: PTH123
                patch.setattr(sys, "stderr", stream)
                assert run(["convert", "in.csv", "out.csv", *options.split()]) == 0
            text = shown.result()
        # The bar's last state is 1,000 rows; then its line is erased.
        assert ("1,000 rows, 0 rejected" in text and "\x1b[2K" in text) is is_shown
        assert ("1,000 records, 1,000 rows" in text) is ("--quiet" not in options)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["convert"],
            ["convert", "in.csv"],
            ["convert", "in.csv", "out.txt"],
            ["convert", "in.csv", "out.csv", "--workflow-id", "x"],
            ["convert", "in.csv", "out.csv", "--columns", "a,,b"],
            ["convert", "in.csv", "out.csv", "--threads", "0"],
            ["convert", "in.csv", "out.csv", "--compression", "lzma"],
            ["convert", "in.csv", "out.csv", "--no-such-option"],
            ["convert", "in.csv", "out.csv", "--tables", "all"],
            ["nothing"],
            ["schema", "zooniverse.nothing"],
            ["schema", "zooniverse.classifications", "nothing"],
        ],
    )
    def test_wrong_usage_gives_status_2_and_one_line(self, arguments: list[str], capsys: Capture) -> None:
        assert run(arguments) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("crowdarrow: ")
        assert printed.err.count("\n") == 1
        assert os.listdir() == []

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            (DamagedInputError("in.csv is damaged"), 1),
            (InputNotFoundError("no such file"), 1),
            (UnknownKindError("what is this"), 1),
            (RejectedError("record 5"), 1),
            (OutputExistsError("there"), 1),
            (UsageError("no"), 2),
            (ZeroDivisionError("bug"), 1),
            (MemoryError(), 1),
            (KeyboardInterrupt(), 130),
        ],
    )
    def test_errors_are_one_line(self, opener: Opener, error: BaseException, status: int, capsys: Capture) -> None:
        opener.setup["fail"] = error
        assert run(["convert", "in.csv", "out.parquet", "--report", "r.json"]) == status
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("crowdarrow: ")
        assert str(error) in printed.err
        assert printed.err.count("\n") == 1
        assert os.listdir() == []

    def test_existing_output_error_names_force(self, opener: Opener, capsys: Capture) -> None:
        Path("out.csv").write_text("old")
        assert run(["convert", "in.csv", "out.csv"]) == 1
        assert capsys.readouterr().err == "crowdarrow: out.csv exists already; --force replaces it\n"
        assert Path("out.csv").read_text() == "old"
        assert not opener.opened


class TestOthers:
    def test_version(self, capsys: Capture) -> None:
        assert run(["--version"]) == 0
        assert capsys.readouterr().out == f"crowdarrow {crowdarrow.__version__}\n"

    @pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["convert", "--help"]])
    def test_help_and_version_load_neither_pyarrow_nor_rich(self, arguments: list[str]) -> None:
        code = (
            f"import sys; from crowdarrow.cli import run; assert run({arguments!r}) == 0;"
            "assert not {'pyarrow', 'rich', 'pandas', 'numpy'} & set(sys.modules), sorted(sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    # numpy is only kept out by main(), before pyarrow is imported.
    @pytest.mark.parametrize(
        ("entry", "output", "numpy"),
        [("run(arguments)", "out.parquet", set()), ("main()", "out.parquet", {"numpy"}), ("main()", "out/", {"numpy"})],
    )
    def test_small_conversion_loads_few_modules(self, entry: str, output: str, numpy: set[str], tmp_path: Path) -> None:
        absent = {"pandas", "rich", "pyarrow.compute", "pyarrow.parquet", "concurrent.futures", "hashlib"} | numpy
        marks = '"[{""task"":""T0"",""value"":[{""x"":1.5,""y"":2,""tool"":0,""tool_label"":""Dot""}]}]"'
        records = "".join(f"{number},{marks},2\n" for number in range(300))
        (tmp_path / "in.csv").write_text(f"classification_id,annotations,subject_ids\n{records}", encoding="utf-8")
        code = (
            "import os, sys; from crowdarrow.cli import main, run; os._exit = sys.exit\n"
            f"arguments = ['convert', 'in.csv', {output!r}]; sys.argv[1:] = arguments\n"
            f"try: {entry}\nexcept SystemExit as done: assert not done.code\n"
            "print(*(name for name, module in sys.modules.items() if module))"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
        assert (tmp_path / output).exists()
        loaded = set(done.stdout.split())
        assert "pyarrow._parquet" in loaded
        assert not absent & loaded

    def test_no_arguments_show_the_help(self, capsys: Capture) -> None:
        assert run([]) == 2
        assert "crowdarrow convert classifications.csv out/" in capsys.readouterr().err

    @pytest.mark.parametrize("command", ["convert", "inspect", "schema"])
    def test_help(self, command: str, capsys: Capture) -> None:
        assert run([command, "--help"]) == 0
        assert f"crowdarrow {command}" in capsys.readouterr().out

    @pytest.mark.parametrize("command", ["convert", "inspect", "head", "extracts"])
    def test_help_has_an_option_before_those_that_depend_on_it(self, command: str, capsys: Capture) -> None:
        assert run([command, "--help"]) == 0
        text = capsys.readouterr().out
        assert 0 < text.index("--people ") < text.index("--people-key ")
        assert text.find("--since ") <= text.find("--until ")

    def test_schema(self, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
        monkeypatch.setenv("COLUMNS", "120")
        assert run(["schema"]) == 0
        listed = capsys.readouterr().out
        for kind, tables in crowdarrow.kinds().items():
            assert f"{kind}: {', '.join(tables)}" in listed
        assert run(["schema", "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == crowdarrow.kinds()
        assert run(["schema", "zooniverse.classifications", "classifications", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        expected = crowdarrow.schema("zooniverse.classifications", "classifications")
        assert found["table"] == "classifications"
        types = {one["name"]: one["type"] for one in found["columns"]}
        assert list(types.items()) == [(one.name, str(one.type)) for one in expected]
        texts = {one.name: one.metadata[b"description"].decode() for one in expected}
        assert {one["name"]: one["description"] for one in found["columns"]} == texts
        (metadata,) = (one for one in found["columns"] if "children" in one)
        assert metadata["children"][2]["name"] == "session"
        assert metadata["children"][2]["description"].startswith("the only key that distinguishes visitors")
        assert run(["schema", "zooniverse.classifications"]) == 0
        text = capsys.readouterr().out
        assert re.search(r"\n  user_ip +string +a token that differs in every export, not an address\n", text)
        assert "\n  metadata.session  " in text

    @pytest.mark.parametrize("width", [20, 60, 80, 120, 200])
    def test_descriptions_are_as_wide_as_the_terminal(
        self, width: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture
    ) -> None:
        monkeypatch.setenv("COLUMNS", str(width))
        for kind in crowdarrow.kinds():
            assert run(["schema", kind]) == 0
        lines = capsys.readouterr().out.splitlines()
        names = ("  ", "zooniverse.", "pybossa.", "libcrowds.")
        assert all(line.startswith(names) for line in lines)
        wide = [line for line in lines if len(line) > max(width, 30)]
        # Only names with long types, whose descriptions follow.
        assert all("  struct<" in line or "  list<struct<" in line or width < 50 for line in wide)

    def test_schema_of_tables_on_request(self, capsys: Capture) -> None:
        assert run(["schema"]) == 0
        assert "subjects; on request: votes, consensus, volunteers\n" in capsys.readouterr().out
        assert run(["schema", "zooniverse.classifications", "consensus"]) == 0
        assert "\n  most_likely        string     the answer with the most votes; " in capsys.readouterr().out
        assert run(["schema", "zooniverse.classifications"]) == 0
        assert "zooniverse.classifications votes\n" in capsys.readouterr().out


class TestInspect:
    @pytest.fixture
    def opened(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """The setup of the fake reader that `inspect` uses; tests may change it."""
        setup: dict[str, Any] = {"rejects": {0: [reject(3, b"secret", more=True), reject(3, b"secret")]}}

        def fake(*_arguments: Any) -> SimpleNamespace:
            return SimpleNamespace(
                export=FakeTables.export,
                compile=lambda _tables: None,
                read=lambda _compiled: FakeTables(["classifications", "annotations"], **setup),
            )

        monkeypatch.setattr(importlib.import_module("crowdarrow.inspection.inspection"), "open_inputs", fake)
        return setup

    def test_json(self, opened: dict[str, Any], capsys: Capture) -> None:
        assert opened
        assert run(["inspect", "in.csv", "--json"]) == 0
        text = capsys.readouterr().out
        assert "secret" not in text
        found = json.loads(text)
        assert found["kind"] == "zooniverse.classifications"
        assert (found["records"], found["rows"], found["rejected"]) == (1001, 1000, 1)
        assert found["first"] == "2017-07-14T02:40:00Z"
        assert found["last"] == "2017-07-14T04:36:33.123456Z"
        assert found["workflows"] == [
            {"workflow_id": 7, "name": "Workflow 7", "records": 334, "versions": {"12.34": 334}},
            {"workflow_id": 8, "name": "Workflow 8", "records": 333, "versions": {"12.4": 333}},
            {"workflow_id": 9, "name": "Workflow 9", "records": 333, "versions": {"9.1": 333}},
        ]
        assert found["dialects"] == {"fem": 500, "pfe": 500}
        shapes = {
            task["task"]: {one["shape"]: one["annotations"] for one in task["ranges"][0]["shapes"]}
            for task in found["tasks"]
        }
        assert shapes == {"T0": {"string": 500}, "T1": {"array": 250, "string": 250}}
        assert [(change["task"], change["after"]) for change in found["drift"]["changes"]] == [
            ("T1", ["array", "string"])
        ]
        assert found["volunteers"]["classifications"] == 1000
        assert found["rejects"] == {
            "json": {
                "count": 1,
                "examples": [
                    {
                        "source": "in.csv", "record": 3, "line": 4, "byte_offset": 30, "column": "metadata",
                        "message": 'bad, "x"',
                    }
                ],
            }
        }  # fmt: skip

    def test_text(self, opened: dict[str, Any], capsys: Capture) -> None:
        assert opened
        assert run(["inspect", "in.csv"]) == 0
        text = capsys.readouterr().out
        assert "records    1,001, of which 1 rejected; 1,000 rows" in text
        assert "workflow   8 Workflow 8: 333; versions 12.4 (333)" in text
        assert "rejected   json (1): in.csv record 3 line 4 byte 30" in text

    def test_export_without_records(self, opened: dict[str, Any], capsys: Capture) -> None:
        opened |= {"rows": 0, "rejects": {}}
        assert run(["inspect", "in.csv", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["records"], found["first"], found["workflows"], found["dialects"]) == (0, None, [], {})


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
class TestProcesses:
    """The command in its own process, with a fake reader that yields rows slowly."""

    def start(self, folder: Path, *arguments: str, rows: int = 100_000, pause: float = 0.01, again: int = 100) -> Any:
        return subprocess.Popen(
            [*FAKE, str(rows), str(pause), str(again), "--", *arguments], cwd=folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def wait_for_temporary(self, folder: Path) -> None:
        for _ in range(600):
            if leftovers(folder):
                return
            time.sleep(0.05)
        pytest.fail("the run did not begin to write")

    @pytest.mark.serial
    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    def test_signal_stops_the_run_within_a_second_and_cleans_up(self, tmp_path: Path, number: int, status: int) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "marks.parquet").write_text("old")
        with self.start(tmp_path, "convert", "in.csv", "out/", "--force", rows=20_000) as process:
            self.wait_for_temporary(tmp_path)
            time.sleep(0.3)
            began = time.monotonic()
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
            took = time.monotonic() - began
        assert process.returncode == status
        assert errors.count("\n") == 1
        assert "no output was changed" in errors
        assert [path.name for path in tmp_path.rglob("*")] == ["out", "marks.parquet"]
        assert (tmp_path / "out" / "marks.parquet").read_text() == "old"
        assert took < 2  # one second, and as much for a busy machine

    def test_kill_leaves_the_earlier_output(self, tmp_path: Path) -> None:
        (tmp_path / "out.parquet").write_text("old")
        with self.start(tmp_path, "convert", "in.csv", "out.parquet", "--force", rows=20_000) as process:
            self.wait_for_temporary(tmp_path)
            process.kill()
        assert (tmp_path / "out.parquet").read_text() == "old"

    def test_closed_pipe_gives_no_message(self, tmp_path: Path) -> None:
        with self.start(tmp_path, "convert", "in.csv", "-", rows=20_000, pause=0) as process:
            assert process.stdout.readline().startswith("classification_id,")
            process.stdout.close()
            errors = process.stderr.read()
        assert process.returncode == 1
        assert errors == ""

    def test_stdout_can_be_a_file(self, tmp_path: Path) -> None:
        with (tmp_path / "out.csv").open("wb") as file:
            done = subprocess.run(
                [*FAKE, "1000", "0", "1", "--", "convert", "in.csv", "-"],
                cwd=tmp_path,
                stdout=file,
                check=False,
            )
        assert done.returncode == 0
        assert (tmp_path / "out.csv").read_text().count("\n") == 1201
