"""Outputs that are devices, FIFOs or sockets, and URLs, are refused before anything is made."""

import os
import socket
import stat
from pathlib import Path

import pytest

import crowdarrow as ca
from crowdarrow.cli import run

EXPORT = b"classification_id,annotations\n1,[]\n"


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "in.csv"
    path.write_bytes(EXPORT)
    return path


def fifo(path: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))


def device(path: Path) -> None:
    path.symlink_to(os.devnull)


MAKERS = {"a FIFO": fifo, "a socket": bound_socket, "a device": device}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
@pytest.mark.parametrize("what", MAKERS)
@pytest.mark.parametrize("option", ["output", "rejects", "report", "folder", "link", "default_rejects"])
def test_special_file_is_not_replaced(option: str, what: str, export: Path) -> None:
    folder = export.parent / "out"
    folder.mkdir()
    path = {"folder": folder / "classifications.parquet", "default_rejects": Path("out.csv.rejects.csv")}.get(
        option, Path("special.csv")
    )
    MAKERS[what](path)
    mode = path.stat().st_mode
    if option == "link":
        link = Path("link.csv")
        link.symlink_to(path)
        path = link
    outputs = {"output": path, "link": path, "folder": f"{folder}/"}
    named = {option: path} if option in ("rejects", "report") else {}
    with pytest.raises(ca.OutputError, match=f"it is {what}"):
        ca.convert(export, outputs.get(option, "out.csv"), force=True, **named)  # type: ignore[arg-type]
    assert path.stat().st_mode == mode
    assert stat.S_IFMT(mode) != stat.S_IFREG
    assert not Path("out.csv").exists()


@pytest.mark.parametrize("url", ["ftp://example.org/out/", "hdfs://host/out.csv", "memory:///out.parquet", "x+y://z"])
def test_url_is_not_a_folder(url: str, export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", str(export), url]) == 2
    assert f"OUTPUT is a URL ({url.split(':', maxsplit=1)[0]}://)" in capsys.readouterr().err
    for option in ("--rejects", "--report"):
        assert run(["convert", str(export), "out.csv", option, url]) == 2
        assert f"{option} is a URL" in capsys.readouterr().err
    assert os.listdir() == ["in.csv"]


def test_input_of_an_unknown_scheme_is_an_error(export: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "x+y://z", "out.csv"]) == 2
    assert "INPUT is a URL (x+y://)" in capsys.readouterr().err
    assert os.listdir() == [export.name]
    assert export.exists()


@pytest.mark.parametrize("output", ["x" * 300 + ".csv", "x" * 300 + "/"])
def test_name_that_is_too_long_is_an_error_before_reading(output: str, export: Path) -> None:
    with pytest.raises(ca.OutputError, match="file name too long; choose a shorter name"):
        ca.convert(export, output)
    with pytest.raises(ca.InputError, match="File name too long"):
        ca.convert(output.rstrip("/"), "out.csv")
    assert os.listdir() == ["in.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["convert", "in.csv", "in.csv", "-f"],
        ["convert", "in.csv", "out.csv", "-f", "--rejects", "in.csv"],
        ["convert", "in.csv", "out.csv", "-f", "--report", "in.csv"],
        ["inspect", "in.csv", "-f", "--html", "in.csv"],
        ["inspect", ".", "-f", "--html", "in.csv"],
        ["index", "in.csv", "-f", "-o", "in.csv"],
        ["index", "in.csv", "-f", "-o", "link.csv"],
        ["extracts", "in.csv", "c.yaml", "--report", "in.csv"],
        ["extracts", "in.csv", "c.yaml", "--report", "c.yaml"],
        ["extracts", "question_extractor_in.csv", "c.yaml", "-o", "in"],
        ["extracts", "in.csv", "c.yaml", "-o", "new", "--report", "question_extractor_new.csv"],
    ],
    ids=" ".join,
)
def test_no_command_writes_over_its_inputs(
    arguments: list[str], export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = (
        b'classification_id,workflow_id,workflow_version,annotations\n1,2,3.4,"[{""task"":""T0"",""value"":""a""}]"\n'
    )
    files = {"in.csv": data, "question_extractor_in.csv": data}
    files["c.yaml"] = b"workflow_id: 2\nextractor_config: {question_extractor: [{task: T0}]}\nignore_version: true\n"
    for name, content in files.items():
        Path(name).write_bytes(content)
    Path("link.csv").symlink_to(export.name)
    assert run(arguments) == 2
    message = capsys.readouterr().err
    assert "is also the input" in message or "two outputs would be the same file" in message
    assert {name: Path(name).read_bytes() for name in files} == files
    assert sorted(os.listdir()) == sorted([*files, "link.csv"])


def test_page_of_an_inspection_does_not_replace_its_input(export: Path) -> None:
    with pytest.raises(ca.UsageError, match=r"in\.csv is also the input"):
        ca.inspect(export).to_html(export, force=True)
    assert export.read_bytes() == EXPORT


@pytest.mark.parametrize(
    "arguments",
    [
        ["convert", "in.csv", "out.csv", "--rejects"],
        ["convert", "in.csv", "out.csv", "--report"],
        ["inspect", "in.csv", "--html"],
        ["index", "in.csv", "-o"],
        ["extracts", "in.csv", "c.yaml", "--report"],
        ["extracts", "in.csv", "c.yaml", "-d"],
    ],
    ids=" ".join,
)
def test_only_the_table_can_go_to_stdout(
    arguments: list[str], export: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export.write_bytes(b"classification_id,workflow_id,workflow_version,annotations\n1,2,3.4,[]\n")
    Path("c.yaml").write_text("workflow_id: 2\nextractor_config: {}\nignore_version: true\n", encoding="utf-8")
    assert run([*arguments, "-"]) == 2
    name = {"-o": "OUTPUT", "-d": "--dir"}.get(arguments[-1], arguments[-1])
    assert capsys.readouterr().err == (
        f"crowdarrow: {name} cannot be - (stdout); name a file, or ./- for a file of this name\n"
    )
    assert sorted(os.listdir()) == ["c.yaml", "in.csv"]
