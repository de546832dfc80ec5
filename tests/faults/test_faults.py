"""The command line in a process of its own: full disks, closed pipes, signals, bad records and wrong arguments."""

import csv
import io
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from support.fake_tables import leftovers

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX signals, limits and mounts")

COMMAND = [sys.executable, "-m", "crowdarrow"]
HEADER = (
    "classification_id,user_name,user_id,user_ip,workflow_id,workflow_name,workflow_version,created_at,gold_standard,"
    "expert,metadata,annotations,subject_data,subject_ids\n"
)


RECORDS = 8_000


@cache
def export(records: int, start: int = 0) -> bytes:
    """Return records of a classification export without the header, about 1 KB each."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for number in range(start, start + records):
        value = f"{number * 2654435761 % 2**32:08x}" * 80
        user, session = number % 50, f"{number % 90:064x}"
        row: list[object] = [number, f"user{user}", user, f"{user:020x}", 7 + number % 2, "Birds", "12.34"]
        row += ["2020-05-01 10:00:00 UTC", "", "", json.dumps({"session": session, "source": "api"})]
        row += [json.dumps([{"task": "T0", "task_label": "What?", "value": value}])]
        row += [json.dumps({str(number): {"retired": None, "Filename": f"{number}.jpg"}}), number]
        writer.writerow(row)
    return text.getvalue().encode()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of 8 MB."""
    path = tmp_path_factory.mktemp("export") / "in.csv"
    path.write_bytes(HEADER.encode() + export(RECORDS))
    return path


