"""docs/privacy.md: no network, nothing written but what the page names, permissions by the umask."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from support.recipes import ROOT

CONNECTING = {"hyper", "mio", "openssl-sys", "quinn", "reqwest", "rustls", "socket2", "tokio", "ureq"}
# Ends the process at the first socket, whatever Python code opens it.
HOOKED = """
import os, sys
sys.addaudithook(lambda event, _: os._exit(99) if event.startswith("socket.") else None)
from crowdarrow.cli import run
sys.exit(run(sys.argv[1:]))
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, and an export beside it; the last of its records is rejected."""
    (tmp_path / "home").mkdir()
    text = "classification_id,annotations,subject_ids\n1,[],2\nx,[],2\n"
    (tmp_path / "in.csv").write_text(text, encoding="utf-8")
    return tmp_path / "home"


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_commands_open_no_socket_and_write_what_the_page_says(home: Path) -> None:
    folder = home.parent
    env = os.environ | {
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    expected = {"in.csv"}
    for arguments, status, written in (
        ("inspect in.csv", 0, set()),
        ("head in.csv", 0, set()),
        ("schema", 0, set()),
        ("convert in.csv -", 3, set()),
        ("convert in.csv out.parquet --report r.json", 3, {"out.parquet", "out.parquet.rejects.csv", "r.json"}),
        ("convert in.csv out/ --tables answers,votes", 3,
         {"out/answers.parquet", "out/votes.parquet", "out/crowdarrow.json", "out.rejects.csv"}),
    ):  # fmt: skip
        command = [sys.executable, "-c", HOOKED, *arguments.split()]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
        assert done.returncode == status, (arguments, done.stderr)
        expected |= written
        assert {name for name in files(folder) if not name.endswith(".lock")} == expected


def test_engine_has_no_crate_that_connects() -> None:
    lock = (ROOT / "Cargo.lock").read_text(encoding="utf-8")
    names = set(re.findall(r'^name = "([^"]+)"', lock, flags=re.MULTILINE))
    assert len(names) > 10
    assert not names & CONNECTING


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_umask_decides_who_can_read(home: Path) -> None:
    code = "import os, sys; os.umask(0o077); from crowdarrow.cli import run; sys.exit(run(sys.argv[1:]))"
    arguments = ["convert", "in.csv", "out/", "--people", "hash", "--people-key", "key"]
    subprocess.run([sys.executable, "-c", code, *arguments], cwd=home.parent, capture_output=True, check=False)
    written = [home.parent / name for name in files(home.parent) - {"in.csv"}]
    assert len(written) > 5
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in written)
