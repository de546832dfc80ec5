"""The table of each thread's time."""

import subprocess
import sys
from pathlib import Path

import pytest

import waits

SCHEDSTAT = Path("/proc/self/schedstat")


@pytest.mark.skipif(not SCHEDSTAT.exists(), reason="needs Linux's schedstat")
def test_waits_lists_each_thread(tmp_path: Path) -> None:
    export = tmp_path / "in.csv"
    record = '{n},[{{""task"":""T0"",""value"":""{text}""}}]",{n}\n'.replace(",[", ',"[')
    with export.open("w", encoding="utf-8") as file:
        file.write("classification_id,annotations,subject_ids\n")
        file.writelines(record.format(n=n, text="word " * 400) for n in range(10_000))
    command = [sys.executable, waits.__file__, str(export), str(tmp_path / "out.parquet"), "--threads", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    heading, *lines = done.stdout.splitlines()
    total = float(heading.split()[-1])
    threads = [line.split() for line in lines]
    assert "crowd-work" in {name for name, *_ in threads}
    for name, *seconds in threads:
        busy, ready, asleep = map(float, seconds)
        assert 0 < busy + ready + asleep < 1.2 * total + 0.1, name