def run(folder: Path, *arguments: object, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a folder."""
    given = [*COMMAND, *map(str, arguments)]
    return subprocess.run(given, cwd=folder, capture_output=True, text=True, check=False, timeout=120, **options)


def one_line(text: str) -> bool:
    """Whether the text is one line that the command line wrote."""
    return text.startswith("crowdarrow: ") and text.count("\n") == 1


def test_convert_records_sources_and_is_reproducible(source: Path, tmp_path: Path) -> None:
    done = run(tmp_path, "convert", source, "out.parquet")
    assert done.returncode == 0, done.stderr
    meta = pq.read_metadata(tmp_path / "out.parquet")
    assert meta.num_rows == RECORDS
    sources = json.loads(meta.metadata[b"crowdarrow.sources"])
    assert [(item["name"], item["size"], len(item["blake3"])) for item in sources] == [
        ("in.csv", source.stat().st_size, 64)
    ]
    again = run(tmp_path, "convert", source, "again.parquet", "--threads", "1")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "out.parquet").read_bytes()


@pytest.mark.parametrize("output", ["out.parquet", "out.csv", "out.csv.gz", "out.arrow", "out.xlsx", "out/"])
class TestDisk:
    def check(self, done: "subprocess.CompletedProcess[str]", folder: Path, reason: str) -> None:
        assert done.returncode == 1
        assert one_line(done.stderr), done.stderr
        assert "cannot write out" in done.stderr
        assert reason in done.stderr
        assert leftovers(folder) == []

    def test_file_size_limit_is_reported(self, source: Path, tmp_path: Path, output: str) -> None:
        resource = pytest.importorskip("resource")
        done = run(
            tmp_path, "convert", source, output,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
        )  # fmt: skip
        self.check(done, tmp_path, "file too large; ")
        assert list(tmp_path.iterdir()) == []

    def test_full_disk_leaves_the_earlier_output(self, source: Path, small_disk: Path, output: str) -> None:
        (small_disk / "out.csv").write_text("old")
        done = run(small_disk, "convert", source, output, "--force")
        self.check(done, small_disk, "no space left on device; free some space")
        assert [path.name for path in small_disk.iterdir()] == ["out.csv"]
        assert (small_disk / "out.csv").read_text() == "old"

    def test_read_only_folder_is_reported(self, source: Path, read_only: Path, output: str) -> None:
        done = run(read_only, "convert", source, output)
        self.check(done, read_only, "you may write to")
        assert list(read_only.iterdir()) == []


def mounted(folder: Path, *arguments: str) -> Iterator[Path]:
    """Mount a file system at a folder; skip the test if mounting is not permitted."""
    done = subprocess.run(["mount", *arguments, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    yield from mounted(tmp_path, "-t", "tmpfs", "-o", "size=64k", "tmpfs")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A folder that cannot be written to: by its mode, or by a read-only mount for root, who may ignore modes."""
    if os.geteuid() == 0:
        yield from mounted(tmp_path, "-t", "tmpfs", "-o", "size=64k,ro", "tmpfs")
    else:
        tmp_path.chmod(0o500)
        yield tmp_path
        tmp_path.chmod(0o700)


class TestProcess:
    def start(self, folder: Path, *arguments: str) -> "subprocess.Popen[bytes]":
        """Start a run that reads stdin, and write records to it but no end of input."""
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin
        process.stdin.write(HEADER.encode() + export(RECORDS))
        process.stdin.flush()
        for _ in range(400):
            if leftovers(folder):
                return process
            time.sleep(0.05)
        process.kill()
        pytest.fail("the run did not begin to write")

    @pytest.mark.serial
    @pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
    @pytest.mark.parametrize("output", ["out.parquet", "out.csv", "out/"])
    def test_signal_stops_a_run_that_waits_for_stdin(
        self, tmp_path: Path, output: str, number: int, status: int
    ) -> None:
        (tmp_path / "out.csv").write_text("old")
        with self.start(tmp_path, "convert", "-", output, "--force") as process:
            time.sleep(0.3)
            began = time.monotonic()
            process.send_signal(number)
            process.wait(timeout=30)
            took = time.monotonic() - began
            assert process.stderr
            errors = process.stderr.read().decode()
        assert process.returncode == status
        assert one_line(errors), errors
        assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
        assert (tmp_path / "out.csv").read_text() == "old"
        assert took < 2  # The contract says one second; the rest is for a slow machine.

    def test_kill_leaves_the_earlier_output(self, tmp_path: Path) -> None:
        (tmp_path / "out.parquet").write_text("old")
        with self.start(tmp_path, "convert", "-", "out.parquet", "--force") as process:
            process.kill()
        assert (tmp_path / "out.parquet").read_text() == "old"

    @pytest.mark.parametrize(
        "arguments", [["convert", "{}", "-"], ["inspect", "{}", "--json"], ["schema"], ["--version"]]
    )
    def test_closed_pipe_gives_no_message(self, source: Path, tmp_path: Path, arguments: list[str]) -> None:
        given = [argument.format(source) for argument in arguments]
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run([*COMMAND, *given], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE, check=False)
        os.close(writing)
        assert done.returncode == 1
        assert done.stderr == b""

    @pytest.mark.parametrize(
        "arguments", [["convert", "{}", "-"], ["inspect", "{}"], ["schema"], ["--version"]], ids=lambda given: given[0]
    )
    def test_full_disk_on_stdout_is_reported(self, source: Path, tmp_path: Path, arguments: list[str]) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("there is no /dev/full here")
        given = [argument.format(source) for argument in arguments]
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [*COMMAND, *given], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, check=False, text=True
            )
        assert done.returncode == 1
        assert one_line(done.stderr), done.stderr
        assert "no space left on device" in done.stderr
        assert "internal" not in done.stderr

    @pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
    def test_closed_standard_streams(self, source: Path, tmp_path: Path, closed: str) -> None:
        convert = shlex.join([*COMMAND, "convert", str(source)])
        no_stdout = ">&-" in closed.split()
        for output, status in (("out.csv", 0), ("out/", 0), ("-", 2 if no_stdout else 0)):
            command = f"{convert} {output} {closed}"
            done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False, text=True)
            assert done.returncode == status, (output, done.stderr)
            assert "internal" not in done.stderr
        whole = run(tmp_path, "convert", str(source), "whole.csv")
        assert whole.returncode == 0
        assert (tmp_path / "out.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_no_file_gets_the_descriptor_of_a_closed_stream(self, closed: str) -> None:
        # Otherwise a library that writes a message to descriptor 2 would write it into that file.
        program = "from crowdarrow import cli; cli.run = lambda: open('/dev/null').fileno() <= 2; cli.main()"
        command = f"{shlex.join([sys.executable, '-c', program])} {closed}"
        assert subprocess.run(["sh", "-c", command], check=False).returncode == 0

    def test_closed_stdin_as_input_is_an_error(self, tmp_path: Path) -> None:
        command = f"{shlex.join([*COMMAND, 'convert', '-', 'out.csv'])} <&-"
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, check=False, text=True)
        assert (done.returncode, done.stderr) == (
            2,
            "crowdarrow: INPUT is - (stdin), but the process has no stdin; name a file\n",
        )
        assert not list(tmp_path.glob("out*"))


