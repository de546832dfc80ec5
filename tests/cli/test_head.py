"""`crowdarrow head`: the first rows of a table, as wide as the terminal."""

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len

from crowdarrow.cli import run
from support.terminals import on_terminal

COMMAND = [sys.executable, "-m", "crowdarrow", "head"]
HEADER = [
    "classification_id",
    "user_name",
    "workflow_id",
    "workflow_version",
    "created_at",
    "annotations",
    "subject_ids",
]
NAMES = ["ann", "", "名前がとても長い人", "e\u0301va", "esc\x1b[31m", "two\nlines", "x" * 5000]
Capture = pytest.CaptureFixture[str]


def export(rows: int) -> str:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(HEADER)
    for number in range(rows):
        value = json.dumps([{"task": "T0", "value": f"answer {number}"}])
        name = NAMES[number % len(NAMES)]
        writer.writerow([number, name, 7, "12.10", "2024-05-01 12:00:00 UTC", value, number % 3])
    return text.getvalue()


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)
    Path("in.csv").write_text(export(25), encoding="utf-8")


def printed(arguments: Sequence[str], capsys: Capture) -> list[str]:
    assert run(["head", *arguments]) == 0
    found = capsys.readouterr()
    assert found.err == ""
    return found.out.splitlines()


def test_first_rows_of_the_record_table(capsys: Capture) -> None:
    lines = printed(["in.csv", "--columns", "classification_id,user_name,created_at", "-n", "3"], capsys)
    assert lines == [
        "classification_id  user_name           created_at",
        "-----------------  ------------------  --------------------",
        "                0  ann                 2024-05-01T12:00:00Z",
        '                1  ""                  2024-05-01T12:00:00Z',
        "                2  名前がとても長い人  2024-05-01T12:00:00Z",
        "(the first 3 rows of the table classifications of zooniverse.classifications)",
    ]


def test_rows_are_ten_unless_another_number_is_given(capsys: Capture) -> None:
    for arguments, rows in ([], 10), (["-n", "1"], 1), (["-n", "0"], 0), (["-n", "1000"], 25):
        lines = printed(["in.csv", "--columns", "classification_id", *arguments], capsys)
        assert [int(line) for line in lines[2:] if line.strip().isdigit()] == list(range(rows))
    assert run(["head", "in.csv", "-n", "-1"]) == 2


