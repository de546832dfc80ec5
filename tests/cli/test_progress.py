"""Progress on terminals of several widths, in log files, and the width of an inspection."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

import crowdarrow as ca
import crowdarrow.progress
from crowdarrow.cli import run
from crowdarrow.progress import ProgressBar, ProgressLines, follow, line_of
from crowdarrow.read.output import Progress
from support.terminals import on_terminal

ROWS = 30_000
COMMANDS = {
    "convert": ["convert", "in.csv", "out.csv", "--threads", "1"],
    "inspect": ["inspect", "in.csv", "--threads", "1"],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("progress")
    value = '"[{""task"":""T0"",""value"":""' + "x" * 200 + '""}]"'
    rows = "".join(f"{number},a,7,1.1,{value},1\n" for number in range(ROWS))
    header = "classification_id,user_name,workflow_id,workflow_version,annotations,subject_ids\n"
    (found / "in.csv").write_text(header + rows, encoding="utf-8")
    return found


def written(arguments: list[str], width: int, folder: Path, *, stdout: bool = False) -> str:
    """What a command writes to stderr, or to stdout too, if that is a terminal of a width."""
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm-256color"}
    text, status = on_terminal(arguments, width=width, stdout=stdout, folder=folder, env=env)
    assert status == 0
    return text


def screens(text: str) -> list[str]:
    """The lines that were shown, without escape sequences."""
    return [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line) for line in re.split(r"[\r\n]+", text)]


@pytest.mark.parametrize("command", list(COMMANDS))
@pytest.mark.parametrize("width", [40, 63, 80, 120, 200])
def test_bar_is_one_line_of_any_terminal(command: str, width: int, folder: Path) -> None:
    (folder / "out.csv").unlink(missing_ok=True)
    text = written([*COMMANDS[command], *(["--quiet", "--progress"] if command == "convert" else [])], width, folder)
    shown = [line for line in screens(text) if line.strip()]
    assert any("100%" in line for line in shown)
    assert max(map(len, shown)) < width
    # The cursor moves up only once, to erase the bar at the end: the bar never took a second line.
    assert "\x1b[2A" not in text
    assert text.count("\x1b[1A") <= 1
    if width >= 120:
        assert any(f"{ROWS:,} rows, 0 rejected" in line for line in shown)


def test_line_keeps_what_matters_most() -> None:
    progress = Progress(1_200_000_000, 4_800_000_000, 0, 12_345_678, 3)
    lines = {width: line_of(progress, 10.0, width) for width in (200, 70, 50, 40, 20, 3)}
    assert lines == {
        200: " 25%, 1,200.0 of 4,800.0 MB, 120.0 MB/s, 12,345,678 rows, 3 rejected, 0:00:30 left",
        70: " 25%, 1,200.0 of 4,800.0 MB, 12,345,678 rows, 3 rejected, 0:00:30 left",
        50: " 25%, 1,200.0 of 4,800.0 MB, 0:00:30 left",
        40: " 25%, 0:00:30 left",
        20: " 25%, 0:00:30 left",
        3: " 25",
    }
    stream = progress._replace(bytes_total=None)
    assert line_of(stream, 10.0, 60) == "1,200.0 MB, 12,345,678 rows, 3 rejected, 120.0 MB/s"
    assert line_of(stream, 10.0, 30) == "1,200.0 MB, 12,345,678 rows"
    assert line_of(Progress(0, 10, 0, 0, 0), 0.0).endswith("-:--:-- left")
    assert line_of(Progress(10, 10, 5, 5, 0), 9.0, 40) == "100%, 0.0 of 0.0 MB, 5 rows, finishing"


def test_log_file_has_a_line_each_30_seconds(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 1000.0
    monkeypatch.setattr("crowdarrow.progress.time.monotonic", lambda: now)
    with ProgressLines() as show:
        for _ in range(1300):  # 130 seconds
            now += 0.1
            show(Progress(int((now - 1000) * 1e6), 200_000_000, 0, 5, 0))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 4
    assert lines[0] == "crowdarrow: 15%, 30.0 of 200.0 MB, 1.0 MB/s, 5 rows, 0 rejected, 0:02:50 left"


@pytest.mark.parametrize("command", list(COMMANDS))
def test_lines_are_written_only_if_asked_for(
    command: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(crowdarrow.progress, "_LINE_SECONDS", 0.0)
    for option, is_shown in ([], False), (["--no-progress"], False), (["--progress"], True):
        Path("out.csv").unlink(missing_ok=True)
        assert run([*COMMANDS[command], *option]) == 0
        assert ("crowdarrow: " in capsys.readouterr().err) is is_shown


def test_inspection_is_as_wide_as_the_terminal(folder: Path) -> None:
    for width in (40, 100):
        text = written(["inspect", "in.csv", "--no-progress"], width, folder, stdout=True)
        lines = text.splitlines()
        assert max(map(len, lines)) <= width
        assert any(line.startswith(" " * 11) for line in lines)
    command = [sys.executable, "-m", "crowdarrow", "inspect", "in.csv"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == f"{crowdarrow.inspect(folder / 'in.csv')}\n".replace(str(folder / "in.csv"), "in.csv")


def test_bar_goes_on_while_no_block_comes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "100")
    read = count(10)
    with ProgressBar() as bar:
        follow(bar, lambda: Progress(next(read), 100, 5, 7, 0))
        time.sleep(0.35)
    percents = [int(found) for found in re.findall(r"(\d+)%", capsys.readouterr().err)]
    assert len(set(percents)) >= 3
    assert percents == sorted(percents)


class SlowEnd(io.BytesIO):
    """A file whose end takes a while, as the digest of an archive does."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if not data:
            time.sleep(0.5)
        return data


@pytest.mark.parametrize("action", [ca.inspect, lambda file, progress: ca.convert(file, "out.csv", progress=progress)])
def test_lines_go_on_while_no_block_comes(
    action: Callable[..., object],
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(crowdarrow.progress, "_LINE_SECONDS", 0.1)
    with ProgressLines() as lines:
        action(SlowEnd((folder / "in.csv").read_bytes()), progress=lines)
    shown = capsys.readouterr().err.splitlines()
    assert len(shown) >= 3
    assert all(line.startswith("crowdarrow: ") for line in shown)
    assert "crowdarrow-progress" not in [thread.name for thread in threading.enumerate()]


def test_speed_is_since_reading_began(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(crowdarrow.progress, "_LINE_SECONDS", 0.0)
    with ProgressLines() as lines:
        follow(lines, lambda: Progress(10**9, None, 5, 5, 0), time.monotonic() - 1000)
        time.sleep(0.3)
    assert "5 rows, 0 rejected, 1.0 MB/s" in capsys.readouterr().err


def test_functions_of_callers_are_called_between_blocks_only() -> None:
    called: list[object] = []
    follow(called.append, lambda: Progress(1, 2, 3, 4, 5))
    assert called == []