class TestBadRecords:
    def test_bad_record_is_kept_and_the_others_are_read(self, tmp_path: Path) -> None:
        bad = b'9,"u""\xff",,,7,,1.1,2020-05-01 10:00:00 UTC,,,{},[],{},1\n'
        (tmp_path / "in.csv").write_bytes(HEADER.encode() + export(100) + bad + export(100, 100))
        done = run(tmp_path, "convert", "in.csv", "out.csv", "--report", "run.json")
        assert done.returncode == 3, done.stderr
        report = json.loads((tmp_path / "run.json").read_text())
        assert (report["records"], report["rows"], report["rejected"]) == (201, 200, 1)
        rows = list(csv.reader(io.StringIO((tmp_path / "out.csv.rejects.csv").read_text("latin-1"), newline="")))
        assert rows[1][1:3] == ["101", "102"]
        assert int(rows[1][3]) == len(HEADER.encode() + export(100))
        assert rows[1][7] == bad.decode("latin-1").rstrip("\n")

    @pytest.mark.parametrize("option", [["--strict"], ["--max-rejects", "0"]])
    def test_strict_run_with_a_reject_leaves_no_output(self, tmp_path: Path, option: list[str]) -> None:
        (tmp_path / "in.csv").write_bytes(HEADER.encode() + export(5) + b"x,y\n" + export(5, 5))
        done = run(tmp_path, "convert", "in.csv", "out.csv", *option)
        assert done.returncode == 1
        assert one_line(done.stderr), done.stderr
        assert "record 6" in done.stderr
        assert option[0] in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]

    @pytest.mark.parametrize("command", [["convert", "nowhere.csv", "out.csv"], ["inspect", "nowhere.csv"]])
    def test_unknown_kind_is_wrong_usage(self, tmp_path: Path, command: list[str]) -> None:
        done = run(tmp_path, *command, "--kind", "zooniverse.nothing")
        assert done.returncode == 2
        assert one_line(done.stderr), done.stderr
        assert "zooniverse.classifications" in done.stderr
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("content", [b"", b"\n", b"a,b\n1,2\n", b"\x1f\x8bnonsense"])
    def test_input_that_is_not_an_export_is_an_error_of_one_line(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "in.csv").write_bytes(content)
        for command in (["convert", "in.csv", "out/"], ["inspect", "in.csv"]):
            done = run(tmp_path, *command)
            assert done.returncode == 1
            assert one_line(done.stderr), done.stderr
            assert "in.csv" in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]

    def test_missing_input_is_an_error(self, tmp_path: Path) -> None:
        done = run(tmp_path, "convert", "nowhere.csv", "out.csv")
        assert done.returncode == 1
        assert one_line(done.stderr), done.stderr
        assert "nowhere.csv" in done.stderr
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        "arguments",
        [
            ["convert", "in.csv", ""],
            ["convert", "", "out.csv"],
            ["inspect", ""],
            ["convert", "in.csv", "out.csv", "--workflow-id", "99999999999999999999"],
        ],
    )
    def test_empty_arguments_are_wrong_usage(self, tmp_path: Path, arguments: list[str]) -> None:
        (tmp_path / "in.csv").write_bytes(HEADER.encode() + export(5))
        done = run(tmp_path, *arguments)
        assert done.returncode == 2
        assert one_line(done.stderr), done.stderr
        assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]

    def test_more_threads_than_the_memory_allows_are_one_line(self, source: Path, tmp_path: Path) -> None:
        import resource

        def little_memory() -> None:
            resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

        done = run(tmp_path, "convert", source, "out.parquet", "--threads", 5000, preexec_fn=little_memory)
        assert done.returncode == 1
        assert one_line(done.stderr)
        assert "not enough memory" in done.stderr
        assert "--threads" in done.stderr
        assert leftovers(tmp_path) == []

    def test_wrong_encoding_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_bytes(HEADER.encode() + export(5))
        done = run(tmp_path, "convert", "in.csv", "out.csv", "--encoding", "utf-16")
        assert done.returncode == 1
        assert one_line(done.stderr), done.stderr
        assert "--encoding" in done.stderr
        assert "internal" not in done.stderr

    def test_workflow_export_is_read_from_a_pipe(self, tmp_path: Path) -> None:
        (tmp_path / "in.csv").write_bytes(HEADER.encode() + export(5))
        os.mkfifo(tmp_path / "pipe")
        content = b"workflow_id,version,minor_version,tasks,strings\n7,12,34,{},{}\n"
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,), daemon=True)
        writer.start()
        done = run(tmp_path, "convert", "in.csv", "out.parquet", "--table", "annotations", "--workflows", "pipe")
        assert done.returncode == 0, done.stderr
        assert pq.read_table(tmp_path / "out.parquet")["label_exact"].to_pylist() == [True, None] * 2 + [True]