@pytest.mark.parametrize("width", [1, 10, 40, 80, 120, 200])
@pytest.mark.parametrize("columns", [[], ["--columns", "user_name,annotations,metadata"]])
def test_no_line_is_wider_than_the_terminal(
    width: int, columns: list[str], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    for table in "classifications", "answers":
        if table == "answers" and columns:
            continue
        lines = printed(["in.csv", "--table", table, *columns], capsys)
        assert max(map(cell_len, lines)) <= width
        assert not any("\x1b" in line for line in lines)


def test_columns_that_say_nothing_give_way_and_are_named(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    lines = printed(["in.csv", "--table", "answers"], capsys)
    assert lines[0].split() == ["classification_id", "subject_id", "user_name", "answer"]
    notes = " ".join(line.strip() for line in lines[12:])
    assert "(the same in all these rows: workflow_id 7, workflow_version 12.10, workflow_major 12, " in notes
    assert "(null in all these rows: user_id, " in notes
    monkeypatch.setenv("COLUMNS", "30")
    lines = printed(["in.csv", "--table", "answers"], capsys)
    assert lines[0].split() == ["classification_id", "subject_id"]
    assert "more columns, which --columns shows: user_name, answer)" in " ".join(line.strip() for line in lines)
    monkeypatch.setenv("COLUMNS", "2000")
    assert "label_exact" in printed(["in.csv", "--table", "answers"], capsys)[0]


def test_control_characters_are_escaped(capsys: Capture) -> None:
    text = "\n".join(printed(["in.csv", "--columns", "user_name"], capsys))
    assert r"esc\x1b[31m" in text
    assert r"two\nlines" in text


def test_labels_come_from_a_workflow_export(capsys: Capture) -> None:
    task = {"T0": {"type": "text", "instruction": "T0.instruction"}}
    with Path("workflows.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["workflow_id", "version", "minor_version", "tasks", "strings", "first_task"])
        writer.writerow([7, 12, 10, json.dumps(task), json.dumps({"T0.instruction": "What do you see?"}), "T0"])
    arguments = ["in.csv", "--table", "annotations", "--workflows", "workflows.csv", "--columns", "task,task_label"]
    assert printed(arguments, capsys)[2] == "T0    What do you see?"


def test_rejects_are_said(capsys: Capture) -> None:
    Path("in.csv").write_text("classification_id,annotations,subject_ids\nx,[],1\n2,[],1\n", encoding="utf-8")
    assert run(["head", "in.csv"]) == 0
    found = capsys.readouterr()
    assert found.err == "crowdarrow: 1 of the first 2 records rejected; inspect tells why\n"
    assert "(1 row of the table classifications" in found.out


@pytest.mark.parametrize(
    ("cell", "option", "advice"),
    [
        (b"a", ["--workflow-id", "8"], "the filters left out all records; the values for --workflow-id are 7"),
        (b"\xff", [], "most records are not valid UTF-8; specify --encoding, for example cp1252 or mac-roman"),
    ],
)
def test_a_table_without_rows_says_why(cell: bytes, option: list[str], advice: str, capsys: Capture) -> None:
    Path("in.csv").write_bytes(b"classification_id,workflow_id,user_name,annotations\n1,7," + cell + b",[]\n")
    assert run(["head", "in.csv", *option]) == 0
    assert capsys.readouterr().err.splitlines()[-1] == f"crowdarrow: {advice}"


def test_errors_are_those_of_convert(capsys: Capture) -> None:
    assert run(["head", "in.csv", "--table", "answer"]) == 2
    assert "(did you mean 'answers'?)" in capsys.readouterr().err
    assert run(["head", "nothing"]) == 1


def test_pipe_is_as_wide_everywhere() -> None:
    outputs = {
        subprocess.run([*COMMAND, "-"], input=export(25).encode(), env=env, capture_output=True, check=True).stdout
        for env in (os.environ, os.environ | {"TERM": "dumb", "LINES": "5"})
    }
    (output,) = outputs
    assert max(map(cell_len, output.decode().splitlines())) <= 120


def test_reading_stops_early(tmp_path: Path) -> None:
    """Of an endless input the first rows are there at once."""
    lines = export(1000).splitlines(keepends=True)
    script = "import sys\nhead, rows = sys.argv[1:]\nsys.stdout.write(head)\nwhile True: sys.stdout.write(rows)"
    (tmp_path / "endless.py").write_text(script, encoding="utf-8")
    rows = "1,a,7,1.1,2024-05-01 12:00:00 UTC,[],1\n" * 100
    endless = subprocess.Popen(
        [sys.executable, "endless.py", lines[0], rows], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with endless:
        done = subprocess.run(
            [*COMMAND, "-", "-n", "4"], stdin=endless.stdout, capture_output=True, check=True, timeout=60
        )
        endless.kill()
    assert b"the first 4 rows" in done.stdout


def test_progress_is_shown_while_rows_are_awaited(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    Path("many.csv").write_text(export(20_000), encoding="utf-8")
    monkeypatch.setattr("crowdarrow.preview.command._PATIENCE", 0.0)
    monkeypatch.setattr("crowdarrow.progress._LINE_SECONDS", 0.0)
    monkeypatch.setattr("crowdarrow.progress._LINE_PAUSE", 0.001)
    none = ["many.csv", "--workflow-id", "8", "--columns", "user_name"]
    assert run(["head", *none]) == 0
    plain = capsys.readouterr()
    assert "MB" not in plain.err
    assert run(["head", *none, "--progress"]) == 0
    shown = capsys.readouterr()
    assert shown.out == plain.out
    assert shown.err.endswith(plain.err)
    lines = shown.err.removesuffix(plain.err).splitlines()
    assert lines
    assert all(line.startswith("crowdarrow: ") and "MB" in line for line in lines)


def test_closed_pipe_is_silent(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "large.csv.gz", "wt", encoding="utf-8", compresslevel=1) as file:
        file.write(export(60_000))
    head = subprocess.Popen([*COMMAND, "large.csv.gz", "-n", "60000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with head:
        assert head.stdout
        assert head.stderr
        assert head.stdout.readline().startswith(b"classification_id")
        head.stdout.close()
        assert head.stderr.read() == b""


@pytest.mark.parametrize("width", [40, 133])
def test_terminal_decides_the_width(width: int) -> None:
    text, status = on_terminal(["head", "in.csv"], width=width)
    assert status == 0
    lines = text.splitlines()
    assert width - 12 < max(map(cell_len, lines)) <= width


def test_encoding_without_an_ellipsis() -> None:
    env = os.environ | {"COLUMNS": "40", "PYTHONIOENCODING": "latin-1"}
    done = subprocess.run([*COMMAND, "in.csv", "--columns", "annotations"], env=env, capture_output=True, check=True)
    assert b'\n[{"task": "T0", "value": "answer 0"}]\n' in done.stdout
    done = subprocess.run([*COMMAND, "in.csv", "--columns", "user_name"], env=env, capture_output=True, check=True)
    assert done.stdout.splitlines()[8] == b"x" * 37 + b"..."
