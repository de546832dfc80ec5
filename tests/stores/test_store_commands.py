"""The command line with URLs: exit statuses, and errors of one line without secrets."""

from collections.abc import Callable
from pathlib import Path

import pytest

from crowdarrow.cli import run
from support.store_servers import KEY, SECRET, SIGNATURE, Fault, S3Server, WebServer

Make = Callable[[int], bytes]


def test_commands_read_and_write_urls(
    web: WebServer, bucket: str, made: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    url = web.serve("c.csv", made(20))
    out = f"s3://{bucket}/out/"
    assert run(["convert", url, out]) == 0
    assert f"-> {out}answers.parquet" in capsys.readouterr().err
    assert run(["convert", url, out]) == 1
    assert capsys.readouterr().err == (
        f"crowdarrow: {out} has the tables of an earlier run (crowdarrow.json); --force replaces them\n"
    )
    assert run(["convert", url, out, "--force", "--quiet"]) == 0
    web.serve("c.csv", made(20) + b"1,2\n")
    assert run(["convert", url, f"{out[:-1]}.csv", "--report", f"{out[:-1]}.json"]) == 3
    assert f"rejected records are in s3://{bucket}/out.csv.rejects.csv" in capsys.readouterr().err
    for command in (["inspect", url], ["inspect", url, "--json"], ["head", url, "-n", "2"], ["convert", url, "-"]):
        assert run(command) in {0, 3}
        shown = capsys.readouterr()
        assert shown.out
        assert SIGNATURE not in shown.out + shown.err


@pytest.mark.parametrize("debug", ["", "1"])
def test_errors_are_one_line_without_secrets(
    web: WebServer, s3: S3Server, made: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], debug: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("CROWDARROW_DEBUG", debug)
    ok = web.serve("ok.csv", made(2))
    assert s3.environment["AWS_ACCESS_KEY_ID"] == KEY
    for arguments, status, words in (
        ([web.serve("a.csv", b"", Fault(statuses=(403,) * 99)), "out.csv"], 1, "403 Forbidden"),
        ([web.serve("b.csv", b"", Fault(statuses=(503,) * 99)), "out.csv"], 1, "503 Service Unavailable"),
        ([f"{web.url}/none.csv?s={SIGNATURE}", "out.csv"], 1, "does not exist"),
        (["s3://no-such-bucket/c.csv", "out.csv"], 1, "does not exist"),
        ([ok, "s3://no-such-bucket/out/"], 1, "the bucket or folder must exist"),
        ([ok, f"ftp://ann:{SECRET}@host/out/"], 2, "OUTPUT is a URL (ftp://)"),
        ([f"ftp://ann:{SECRET}@host/c.csv", "out.csv"], 2, "INPUT is a URL (ftp://)"),
        ([ok, "out.csv", "--rejects", f"ftp://ann:{SECRET}@host/r.csv"], 2, "--rejects is a URL (ftp://)"),
        ([ok, "out.csv", "--workflows", f"{web.url}/w.csv?s={SIGNATURE}"], 1, "w.csv does not exist"),
    ):
        monkeypatch.chdir(tmp_path)
        assert run(["convert", *arguments]) == status
        shown = capsys.readouterr()
        assert words in shown.err
        assert shown.err.count("\n") == 1
        assert not any(secret in shown.err + shown.out for secret in (KEY, SECRET, SIGNATURE))
    assert list(tmp_path.iterdir()) == []
