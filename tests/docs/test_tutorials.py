"""The tutorials and the front page of the docs, run as printed."""

import re
import socketserver
import subprocess
import sys
import threading
from email import message_from_bytes, policy
from pathlib import Path

import duckdb
import pytest

from support.recipes import ENVIRONMENT, ROOT, Step, check, compare, request, run, run_command, steps
from support.store_servers import S3Server

DOCS = ROOT / "docs"
TUTORIALS = DOCS / "tutorials"
CLIENT = """
class Panoptes:
    @staticmethod
    def connect(username, password):
        assert (username, password) == ("ann", "secret")


class Response:
    def raise_for_status(self):
        pass

    def iter_content(self, chunk_size):
        yield from (b"a,b\\r\\n\\"x\\r\\ny\\"", b",caf\\xc3\\xa9\\r\\n")


class Project:
    @staticmethod
    def find(number):
        assert number == 12
        return Project()

    def get_export(self, kind, generate):
        return Response()
"""


def named(page: str, name: str) -> Step:
    """The block of a tutorial that is a file of this name."""
    (step,) = (step for step in steps((TUTORIALS / page).read_text(encoding="utf-8")) if step.name == name)
    return step


def run_program(folder: Path, *arguments: str, **more: str) -> None:
    subprocess.run([sys.executable, *arguments], cwd=folder, env=ENVIRONMENT | more, check=True)


PAGES = [page for page in sorted(TUTORIALS.glob("*.md")) if page.stem != "s3"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tutorial_prints_what_it_says(page: Path, tmp_path: Path) -> None:
    found = steps(page.read_text(encoding="utf-8"))
    assert any(step.output for step in found)
    for step in found:
        check(step, tmp_path)


def test_tutorial_on_s3_prints_what_it_says(s3: S3Server, tmp_path: Path) -> None:
    environment = s3.environment | {"AWS_ALLOW_HTTP": "true"}
    s3.make_bucket("my-project")
    request(tmp_path, code=f"import os; os.environ.update({environment})")
    found = steps((TUTORIALS / "s3.md").read_text(encoding="utf-8"))
    assert any(step.output for step in found)
    try:
        for step in found:
            # One step shows an error.
            compare(step, run_command(step.text, tmp_path)[1] if step.language == "console" else run(step, tmp_path))
    finally:
        request(tmp_path, code=f"import os; [os.environ.pop(name) for name in {list(environment)}]")


def test_front_page_prints_what_it_says(tmp_path: Path) -> None:
    for step in steps((DOCS / "README.md").read_text(encoding="utf-8")):
        check(step, tmp_path)


def test_sql_of_the_page_on_r_gives_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (TUTORIALS / "r.md").read_text(encoding="utf-8")
    for step in steps(text):
        run(step, tmp_path)
    monkeypatch.chdir(tmp_path)
    (query,) = re.findall(r'dbGetQuery\(connection, "\n(.*?)"\)', text, flags=re.DOTALL)
    table = re.findall(r"^\| (.+) \| (\d+) \|$", text, flags=re.MULTILINE)
    assert [(label, str(count)) for label, count in duckdb.execute(query).fetchall()] == table != []


def test_download_keeps_the_bytes(tmp_path: Path) -> None:
    run(named("panoptes-client.md", "download.py"), tmp_path)
    (tmp_path / "panoptes_client.py").write_text(CLIENT, encoding="utf-8")
    run_program(tmp_path, "download.py", "ann", "secret", "12")
    for kind in ("classifications", "workflows", "subjects"):
        assert (tmp_path / f"{kind}.csv").read_bytes() == b'a,b\r\n"x\r\ny",caf\xc3\xa9\r\n'


class MailServer(socketserver.StreamRequestHandler):
    """As much of SMTP as one mail needs."""

    mails: list[bytes] = []  # noqa: RUF012 - each test sets its own

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line[:4].upper().strip()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


def test_nightly_run_sends_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MailServer, "mails", [])
    run(named("nightly.md", "nightly.py"), tmp_path)
    run(
        Step("console", "python -m crowdarrow.synthetic export exports --records 100 --faults 0.1 > made.json"),
        tmp_path,
    )
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailServer) as server:
        threading.Thread(target=server.serve_forever).start()
        port = str(server.server_address[1])
        run_program(tmp_path, "nightly.py", SMTP_HOST="127.0.0.1", SMTP_PORT=port, MAIL_TO="ann@example.org")
        server.shutdown()
    (mail,) = (message_from_bytes(mail, policy=policy.default) for mail in MailServer.mails)
    assert mail["To"] == "ann@example.org"
    assert re.fullmatch(r"crowdarrow: \d+ records, \d+ rejected", mail["Subject"])
    assert "rejected records are in" in mail.get_content()
